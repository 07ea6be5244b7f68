-- Statements of whoever waits for many jobs at once. They only read.

-- name: session_user
-- Read whose session it is: the owner of the checkpoint tables unless another one is named.
SELECT SYS_CONTEXT('USERENV', 'SESSION_USER') FROM dual

-- name: changed_handovers
-- Read the time, and which handed attempts changed since a moment: first a row with the time alone.
SELECT SYS_EXTRACT_UTC(SYSTIMESTAMP) AS read_at, NULL AS run_hash, NULL AS attempt, NULL AS claimed_at,
       NULL AS ended_at, NULL AS step_no, NULL AS step_name, NULL AS started_at
  FROM dual
 UNION ALL
SELECT NULL, h.run_hash, h.attempt, h.claimed_at, h.ended_at, s.step_no, s.name, s.started_at
  FROM {schema}.odag_handover h
  LEFT JOIN {schema}.odag_step s
    ON s.run_hash = h.run_hash AND s.generation = h.generation AND s.attempt = h.attempt
   AND s.state = 'RUNNING'
 WHERE h.changed_at > :since

-- name: gone_handovers
-- Read which attempts, handed to a job since a moment, have neither an end nor a job that may still run.
-- Unverified: a job that runs once and is over, broken or stopped is dropped, or shows one of these
-- states until it is (Database Reference, ALL_SCHEDULER_JOBS).
-- Unverified: a job that the Scheduler drops after its own last COMMIT is never gone in a query that
-- does not see that COMMIT (Database Concepts, Statement-Level Read Consistency; PL/SQL Packages and
-- Types Reference, DBMS_SCHEDULER, auto_drop).
SELECT h.run_hash, h.attempt
  FROM {schema}.odag_handover h
 WHERE h.changed_at > :since
   AND h.ended_at IS NULL
   AND h.place = 'database'
   AND h.job_owner = SYS_CONTEXT('USERENV', 'SESSION_USER')
   AND NOT EXISTS
       (SELECT 1 FROM user_scheduler_jobs j
         WHERE j.job_name = h.job_name
           AND j.state NOT IN ('STOPPED', 'COMPLETED', 'SUCCEEDED', 'FAILED', 'BROKEN'))
   AND NOT EXISTS
       (SELECT 1 FROM user_scheduler_running_jobs r WHERE r.job_name = h.job_name)
