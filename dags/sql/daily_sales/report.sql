-- Write the day's report: one row a region, with its rank and its share of the day.

-- @step clear_day
DELETE FROM sales_report WHERE sales_day = :data_interval_start;
INSERT INTO sales_ledger (sales_day, run_id, script, step)
VALUES (:data_interval_start, :run_id, 'report', 'clear_day');
COMMIT;

-- @step regions
INSERT INTO sales_report
       (sales_day, region, region_rank, order_count, reported_cents, share_percent)
SELECT sales_day,
       region,
       RANK() OVER (ORDER BY SUM(reported_cents) DESC),
       SUM(order_count),
       SUM(reported_cents),
       ROUND(100 * SUM(reported_cents) / SUM(SUM(reported_cents)) OVER (), 2)
  FROM sales_fact
 WHERE sales_day = :data_interval_start
 GROUP BY sales_day, region;
INSERT INTO sales_ledger (sales_day, run_id, script, step)
VALUES (:data_interval_start, :run_id, 'report', 'regions');

-- @check report_adds_up
SELECT CASE WHEN r.total = f.total THEN 1 ELSE 0 END AS report_adds_up
  FROM (SELECT SUM(reported_cents) AS total
          FROM sales_report WHERE sales_day = :data_interval_start) r
 CROSS JOIN (SELECT SUM(reported_cents) AS total
               FROM sales_fact WHERE sales_day = :data_interval_start) f;
COMMIT;
