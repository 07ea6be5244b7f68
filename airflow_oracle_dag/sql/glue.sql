-- Steps that are handed to a run of AWS Glue: what its process writes beside the blocks of its steps, and
-- what those write who wait for it. All run in transactions without user work.

-- name: adopt_handover
-- Begin a handed attempt, once: no other process may be it, nobody has ended it or wishes it to stop.
-- Of two that do so at once one waits for the other, and then finds it claimed; see `advance`.
UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {schema}.odag_handover h
   SET h.claimed_at = SYS_EXTRACT_UTC(SYSTIMESTAMP), h.changed_at = SYS_EXTRACT_UTC(SYSTIMESTAMP),
       h.session_id = :session_id, h.sid = :sid, h.serial = :serial, h.instance = :instance,
       h.external_id = NVL(:external_id, h.external_id)
 WHERE h.run_hash = :run_hash AND h.attempt = :attempt AND h.place = 'glue'
   AND h.claimed_at IS NULL AND h.ended_at IS NULL
   AND NOT EXISTS
       (SELECT 1 FROM {schema}.odag_signal g
         WHERE g.run_hash = :run_hash AND g.attempt = :attempt AND g.stop_requested_at IS NOT NULL)

-- name: adopt_run
-- Say in which session the attempt works that holds the run; who it is, is said already.
UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {schema}.odag_run r
   SET r.session_id = :session_id, r.sid = :sid, r.serial = :serial, r.instance = :instance,
       r.session_lock = :session_lock
 WHERE r.run_hash = :run_hash AND r.attempt = :attempt
   AND r.attempt_ended_at IS NULL AND r.session_id IS NULL

-- name: count_wishes
-- Ask whether somebody wishes an attempt to stop.
SELECT COUNT(*) FROM {schema}.odag_signal g
 WHERE g.run_hash = :run_hash AND g.attempt = :attempt AND g.stop_requested_at IS NOT NULL

-- name: end_adopted
-- Write down how the process ended that began a handed attempt.
UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {schema}.odag_handover h
   SET h.ended_at = SYS_EXTRACT_UTC(SYSTIMESTAMP), h.changed_at = SYS_EXTRACT_UTC(SYSTIMESTAMP),
       h.ending = :ending, h.error_code = :error_code, h.error_text = :error_text
 WHERE h.run_hash = :run_hash AND h.attempt = :attempt AND h.session_id = :session_id
   AND h.ended_at IS NULL

-- name: pulse
-- Show who waits that there is something to look at, and read who wishes the attempt to stop.
BEGIN
  UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {schema}.odag_handover h
     SET h.changed_at = SYS_EXTRACT_UTC(SYSTIMESTAMP)
   WHERE h.run_hash = :run_hash AND h.attempt = :attempt AND h.ended_at IS NULL AND :is_news = 1;
  COMMIT;
  SELECT MAX(SUBSTRB(g.stop_by || ': ' || g.stop_why, 1, 1000)) INTO :wish
    FROM {schema}.odag_signal g
   WHERE g.run_hash = :run_hash AND g.attempt = :attempt AND g.stop_requested_at IS NOT NULL;
END;

-- name: note_external
-- Keep which run of AWS Glue an attempt is.
UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {schema}.odag_handover h
   SET h.external_id = :external_id, h.external_region = :external_region
 WHERE h.run_hash = :run_hash AND h.attempt = :attempt

-- name: read_handed_body
-- Read what was handed over, as it was packed.
SELECT h.body FROM {schema}.odag_handover h
 WHERE h.run_hash = :run_hash AND h.attempt = :attempt

-- name: note_cost
-- Keep what an attempt cost, once.
UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {schema}.odag_handover h
   SET h.dpu_seconds = :dpu_seconds
 WHERE h.run_hash = :run_hash AND h.attempt = :attempt AND h.dpu_seconds IS NULL

-- name: share_cost
-- Add to a step what it cost in an attempt that is over.
UPDATE /*+ NO_PARALLEL DISABLE_PARALLEL_DML */ {schema}.odag_step s
   SET s.dpu_seconds = NVL(s.dpu_seconds, 0) + :dpu_seconds
 WHERE s.run_hash = :run_hash AND s.generation = :generation AND s.step_no = :step_no
