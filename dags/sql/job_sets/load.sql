-- Load the day's order lines. A real script would read them through a link or an external table.

-- @step lines
DELETE FROM set_order_line WHERE order_day = :data_interval_start;
INSERT INTO set_order_line (order_day, line_no, region, amount_cents)
SELECT :data_interval_start,
       line.no,
       CASE MOD(line.no, 4)
         WHEN 0 THEN 'NORTH' WHEN 1 THEN 'EAST' WHEN 2 THEN 'SOUTH' ELSE 'WEST'
       END,
       100 + MOD(line.no * 7919, 9900)
  FROM (SELECT LEVEL AS no FROM dual CONNECT BY LEVEL <= :line_count) line;

-- @check all_lines_came
SELECT CASE WHEN COUNT(*) = :line_count THEN 1 ELSE 0 END AS all_lines
  FROM set_order_line
 WHERE order_day = :data_interval_start;

INSERT INTO set_ledger (order_day, run_id, what) VALUES (:data_interval_start, :run_id, 'load');
COMMIT;
