-- Fetch the day's order lines. A real script would read them through a link or an external table;
-- here they are generated, and a day gives the same 200,000 lines whenever it is asked for.

-- @step clear_day
DELETE FROM sales_order_raw WHERE sales_day = :data_interval_start;
INSERT INTO sales_ledger (sales_day, run_id, script, step)
VALUES (:data_interval_start, :run_id, 'fetch', 'clear_day');
COMMIT;

-- Every 997th line is a return with a negative quantity, every 500th repeats the order before it.
-- @step order_lines
INSERT INTO sales_order_raw
       (sales_day, line_no, order_no, customer_no, region, quantity, unit_cents)
SELECT :data_interval_start,
       line.no,
       CASE WHEN MOD(line.no, 500) = 0 THEN line.no - 1 ELSE line.no END,
       1 + MOD(line.no * 31 + day.seed, 5000),
       CASE MOD(line.no + day.seed, 4)
         WHEN 0 THEN 'NORTH' WHEN 1 THEN 'EAST' WHEN 2 THEN 'SOUTH' ELSE 'WEST'
       END,
       CASE WHEN MOD(line.no, 997) = 0 THEN -1 ELSE 1 + MOD(line.no * 7 + day.seed, 9) END,
       100 + MOD(line.no * 7919 + day.seed, 9900)
  FROM (SELECT LEVEL AS no FROM dual CONNECT BY LEVEL <= 200000) line
 CROSS JOIN (SELECT TO_NUMBER(TO_CHAR(:data_interval_start, 'YYYYMMDD')) AS seed FROM dual) day;
INSERT INTO sales_ledger (sales_day, run_id, script, step)
VALUES (:data_interval_start, :run_id, 'fetch', 'order_lines');

-- @check all_lines_came
SELECT CASE WHEN COUNT(*) = 200000 THEN 1 ELSE 0 END AS all_lines_came
  FROM sales_order_raw
 WHERE sales_day = :data_interval_start;
COMMIT;
