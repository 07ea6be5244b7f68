-- Report the day: what was staged for it, which is nothing on a day without orders.

-- @step clear_day
DELETE FROM etl_stg_day WHERE load_day = :data_interval_start AND what = 'REPORT';
COMMIT;

-- @step report
INSERT INTO etl_stg_day (load_day, what, amount_cents)
SELECT :data_interval_start, 'REPORT', NVL(SUM(amount_cents), 0)
  FROM etl_stg_order
 WHERE load_day = :data_interval_start;
COMMIT;
