-- Note how many days of the month have a summary.

-- @step month
INSERT INTO set_ledger (order_day, run_id, what)
SELECT :data_interval_start, :run_id, 'month: ' || COUNT(DISTINCT order_day) || ' days'
  FROM set_order_summary
 WHERE order_day >= :data_interval_start
   AND order_day < :data_interval_end;
COMMIT;
