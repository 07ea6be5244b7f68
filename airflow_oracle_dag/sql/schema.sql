-- Tables of the checkpoint protocol.
--
-- All times are UTC in TIMESTAMP columns, so that no session's NLS or time zone setting matters.
-- There are no foreign keys between these tables: a transaction that holds user work may run as
-- parallel DML, where parent and child rows cannot be written together (VLDB and Partitioning
-- Guide, Restrictions on Parallel DML).

-- One row per migration that was applied.
CREATE TABLE {schema}.odag_version (
  version       NUMBER(6)      NOT NULL,  -- number of the migration
  name          VARCHAR2(128)  NOT NULL,  -- its file name without extension
  installed_at  TIMESTAMP(6)   NOT NULL,
  CONSTRAINT odag_version_pk PRIMARY KEY (version)
);

-- One row per run key and generation. Written by claim, takeover, and the end of an attempt. Of a run
-- that was purged the newest row stays, without steps: a late retry finds that there is nothing to run.
CREATE TABLE {schema}.odag_run (
  run_hash            VARCHAR2(64)   NOT NULL,  -- SHA-256 of namespace and run key, in hex
  generation          NUMBER(10)     NOT NULL,  -- 1, 2, … each is one complete execution of the script
  namespace           VARCHAR2(128)  NOT NULL,
  run_key             VARCHAR2(1200) NOT NULL,  -- readable: dag/task/map index/run id, or the caller's text
  dag_id              VARCHAR2(250),            -- this and the next three: whose attempt holds the run, NULL: no task's
  task_id             VARCHAR2(250),
  map_key             VARCHAR2(250),            -- map index or job name
  run_id              VARCHAR2(250),
  script_name         VARCHAR2(1000) NOT NULL,
  script_hash         VARCHAR2(64)   NOT NULL,  -- SHA-256 of the script's bytes
  script_text         CLOB           NOT NULL,  -- kept so that drift can be shown; '-- purged' after that
  db_name             VARCHAR2(128)  NOT NULL,  -- a clone or a wrong failover has other names: refused
  con_name            VARCHAR2(128)  NOT NULL,
  state               VARCHAR2(12)   NOT NULL,  -- RUNNING SUCCEEDED FAILED IN_DOUBT
  started_at          TIMESTAMP(6)   NOT NULL,
  ended_at            TIMESTAMP(6),             -- when the last step ended with success
  acknowledged_at     TIMESTAMP(6),             -- when the scheduler itself recorded the success, by its clock
  attempt             NUMBER(10)     NOT NULL,  -- the attempt that holds the run, equal to odag_canary.owner
  attempt_started_at  TIMESTAMP(6)   NOT NULL,
  attempt_ended_at    TIMESTAMP(6),             -- NULL: no end was recorded, the session may be alive
  resumed_step        NUMBER(10),               -- first step that this attempt had to run, NULL when from the start
  session_id          VARCHAR2(32),             -- DBMS_SESSION.UNIQUE_SESSION_ID of the attempt
  sid                 NUMBER(10),
  serial              NUMBER(10),
  instance            NUMBER(10),               -- SYS_CONTEXT('USERENV', 'INSTANCE')
  client              VARCHAR2(255),            -- host:pid of the attempt
  restart_token       VARCHAR2(64),             -- of the wish to restart that made this generation: it counts once
  session_lock        NUMBER(10),               -- DBMS_LOCK id that the attempt's session holds while it lives, NULL: none
  splitter            NUMBER(10),               -- version of what cut the script into steps; NULL: not known
  max_tries           NUMBER(10),               -- of the task of that attempt: a clear raises it; NULL: no task of its own
  try_number          NUMBER(10),               -- of the task of that attempt
  CONSTRAINT odag_run_pk PRIMARY KEY (run_hash, generation),
  CONSTRAINT odag_run_state CHECK (state IN ('RUNNING', 'SUCCEEDED', 'FAILED', 'IN_DOUBT'))
) INITRANS 8;

-- One row per step: the checkpoint. attempt is the fence: only the attempt that holds the run matches.
CREATE TABLE {schema}.odag_step (
  run_hash      VARCHAR2(64)   NOT NULL,
  generation    NUMBER(10)     NOT NULL,
  step_no       NUMBER(10)     NOT NULL,  -- 1, 2, … in the order of the script
  name          VARCHAR2(128)  NOT NULL,
  step_class    VARCHAR2(16)   NOT NULL,  -- TRANSACTIONAL BLOCK OPAQUE DDL ALWAYS READ_ONLY
  state         VARCHAR2(12)   NOT NULL,  -- PENDING RUNNING SUCCEEDED FAILED SKIPPED IN_DOUBT
  attempt       NUMBER(10)     NOT NULL,  -- the attempt that may write this row, or that finished it
  tries         NUMBER(10)     NOT NULL,  -- how often it was started
  text_hash     VARCHAR2(64)   NOT NULL,  -- fingerprint of its statements
  values_hash   VARCHAR2(64)   NOT NULL,  -- fingerprint of the values that its binds had
  first_line    NUMBER(10)     NOT NULL,
  last_line     NUMBER(10)     NOT NULL,
  started_at    TIMESTAMP(6),             -- of the last try
  ended_at      TIMESTAMP(6),
  row_count     NUMBER(19),               -- rows that its DML changed
  error_code    VARCHAR2(16),             -- ORA-nnnnn or DPY-nnnn of the last failure
  error_text    VARCHAR2(4000),
  reason        VARCHAR2(1000),           -- why a takeover or a verb set this state
  evidence      VARCHAR2(4000),           -- JSON: what was noted when its last try started
  commits_inside NUMBER(1),               -- 1: at its end its transaction was not the marked one; NULL: not asked
  variables     VARCHAR2(4000),           -- JSON: what the script's variables held after it, NULL: it has none, or nobody knows
  value_hashes  VARCHAR2(4000),           -- JSON: a short hash for each of these values, so that an error can name it
  dpu_seconds   NUMBER,                   -- its part of what its tries in AWS Glue cost, NULL: none is known
  CONSTRAINT odag_step_pk PRIMARY KEY (run_hash, generation, step_no),
  CONSTRAINT odag_step_state CHECK
    (state IN ('PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'SKIPPED', 'IN_DOUBT'))
) INITRANS 8 PCTFREE 40;

-- History: one row per step and attempt that ran it, inserted when that try ended. Never updated.
CREATE TABLE {schema}.odag_step_attempt (
  run_hash      VARCHAR2(64)   NOT NULL,
  generation    NUMBER(10)     NOT NULL,
  step_no       NUMBER(10)     NOT NULL,
  attempt       NUMBER(10)     NOT NULL,
  name          VARCHAR2(128)  NOT NULL,
  step_class    VARCHAR2(16)   NOT NULL,
  state         VARCHAR2(12)   NOT NULL,  -- how the try ended: SUCCEEDED FAILED IN_DOUBT
  started_at    TIMESTAMP(6),
  ended_at      TIMESTAMP(6)   NOT NULL,
  row_count     NUMBER(19),
  error_code    VARCHAR2(16),
  error_text    VARCHAR2(4000),
  reason        VARCHAR2(1000),           -- the verdict's reason when somebody else settled it
  client        VARCHAR2(255),
  commits_inside NUMBER(1),               -- as in odag_step
  output        VARCHAR2(4000),           -- its DBMS_OUTPUT, cut; not kept of runs that bind secrets and succeed
  CONSTRAINT odag_step_attempt_pk PRIMARY KEY (run_hash, generation, step_no, attempt)
) INITRANS 8;

-- The canary: one row per run key over all generations. mark is set to a step's number inside that
-- step's transaction, so it is committed with it or not at all, and locks the row while it lives.
-- PCTFREE 90 and INITRANS 16 keep a NOWAIT lock from failing for want of a transaction slot.
CREATE TABLE {schema}.odag_canary (
  run_hash  VARCHAR2(64)  NOT NULL,
  owner     NUMBER(10)    NOT NULL,  -- the attempt that holds the run
  mark      NUMBER(10),              -- number of the step whose transaction was committed last with a mark
  CONSTRAINT odag_canary_pk PRIMARY KEY (run_hash)
) INITRANS 16 PCTFREE 90;

-- What people did to a run by hand. Insert only.
CREATE TABLE {schema}.odag_audit (
  happened_at  TIMESTAMP(6)    NOT NULL,
  run_hash     VARCHAR2(64)    NOT NULL,
  generation   NUMBER(10)      NOT NULL,
  step_no      NUMBER(10),
  verb         VARCHAR2(32)    NOT NULL,  -- mark-done mark-pending leave-in-doubt unlock restart-from purge, or restart accept-drift rerun-drift of a run
  who          VARCHAR2(255)   NOT NULL,
  why          VARCHAR2(1000)  NOT NULL,
  detail       VARCHAR2(1000)             -- what changed, for example IN_DOUBT -> SUCCEEDED
);

-- What was found behind the calls of steps: a row for each stored unit, synonym or free name that a
-- finding rests on. Rows are only inserted, without a key, so that nobody waits for anybody.
CREATE TABLE {schema}.odag_code (
  calls_hash  VARCHAR2(64)   NOT NULL,  -- of the calls and the schema that they are looked up in
  stamp       VARCHAR2(64)   NOT NULL,  -- of all rows of the finding
  owner       VARCHAR2(128)  NOT NULL,
  name        VARCHAR2(128)  NOT NULL,
  kind        VARCHAR2(30)   NOT NULL,  -- as in ALL_OBJECTS, or NONE: nothing had this name
  changed     VARCHAR2(19),             -- LAST_DDL_TIME then, NULL with NONE
  doubt       VARCHAR2(1000),           -- why the calls may end the transaction, NULL: they cannot
  noted_at    TIMESTAMP(6)   NOT NULL
) INITRANS 8;

CREATE INDEX {schema}.odag_code_calls ON {schema}.odag_code (calls_hash);

-- Texts of steps that ended their transaction though nothing in them says so: they are OPAQUE from
-- then on. Insert only, without a key, in the transaction that ends the step.
CREATE TABLE {schema}.odag_committer (
  text_hash  VARCHAR2(64)  NOT NULL,  -- fingerprint of the step's statements
  noted_at   TIMESTAMP(6)  NOT NULL
) INITRANS 8;

CREATE INDEX {schema}.odag_committer_text ON {schema}.odag_committer (text_hash);

-- One row per attempt that is a job: what was handed to it, when it took it, and how it ended. Written by
-- who hands it over, until that is committed, and by the job.
CREATE TABLE {schema}.odag_handover (
  run_hash           VARCHAR2(64)   NOT NULL,
  attempt            NUMBER(10)     NOT NULL,  -- that the job is
  generation         NUMBER(10)     NOT NULL,
  job_name           VARCHAR2(128)  NOT NULL,  -- its own; as USER_SCHEDULER_JOBS has it if it is there
  job_owner          VARCHAR2(128)  NOT NULL,  -- the user who created it
  place              VARCHAR2(12)   NOT NULL,  -- database glue
  first_step         NUMBER(10)     NOT NULL,  -- of those that it runs, @always steps included
  last_step          NUMBER(10)     NOT NULL,
  body               CLOB,                     -- the block that it runs; of a Glue run what it is to do, as JSON
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
  external_job       VARCHAR2(255),            -- name of the Glue job that it is a run of, NULL: of none
  external_id        VARCHAR2(255),            -- id of that run, NULL: not known to have begun
  external_region    VARCHAR2(64),             -- of AWS, where it runs
  dpu_seconds        NUMBER,                   -- what that run cost, NULL: not known, or not over
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

-- Control table: which jobs there are, when they run, and what became of them.
--
-- All times are UTC in TIMESTAMP columns. There are no foreign keys: a job's runs outlive its row.

-- One row per job and environment. Written by people; status_flag and last_run_timestamp by runs.
CREATE TABLE {schema}.odag_job (
  environment         VARCHAR2(128)  DEFAULT 'default' NOT NULL,  -- whose row it is, such as prod
  job_name            VARCHAR2(250)  NOT NULL,  -- unique in its environment
  job_category        VARCHAR2(250),            -- jobs of one category run together
  run_condition       VARCHAR2(4000),           -- on which days; NULL is ALL_DAYS
  skip_flag           VARCHAR2(5),              -- YES NO Y N TRUE FALSE 1 0; NULL is NO
  status_flag         VARCHAR2(10),             -- of the latest interval: running success failure skipped
  last_run_timestamp  TIMESTAMP(6),             -- when the latest interval's run began
  script              VARCHAR2(1000),           -- path of the SQL script
  depends_on          VARCHAR2(4000),           -- names of jobs, separated by commas
  on_upstream_skip    VARCHAR2(5),              -- RUN (also NULL) or BLOCK
  priority            NUMBER(10),               -- higher begins earlier; NULL is 0
  run_on              VARCHAR2(20),             -- worker database glue
  expected_minutes    NUMBER,                   -- how long it takes as a rule
  timezone            VARCHAR2(64),             -- such as Europe/Berlin; NULL is the default zone
  calendar            VARCHAR2(64),             -- such as DE-BY, or one of odag_calendar_day
  start_date          DATE,                     -- first due date on which it may run
  end_date            DATE,                     -- last due date on which it may run
  owner               VARCHAR2(250),            -- whom to ask
  parameters          VARCHAR2(4000),           -- a JSON object: binds of the script
  CONSTRAINT odag_job_pk PRIMARY KEY (environment, job_name)
) INITRANS 8 PCTFREE 20;

-- The same key as the statements compare it: without blanks around it.
CREATE UNIQUE INDEX {schema}.odag_job_name ON {schema}.odag_job
  (TRIM(job_name), NVL(TRIM(environment), 'default'));

-- One row per job and data interval: the truth that status_flag only summarises.
CREATE TABLE {schema}.odag_job_run (
  environment   VARCHAR2(128)  NOT NULL,  -- of the job
  job_name      VARCHAR2(250)  NOT NULL,  -- without blanks around it
  interval_key  VARCHAR2(100)  NOT NULL,  -- start/end of the data interval in UTC
  due_at        TIMESTAMP(6)   NOT NULL,  -- whose day decided; status_flag shows the run with the latest
  state         VARCHAR2(12)   NOT NULL,  -- RUNNING SUCCEEDED FAILED SKIPPED IN_DOUBT
  attempt       NUMBER(10)     NOT NULL,  -- counted up by each begin; only the newest may end the run
  decided_by    VARCHAR2(1000),           -- which run of which DAG decided
  run_key       VARCHAR2(1200),           -- of odag_run, when it ran a script
  reason        VARCHAR2(4000),           -- why it ran or did not, or how it failed
  started_at    TIMESTAMP(6),             -- of the newest attempt; NULL when it was skipped
  ended_at      TIMESTAMP(6),             -- NULL while it runs, and when nobody said how it ended
  CONSTRAINT odag_job_run_pk PRIMARY KEY (environment, job_name, interval_key),
  CONSTRAINT odag_job_run_state CHECK
    (state IN ('RUNNING', 'SUCCEEDED', 'FAILED', 'SKIPPED', 'IN_DOUBT'))
) INITRANS 8 PCTFREE 20;

-- What became of all jobs for one interval.
CREATE INDEX {schema}.odag_job_run_interval ON {schema}.odag_job_run (environment, interval_key);

-- Which interval of a job is the latest.
CREATE INDEX {schema}.odag_job_run_due ON {schema}.odag_job_run (environment, job_name, due_at);

-- What people changed in odag_job by the command line. Insert only.
CREATE TABLE {schema}.odag_job_audit (
  happened_at  TIMESTAMP(6)    NOT NULL,  -- by the clock of the database
  environment  VARCHAR2(128)   NOT NULL,  -- of the job
  job_name     VARCHAR2(250)   NOT NULL,  -- without blanks around it
  field        VARCHAR2(128)   NOT NULL,  -- such as RunCondition; JobName when the row was added
  old_value    VARCHAR2(4000),            -- NULL when it was empty, or the row was added
  new_value    VARCHAR2(4000),            -- NULL when it was emptied
  who          VARCHAR2(255)   NOT NULL,  -- user@host
  why          VARCHAR2(1000)  NOT NULL   -- as they said
);

-- Days of own calendars that are no business days.
CREATE TABLE {schema}.odag_calendar_day (
  calendar  VARCHAR2(64)   NOT NULL,  -- its name, as in odag_job
  day       DATE           NOT NULL,  -- without a time
  label     VARCHAR2(250),            -- such as Christmas Day
  CONSTRAINT odag_calendar_day_pk PRIMARY KEY (calendar, day)
);
