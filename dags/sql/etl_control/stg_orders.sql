-- Add the day's orders up by region.

-- @step clear_day
DELETE FROM etl_stg_order WHERE load_day = :data_interval_start;
COMMIT;

-- @step regions
INSERT INTO etl_stg_order (load_day, region, order_count, amount_cents)
SELECT o.load_day, c.region, COUNT(*), SUM(o.amount_cents)
  FROM etl_raw_order o
  JOIN etl_raw_customer c ON c.load_day = o.load_day AND c.customer_no = o.customer_no
 WHERE o.load_day = :data_interval_start
 GROUP BY o.load_day, c.region;
COMMIT;
