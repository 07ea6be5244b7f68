-- The second step fails until a person opens the gate.
-- @step begins
INSERT INTO category_work (run_id, job, at_step) VALUES (:run_id, :job, 'begins');
COMMIT;
-- @step ends
-- @check gate_is_open
SELECT COUNT(*) FROM category_gate WHERE job = :job;
INSERT INTO category_work (run_id, job, at_step) VALUES (:run_id, :job, 'ends');
COMMIT;
