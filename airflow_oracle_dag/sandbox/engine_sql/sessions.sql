-- What every start brings up to date, also in a database that an older sandbox made: each statement may run again.

-- Deferrable CHECK and NOT NULL constraints: the row is looked at as it is when the check is made; a version that has been replaced has a check of its own.
CREATE OR REPLACE FUNCTION oracle.deferrable_check() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  violated bool;
BEGIN
  EXECUTE format('SELECT EXISTS (SELECT FROM ONLY %s WHERE ctid = $1 AND NOT (%s))', TG_RELID::regclass, TG_ARGV[0]) INTO violated USING NEW.ctid;
  IF violated THEN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'check constraint violated', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION oracle.check_rows(place text, constraint_name text, condition text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  violated bool;
BEGIN
  EXECUTE format('SELECT EXISTS (SELECT FROM ONLY %s WHERE NOT (%s))', place, condition) INTO violated;
  IF violated THEN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'check constraint violated', SCHEMA = (SELECT nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = place::regclass), CONSTRAINT = constraint_name;
  END IF;
END $$;
CREATE OR REPLACE FUNCTION oracle.drop_constraint(place text, constraint_name text, suffix text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM oracle.disabled_constraints WHERE conrelid = place::regclass AND conname = constraint_name;
  IF FOUND THEN RETURN; END IF;
  IF EXISTS (SELECT FROM pg_constraint WHERE conrelid = place::regclass AND conname = constraint_name AND contype = 't') THEN
    EXECUTE format('DROP TRIGGER %I ON %s', constraint_name, place);
  ELSE
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I%s', place, constraint_name, suffix);
  END IF;
END $$;

-- Synonyms, tables and code have their names in common.
CREATE OR REPLACE FUNCTION oracle.check_synonym(wanted_owner text, wanted text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM oracle.objects WHERE owner = wanted_owner AND name = wanted AND kind <> 'INDEX') OR EXISTS (SELECT FROM oracle.code WHERE owner = wanted_owner AND name = wanted) THEN
    PERFORM oracle.fail('ORA-00955: name is already used by an existing object');
  END IF;
END $$;
-- Who was granted what; USER marks one who was made without anything.
CREATE TABLE IF NOT EXISTS oracle.privileges (grantee text NOT NULL, privilege text NOT NULL, PRIMARY KEY (grantee, privilege));
CREATE OR REPLACE VIEW oracle."SESSION_PRIVS" AS
  WITH developer (privilege) AS (SELECT 'CREATE ' || kind FROM unnest(ARRAY['SESSION', 'TABLE', 'VIEW', 'SEQUENCE', 'SYNONYM', 'PROCEDURE', 'TRIGGER', 'TYPE', 'JOB', 'MATERIALIZED VIEW']) kind),
  roles (role, privilege) AS (
    VALUES ('CONNECT', 'CREATE SESSION'), ('CONNECT', 'SET CONTAINER'), ('SELECT_CATALOG_ROLE', 'SELECT ANY DICTIONARY'), ('DBA', 'ALTER SYSTEM'), ('DBA', 'SELECT ANY DICTIONARY')
    UNION ALL SELECT role, privilege FROM developer, unnest(ARRAY['DB_DEVELOPER_ROLE', 'DBA']) role
    UNION ALL SELECT 'RESOURCE', privilege FROM developer WHERE privilege NOT IN ('CREATE SESSION', 'CREATE VIEW', 'CREATE SYNONYM', 'CREATE JOB'))
  SELECT privilege::oracle.varchar2(128) AS "PRIVILEGE"
    FROM (SELECT privilege FROM oracle.privileges p WHERE grantee IN (oracle.user_(), 'PUBLIC') AND privilege NOT LIKE '% ON %' AND privilege <> 'USER' AND NOT EXISTS (SELECT FROM roles r WHERE r.role = p.privilege)
          UNION SELECT r.privilege FROM oracle.privileges p JOIN roles r ON r.role = p.privilege WHERE p.grantee IN (oracle.user_(), 'PUBLIC')) given;
CREATE OR REPLACE VIEW oracle."ALL_TAB_PRIVS" AS
  SELECT given.owner::oracle.varchar2(128) AS "GRANTOR", given.grantee::oracle.varchar2(128) AS "GRANTEE", given.owner::oracle.varchar2(128) AS "TABLE_SCHEMA", given.name::oracle.varchar2(128) AS "TABLE_NAME", given.verb::oracle.varchar2(40) AS "PRIVILEGE", 'NO'::oracle.varchar2(3) AS "GRANTABLE"
    FROM (SELECT grantee, split_part(privilege, ' ON ', 1) AS verb, CASE WHEN strpos(place, '.') > 0 THEN split_part(place, '.', 1) ELSE 'SYS' END AS owner, substr(place, strpos(place, '.') + 1) AS name
            FROM (SELECT grantee, privilege, split_part(privilege, ' ON ', 2) AS place FROM oracle.privileges WHERE privilege LIKE '% ON %' AND privilege NOT LIKE 'CONNECT THROUGH ON %' AND privilege NOT LIKE 'NO %') listed) given
   WHERE oracle.user_() IN (given.grantee, given.owner) OR given.grantee = 'PUBLIC';

-- The open sessions, as the asking session was told just before its statement. A setting, not a table: V$ views obey no snapshot.
CREATE SCHEMA IF NOT EXISTS "SYS";
DROP VIEW IF EXISTS oracle."V$SESSION", oracle."V$MYSTAT", oracle."GV$SESSION_LONGOPS" CASCADE;
DROP TABLE IF EXISTS oracle.sessions;
DROP FUNCTION IF EXISTS oracle.live_sessions() CASCADE;
CREATE FUNCTION oracle.live_sessions() RETURNS TABLE (sid int, serial int, pid int, username text, schemaname text, status text, last_call_et int, exec_start timestamp, sql_id text, prev_sql_id text, xid text, began timestamp, logon_time timestamp,
  program text, machine text, osuser text, process text, module text, action text, client_identifier text, client_info text, waits_for int) LANGUAGE sql STABLE AS $$
  SELECT * FROM json_to_recordset(coalesce(nullif(current_setting('oracle.live', true), ''), '[]')::json)
    AS s (sid int, serial int, pid int, username text, schemaname text, status text, last_call_et int, exec_start timestamp, sql_id text, prev_sql_id text, xid text, began timestamp, logon_time timestamp,
          program text, machine text, osuser text, process text, module text, action text, client_identifier text, client_info text, waits_for int)
$$;
CREATE OR REPLACE FUNCTION oracle.address(kind text, sid int) RETURNS oracle.raw LANGUAGE sql IMMUTABLE AS $$ SELECT decode(kind || lpad(to_hex(sid), 14, '0'), 'hex')::oracle.raw $$;
CREATE VIEW oracle."GV$SESSION" AS
  SELECT 1::numeric AS "INST_ID", oracle.address('5e', s.sid) AS "SADDR", s.sid::numeric AS "SID", s.serial::numeric AS "SERIAL#", s.sid::numeric AS "AUDSID",
         n.oid::text::numeric AS "USER#", s.username::oracle.varchar2(128) AS "USERNAME", CASE WHEN s.xid IS NOT NULL THEN oracle.address('7a', s.sid) END AS "TADDR",
         s.status::oracle.varchar2(8) AS "STATUS", 'DEDICATED'::oracle.varchar2(9) AS "SERVER", s.schemaname::oracle.varchar2(128) AS "SCHEMANAME", s.osuser::oracle.varchar2(128) AS "OSUSER", s.process::oracle.varchar2(24) AS "PROCESS",
         s.machine::oracle.varchar2(64) AS "MACHINE", s.program::oracle.varchar2(84) AS "PROGRAM", 'USER'::oracle.varchar2(10) AS "TYPE", s.sql_id::oracle.varchar2(13) AS "SQL_ID", CASE WHEN s.sql_id IS NOT NULL THEN oracle.to_odate(s.exec_start) END AS "SQL_EXEC_START", s.prev_sql_id::oracle.varchar2(13) AS "PREV_SQL_ID",
         s.module::oracle.varchar2(64) AS "MODULE", s.action::oracle.varchar2(64) AS "ACTION", s.client_info::oracle.varchar2(64) AS "CLIENT_INFO", oracle.to_odate(s.logon_time) AS "LOGON_TIME",
         s.last_call_et::numeric AS "LAST_CALL_ET", s.client_identifier::oracle.varchar2(64) AS "CLIENT_IDENTIFIER",
         CASE WHEN b.sid IS NULL THEN 'NO HOLDER' ELSE 'VALID' END::oracle.varchar2(11) AS "BLOCKING_SESSION_STATUS", CASE WHEN b.sid IS NOT NULL THEN 1 END::numeric AS "BLOCKING_INSTANCE", b.sid::numeric AS "BLOCKING_SESSION",
         current_setting('oracle.service_name', true)::oracle.varchar2(64) AS "SERVICE_NAME", 3::numeric AS "CON_ID"
    FROM oracle.live_sessions() s LEFT JOIN pg_namespace n ON n.nspname = s.username
    LEFT JOIN LATERAL (SELECT coalesce(s.waits_for, (SELECT min(h.sid) FROM oracle.live_sessions() h WHERE h.pid = ANY (pg_blocking_pids(s.pid)))) AS sid) b ON true;
CREATE VIEW oracle."GV$TRANSACTION" AS
  SELECT 1::numeric AS "INST_ID", oracle.address('7a', s.sid) AS "ADDR", split_part(s.xid, '.', 1)::numeric AS "XIDUSN", split_part(s.xid, '.', 2)::numeric AS "XIDSLOT", split_part(s.xid, '.', 3)::numeric AS "XIDSQN",
         'ACTIVE'::oracle.varchar2(16) AS "STATUS", to_char(s.began, 'MM/DD/YY HH24:MI:SS')::oracle.varchar2(20) AS "START_TIME", oracle.address('5e', s.sid) AS "SES_ADDR", oracle.to_odate(s.began) AS "START_DATE", 3::numeric AS "CON_ID"
    FROM oracle.live_sessions() s WHERE s.xid IS NOT NULL;
CREATE VIEW oracle."GV$SESSION_LONGOPS" AS
  SELECT 1::numeric AS "INST_ID", l.sid::numeric AS "SID", l.serial::numeric AS "SERIAL#", l.opname::oracle.varchar2(64) AS "OPNAME", nullif(l.target, '')::oracle.varchar2(64) AS "TARGET", nullif(l.target_desc, '')::oracle.varchar2(32) AS "TARGET_DESC",
         l.sofar AS "SOFAR", l.totalwork AS "TOTALWORK", nullif(l.units, '')::oracle.varchar2(32) AS "UNITS", oracle.to_odate(l.start_time) AS "START_TIME", oracle.to_odate(l.last_update_time) AS "LAST_UPDATE_TIME",
         l.remaining AS "TIME_REMAINING", l.elapsed AS "ELAPSED_SECONDS", l.context AS "CONTEXT", l.message::oracle.varchar2(512) AS "MESSAGE", l.username::oracle.varchar2(128) AS "USERNAME", 3::numeric AS "CON_ID"
    FROM json_to_recordset(coalesce(nullif(current_setting('oracle.longops', true), ''), '[]')::json)
      AS l (sid int, serial int, username text, opname text, target text, target_desc text, context numeric, sofar numeric, totalwork numeric, units text, start_time timestamp, last_update_time timestamp, elapsed numeric, remaining numeric, message text);
CREATE VIEW oracle."V$MYSTAT" AS SELECT current_setting('oracle.sid')::numeric AS "SID", 0::numeric AS "STATISTIC#", 1::numeric AS "VALUE", 3::numeric AS "CON_ID";
CREATE VIEW oracle."GV$MYSTAT" AS SELECT 1::numeric AS "INST_ID", * FROM oracle."V$MYSTAT";
DO $$
DECLARE
  view text;
  listed text;
BEGIN
  FOREACH view IN ARRAY ARRAY['SESSION', 'TRANSACTION', 'SESSION_LONGOPS'] LOOP
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO listed FROM pg_attribute WHERE attrelid = format('oracle.%I', 'GV$' || view)::regclass AND attname <> 'INST_ID' AND attnum > 0;
    EXECUTE format('CREATE VIEW oracle.%I AS SELECT %s FROM oracle.%I', 'V$' || view, listed, 'GV$' || view);
  END LOOP;
  FOREACH view IN ARRAY ARRAY['V$SESSION', 'GV$SESSION', 'V$TRANSACTION', 'GV$TRANSACTION', 'V$MYSTAT', 'GV$MYSTAT', 'V$SESSION_LONGOPS', 'GV$SESSION_LONGOPS'] LOOP
    EXECUTE format('CREATE OR REPLACE VIEW "SYS".%I AS SELECT * FROM oracle.%I', replace(view, 'V$', 'V_$'), view);
    EXECUTE format('CREATE OR REPLACE VIEW "SYS".%I AS SELECT * FROM oracle.%I', view, view);
  END LOOP;
END $$;

-- What the database was made with (Database Reference, NLS_DATABASE_PARAMETERS).
CREATE OR REPLACE VIEW oracle."NLS_DATABASE_PARAMETERS" AS
  SELECT name::oracle.varchar2(128) AS "PARAMETER", value::oracle.varchar2(64) AS "VALUE"
    FROM (VALUES ('NLS_CHARACTERSET', 'AL32UTF8'), ('NLS_NCHAR_CHARACTERSET', 'AL16UTF16'), ('NLS_LANGUAGE', 'AMERICAN'), ('NLS_TERRITORY', 'AMERICA'), ('NLS_CALENDAR', 'GREGORIAN'),
                 ('NLS_NUMERIC_CHARACTERS', '.,'), ('NLS_LENGTH_SEMANTICS', 'BYTE'), ('NLS_RDBMS_VERSION', '23.0.0.0.0')) made (name, value);
