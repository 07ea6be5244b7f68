-- Three steps, each a task; the second fails until a person opens the gate.
-- @always
ALTER SESSION SET NLS_DATE_FORMAT = 'YYYY"day"MM';
-- @step first
INSERT INTO category_work (run_id, job, at_step)
VALUES (:run_id, TO_CHAR(DATE '2026-11-20'), 'first');
COMMIT;
-- @step gated
-- @check gate_is_open
SELECT COUNT(*) FROM category_gate WHERE job = 'steps';
INSERT INTO category_work (run_id, job, at_step)
VALUES (:run_id, TO_CHAR(DATE '2026-11-20'), 'gated');
COMMIT;
-- @step last
INSERT INTO category_work (run_id, job, at_step)
VALUES (:run_id, TO_CHAR(DATE '2026-11-20'), 'last');
