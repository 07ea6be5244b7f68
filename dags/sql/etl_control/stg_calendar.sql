-- Note that the day was a working day.

-- @step day
MERGE INTO etl_stg_day d
USING (SELECT :data_interval_start AS load_day, 'CALENDAR' AS what FROM dual) s
   ON (d.load_day = s.load_day AND d.what = s.what)
 WHEN NOT MATCHED THEN INSERT (load_day, what) VALUES (s.load_day, s.what);
COMMIT;
