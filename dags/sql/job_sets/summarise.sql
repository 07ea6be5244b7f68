-- Sum up the day by region.

-- @step summary
DELETE FROM set_order_summary WHERE order_day = :data_interval_start;
INSERT INTO set_order_summary (order_day, region, line_count, amount_cents)
SELECT order_day, region, COUNT(*), SUM(amount_cents)
  FROM set_order_line
 WHERE order_day = :data_interval_start
 GROUP BY order_day, region;
INSERT INTO set_ledger (order_day, run_id, what)
VALUES (:data_interval_start, :run_id, 'summarise');
COMMIT;
