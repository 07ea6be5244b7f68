-- Note that the day is complete, with or without a report.

-- @step finish
INSERT INTO set_ledger (order_day, run_id, what)
VALUES (:data_interval_start, :run_id, 'finish');
COMMIT;
