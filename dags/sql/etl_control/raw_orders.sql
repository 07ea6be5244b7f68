-- Fetch the day's orders. A real job would read them through a link; here they are generated.

-- @step clear_day
DELETE FROM etl_raw_order WHERE load_day = :data_interval_start;
COMMIT;

-- @step orders
INSERT INTO etl_raw_order (load_day, order_no, customer_no, amount_cents)
SELECT :data_interval_start, line.no, 1 + MOD(line.no, 100), 100 + MOD(line.no * 7919, 9900)
  FROM (SELECT LEVEL AS no FROM dual CONNECT BY LEVEL <= 5000) line;

-- @check all_orders_came
SELECT CASE WHEN COUNT(*) = 5000 THEN 1 ELSE 0 END AS all_orders_came
  FROM etl_raw_order
 WHERE load_day = :data_interval_start;
COMMIT;
