-- Load the day's facts and value them at the day's rates. When a rate is late, `value_facts` fails
-- its check and is rolled back; the steps before it are done for good, and a retry begins with it.

-- @step clear_day
DELETE FROM sales_fact WHERE sales_day = :data_interval_start;
INSERT INTO sales_ledger (sales_day, run_id, script, step)
VALUES (:data_interval_start, :run_id, 'load', 'clear_day');
COMMIT;

-- @step merge_facts
MERGE INTO sales_fact f
USING (SELECT s.sales_day,
              s.region,
              s.customer_no,
              COUNT(*) AS order_count,
              SUM(s.amount_cents) AS amount_cents
         FROM sales_stage s
        WHERE s.sales_day = :data_interval_start
          AND NOT EXISTS (SELECT 1
                            FROM sales_reject r
                           WHERE r.sales_day = s.sales_day AND r.line_no = s.line_no)
        GROUP BY s.sales_day, s.region, s.customer_no) n
   ON (f.sales_day = n.sales_day AND f.region = n.region AND f.customer_no = n.customer_no)
 WHEN MATCHED THEN UPDATE
      SET f.order_count = n.order_count, f.amount_cents = n.amount_cents
 WHEN NOT MATCHED THEN INSERT (sales_day, region, customer_no, order_count, amount_cents)
      VALUES (n.sales_day, n.region, n.customer_no, n.order_count, n.amount_cents);
INSERT INTO sales_ledger (sales_day, run_id, script, step)
VALUES (:data_interval_start, :run_id, 'load', 'merge_facts');
COMMIT;

-- @step value_facts
UPDATE sales_fact
   SET reported_cents = (SELECT ROUND(sales_fact.amount_cents * x.rate)
                           FROM sales_region_rate x
                          WHERE x.rate_day = sales_fact.sales_day
                            AND x.region = sales_fact.region)
 WHERE sales_day = :data_interval_start;
INSERT INTO sales_ledger (sales_day, run_id, script, step)
VALUES (:data_interval_start, :run_id, 'load', 'value_facts');

-- @check every_region_has_its_rate
SELECT CASE WHEN COUNT(*) = COUNT(reported_cents) THEN 1 ELSE 0 END AS every_region_has_its_rate
  FROM sales_fact
 WHERE sales_day = :data_interval_start;
COMMIT;
