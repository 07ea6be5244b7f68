-- Statements about the control table.
--
-- Beyond the format of `session.sql`: {job_table}, {run_table}, {audit_table} and {calendar_table}
-- are qualified and quoted tables, {JobName} and its like the quoted column of a field. What stands
-- in [[Field ...]] is left out for a table that has no column for the field. A JobName and an
-- Environment are compared without the blanks around them, so that CHAR columns serve as well; the
-- index odag_job_name serves these expressions.
--
-- Whoever changes what belongs to a job locks its row first and looks for later intervals in a
-- statement of its own after that: each statement of a READ COMMITTED transaction sees what was
-- committed before it began (Database Concepts, Statement-Level Read Consistency), so two runs
-- of one job cannot both take themselves for the latest.

-- name: read_job
-- Read a row; more than one where no key forbids it.
SELECT {job_columns} FROM {job_table} j
 WHERE TRIM(j.{JobName}) = :job_name
   [[Environment AND NVL(TRIM(j.{Environment}), 'default') = :environment]]

-- name: read_jobs
-- Read all rows of an environment.
SELECT {job_columns} FROM {job_table} j
 [[Environment WHERE NVL(TRIM(j.{Environment}), 'default') = :environment]]

-- name: read_category
-- Read the rows of a category.
SELECT {job_columns} FROM {job_table} j
 WHERE [[JobCategory TRIM(j.{JobCategory}) = :category]]
   [[Environment AND NVL(TRIM(j.{Environment}), 'default') = :environment]]

-- name: read_interval
-- Read what became of all jobs for an interval.
SELECT r.job_name, r.interval_key, r.due_at, r.state, r.attempt, r.decided_by, r.run_key, r.reason,
       r.started_at, r.ended_at
  FROM {run_table} r
 WHERE r.environment = :environment AND r.interval_key = :interval_key

-- name: read_job_runs
-- Read what became of some jobs for an interval.
SELECT r.job_name, r.interval_key, r.due_at, r.state, r.attempt, r.decided_by, r.run_key, r.reason,
       r.started_at, r.ended_at
  FROM {run_table} r
 WHERE r.environment = :environment AND r.interval_key = :interval_key
   AND r.job_name IN ({some_names})

-- name: read_history
-- Read the newest runs of a job, latest interval first.
SELECT h.* FROM (
  SELECT r.job_name, r.interval_key, r.due_at, r.state, r.attempt, r.decided_by, r.run_key,
         r.reason, r.started_at, r.ended_at
    FROM {run_table} r
   WHERE r.environment = :environment AND r.job_name = :job_name
   ORDER BY r.due_at DESC, r.interval_key DESC) h
 WHERE ROWNUM <= :most

-- name: read_calendar
-- Read the days of an own calendar.
SELECT c.day, c.label FROM {calendar_table} c WHERE c.calendar = :calendar

-- name: begin_job
-- Write down that a job begins for an interval, in one call: all of it or nothing.
-- Unverified: a cursor FOR UPDATE locks all of its rows when it is opened, before the first is fetched
-- (PL/SQL Language Reference, SELECT FOR UPDATE and FOR UPDATE Cursors).
DECLARE
  rows_found PLS_INTEGER := 0;
  later_runs PLS_INTEGER;
BEGIN
  :attempt := NULL;
  FOR found IN (SELECT j.{JobName} FROM {job_table} j
                 WHERE TRIM(j.{JobName}) = :job_name
                   [[Environment AND NVL(TRIM(j.{Environment}), 'default') = :environment]]
                   FOR UPDATE WAIT 5) LOOP
    rows_found := rows_found + 1;
  END LOOP;
  IF rows_found > 0 THEN
    UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {run_table} r
       SET r.state = 'RUNNING', r.attempt = r.attempt + 1, r.due_at = :due_at,
           r.decided_by = :decided_by, r.run_key = :run_key, r.reason = :reason,
           r.started_at = SYS_EXTRACT_UTC(SYSTIMESTAMP), r.ended_at = NULL
     WHERE r.environment = :environment AND r.job_name = :job_name
       AND r.interval_key = :interval_key;
    IF SQL%ROWCOUNT = 0 THEN
      INSERT INTO {run_table}
        (environment, job_name, interval_key, due_at, state, attempt, decided_by, run_key, reason,
         started_at)
      VALUES
        (:environment, :job_name, :interval_key, :due_at, 'RUNNING', 1, :decided_by, :run_key,
         :reason, SYS_EXTRACT_UTC(SYSTIMESTAMP));
    END IF;
    SELECT r.attempt, r.started_at INTO :attempt, :started_at FROM {run_table} r
     WHERE r.environment = :environment AND r.job_name = :job_name
       AND r.interval_key = :interval_key;
    SELECT COUNT(*) INTO later_runs FROM {run_table} r
     WHERE r.environment = :environment AND r.job_name = :job_name AND r.due_at > :due_at;
    IF later_runs = 0 THEN
      [[StatusFlag UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {job_table} j
         SET j.{StatusFlag} = 'running'
       WHERE TRIM(j.{JobName}) = :job_name
         [[Environment AND NVL(TRIM(j.{Environment}), 'default') = :environment]];]]
      [[LastRunTimestamp UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {job_table} j
         SET j.{LastRunTimestamp} = :started_at
       WHERE TRIM(j.{JobName}) = :job_name
         [[Environment AND NVL(TRIM(j.{Environment}), 'default') = :environment]];]]
      NULL;
    END IF;
    COMMIT WRITE WAIT IMMEDIATE;
  END IF;
END;

-- name: finish_job
-- Write down how an attempt ended, in one call, unless it no longer is the newest one.
DECLARE
  later_runs PLS_INTEGER;
BEGIN
  :finished := 0;
  FOR found IN (SELECT j.{JobName} FROM {job_table} j
                 WHERE TRIM(j.{JobName}) = :job_name
                   [[Environment AND NVL(TRIM(j.{Environment}), 'default') = :environment]]
                   FOR UPDATE WAIT 5) LOOP
    NULL;
  END LOOP;
  UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {run_table} r
     SET r.state = :state, r.reason = NVL(:reason, r.reason),
         r.ended_at = SYS_EXTRACT_UTC(SYSTIMESTAMP)
   WHERE r.environment = :environment AND r.job_name = :job_name
     AND r.interval_key = :interval_key AND r.attempt = :attempt;
  :finished := SQL%ROWCOUNT;
  IF :finished > 0 THEN
    SELECT COUNT(*) INTO later_runs FROM {run_table} r
     WHERE r.environment = :environment AND r.job_name = :job_name AND r.due_at > :due_at;
    IF later_runs = 0 THEN
      [[StatusFlag UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {job_table} j
         SET j.{StatusFlag} = :status_flag
       WHERE TRIM(j.{JobName}) = :job_name
         [[Environment AND NVL(TRIM(j.{Environment}), 'default') = :environment]];]]
      NULL;
    END IF;
  END IF;
  COMMIT WRITE WAIT IMMEDIATE;
END;

-- name: skip_job
-- Write down that a job does not run for an interval; many in one call, committed after all.
DECLARE
  later_runs PLS_INTEGER;
  changed PLS_INTEGER;
BEGIN
  FOR found IN (SELECT j.{JobName} FROM {job_table} j
                 WHERE TRIM(j.{JobName}) = :job_name
                   [[Environment AND NVL(TRIM(j.{Environment}), 'default') = :environment]]
                   FOR UPDATE WAIT 5) LOOP
    NULL;
  END LOOP;
  UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {run_table} r
     SET r.state = 'SKIPPED', r.attempt = r.attempt + CASE r.state WHEN 'SKIPPED' THEN 0 ELSE 1 END,
         r.due_at = :due_at, r.decided_by = :decided_by, r.run_key = :run_key, r.reason = :reason,
         r.started_at = NULL, r.ended_at = SYS_EXTRACT_UTC(SYSTIMESTAMP)
   WHERE r.environment = :environment AND r.job_name = :job_name
     AND r.interval_key = :interval_key
     AND r.state NOT IN ('RUNNING', 'IN_DOUBT', 'SUCCEEDED');
  changed := SQL%ROWCOUNT;
  IF changed = 0 THEN
    INSERT INTO {run_table}
      (environment, job_name, interval_key, due_at, state, attempt, decided_by, run_key, reason,
       ended_at)
    SELECT :environment, :job_name, :interval_key, :due_at, 'SKIPPED', 0, :decided_by, :run_key,
           :reason, SYS_EXTRACT_UTC(SYSTIMESTAMP)
      FROM DUAL
     WHERE NOT EXISTS (SELECT 1 FROM {run_table} r
                        WHERE r.environment = :environment AND r.job_name = :job_name
                          AND r.interval_key = :interval_key);
    changed := SQL%ROWCOUNT;
  END IF;
  IF changed > 0 THEN
    SELECT COUNT(*) INTO later_runs FROM {run_table} r
     WHERE r.environment = :environment AND r.job_name = :job_name AND r.due_at > :due_at;
    IF later_runs = 0 THEN
      [[StatusFlag UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {job_table} j
         SET j.{StatusFlag} = 'skipped'
       WHERE TRIM(j.{JobName}) = :job_name
         [[Environment AND NVL(TRIM(j.{Environment}), 'default') = :environment]];]]
      NULL;
    END IF;
  END IF;
END;

-- name: write_as_text
-- Let dates and numbers be written as texts, whatever the types of a team's columns.
ALTER SESSION SET NLS_DATE_FORMAT = 'YYYY-MM-DD HH24:MI:SS'
  NLS_TIMESTAMP_FORMAT = 'YYYY-MM-DD HH24:MI:SS.FF' NLS_NUMERIC_CHARACTERS = '.,'

-- name: lock_job
-- Lock a row before it is changed by hand; ORA-30006: somebody else holds it.
BEGIN
  FOR found IN (SELECT j.{JobName} FROM {job_table} j
                 WHERE TRIM(j.{JobName}) = :job_name
                   [[Environment AND NVL(TRIM(j.{Environment}), 'default') = :environment]]
                   FOR UPDATE WAIT 5) LOOP
    NULL;
  END LOOP;
END;

-- name: change_job
-- Change what people write in a row.
UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {job_table} j
   SET {changes}
 WHERE TRIM(j.{JobName}) = :job_name
   [[Environment AND NVL(TRIM(j.{Environment}), 'default') = :environment]]

-- name: add_job
-- Add a row.
INSERT INTO {job_table} ({written_columns}) VALUES ({written_binds})

-- name: insert_job_audit
-- Keep who changed a row, and why.
INSERT INTO {audit_table}
  (happened_at, environment, job_name, field, old_value, new_value, who, why)
VALUES
  (SYS_EXTRACT_UTC(SYSTIMESTAMP), :environment, :job_name, :field, :old_value, :new_value, :who,
   :why)
