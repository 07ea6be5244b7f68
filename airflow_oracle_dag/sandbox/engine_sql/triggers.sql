-- Triggers: how PostgreSQL tells which rows a statement is about, and the views. Runs at every start.
-- Rows of the statement that is just looked at; never committed.
CREATE UNLOGGED TABLE IF NOT EXISTS oracle.captured (n bigint GENERATED ALWAYS AS IDENTITY, pid int NOT NULL, operation text NOT NULL, relation oid NOT NULL, place tid, old text, new text);

-- Before a row is changed: instead of the change, note it, for the triggers that PL/SQL runs.
CREATE OR REPLACE FUNCTION oracle.capture() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  place tid;
BEGIN
  IF current_setting('oracle.capture', true) = TG_ARGV[0] THEN
    IF TG_OP <> 'INSERT' AND TG_WHEN = 'BEFORE' THEN
      place := OLD.ctid;
    END IF;
    INSERT INTO oracle.captured (pid, operation, relation, place, old, new)
      VALUES (pg_backend_pid(), TG_OP, TG_RELID, place, CASE WHEN TG_OP <> 'INSERT' THEN OLD::text END, CASE WHEN TG_OP <> 'DELETE' THEN NEW::text END);
    RETURN NULL;
  ELSIF pg_trigger_depth() > 1 THEN
    RAISE EXCEPTION USING ERRCODE = 'ORERR', MESSAGE = 'ORA-03001: unimplemented feature (sandbox): row triggers of a table that ON DELETE CASCADE or SET NULL changes';
  END IF;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  RETURN NEW;
END $$;

-- After a trigger came, went or was switched: rows are noted while a row trigger is enabled.
CREATE OR REPLACE FUNCTION oracle.sync_capture(wanted oid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  kind text := (SELECT CASE relkind WHEN 'v' THEN 'INSTEAD OF' ELSE 'BEFORE' END FROM pg_class WHERE oid = wanted);
BEGIN
  IF kind IS NULL THEN
    RETURN;
  END IF;
  EXECUTE format('DROP TRIGGER IF EXISTS "odag$capture" ON %s', wanted::regclass);
  IF EXISTS (SELECT FROM oracle.triggers WHERE relation = wanted AND by_row AND enabled) THEN
    EXECUTE format('CREATE TRIGGER "odag$capture" %s INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION oracle.capture(%L)', kind, wanted::regclass, wanted);
  END IF;
END $$;

CREATE OR REPLACE VIEW oracle."ALL_TRIGGERS" AS
  SELECT c.owner::oracle.varchar2(128) AS "OWNER", c.name::oracle.varchar2(128) AS "TRIGGER_NAME",
         CASE WHEN t.timing = 'INSTEAD OF' THEN t.timing WHEN t.by_row THEN t.timing || ' EACH ROW' ELSE t.timing || ' STATEMENT' END::oracle.varchar2(16) AS "TRIGGER_TYPE",
         replace(t.events, ' ', ' OR ')::oracle.varchar2(246) AS "TRIGGERING_EVENT", n.nspname::text::oracle.varchar2(128) AS "TABLE_OWNER", CASE r.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END::oracle.varchar2(18) AS "BASE_OBJECT_TYPE",
         r.relname::text::oracle.varchar2(128) AS "TABLE_NAME", t.referencing::oracle.varchar2(422) AS "REFERENCING_NAMES", t.condition::oracle.varchar2(4000) AS "WHEN_CLAUSE",
         CASE WHEN t.enabled THEN 'ENABLED' ELSE 'DISABLED' END::oracle.varchar2(8) AS "STATUS", t.description::oracle.varchar2(4000) AS "DESCRIPTION", 'PL/SQL'::oracle.varchar2(11) AS "ACTION_TYPE", t.body::oracle.clob AS "TRIGGER_BODY"
    FROM oracle.triggers t JOIN oracle.code c USING (object_id) JOIN pg_class r ON r.oid = t.relation JOIN pg_namespace n ON n.oid = r.relnamespace;
CREATE OR REPLACE VIEW oracle."USER_TRIGGERS" AS
  SELECT "TRIGGER_NAME", "TRIGGER_TYPE", "TRIGGERING_EVENT", "TABLE_OWNER", "BASE_OBJECT_TYPE", "TABLE_NAME", "REFERENCING_NAMES", "WHEN_CLAUSE", "STATUS", "DESCRIPTION", "ACTION_TYPE", "TRIGGER_BODY" FROM oracle."ALL_TRIGGERS" WHERE "OWNER" = oracle.user_();
CREATE OR REPLACE VIEW oracle."ALL_TRIGGER_COLS" AS
  SELECT c.owner::oracle.varchar2(128) AS "TRIGGER_OWNER", c.name::oracle.varchar2(128) AS "TRIGGER_NAME", n.nspname::text::oracle.varchar2(128) AS "TABLE_OWNER", r.relname::text::oracle.varchar2(128) AS "TABLE_NAME", u.name::oracle.varchar2(4000) AS "COLUMN_NAME", 'YES'::oracle.varchar2(3) AS "COLUMN_LIST"
    FROM oracle.triggers t JOIN oracle.code c USING (object_id) JOIN pg_class r ON r.oid = t.relation JOIN pg_namespace n ON n.oid = r.relnamespace CROSS JOIN LATERAL string_to_table(nullif(t.columns, ''), ' ') AS u(name);
CREATE OR REPLACE VIEW "SYS"."ALL_TRIGGERS" AS SELECT * FROM oracle."ALL_TRIGGERS";
