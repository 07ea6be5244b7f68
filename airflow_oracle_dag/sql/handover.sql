-- Handing steps to a job, and looking after it. All but the job's own statements run in transactions
-- without user work.

-- name: insert_handover
-- Write down which steps are handed to which job, as reserved, and in which time zone they are to run.
INSERT INTO {schema}.odag_handover
  (run_hash, attempt, generation, job_name, job_owner, place, first_step, last_step, body,
   external_job, time_zone, submitted_at, changed_at)
VALUES
  (:run_hash, :attempt, :generation, :job_name, :job_owner, :place, :first_step, :last_step, :body,
   :external_job, TO_CHAR(CURRENT_TIMESTAMP, 'TZH:TZM'), SYS_EXTRACT_UTC(SYSTIMESTAMP), SYS_EXTRACT_UTC(SYSTIMESTAMP))

-- name: insert_handover_unit
-- Keep the text of a statement that is handed over.
INSERT INTO {schema}.odag_handover_unit (run_hash, attempt, unit_no, text)
VALUES (:run_hash, :attempt, :unit_no, :text)

-- name: insert_handover_value
-- Keep a value that is handed over.
INSERT INTO {schema}.odag_handover_value
  (run_hash, attempt, value_no, number_value, text_value, date_value, timestamp_value)
VALUES
  (:run_hash, :attempt, :value_no, :number_value, :text_value, :date_value, :timestamp_value)

-- name: reserve_canary
-- Hand the run key to the attempt that a job will be.
UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {schema}.odag_canary c
   SET c.owner = :job_attempt, c.mark = NULL
 WHERE c.run_hash = :run_hash AND c.owner = :attempt

-- name: reserve_steps
-- Hand all steps that are not done to a job's attempt, and with them the @always steps before its first
-- one that the session before has run: the job's session needs them again.
UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {schema}.odag_step s
   SET s.attempt = :job_attempt,
       s.state = CASE s.state WHEN 'SUCCEEDED' THEN 'PENDING' ELSE s.state END
 WHERE s.run_hash = :run_hash AND s.generation = :generation
   AND ((s.attempt = :attempt AND s.state IN ('PENDING', 'FAILED'))
        OR (s.step_class = 'ALWAYS' AND s.state = 'SUCCEEDED' AND s.step_no < :first_step))

-- name: reserve_run
-- Say that a job's attempt holds the run, and has no session yet.
UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {schema}.odag_run r
   SET r.state = 'RUNNING', r.attempt = :job_attempt,
       r.attempt_started_at = SYS_EXTRACT_UTC(SYSTIMESTAMP), r.attempt_ended_at = NULL,
       r.session_id = NULL, r.sid = NULL, r.serial = NULL, r.instance = NULL,
       r.session_lock = NULL, r.client = :client
 WHERE r.run_hash = :run_hash AND r.generation = :generation AND r.attempt = :attempt
   AND r.state <> 'SUCCEEDED'

-- name: resubmit_handover
-- Begin to wait anew for the start of a job that is created only now.
UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {schema}.odag_handover h
   SET h.submitted_at = SYS_EXTRACT_UTC(SYSTIMESTAMP),
       h.changed_at = SYS_EXTRACT_UTC(SYSTIMESTAMP)
 WHERE h.run_hash = :run_hash AND h.attempt = :attempt
   AND h.claimed_at IS NULL AND h.ended_at IS NULL

-- name: read_handover
-- Read what is known of the job that an attempt is.
SELECT h.run_hash, h.attempt, h.generation, h.job_name, h.job_owner, h.place, h.first_step,
       h.last_step, h.submitted_at, h.claimed_at, h.changed_at, h.session_id, h.sid, h.serial,
       h.instance, h.ended_at, h.ending, h.error_step, h.error_unit, h.error_code, h.error_text,
       h.error_transaction, h.output, h.external_job, h.external_id, h.external_region, h.dpu_seconds,
       h.time_zone
  FROM {schema}.odag_handover h
 WHERE h.run_hash = :run_hash AND h.attempt = :attempt

-- name: create_handed_job
-- Create a job that runs once, and not yet. It commits by itself; ORA-27477: it is there already.
--
-- Unverified: RESTARTABLE, RESTART_ON_RECOVERY and RESTART_ON_FAILURE FALSE keep the Scheduler from
-- beginning a job's action a second time (PL/SQL Packages and Types Reference, DBMS_SCHEDULER,
-- SET_ATTRIBUTE).
--
-- Unverified: a job runs with the NLS settings of the session that created it (Administrator's Guide,
-- Scheduling Jobs with Oracle Scheduler).
BEGIN
  DBMS_SCHEDULER.CREATE_JOB(
    job_name => :job_name,
    job_type => 'PLSQL_BLOCK',
    job_action => :job_action,
    enabled => FALSE,
    auto_drop => TRUE,
    comments => :comments);
END;

-- name: start_handed_job
-- Let it begin, once; safe to repeat.
BEGIN
  DBMS_SCHEDULER.SET_ATTRIBUTE(:job_name, 'restartable', FALSE);
  DBMS_SCHEDULER.SET_ATTRIBUTE(:job_name, 'restart_on_recovery', FALSE);
  DBMS_SCHEDULER.SET_ATTRIBUTE(:job_name, 'restart_on_failure', FALSE);
  DBMS_SCHEDULER.SET_ATTRIBUTE(:job_name, 'store_output', TRUE);
  DBMS_SCHEDULER.ENABLE(:job_name);
END;

-- name: drop_handed_job
-- Remove a job that does not run; ORA-27475: there is none, ORA-27478: it runs.
BEGIN
  DBMS_SCHEDULER.DROP_JOB(:job_name);
END;

-- name: look_at_job
-- Read how a job stands; no row: it is not there any more, or not yet.
SELECT j.state, j.enabled,
       (SELECT COUNT(*) FROM user_scheduler_running_jobs r WHERE r.job_name = :job_name)
  FROM user_scheduler_jobs j
 WHERE j.job_name = :job_name

-- name: look_at_job_runs
-- Read how the runs of a job ended, the newest first.
SELECT d.status, d.error#, d.errors, d.additional_info
  FROM user_scheduler_job_run_details d
 WHERE d.job_name = :job_name
 ORDER BY d.log_date DESC
 FETCH FIRST 2 ROWS ONLY

-- name: read_job_privilege
-- Ask whether the session may create jobs of its own.
SELECT COUNT(*) FROM session_privs p WHERE p.privilege = 'CREATE JOB'

-- name: see_scheduler
-- Ask whether the package can be called that makes jobs; nothing of it runs.
BEGIN
  IF 1 = 0 THEN
    DBMS_SCHEDULER.DROP_JOB('ODAG');
  END IF;
END;

-- name: see_dynamic_sql
-- Ask whether the package can be called by which a job reads queries; nothing of it runs.
DECLARE
  handle INTEGER;
BEGIN
  IF 1 = 0 THEN
    handle := DBMS_SQL.OPEN_CURSOR;
  END IF;
END;

-- name: purge_handovers
-- Remove what was handed over of a run key.
DELETE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ FROM {schema}.odag_handover h
 WHERE h.run_hash = :run_hash

-- name: purge_handover_units
-- Remove the statements that were handed over of a run key.
DELETE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ FROM {schema}.odag_handover_unit u
 WHERE u.run_hash = :run_hash

-- name: purge_handover_values
-- Remove the values that were handed over of a run key.
DELETE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ FROM {schema}.odag_handover_value v
 WHERE v.run_hash = :run_hash

-- name: purge_signals
-- Remove the signs of life and the wishes to stop of a run key.
DELETE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ FROM {schema}.odag_signal g
 WHERE g.run_hash = :run_hash
