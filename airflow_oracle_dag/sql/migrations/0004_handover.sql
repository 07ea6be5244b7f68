-- Steps that are handed to a job of the database, and signals between those who look after an attempt.

-- One row per attempt that is a job: what was handed to it, when it took it, and how it ended. Written by
-- who hands it over, until that is committed, and by the job.
CREATE TABLE {schema}.odag_handover (
  run_hash           VARCHAR2(64)   NOT NULL,
  attempt            NUMBER(10)     NOT NULL,  -- that the job is
  generation         NUMBER(10)     NOT NULL,
  job_name           VARCHAR2(128)  NOT NULL,  -- as USER_SCHEDULER_JOBS has it
  job_owner          VARCHAR2(128)  NOT NULL,  -- the user who created it
  place              VARCHAR2(12)   NOT NULL,  -- database glue
  first_step         NUMBER(10)     NOT NULL,  -- of those that it runs, @always steps included
  last_step          NUMBER(10)     NOT NULL,
  body               CLOB,                     -- the block that it runs
  time_zone          VARCHAR2(64),             -- of the session that handed it over, which the job's has, too
  submitted_at       TIMESTAMP(6)   NOT NULL,  -- since when its start is waited for
  claimed_at         TIMESTAMP(6),             -- when it began; NULL: not yet
  changed_at         TIMESTAMP(6)   NOT NULL,  -- of the last change: reserved, begun, next step, ended
  session_id         VARCHAR2(64),             -- as in odag_run
  sid                NUMBER(10),
  serial             NUMBER(10),
  instance           NUMBER(10),
  ended_at           TIMESTAMP(6),             -- NULL: it has not begun, runs, or died without a word
  ending             VARCHAR2(12),             -- SUCCEEDED: its last step is done; FAILED: see the next ones
  error_step         NUMBER(10),               -- the step that failed, NULL: none was begun
  error_unit         NUMBER(10),               -- its statement, 1, 2, …; 0: none was sent, NULL: all were answered
  error_code         VARCHAR2(16),             -- ORA-nnnnn, NULL of a check or an expectation
  error_text         VARCHAR2(4000),
  error_transaction  NUMBER(1),                -- 1: it failed in another transaction than the marked one; NULL: not asked
  output             VARCHAR2(4000),           -- DBMS_OUTPUT of the step that failed, cut
  CONSTRAINT odag_handover_pk PRIMARY KEY (run_hash, attempt),
  CONSTRAINT odag_handover_job UNIQUE (job_owner, job_name),
  CONSTRAINT odag_handover_ending CHECK (ending IN ('SUCCEEDED', 'FAILED'))
) INITRANS 8 PCTFREE 40;

CREATE INDEX {schema}.odag_handover_changed ON {schema}.odag_handover (changed_at);

-- Statements of a script that were handed over, by number.
CREATE TABLE {schema}.odag_handover_unit (
  run_hash  VARCHAR2(64)  NOT NULL,
  attempt   NUMBER(10)    NOT NULL,
  unit_no   NUMBER(10)    NOT NULL,  -- 1, 2, … over all steps
  text      CLOB          NOT NULL,
  CONSTRAINT odag_handover_unit_pk PRIMARY KEY (run_hash, attempt, unit_no)
);

-- Values that were handed over with them, by number: of binds, names and fingerprints. Never a secret.
-- One column is filled, the one of the value's type; none: NULL.
CREATE TABLE {schema}.odag_handover_value (
  run_hash         VARCHAR2(64)   NOT NULL,
  attempt          NUMBER(10)     NOT NULL,
  value_no         NUMBER(10)     NOT NULL,
  number_value     NUMBER,                   -- of a BOOLEAN 1 or 0
  text_value       VARCHAR2(4000),
  date_value       DATE,
  timestamp_value  TIMESTAMP(9),
  CONSTRAINT odag_handover_value_pk PRIMARY KEY (run_hash, attempt, value_no)
);

-- One row per attempt: signs of life of its client, and wishes to stop it. Written on connections of
-- their own, never in a transaction with user work.
CREATE TABLE {schema}.odag_signal (
  run_hash           VARCHAR2(64)    NOT NULL,
  attempt            NUMBER(10)      NOT NULL,
  heartbeat_at       TIMESTAMP(6),             -- when its client was last seen to watch
  progress           VARCHAR2(1000),           -- what that client saw, such as step 3/7, 41 %
  stop_requested_at  TIMESTAMP(6),
  stop_by            VARCHAR2(255),            -- who asked
  stop_why           VARCHAR2(1000),
  CONSTRAINT odag_signal_pk PRIMARY KEY (run_hash, attempt)
) INITRANS 8 PCTFREE 40;
