-- Fetch the customers as they are on the day.

-- @step clear_day
DELETE FROM etl_raw_customer WHERE load_day = :data_interval_start;
COMMIT;

-- @step customers
INSERT INTO etl_raw_customer (load_day, customer_no, region)
SELECT :data_interval_start,
       line.no,
       CASE MOD(line.no, 4)
         WHEN 0 THEN 'NORTH' WHEN 1 THEN 'EAST' WHEN 2 THEN 'SOUTH' ELSE 'WEST'
       END
  FROM (SELECT LEVEL AS no FROM dual CONNECT BY LEVEL <= 100) line;
COMMIT;
