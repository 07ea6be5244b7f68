-- Tables of the control table: which jobs there are, when they run, and what became of them.
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
