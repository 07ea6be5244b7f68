-- What a job of the database runs: the pieces that a handed segment's body is made of.
--
-- Each piece is a block of its own; `handover_body.py` makes a local procedure of it, in which
-- :name is the variable b_name, and calls them in the order of the segment's steps. The body has two
-- binds, :run_hash and :attempt; whatever else it needs it reads from its rows, by number.

-- name: job_action
-- Read and run what was handed over: the action of every job, at most 4,000 bytes long. Where the body
-- cannot even begin, that is written down for who handed it over.
--
-- Unverified: job_name and job_owner are variables of the block that a job of type PLSQL_BLOCK runs
-- in, and give its name as the catalogue has it (PL/SQL Packages and Types Reference,
-- DBMS_SCHEDULER, CREATE_JOB, job_action).
--
-- Unverified: the session of a job has the default roles of its owner, and privileges that come by
-- them hold in its block (Administrator's Guide, Scheduling Jobs with Oracle Scheduler).
DECLARE
  its_owner VARCHAR2(128) := job_owner;  -- in SQL the columns of these names would be meant
  its_name VARCHAR2(128) := job_name;
  its_run VARCHAR2(64);
  its_attempt NUMBER;
  whole CLOB;
  said VARCHAR2(4000);
  said_code NUMBER;
BEGIN
  SELECT h.run_hash, h.attempt, h.body INTO its_run, its_attempt, whole
    FROM {schema}.odag_handover h
   WHERE h.job_owner = its_owner AND h.job_name = its_name;
  EXECUTE IMMEDIATE whole USING IN its_run, IN its_attempt;
EXCEPTION
  WHEN OTHERS THEN
    said_code := SQLCODE;
    said := SUBSTRB(DBMS_UTILITY.FORMAT_ERROR_STACK, 1, 4000);
    ROLLBACK;
    UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {schema}.odag_handover h
       SET h.changed_at = SYS_EXTRACT_UTC(SYSTIMESTAMP),
           h.ended_at = SYS_EXTRACT_UTC(SYSTIMESTAMP),
           h.ending = 'FAILED',
           h.error_code = 'ORA-' || TO_CHAR(ABS(said_code), 'FM00000'),
           h.error_text = said
     WHERE h.run_hash = its_run AND h.attempt = its_attempt
       AND h.claimed_at IS NULL AND h.ended_at IS NULL;
    COMMIT WRITE WAIT IMMEDIATE;
    RAISE;
END;

-- name: job_body
-- Frame of a body. Procedures and the variables v_1, v_2 … stand before its BEGIN, the steps in place
-- of NULL. b_unit says how far a step is: 0 nothing of it was sent, NULL all of it was answered.
--
-- Unverified: ALTER SESSION ENABLE or DISABLE COMMIT IN PROCEDURE may be said inside a block by
-- EXECUTE IMMEDIATE, and counts from the next statement (SQL Language Reference, ALTER SESSION).
--
-- Unverified: STOP_JOB without force ends what runs with ORA-01013; whether a handler sees that or not,
-- nothing is committed behind it but the words about it (PL/SQL Packages and Types Reference,
-- DBMS_SCHEDULER, STOP_JOB).
--
-- Unverified: FORMAT_ERROR_BACKTRACE has a line for each call from where the error was raised to where
-- it is handled, that of a dynamic block before that of the block which runs it (PL/SQL Packages and
-- Types Reference, DBMS_UTILITY).
--
-- Unverified: EXECUTE IMMEDIATE and OPEN FOR take a CLOB, DDL runs with its own two commits, and a
-- failed statement is undone alone (PL/SQL Language Reference, PL/SQL Dynamic SQL).
DECLARE
  fenced EXCEPTION;
  uncompiled EXCEPTION;
  PRAGMA EXCEPTION_INIT(uncompiled, -24344);
  b_run_hash VARCHAR2(64) := :run_hash;
  b_attempt NUMBER := :attempt;
  b_generation NUMBER;
  b_client VARCHAR2(255);
  b_time_zone VARCHAR2(64);
  b_claimed NUMBER := 0;
  b_session_id VARCHAR2(64);
  b_session_lock NUMBER;
  b_locked NUMBER;
  b_sid NUMBER;
  b_serial NUMBER;
  b_instance NUMBER;
  b_db_name VARCHAR2(128);
  b_con_name VARCHAR2(128);
  b_session_user VARCHAR2(128);
  b_module VARCHAR2(4000);
  b_client_identifier VARCHAR2(4000);
  b_unit_no NUMBER;
  b_unit_text CLOB;
  b_value_no NUMBER;
  b_number_value NUMBER;
  b_text_value VARCHAR2(4000);
  b_date_value DATE;
  b_timestamp_value TIMESTAMP(9);
  b_step_no NUMBER;
  b_unit NUMBER;
  b_strict NUMBER := 0;
  b_may_end NUMBER := 0;
  b_found NUMBER := 0;
  b_passed NUMBER := 0;
  b_query SYS_REFCURSOR;
  b_untrue VARCHAR2(4000);
  b_told VARCHAR2(4000);
  b_asked NUMBER;
  b_unit_owner VARCHAR2(4000);
  b_unit_name VARCHAR2(4000);
  b_unit_kind VARCHAR2(4000);
  b_unit_body VARCHAR2(4000);
  b_wrong NUMBER;
  b_is_block NUMBER := 0;
  b_stack VARCHAR2(32767);
  b_said VARCHAR2(4000);
  b_said_code NUMBER;
  b_error_code VARCHAR2(16);
  b_error_text VARCHAR2(4000);
  b_error_transaction NUMBER;
  b_kept_output VARCHAR2(4000);
  b_done NUMBER;
  b_done_name VARCHAR2(4000);
  b_done_class VARCHAR2(4000);
  b_done_text VARCHAR2(4000);
  b_done_started TIMESTAMP(6);
  b_next NUMBER;
  b_expected NUMBER;
  b_mark_next NUMBER;
  b_read_only NUMBER;
  b_halted NUMBER;
  b_keep_output NUMBER;
  b_marked_id VARCHAR2(4000);
  b_variables VARCHAR2(4000);
  b_code_place VARCHAR2(4000);
  b_evidence VARCHAR2(4000);
  b_ddl_owner VARCHAR2(4000);
  b_ddl_name VARCHAR2(4000);
  b_ddl_new_name VARCHAR2(4000);
  b_ddl_part VARCHAR2(4000);
  b_ddl_new_part VARCHAR2(4000);
  b_row_count NUMBER := 0;
  b_inside NUMBER;
  b_committed NUMBER;
  b_marked NUMBER;
  b_output VARCHAR2(32767);
  b_more NUMBER;
  b_moment TIMESTAMP(6);
  b_transaction_id VARCHAR2(4000);
BEGIN
  NULL;
EXCEPTION
  WHEN fenced THEN  -- another attempt holds the run: nothing is changed any more
    IF b_strict = 1 THEN
      EXECUTE IMMEDIATE 'ALTER SESSION ENABLE COMMIT IN PROCEDURE';
    END IF;
    ROLLBACK;
  WHEN OTHERS THEN
    b_said_code := NVL(b_said_code, SQLCODE);
    b_stack := REGEXP_REPLACE(DBMS_UTILITY.FORMAT_ERROR_STACK, 'ORA-06512: at line [0-9]+(' || CHR(10) || '|$)');
    IF b_is_block = 1 THEN  -- which of its lines, and of what it calls; the last one is this block's
      b_stack := REGEXP_REPLACE(b_stack, 'ORA-06512: [^' || CHR(10) || ']*(' || CHR(10) || '|$)')
                 || REGEXP_REPLACE(DBMS_UTILITY.FORMAT_ERROR_BACKTRACE, 'ORA-06512: [^' || CHR(10) || ']*' || CHR(10) || '?$');
    END IF;
    b_error_text := NVL(b_said, SUBSTRB(RTRIM(b_stack, CHR(10)), 1, 4000));
    IF b_may_end = 1 AND b_transaction_id IS NOT NULL AND b_said_code NOT IN (-2091, -2092, -24761, -25402) THEN
      b_error_transaction :=
        CASE WHEN DBMS_TRANSACTION.LOCAL_TRANSACTION_ID = b_transaction_id THEN 0 ELSE 1 END;
    END IF;
    IF b_strict = 1 THEN
      EXECUTE IMMEDIATE 'ALTER SESSION ENABLE COMMIT IN PROCEDURE';
    END IF;
    ROLLBACK;
    IF b_claimed = 0 THEN
      RAISE;  -- nothing was begun
    END IF;
    IF NOT (b_said_code = -20790 AND b_unit IS NULL) THEN
      b_error_code := CASE b_said_code
                        WHEN 0 THEN NULL
                        WHEN 1 THEN 'ORA-06510'
                        WHEN 100 THEN 'ORA-01403'
                        ELSE 'ORA-' || TO_CHAR(ABS(b_said_code), 'FM00000')
                      END;
      drain_output;
      keep_failed_output;
      fail_handover;
    END IF;
END;

-- name: read_handed
-- Read what the body is told of its run.
BEGIN
  SELECT h.generation, 'job ' || h.job_name, h.time_zone INTO :generation, :client, :time_zone
    FROM {schema}.odag_handover h
   WHERE h.run_hash = :run_hash AND h.attempt = :attempt;
END;

-- name: set_time_zone
-- Let CURRENT_DATE and the like be what they are in a worker's session. A zone takes no bind.
--
-- Unverified: the session of a job has the time zone of the Scheduler at first (Administrator's Guide,
-- Scheduler attribute default_timezone).
BEGIN
  IF :time_zone IS NOT NULL THEN
    EXECUTE IMMEDIATE 'ALTER SESSION SET TIME_ZONE = ''' || REPLACE(:time_zone, '''') || '''';
  END IF;
END;

-- name: read_handed_unit
-- Read the text of a statement.
BEGIN
  SELECT u.text INTO :unit_text
    FROM {schema}.odag_handover_unit u
   WHERE u.run_hash = :run_hash AND u.attempt = :attempt AND u.unit_no = :unit_no;
END;

-- name: read_handed_value
-- Read a value; of its columns the one that fits its kind is filled.
BEGIN
  SELECT v.number_value, v.text_value, v.date_value, v.timestamp_value
    INTO :number_value, :text_value, :date_value, :timestamp_value
    FROM {schema}.odag_handover_value v
   WHERE v.run_hash = :run_hash AND v.attempt = :attempt AND v.value_no = :value_no;
END;

-- name: claim_handover
-- Take what was handed over, once: nobody else has taken it, and the run still is this attempt's.
BEGIN
  UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {schema}.odag_handover h
     SET h.claimed_at = SYS_EXTRACT_UTC(SYSTIMESTAMP), h.changed_at = SYS_EXTRACT_UTC(SYSTIMESTAMP),
         h.session_id = :session_id, h.sid = :sid, h.serial = :serial, h.instance = :instance
   WHERE h.run_hash = :run_hash AND h.attempt = :attempt
     AND h.claimed_at IS NULL AND h.ended_at IS NULL;
  :claimed := SQL%ROWCOUNT;
  IF :claimed = 1 THEN
    UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {schema}.odag_run r
       SET r.session_id = :session_id, r.sid = :sid, r.serial = :serial, r.instance = :instance,
           r.session_lock = CASE :locked WHEN 1 THEN :session_lock END, r.client = :client
     WHERE r.run_hash = :run_hash AND r.generation = :generation AND r.attempt = :attempt
       AND r.attempt_ended_at IS NULL;
    :claimed := SQL%ROWCOUNT;
  END IF;
  IF :claimed = 1 THEN
    COMMIT WRITE WAIT IMMEDIATE;
  ELSE
    ROLLBACK;
  END IF;
END;

-- name: tag_job
-- Show the session to a DBA as the worker's would be shown, and ask for its SERIAL#.
BEGIN
  DBMS_APPLICATION_INFO.SET_MODULE(SUBSTRB(:module, 1, 48), NULL);
  DBMS_SESSION.SET_IDENTIFIER(SUBSTRB(:client_identifier, 1, 64));
  EXECUTE IMMEDIATE 'BEGIN :serial := DBMS_DEBUG_JDWP.CURRENT_SESSION_SERIAL; END;'
    USING OUT :serial;
EXCEPTION
  WHEN OTHERS THEN
    :serial := NULL;  -- a package is not granted; nobody relies on it
END;

-- name: move_handover
-- Say in the block between two steps that the job has moved, and behind the last one that it ended.
UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {schema}.odag_handover h
   SET h.changed_at = :moment,
       h.ended_at = CASE WHEN :next IS NULL THEN :moment END,
       h.ending = CASE WHEN :next IS NULL THEN 'SUCCEEDED' END
 WHERE h.run_hash = :run_hash AND h.attempt = :attempt

-- name: fail_handover
-- Write down which error ended the job, in a transaction of its own; what becomes of the step is
-- decided by who comes back.
BEGIN
  UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {schema}.odag_handover h
     SET h.changed_at = SYS_EXTRACT_UTC(SYSTIMESTAMP), h.ended_at = SYS_EXTRACT_UTC(SYSTIMESTAMP),
         h.ending = 'FAILED', h.error_step = :step_no, h.error_unit = :unit,
         h.error_code = :error_code, h.error_text = :error_text,
         h.error_transaction = :error_transaction, h.output = :kept_output
   WHERE h.run_hash = :run_hash AND h.attempt = :attempt;
  COMMIT WRITE WAIT IMMEDIATE;
END;

-- name: keep_failed_output
-- Take what the failed step printed.
BEGIN
  :kept_output := CASE :keep_output WHEN 1 THEN SUBSTRB(:output, 1, 4000) END;
END;

-- name: check_marked
-- Stop where another attempt holds the run, or where the step could not be marked.
BEGIN
  IF :marked = 0 THEN
    RAISE fenced;
  ELSIF :marked < 0 THEN
    :said := 'the step could not be marked';
    :said_code := :marked;
    RAISE_APPLICATION_ERROR(-20791, :said);
  END IF;
END;

-- name: forget_output
-- Throw away what is left of an output that is longer than what is kept.
BEGIN
  IF :more = 1 THEN
    DBMS_OUTPUT.DISABLE;
    DBMS_OUTPUT.ENABLE(NULL);
  END IF;
END;

-- name: count_rows
-- Fetch the first rows of a query, as many as are looked at in a worker.
--
-- Unverified: a column that is not defined is not fetched, and is no error; one of another type that is
-- defined as VARCHAR2 is converted (PL/SQL Packages and Types Reference, DBMS_SQL).
DECLARE
  handle INTEGER;
  width INTEGER;
  described DBMS_SQL.DESC_TAB2;
  shown VARCHAR2(4000);
BEGIN
  handle := DBMS_SQL.TO_CURSOR_NUMBER(:query);
  DBMS_SQL.DESCRIBE_COLUMNS2(handle, width, described);
  FOR place IN 1 .. width LOOP
    IF described(place).col_type IN (1, 2, 12, 96, 100, 101) THEN
      DBMS_SQL.DEFINE_COLUMN(handle, place, shown, 4000);
    END IF;
  END LOOP;
  :found := 0;
  WHILE :found < 100 AND DBMS_SQL.FETCH_ROWS(handle) > 0 LOOP
    :found := :found + 1;
  END LOOP;
  DBMS_SQL.CLOSE_CURSOR(handle);
END;

-- name: judge_check
-- Fetch the one row of a @check and name the columns that are not true: a number is true unless it is
-- 0, a text when it is Y, YES, T, TRUE or 1, NULL never.
DECLARE
  handle INTEGER;
  width INTEGER;
  described DBMS_SQL.DESC_TAB2;
  shown VARCHAR2(4000);
  is_true BOOLEAN;
BEGIN
  handle := DBMS_SQL.TO_CURSOR_NUMBER(:query);
  DBMS_SQL.DESCRIBE_COLUMNS2(handle, width, described);
  FOR place IN 1 .. width LOOP
    IF described(place).col_type IN (1, 2, 12, 96, 100, 101, 252) THEN
      DBMS_SQL.DEFINE_COLUMN(handle, place, shown, 4000);
    END IF;
  END LOOP;
  :found := 0;
  :untrue := NULL;
  WHILE :found < 2 AND DBMS_SQL.FETCH_ROWS(handle) > 0 LOOP
    :found := :found + 1;
    FOR place IN 1 .. width LOOP
      shown := NULL;
      is_true := FALSE;
      IF described(place).col_type IN (1, 2, 12, 96, 100, 101, 252) THEN
        DBMS_SQL.COLUMN_VALUE(handle, place, shown);
      END IF;
      IF described(place).col_type IN (2, 100, 101) THEN
        is_true := shown NOT IN ('0', '-0') AND shown NOT LIKE '0E%' AND shown NOT LIKE '-0E%';
      ELSIF described(place).col_type IN (1, 96, 252) THEN
        is_true := UPPER(TRIM(shown)) IN ('Y', 'YES', 'T', 'TRUE', '1');
      END IF;
      IF is_true IS NULL OR NOT is_true THEN
        :untrue := SUBSTRB(:untrue || CASE WHEN :untrue IS NOT NULL THEN ', ' END
                           || described(place).col_name || ' = ' || NVL(shown, 'NULL'), 1, 2000);
      END IF;
    END LOOP;
  END LOOP;
  DBMS_SQL.CLOSE_CURSOR(handle);
END;

-- name: count_compile_errors
-- Ask whether the stored code that a statement named has errors.
BEGIN
  SELECT COUNT(*) INTO :wrong
    FROM sys.all_errors e
   WHERE e.owner = NVL(:unit_owner, SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA'))
     AND e.name = :unit_name
     AND e.type IN (:unit_kind, :unit_body)
     AND e.attribute = 'ERROR';
END;

-- name: print_compile_errors
-- Carry out SHOW ERRORS.
BEGIN
  FOR found IN (SELECT e.type || ' ' || e.line || '/' || e.position || ': ' || e.text AS told
                  FROM sys.all_errors e
                 WHERE e.owner = NVL(:unit_owner, SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA'))
                   AND e.name = :unit_name
                   AND e.type IN (:unit_kind, :unit_body)
                 ORDER BY e.type, e.sequence) LOOP
    DBMS_OUTPUT.PUT_LINE(found.told);
  END LOOP;
END;

-- name: refuse_untrue
-- Raise unless a @check gave one row that is true in all columns.
BEGIN
  :said_code := 0;
  IF :found <> 1 THEN
    :said := :told || ' gave ' || CASE :found WHEN 0 THEN 'no row' ELSE 'more than one row' END
             || ' instead of one';
    RAISE_APPLICATION_ERROR(-20791, :said);
  ELSIF :untrue IS NOT NULL THEN
    :said := SUBSTRB(:told || ' is not true: ' || :untrue, 1, 2000);
    RAISE_APPLICATION_ERROR(-20791, :said);
  END IF;
  :said_code := NULL;
END;

-- name: refuse_unexpected
-- Raise for a statement that changed or gave another number of rows than its @expect asks for.
BEGIN
  :said_code := 0;
  :said := :told || CASE :asked WHEN 1 THEN ' gave ' ELSE ' changed ' END
           || CASE :found WHEN 0 THEN 'no rows' WHEN 1 THEN '1 row' ELSE :found || ' rows' END
           || CASE WHEN :asked = 1 AND :found = 100 THEN ' or more' END;
  RAISE_APPLICATION_ERROR(-20791, :said);
END;

-- name: forbid_commit
-- Forbid COMMIT and ROLLBACK in the stored code that a step with atomic=strict calls.
BEGIN
  :strict := 1;
  EXECUTE IMMEDIATE 'ALTER SESSION DISABLE COMMIT IN PROCEDURE';
END;

-- name: allow_commit
-- Allow them again, before a block of ours commits.
BEGIN
  EXECUTE IMMEDIATE 'ALTER SESSION ENABLE COMMIT IN PROCEDURE';
  :strict := 0;
END;

-- name: undo_block
-- Undo what a block did that failed and is passed over, as a call of its own would have been undone.
-- Where it ended the transaction, all that is open is its own.
--
-- Unverified: dynamic PL/SQL that fails leaves its changes to who handles the error, and a savepoint is
-- gone (ORA-01086) once the transaction was ended (PL/SQL Language Reference, ROLLBACK).
DECLARE
  savepoint_gone EXCEPTION;
  PRAGMA EXCEPTION_INIT(savepoint_gone, -1086);
BEGIN
  ROLLBACK TO SAVEPOINT unit_of_odag;
EXCEPTION
  WHEN savepoint_gone THEN
    ROLLBACK;
END;
