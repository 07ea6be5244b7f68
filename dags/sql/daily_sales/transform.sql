-- Put a price on every line and rank the lines of a region. Runs beside clean.sql.

-- @step clear_day
DELETE FROM sales_stage WHERE sales_day = :data_interval_start;
INSERT INTO sales_ledger (sales_day, run_id, script, step)
VALUES (:data_interval_start, :run_id, 'transform', 'clear_day');
COMMIT;

-- @step priced_lines
INSERT INTO sales_stage
       (sales_day, line_no, order_no, customer_no, region, amount_cents, region_rank)
SELECT sales_day,
       line_no,
       order_no,
       customer_no,
       region,
       quantity * unit_cents,
       RANK() OVER (PARTITION BY region ORDER BY quantity * unit_cents DESC)
  FROM sales_order_raw
 WHERE sales_day = :data_interval_start;
INSERT INTO sales_ledger (sales_day, run_id, script, step)
VALUES (:data_interval_start, :run_id, 'transform', 'priced_lines');
COMMIT;
