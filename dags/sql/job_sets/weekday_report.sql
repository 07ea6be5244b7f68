-- What people only read on working days.

-- @step weekday_report
INSERT INTO set_ledger (order_day, run_id, what)
VALUES (:data_interval_start, :run_id, 'weekday_report');
COMMIT;
