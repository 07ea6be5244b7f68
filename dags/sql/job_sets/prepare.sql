-- Make the tables of the job sets, once. A CREATE commits by itself, and only its probe can tell
-- afterwards whether it had happened when the client died.

-- @step line_table
-- @probe SELECT 1 FROM user_tables WHERE table_name = 'SET_ORDER_LINE'
CREATE TABLE set_order_line (
  order_day     DATE         NOT NULL,
  line_no       NUMBER(9)    NOT NULL,
  region        VARCHAR2(10) NOT NULL,
  amount_cents  NUMBER(12)   NOT NULL,
  CONSTRAINT set_order_line_pk PRIMARY KEY (order_day, line_no)
);

-- @step summary_table
-- @probe SELECT 1 FROM user_tables WHERE table_name = 'SET_ORDER_SUMMARY'
CREATE TABLE set_order_summary (
  order_day     DATE         NOT NULL,
  region        VARCHAR2(10) NOT NULL,
  line_count    NUMBER(9)    NOT NULL,
  amount_cents  NUMBER(14)   NOT NULL,
  CONSTRAINT set_order_summary_pk PRIMARY KEY (order_day, region)
);

-- One row for each thing that was done: the scripts of the sets say so in their own transactions.
-- @step ledger_table
-- @probe SELECT 1 FROM user_tables WHERE table_name = 'SET_LEDGER'
CREATE TABLE set_ledger (
  order_day   DATE          NOT NULL,
  run_id      VARCHAR2(250) NOT NULL,
  what        VARCHAR2(30)  NOT NULL,
  written_at  TIMESTAMP     DEFAULT SYSTIMESTAMP NOT NULL
);
