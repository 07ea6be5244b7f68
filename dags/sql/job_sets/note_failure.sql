-- Note that the day is not complete.

-- @step note_failure
INSERT INTO set_ledger (order_day, run_id, what)
VALUES (:data_interval_start, :run_id, 'note_failure');
COMMIT;
