-- Statements that claim, read, take over and end a run. They run in transactions without user work.

-- name: insert_run
-- Claim a generation of a run key; ORA-00001: somebody was first.
-- Unverified: who inserts a key that another open transaction has inserted waits for its end, and then
-- meets ORA-00001 or is the first (Database Concepts, Data Concurrency; Error Messages Reference).
INSERT INTO {schema}.odag_run
  (run_hash, generation, namespace, run_key, dag_id, task_id, map_key, run_id, script_name,
   script_hash, script_text, db_name, con_name, state, started_at, attempt, attempt_started_at,
   session_id, sid, serial, instance, client, session_lock, restart_token, splitter, max_tries,
   try_number)
VALUES
  (:run_hash, :generation, :namespace, :run_key, :dag_id, :task_id, :map_key, :run_id, :script_name,
   :script_hash, :script_text, :db_name, :con_name, 'RUNNING', SYS_EXTRACT_UTC(SYSTIMESTAMP),
   :attempt, SYS_EXTRACT_UTC(SYSTIMESTAMP), :session_id, :sid, :serial, :instance, :client,
   :session_lock, :restart_token, :splitter, :max_tries, :try_number)

-- name: insert_canary
-- Make the run key's canary, held by the first attempt.
INSERT INTO {schema}.odag_canary (run_hash, owner, mark) VALUES (:run_hash, :owner, NULL)

-- name: insert_step
-- Add a step as the plan has it; a text that ended its transaction before is not believed again.
INSERT INTO {schema}.odag_step
  (run_hash, generation, step_no, name, step_class, state, attempt, tries, text_hash, values_hash,
   first_line, last_line, started_at, ended_at, row_count, error_code, error_text, reason, evidence,
   commits_inside, variables, value_hashes, dpu_seconds)
VALUES
  (:run_hash, :generation, :step_no, :name,
   CASE WHEN :step_class IN ('TRANSACTIONAL', 'BLOCK')
         AND (SELECT COUNT(*) FROM {schema}.odag_committer m WHERE m.text_hash = :text_hash) > 0
        THEN 'OPAQUE' ELSE :step_class END, :state, :attempt, :tries, :text_hash,
   :values_hash, :first_line, :last_line, :started_at, :ended_at, :row_count, :error_code,
   :error_text, :reason, :evidence, :commits_inside, :variables, :value_hashes, :dpu_seconds)

-- name: delete_step
-- Remove an unfinished step that is about to be replaced, if it still is what was read.
DELETE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ FROM {schema}.odag_step s
 WHERE s.run_hash = :run_hash AND s.generation = :generation AND s.step_no = :step_no
   AND s.state = :state AND s.attempt = :attempt

-- name: insert_step_attempt
-- Keep how a try ended that its own block did not end, and who wanted it to, if somebody did.
INSERT INTO {schema}.odag_step_attempt
  (run_hash, generation, step_no, attempt, name, step_class, state, started_at, ended_at, row_count,
   error_code, error_text, reason, client, commits_inside, output)
VALUES
  (:run_hash, :generation, :step_no, :attempt, :name, :step_class, :state, :started_at,
   SYS_EXTRACT_UTC(SYSTIMESTAMP), NULL, :error_code, :error_text,
   NVL((SELECT SUBSTRB('stopped by ' || s.stop_by || ': ' || s.stop_why || '; ' || :reason, 1, 1000)
          FROM {schema}.odag_signal s
         WHERE s.run_hash = :run_hash AND s.attempt = :attempt AND s.stop_requested_at IS NOT NULL),
       :reason),
   :client, :commits_inside, :output)

-- name: lock_canary
-- Lock the run key; ORA-00054, ORA-30006 or ORA-01591: a transaction of its owner lives.
-- Unverified: each statement behind this one reads what was committed before that statement began, so
-- it reads what the transaction left that had the lock (Database Concepts, Statement-Level Read
-- Consistency; SQL Language Reference, SELECT).
SELECT c.owner, c.mark FROM {schema}.odag_canary c WHERE c.run_hash = :run_hash FOR UPDATE NOWAIT

-- name: read_canary
-- Read who holds the run key and what is marked, without the lock: for a dry run.
SELECT c.owner, c.mark FROM {schema}.odag_canary c WHERE c.run_hash = :run_hash

-- name: release_canary
-- Hand the run key to an attempt and take the mark away; the last thing before the commit.
UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {schema}.odag_canary c SET c.owner = :owner, c.mark = NULL WHERE c.run_hash = :run_hash

-- name: read_run
-- Read the newest generation of a run key.
SELECT r.run_hash, r.generation, r.namespace, r.run_key, r.dag_id, r.task_id, r.map_key, r.run_id,
       r.script_name, r.script_hash, r.db_name, r.con_name, r.state, r.started_at, r.ended_at,
       r.acknowledged_at, r.attempt, r.attempt_started_at, r.attempt_ended_at, r.resumed_step,
       r.session_id, r.sid, r.serial, r.instance, r.client, r.restart_token, r.session_lock,
       r.splitter, r.max_tries, r.try_number
  FROM {schema}.odag_run r
 WHERE r.run_hash = :run_hash
   AND r.generation = (SELECT MAX(g.generation) FROM {schema}.odag_run g WHERE g.run_hash = :run_hash)

-- name: read_generations
-- Read every generation of a run key, oldest first.
SELECT r.run_hash, r.generation, r.namespace, r.run_key, r.dag_id, r.task_id, r.map_key, r.run_id,
       r.script_name, r.script_hash, r.db_name, r.con_name, r.state, r.started_at, r.ended_at,
       r.acknowledged_at, r.attempt, r.attempt_started_at, r.attempt_ended_at, r.resumed_step,
       r.session_id, r.sid, r.serial, r.instance, r.client, r.restart_token, r.session_lock,
       r.splitter, r.max_tries, r.try_number
  FROM {schema}.odag_run r
 WHERE r.run_hash = :run_hash
 ORDER BY r.generation

-- name: read_audit
-- Read what people did to a run by hand, oldest first.
SELECT a.happened_at, a.generation, a.step_no, a.verb, a.who, a.why, a.detail
  FROM {schema}.odag_audit a
 WHERE a.run_hash = :run_hash
 ORDER BY a.happened_at

-- name: read_script_text
-- Read the script as it was when the run was claimed or last taken over.
SELECT r.script_text FROM {schema}.odag_run r
 WHERE r.run_hash = :run_hash AND r.generation = :generation

-- name: read_steps
-- Read the steps of a generation in order.
SELECT s.step_no, s.name, s.step_class, s.state, s.attempt, s.tries, s.text_hash, s.values_hash,
       s.first_line, s.last_line, s.started_at, s.ended_at, s.row_count, s.error_code, s.error_text,
       s.reason, s.evidence, s.commits_inside, s.variables, s.value_hashes, s.dpu_seconds
  FROM {schema}.odag_step s
 WHERE s.run_hash = :run_hash AND s.generation = :generation
 ORDER BY s.step_no

-- name: read_step_attempts
-- Read the history of a generation in the order in which tries ended.
SELECT h.step_no, h.attempt, h.name, h.step_class, h.state, h.started_at, h.ended_at, h.row_count,
       h.error_code, h.error_text, h.reason, h.client, h.commits_inside, h.output
  FROM {schema}.odag_step_attempt h
 WHERE h.run_hash = :run_hash AND h.generation = :generation
 ORDER BY h.attempt, h.step_no

-- name: hold_run
-- Write down who holds a generation from now on, and in which state it is.
UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {schema}.odag_run r
   SET r.state = :state, r.attempt = :attempt,
       r.attempt_started_at = SYS_EXTRACT_UTC(SYSTIMESTAMP),
       r.attempt_ended_at = CASE WHEN :ended = 1 THEN SYS_EXTRACT_UTC(SYSTIMESTAMP) END,
       r.ended_at = CASE WHEN :state = 'SUCCEEDED' THEN SYS_EXTRACT_UTC(SYSTIMESTAMP) END,
       r.acknowledged_at = NULL, r.resumed_step = :resumed_step, r.session_id = :session_id, r.sid = :sid,
       r.serial = :serial, r.instance = :instance, r.client = :client,
       r.session_lock = :session_lock, r.dag_id = :dag_id, r.task_id = :task_id,
       r.map_key = :map_key, r.run_id = :run_id, r.splitter = :splitter, r.max_tries = :max_tries,
       r.try_number = :try_number, r.script_hash = :script_hash
 WHERE r.run_hash = :run_hash AND r.generation = :generation AND r.attempt = :old_attempt

-- name: hold_edited_run
-- The same, and keep the edited script that the attempt goes on with.
UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {schema}.odag_run r
   SET r.state = :state, r.attempt = :attempt,
       r.attempt_started_at = SYS_EXTRACT_UTC(SYSTIMESTAMP),
       r.attempt_ended_at = CASE WHEN :ended = 1 THEN SYS_EXTRACT_UTC(SYSTIMESTAMP) END,
       r.ended_at = CASE WHEN :state = 'SUCCEEDED' THEN SYS_EXTRACT_UTC(SYSTIMESTAMP) END,
       r.acknowledged_at = NULL, r.resumed_step = :resumed_step, r.session_id = :session_id, r.sid = :sid,
       r.serial = :serial, r.instance = :instance, r.client = :client,
       r.session_lock = :session_lock, r.dag_id = :dag_id, r.task_id = :task_id,
       r.map_key = :map_key, r.run_id = :run_id, r.splitter = :splitter, r.max_tries = :max_tries,
       r.try_number = :try_number, r.script_hash = :script_hash,
       r.script_text = :script_text
 WHERE r.run_hash = :run_hash AND r.generation = :generation AND r.attempt = :old_attempt

-- name: doubt_run
-- Take a run over only to say that it is in doubt: who left it so is kept, and may still be alive.
UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {schema}.odag_run r
   SET r.state = 'IN_DOUBT', r.attempt = :attempt
 WHERE r.run_hash = :run_hash AND r.generation = :generation AND r.attempt = :old_attempt

-- name: end_attempt
-- Write down that an attempt ended without finishing the run.
UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {schema}.odag_run r
   SET r.state = :state, r.attempt_ended_at = SYS_EXTRACT_UTC(SYSTIMESTAMP)
 WHERE r.run_hash = :run_hash AND r.generation = :generation AND r.attempt = :attempt

-- name: settle_step
-- Write a verdict about a step, if it still is what was read.
UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {schema}.odag_step s
   SET s.state = :state, s.ended_at = SYS_EXTRACT_UTC(SYSTIMESTAMP), s.error_code = :error_code,
       s.error_text = :error_text, s.reason = :reason, s.commits_inside = :commits_inside
 WHERE s.run_hash = :run_hash AND s.generation = :generation AND s.step_no = :step_no
   AND s.state = :old_state AND s.attempt = :attempt

-- name: acknowledge
-- Write down that the scheduler recorded the success.
UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {schema}.odag_run r
   SET r.acknowledged_at = :acknowledged_at
 WHERE r.run_hash = :run_hash AND r.generation = :generation AND r.state = 'SUCCEEDED'
   AND r.acknowledged_at IS NULL

-- name: insert_audit
-- Keep who changed a run by hand, and why.
INSERT INTO {schema}.odag_audit
  (happened_at, run_hash, generation, step_no, verb, who, why, detail)
VALUES (SYS_EXTRACT_UTC(SYSTIMESTAMP), :run_hash, :generation, :step_no, :verb, :who, :why, :detail)

-- name: read_recent_runs
-- Read the runs of a namespace that were at work last, one for each run key, the newest first.
SELECT r.run_key, r.state, r.generation, r.attempt, r.script_name, r.attempt_started_at, r.ended_at
  FROM {schema}.odag_run r
 WHERE r.namespace = :namespace
   AND r.generation = (SELECT MAX(g.generation) FROM {schema}.odag_run g WHERE g.run_hash = r.run_hash)
 ORDER BY r.attempt_started_at DESC, r.run_key
 FETCH FIRST :at_most ROWS ONLY

-- name: read_namespaces
-- Read how many run keys each namespace has.
SELECT r.namespace, COUNT(DISTINCT r.run_hash) FROM {schema}.odag_run r GROUP BY r.namespace

-- name: read_purgeable
-- Read which run keys were finished and acknowledged before a moment and still have their steps.
SELECT r.run_hash
  FROM {schema}.odag_run r
 WHERE r.namespace = :namespace AND r.state = 'SUCCEEDED'
   AND r.ended_at < :before AND r.acknowledged_at < :before
   AND r.generation = (SELECT MAX(g.generation) FROM {schema}.odag_run g WHERE g.run_hash = r.run_hash)
   AND EXISTS (SELECT 1 FROM {schema}.odag_step s
                WHERE s.run_hash = r.run_hash AND s.generation = r.generation)
 ORDER BY r.ended_at

-- name: purge_steps
-- Remove all steps of a run key.
DELETE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ FROM {schema}.odag_step s
 WHERE s.run_hash = :run_hash

-- name: purge_history
-- Remove the history of a run key.
DELETE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ FROM {schema}.odag_step_attempt h
 WHERE h.run_hash = :run_hash

-- name: purge_generations
-- Remove all generations of a run key before the newest one.
DELETE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ FROM {schema}.odag_run r
 WHERE r.run_hash = :run_hash AND r.generation < :generation

-- name: leave_tombstone
-- Keep of the newest generation that it was finished and acknowledged, and not its script.
UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {schema}.odag_run r
   SET r.script_text = '-- purged'
 WHERE r.run_hash = :run_hash AND r.generation = :generation

-- name: read_versions
-- Read which migrations were applied.
SELECT v.version, v.name FROM {schema}.odag_version v ORDER BY v.version

-- name: insert_version
-- Write down that a migration was applied.
INSERT INTO {schema}.odag_version (version, name, installed_at)
VALUES (:version, :name, SYS_EXTRACT_UTC(SYSTIMESTAMP))
