-- Find the lines that must not be sold twice or at all. Runs beside transform.sql: both only read
-- what fetch.sql brought.

-- @step clear_day
DELETE FROM sales_reject WHERE sales_day = :data_interval_start;
INSERT INTO sales_ledger (sales_day, run_id, script, step)
VALUES (:data_interval_start, :run_id, 'clean', 'clear_day');
COMMIT;

-- @step returns
INSERT INTO sales_reject (sales_day, line_no, reason)
SELECT sales_day, line_no, 'return'
  FROM sales_order_raw
 WHERE sales_day = :data_interval_start
   AND quantity <= 0;
INSERT INTO sales_ledger (sales_day, run_id, script, step)
VALUES (:data_interval_start, :run_id, 'clean', 'returns');
COMMIT;

-- The newest line of an order counts. The block commits nothing, so its work and its checkpoint
-- become durable together like any statement's.
-- @step repeats
DECLARE
  repeats NUMBER := 0;
  lines   NUMBER := 0;
BEGIN
  INSERT INTO sales_reject (sales_day, line_no, reason)
  SELECT sales_day, line_no, 'repeated'
    FROM (SELECT sales_day,
                 line_no,
                 ROW_NUMBER() OVER (PARTITION BY order_no ORDER BY line_no DESC) AS age
            FROM sales_order_raw
           WHERE sales_day = :data_interval_start) numbered
   WHERE age > 1;

  SELECT COUNT(*) INTO repeats
    FROM sales_reject
   WHERE sales_day = :data_interval_start AND reason = 'repeated';
  SELECT COUNT(*) INTO lines
    FROM sales_order_raw
   WHERE sales_day = :data_interval_start;

  IF repeats * 10 > lines THEN
    RAISE_APPLICATION_ERROR(-20001, 'more than a tenth of the lines is repeated: ' || repeats);
  END IF;
  DBMS_OUTPUT.PUT_LINE('repeated lines: ' || repeats || ' of ' || lines);

  INSERT INTO sales_ledger (sales_day, run_id, script, step)
  VALUES (:data_interval_start, :run_id, 'clean', 'repeats');
END;
/
COMMIT;
