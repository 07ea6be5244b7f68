-- DBMS_SCHEDULER's jobs and what became of their runs, as the sandbox's scheduler writes them; each statement may run again.

CREATE TABLE IF NOT EXISTS oracle.scheduler_jobs (owner text NOT NULL, name text NOT NULL, document jsonb NOT NULL, PRIMARY KEY (owner, name));
CREATE TABLE IF NOT EXISTS oracle.scheduler_runs (log_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, owner text NOT NULL, name text NOT NULL, document jsonb NOT NULL);
CREATE TABLE IF NOT EXISTS oracle.scheduler_classes (name text PRIMARY KEY, service text);

CREATE OR REPLACE FUNCTION oracle.yes(value boolean) RETURNS oracle.varchar2 LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN value THEN 'TRUE' ELSE 'FALSE' END::oracle.varchar2(5) $$;
DROP VIEW IF EXISTS oracle.scheduler_jobs_shown, oracle.scheduler_running_shown, oracle.scheduler_runs_shown CASCADE;
CREATE VIEW oracle.scheduler_jobs_shown AS
  SELECT owner::oracle.varchar2(128) AS "OWNER", name::oracle.varchar2(128) AS "JOB_NAME", NULL::oracle.varchar2(128) AS "JOB_SUBNAME", 'REGULAR'::oracle.varchar2(17) AS "JOB_STYLE",
         (d->>'creator')::oracle.varchar2(128) AS "JOB_CREATOR", (d->>'kind')::oracle.varchar2(16) AS "JOB_TYPE", (d->>'action')::oracle.varchar2(4000) AS "JOB_ACTION", 0::numeric AS "NUMBER_OF_ARGUMENTS",
         'ONCE'::oracle.varchar2(12) AS "SCHEDULE_TYPE", (d->>'start')::timestamptz AS "START_DATE", NULL::oracle.varchar2(4000) AS "REPEAT_INTERVAL", coalesce(d->'attributes'->>'JOB_CLASS', 'DEFAULT_JOB_CLASS')::oracle.varchar2(128) AS "JOB_CLASS",
         oracle.yes((d->>'enabled')::bool) AS "ENABLED", oracle.yes((d->>'auto_drop')::bool) AS "AUTO_DROP", oracle.yes((d->'attributes'->>'RESTARTABLE')::bool) AS "RESTARTABLE",
         oracle.yes(coalesce((d->'attributes'->>'RESTART_ON_RECOVERY')::bool, true)) AS "RESTART_ON_RECOVERY", oracle.yes((d->'attributes'->>'RESTART_ON_FAILURE')::bool) AS "RESTART_ON_FAILURE",
         (d->>'state')::oracle.varchar2(20) AS "STATE", coalesce((d->'attributes'->>'JOB_PRIORITY')::numeric, 3) AS "JOB_PRIORITY", (d->>'runs')::numeric AS "RUN_COUNT", (d->>'failures')::numeric AS "FAILURE_COUNT", coalesce((d->>'retries')::numeric, 0) AS "RETRY_COUNT",
         (d->>'last_start')::timestamptz AS "LAST_START_DATE", CASE WHEN (d->>'enabled')::bool AND d->>'state' IN ('SCHEDULED', 'RETRY SCHEDULED') THEN coalesce(d->>'retry_at', d->>'start', d->>'enabled_at')::timestamptz END AS "NEXT_RUN_DATE",
         (d->'attributes'->>'MAX_RUN_DURATION')::interval AS "MAX_RUN_DURATION", coalesce(d->'attributes'->>'LOGGING_LEVEL', 'OFF')::oracle.varchar2(11) AS "LOGGING_LEVEL",
         oracle.yes(coalesce((d->'attributes'->>'STORE_OUTPUT')::bool, true)) AS "STORE_OUTPUT", (d->'attributes'->>'INSTANCE_ID')::numeric AS "INSTANCE_ID", 'FALSE'::oracle.varchar2(5) AS "SYSTEM", (d->>'comments')::oracle.varchar2(4000) AS "COMMENTS"
    FROM (SELECT owner, name, document AS d FROM oracle.scheduler_jobs) j;
CREATE VIEW oracle.scheduler_running_shown AS
  SELECT owner::oracle.varchar2(128) AS "OWNER", name::oracle.varchar2(128) AS "JOB_NAME", NULL::oracle.varchar2(128) AS "JOB_SUBNAME", 'REGULAR'::oracle.varchar2(17) AS "JOB_STYLE", 'FALSE'::oracle.varchar2(5) AS "DETACHED",
         (d->>'session')::numeric AS "SESSION_ID", (d->>'slave')::numeric AS "SLAVE_PROCESS_ID", (d->>'pid')::oracle.varchar2(12) AS "SLAVE_OS_PROCESS_ID", 1::numeric AS "RUNNING_INSTANCE",
         clock_timestamp() - (d->>'last_start')::timestamptz AS "ELAPSED_TIME"
    FROM (SELECT owner, name, document AS d FROM oracle.scheduler_jobs) j WHERE d->>'state' = 'RUNNING';
CREATE VIEW oracle.scheduler_runs_shown AS
  SELECT log_id::numeric AS "LOG_ID", (d->>'ended')::timestamptz AS "LOG_DATE", owner::oracle.varchar2(128) AS "OWNER", name::oracle.varchar2(261) AS "JOB_NAME", NULL::oracle.varchar2(261) AS "JOB_SUBNAME",
         (d->>'status')::oracle.varchar2(30) AS "STATUS", (d->>'error')::numeric AS "ERROR#", (d->>'requested')::timestamptz AS "REQ_START_DATE", (d->>'started')::timestamptz AS "ACTUAL_START_DATE",
         date_trunc('second', (d->>'ended')::timestamptz - (d->>'started')::timestamptz) AS "RUN_DURATION", 1::numeric AS "INSTANCE_ID", (d->>'session')::oracle.varchar2(128) AS "SESSION_ID", (d->>'pid')::oracle.varchar2(128) AS "SLAVE_PID",
         (d->>'information')::oracle.varchar2(4000) AS "ADDITIONAL_INFO", (d->>'errors')::oracle.varchar2(4000) AS "ERRORS", (d->>'output')::oracle.varchar2(4000) AS "OUTPUT"
    FROM (SELECT log_id, owner, name, document AS d FROM oracle.scheduler_runs) r;
DO $$
DECLARE
  pair text[];
  listed text;
BEGIN
  FOREACH pair SLICE 1 IN ARRAY ARRAY[['scheduler_jobs_shown', 'SCHEDULER_JOBS'], ['scheduler_running_shown', 'SCHEDULER_RUNNING_JOBS'], ['scheduler_runs_shown', 'SCHEDULER_JOB_RUN_DETAILS']] LOOP
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO listed FROM pg_attribute WHERE attrelid = format('oracle.%I', pair[1])::regclass AND attname <> 'OWNER' AND attnum > 0;
    EXECUTE format('CREATE OR REPLACE VIEW oracle.%I AS SELECT * FROM oracle.%I WHERE "OWNER" = oracle.user_()', 'ALL_' || pair[2], pair[1]);
    EXECUTE format('CREATE OR REPLACE VIEW oracle.%I AS SELECT %s FROM oracle.%I WHERE "OWNER" = oracle.user_()', 'USER_' || pair[2], listed, pair[1]);
    EXECUTE format('CREATE OR REPLACE VIEW oracle.%I AS SELECT * FROM oracle.%I', 'DBA_' || pair[2], pair[1]);
  END LOOP;
END $$;
