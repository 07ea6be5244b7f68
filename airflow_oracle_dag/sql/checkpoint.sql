-- Statements of the checkpoint protocol that run inside or around user work.
--
-- In a transaction with user work each table is modified once and not read afterwards, every
-- statement is hinted against parallel execution: a user's FORCE PARALLEL DML would otherwise give
-- ORA-12838 or ORA-12839 (VLDB and Partitioning Guide, Rules for Parallel DML).

-- name: advance
-- End step :done and start step :next. What :done changed and its checkpoint become durable
-- together; then the mark of :next opens its transaction. The mark has a handler of its own, so
-- that its error cannot hide that the commit happened. Without :next the attempt ends: the run is
-- finished, or with :halted = 1 left to be resumed, at the step after :done.
--
-- Unverified: an error behind the COMMIT leaves it durable, one before it undoes this block alone
-- and leaves what the step did before to be rolled back (PL/SQL Language Reference, Unhandled
-- Exceptions).
--
-- Unverified: an UPDATE that waited for a row compares its WHERE anew with what the other transaction
-- committed, so the block of an attempt that was taken over changes nothing (Database Concepts,
-- Conflicting Writes in Read Committed Transactions; Error Messages Reference, ORA-08177).
--
-- Unverified: a bind that this block sets, such as :moment, has its new value in the SQL behind that
-- (PL/SQL Language Reference, Host Variables).
--
-- Unverified: what a statement printed outlives its rollback and is given by GET_LINE once (PL/SQL
-- Packages and Types Reference, DBMS_OUTPUT).
--
-- Unverified: WRITE WAIT IMMEDIATE in PL/SQL waits for the redo of this COMMIT, whatever
-- COMMIT_WAIT says (SQL Language Reference, COMMIT; Database Reference, COMMIT_WAIT).
--
-- Unverified: the hints keep these changes serial under FORCE PARALLEL DML; on Autonomous, where
-- hints may be ignored, each table being changed once is what prevents ORA-12838 and ORA-12839
-- (VLDB and Partitioning Guide, Restrictions on Parallel DML).
--
-- Unverified: after a direct-path INSERT of the step into its own tables, these changes of other
-- tables are allowed in the same transaction (VLDB and Partitioning Guide, Rules for Parallel DML).
--
-- Unverified: under READ ONLY a change is refused with ORA-01456, and COMMIT ends that transaction
-- inside this block (SQL Language Reference, SET TRANSACTION).
DECLARE
  line VARCHAR2(32767);
  status INTEGER := 0;
  text VARCHAR2(32767);
  kept VARCHAR2(4000);
  moved NUMBER;
  noted VARCHAR2(4000);
BEGIN
  :inside := CASE
               WHEN :marked_id IS NULL THEN NULL
               WHEN DBMS_TRANSACTION.LOCAL_TRANSACTION_ID = :marked_id THEN 0
               ELSE 1
             END;
  :committed := 0;
  :marked := 0;
  WHILE status = 0 AND NVL(LENGTHB(text), 0) < 24000 LOOP
    DBMS_OUTPUT.GET_LINE(line, status);
    IF status = 0 THEN
      text := text || SUBSTRB(line, 1, 8000) || CHR(10);  -- room for 32,767 bytes
    END IF;
  END LOOP;
  :output := text;
  :more := CASE status WHEN 0 THEN 1 ELSE 0 END;
  kept := CASE :keep_output WHEN 1 THEN SUBSTRB(text, 1, 4000) END;
  IF :read_only = 1 THEN
    COMMIT;  -- a READ ONLY transaction takes no UPDATE (ORA-01456)
  END IF;
  noted := :evidence;  -- the block that starts a DDL step looks here at what it will change
  :moment := SYS_EXTRACT_UTC(SYSTIMESTAMP);
  UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {schema}.odag_step s
     SET s.step_class = CASE WHEN s.step_no = :next
                              AND :code_place <> SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA') || '/'
                                                 || SYS_CONTEXT('USERENV', 'CURRENT_EDITION_NAME')
                             THEN 'OPAQUE' ELSE s.step_class END,  -- its calls mean others
         s.state = CASE WHEN s.step_no = :done THEN 'SUCCEEDED' ELSE 'RUNNING' END,
         s.tries = CASE WHEN s.step_no = :done THEN s.tries ELSE s.tries + 1 END,
         s.started_at = CASE WHEN s.step_no = :done THEN s.started_at ELSE :moment END,
         s.ended_at = CASE WHEN s.step_no = :done THEN :moment ELSE NULL END,
         s.row_count = CASE WHEN s.step_no = :done THEN :row_count ELSE NULL END,
         s.error_code = NULL,
         s.error_text = NULL,
         s.reason = NULL,
         s.evidence = CASE WHEN s.step_no = :done THEN s.evidence ELSE noted END,
         s.commits_inside = CASE WHEN s.step_no = :done THEN :inside ELSE NULL END,
         s.variables = CASE WHEN s.step_no = :done THEN :variables ELSE NULL END
   WHERE s.run_hash = :run_hash AND s.generation = :generation
     AND s.step_no IN (:done, :next)  -- by the primary key, however many steps there are
     AND s.attempt = :attempt
     AND ((s.step_no = :done AND s.state = 'RUNNING')
          OR (s.step_no = :next AND s.state IN ('PENDING', 'FAILED')));
  moved := SQL%ROWCOUNT;
  IF moved <> :expected THEN
    RAISE_APPLICATION_ERROR(-20790, 'odag: another attempt holds the run');
  END IF;
  IF :done IS NOT NULL THEN
    INSERT INTO {schema}.odag_step_attempt
      (run_hash, generation, step_no, attempt, name, step_class, state, started_at, ended_at,
       row_count, client, commits_inside, output)
    VALUES
      (:run_hash, :generation, :done, :attempt, :done_name, :done_class, 'SUCCEEDED', :done_started,
       :moment, :row_count, :client, :inside, kept);
  END IF;
  IF :inside = 1 AND :done_text IS NOT NULL THEN
    INSERT INTO {schema}.odag_committer (text_hash, noted_at) VALUES (:done_text, :moment);
  END IF;
  IF :next IS NULL THEN
    UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {schema}.odag_run r
       SET r.state = CASE :halted WHEN 1 THEN 'FAILED' ELSE 'SUCCEEDED' END,
           r.ended_at = CASE :halted WHEN 1 THEN NULL ELSE :moment END,
           r.attempt_ended_at = :moment
     WHERE r.run_hash = :run_hash AND r.generation = :generation AND r.attempt = :attempt;
    moved := SQL%ROWCOUNT;
    IF moved <> 1 THEN
      RAISE_APPLICATION_ERROR(-20790, 'odag: another attempt holds the run');
    END IF;
  END IF;
  COMMIT WRITE WAIT IMMEDIATE;
  :committed := 1;
  IF :mark_next = 1 THEN
    BEGIN
      UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {schema}.odag_canary c
         SET c.mark = :next
       WHERE c.run_hash = :run_hash AND c.owner = :attempt;
      :marked := SQL%ROWCOUNT;
      :transaction_id := DBMS_TRANSACTION.LOCAL_TRANSACTION_ID;
    EXCEPTION
      WHEN OTHERS THEN
        :marked := SQLCODE;
    END;
  END IF;
END;

-- name: mark
-- Mark the running step in a call of its own, after what wants a clean transaction.
--
-- Unverified: SET TRANSACTION (ORA-01453), ALTER SESSION for PARALLEL DML (ORA-12841) and for EDITION
-- (ORA-38814) are refused inside a transaction, SET ROLE is not (SQL Language Reference).
BEGIN
  UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {schema}.odag_canary c
     SET c.mark = :step_no
   WHERE c.run_hash = :run_hash AND c.owner = :attempt;
  :marked := SQL%ROWCOUNT;
  :transaction_id := DBMS_TRANSACTION.LOCAL_TRANSACTION_ID;
END;

-- name: discard
-- Roll back what the running step did so far and mark it again in the new transaction.
BEGIN
  ROLLBACK;
  UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {schema}.odag_canary c
     SET c.mark = :step_no
   WHERE c.run_hash = :run_hash AND c.owner = :attempt;
  :marked := SQL%ROWCOUNT;
  :transaction_id := DBMS_TRANSACTION.LOCAL_TRANSACTION_ID;
END;

-- name: disable_commit
-- Forbid COMMIT and ROLLBACK in the stored code that the session calls, for a step with atomic=strict.
--
-- Unverified: it is allowed inside a transaction and does not end it, needs no privilege, and lets
-- the driver's own commit and rollback pass; ORA-00034 is raised also in autonomous transactions
-- (SQL Language Reference, ALTER SESSION).
ALTER SESSION DISABLE COMMIT IN PROCEDURE

-- name: enable_commit
-- Allow them again, before a block of ours commits.
ALTER SESSION ENABLE COMMIT IN PROCEDURE
