-- Make the tables of the example, once. A CREATE commits by itself, and only its probe can tell
-- afterwards whether it had happened when the client died.

-- @step raw_table
-- @probe SELECT 1 FROM user_tables WHERE table_name = 'SALES_ORDER_RAW'
CREATE TABLE sales_order_raw (
  sales_day    DATE         NOT NULL,
  line_no      NUMBER(9)    NOT NULL,
  order_no     NUMBER(9)    NOT NULL,
  customer_no  NUMBER(9)    NOT NULL,
  region       VARCHAR2(10) NOT NULL,
  quantity     NUMBER(9)    NOT NULL,
  unit_cents   NUMBER(9)    NOT NULL,
  CONSTRAINT sales_order_raw_pk PRIMARY KEY (sales_day, line_no)
);

-- @step reject_table
-- @probe SELECT 1 FROM user_tables WHERE table_name = 'SALES_REJECT'
CREATE TABLE sales_reject (
  sales_day  DATE         NOT NULL,
  line_no    NUMBER(9)    NOT NULL,
  reason     VARCHAR2(30) NOT NULL,
  CONSTRAINT sales_reject_pk PRIMARY KEY (sales_day, line_no, reason)
);

-- @step stage_table
-- @probe SELECT 1 FROM user_tables WHERE table_name = 'SALES_STAGE'
CREATE TABLE sales_stage (
  sales_day     DATE         NOT NULL,
  line_no       NUMBER(9)    NOT NULL,
  order_no      NUMBER(9)    NOT NULL,
  customer_no   NUMBER(9)    NOT NULL,
  region        VARCHAR2(10) NOT NULL,
  amount_cents  NUMBER(12)   NOT NULL,
  region_rank   NUMBER(9)    NOT NULL,
  CONSTRAINT sales_stage_pk PRIMARY KEY (sales_day, line_no)
);

-- @step fact_table
-- @probe SELECT 1 FROM user_tables WHERE table_name = 'SALES_FACT'
CREATE TABLE sales_fact (
  sales_day       DATE         NOT NULL,
  region          VARCHAR2(10) NOT NULL,
  customer_no     NUMBER(9)    NOT NULL,
  order_count     NUMBER(9)    NOT NULL,
  amount_cents    NUMBER(14)   NOT NULL,
  reported_cents  NUMBER(14),
  CONSTRAINT sales_fact_pk PRIMARY KEY (sales_day, region, customer_no)
);

-- @step report_table
-- @probe SELECT 1 FROM user_tables WHERE table_name = 'SALES_REPORT'
CREATE TABLE sales_report (
  sales_day       DATE         NOT NULL,
  region          VARCHAR2(10) NOT NULL,
  region_rank     NUMBER(3)    NOT NULL,
  order_count     NUMBER(9)    NOT NULL,
  reported_cents  NUMBER(14)   NOT NULL,
  share_percent   NUMBER(5, 2) NOT NULL,
  CONSTRAINT sales_report_pk PRIMARY KEY (sales_day, region)
);

-- @step rate_table
-- @probe SELECT 1 FROM user_tables WHERE table_name = 'SALES_REGION_RATE'
CREATE TABLE sales_region_rate (
  rate_day  DATE         NOT NULL,
  region    VARCHAR2(10) NOT NULL,
  rate      NUMBER(9, 4) NOT NULL,
  CONSTRAINT sales_region_rate_pk PRIMARY KEY (rate_day, region)
);

-- One row for each statement that did something for good: written in the statement's own
-- transaction, so it shows how often the work was really done.
-- @step ledger_table
-- @probe SELECT 1 FROM user_tables WHERE table_name = 'SALES_LEDGER'
CREATE TABLE sales_ledger (
  sales_day   DATE          NOT NULL,
  run_id      VARCHAR2(250) NOT NULL,
  script      VARCHAR2(30)  NOT NULL,
  step        VARCHAR2(30)  NOT NULL,
  written_at  TIMESTAMP     DEFAULT SYSTIMESTAMP NOT NULL
);

-- The rates of all days from 2020 on. In real life they arrive each evening, sometimes late.
-- @step rates
INSERT INTO sales_region_rate (rate_day, region, rate)
SELECT DATE '2020-01-01' + days.day_no,
       regions.region,
       1 + MOD(days.day_no * 17 + regions.region_no * 131, 500) / 10000
  FROM (SELECT LEVEL - 1 AS day_no FROM dual CONNECT BY LEVEL <= 5844) days
 CROSS JOIN (SELECT 1 AS region_no, 'NORTH' AS region FROM dual UNION ALL
             SELECT 2, 'EAST' FROM dual UNION ALL
             SELECT 3, 'SOUTH' FROM dual UNION ALL
             SELECT 4, 'WEST' FROM dual) regions;
COMMIT;
