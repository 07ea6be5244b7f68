-- Make the tables of the example, once.

-- @step orders
-- @probe SELECT 1 FROM user_tables WHERE table_name = 'ETL_RAW_ORDER'
CREATE TABLE etl_raw_order (
  load_day      DATE        NOT NULL,
  order_no      NUMBER(9)   NOT NULL,
  customer_no   NUMBER(9)   NOT NULL,
  amount_cents  NUMBER(12)  NOT NULL,
  CONSTRAINT etl_raw_order_pk PRIMARY KEY (load_day, order_no)
);

-- @step customers
-- @probe SELECT 1 FROM user_tables WHERE table_name = 'ETL_RAW_CUSTOMER'
CREATE TABLE etl_raw_customer (
  load_day     DATE          NOT NULL,
  customer_no  NUMBER(9)     NOT NULL,
  region       VARCHAR2(10)  NOT NULL,
  CONSTRAINT etl_raw_customer_pk PRIMARY KEY (load_day, customer_no)
);

-- @step staged
-- @probe SELECT 1 FROM user_tables WHERE table_name = 'ETL_STG_ORDER'
CREATE TABLE etl_stg_order (
  load_day      DATE          NOT NULL,
  region        VARCHAR2(10)  NOT NULL,
  order_count   NUMBER(9)     NOT NULL,
  amount_cents  NUMBER(14)    NOT NULL,
  CONSTRAINT etl_stg_order_pk PRIMARY KEY (load_day, region)
);

-- @step days
-- @probe SELECT 1 FROM user_tables WHERE table_name = 'ETL_STG_DAY'
CREATE TABLE etl_stg_day (
  load_day      DATE        NOT NULL,
  what          VARCHAR2(10) NOT NULL,
  amount_cents  NUMBER(14),
  CONSTRAINT etl_stg_day_pk PRIMARY KEY (load_day, what)
);
