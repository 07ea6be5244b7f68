-- Statements that stop an attempt from another session, and that keep who wanted it and why.

-- name: ask_to_stop
-- Write down who wants an attempt to stop, and why; the first wish counts. On a connection of its own.
BEGIN
  UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {schema}.odag_signal s
     SET s.stop_requested_at = SYS_EXTRACT_UTC(SYSTIMESTAMP), s.stop_by = :stop_by, s.stop_why = :stop_why
   WHERE s.run_hash = :run_hash AND s.attempt = :attempt AND s.stop_requested_at IS NULL;
  IF SQL%ROWCOUNT = 0 THEN
    BEGIN
      INSERT INTO {schema}.odag_signal (run_hash, attempt, stop_requested_at, stop_by, stop_why)
      VALUES (:run_hash, :attempt, SYS_EXTRACT_UTC(SYSTIMESTAMP), :stop_by, :stop_why);
    EXCEPTION
      WHEN DUP_VAL_ON_INDEX THEN  -- somebody wished it before, or the first heartbeat came in between
        UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {schema}.odag_signal s
           SET s.stop_requested_at = SYS_EXTRACT_UTC(SYSTIMESTAMP), s.stop_by = :stop_by,
               s.stop_why = :stop_why
         WHERE s.run_hash = :run_hash AND s.attempt = :attempt AND s.stop_requested_at IS NULL;
    END;
  END IF;
  COMMIT;
END;

-- name: read_handed_job
-- Read which job an attempt was handed to, whose it is, and where it runs.
SELECT h.job_name, h.job_owner, h.place FROM {schema}.odag_handover h
 WHERE h.run_hash = :run_hash AND h.attempt = :attempt

-- name: job_state
-- Read what the Scheduler says of a job of the session's user; no row: there is none, or none any more.
SELECT j.state FROM user_scheduler_jobs j WHERE j.job_name = :job_name

-- name: job_session
-- Read in which session a job of the session's user runs.
SELECT r.session_id, r.running_instance FROM user_scheduler_running_jobs r WHERE r.job_name = :job_name

-- name: stop_job
-- Let the Scheduler stop a job that runs: its call is interrupted. Who owns it needs no privilege.
-- Unverified: without force the interrupt is ORA-01013 to what runs; ORA-27365: it did not end at once,
-- ORA-27366: it does not run, ORA-27475: there is no such job. FORCE needs MANAGE SCHEDULER, and is
-- not used (PL/SQL Packages and Types Reference, DBMS_SCHEDULER, STOP_JOB).
BEGIN
  DBMS_SCHEDULER.STOP_JOB(:job_label, FALSE);
END;

-- name: withdraw_job
-- Remove a job that has not begun; ORA-27478: it has.
BEGIN
  DBMS_SCHEDULER.DROP_JOB(:job_label, FALSE);
END;
