-- Statements of who watches, from a session of its own, a call that is silent for long.

-- name: watched_step
-- Read whether it is committed that the attempt which is watched has brought a step to a state.
SELECT COUNT(*) FROM {schema}.odag_step s
 WHERE s.run_hash = :run_hash AND s.generation = :generation AND s.step_no = :step_no
   AND s.attempt = :attempt AND s.state = :state

-- name: long_operation
-- Read what a session of this instance works on and how far it is; the newest first.
-- Unverified: V$SESSION_LONGOPS can be read by everybody, has a row for what takes longer than six
-- seconds, and keeps it when that is done (Reference, V$SESSION_LONGOPS).
SELECT l.opname, l.sofar, l.totalwork, l.target, l.time_remaining
  FROM v$session_longops l
 WHERE l.sid = :sid AND l.serial# = :serial AND l.sofar < l.totalwork
 ORDER BY l.last_update_time DESC

-- name: beat
-- Write down that the client of an attempt is alive, and how far the attempt is.
BEGIN
  UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {schema}.odag_signal s
     SET s.heartbeat_at = SYS_EXTRACT_UTC(SYSTIMESTAMP), s.progress = :progress
   WHERE s.run_hash = :run_hash AND s.attempt = :attempt;
  IF SQL%ROWCOUNT = 0 THEN
    BEGIN
      INSERT INTO {schema}.odag_signal (run_hash, attempt, heartbeat_at, progress)
      VALUES (:run_hash, :attempt, SYS_EXTRACT_UTC(SYSTIMESTAMP), :progress);
    EXCEPTION
      WHEN DUP_VAL_ON_INDEX THEN
        NULL;  -- somebody's wish to stop came in between: the next beat finds its row
    END;
  END IF;
  COMMIT;
END;

-- name: durations
-- Read what steps took in the last runs of the same script and task, the newest first; of all names, or one.
SELECT a.name, a.started_at, a.ended_at
  FROM (SELECT r.run_hash, r.generation
          FROM {schema}.odag_run m, {schema}.odag_run r
         WHERE m.run_hash = :run_hash AND m.generation = :generation
           AND r.script_name = m.script_name
           AND NVL(r.dag_id, ' ') = NVL(m.dag_id, ' ') AND NVL(r.task_id, ' ') = NVL(m.task_id, ' ')
         ORDER BY r.started_at DESC
         FETCH FIRST :runs ROWS ONLY) l,
       {schema}.odag_step_attempt a
 WHERE a.run_hash = l.run_hash AND a.generation = l.generation
   AND (:name IS NULL OR a.name = :name) AND a.state = 'SUCCEEDED' AND a.started_at IS NOT NULL
   AND a.reason IS NULL  -- nobody settled it later, when it had been over for who knows how long
 ORDER BY a.ended_at DESC
