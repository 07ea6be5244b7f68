-- Oracle's data dictionary over PostgreSQL's.

-- What PostgreSQL does not keep: when an object was made and altered.
CREATE TABLE oracle.object_times (object_id oid PRIMARY KEY, created timestamp(0) NOT NULL, altered timestamp(0) NOT NULL);
CREATE TABLE oracle.synonyms (owner text NOT NULL, name text NOT NULL, target_owner text NOT NULL, target text NOT NULL, PRIMARY KEY (owner, name));
CREATE TABLE oracle.temporary_tables (object_id oid PRIMARY KEY, preserve bool NOT NULL);

CREATE TABLE oracle."DUAL" ("DUMMY" oracle.varchar2(1));
INSERT INTO oracle."DUAL" VALUES ('X');

CREATE VIEW oracle.objects AS
  SELECT c.oid, n.nspname AS owner, c.relname AS name, c.relkind, c.relfilenode,
         CASE c.relkind WHEN 'r' THEN 'TABLE' WHEN 'v' THEN 'VIEW' WHEN 'S' THEN 'SEQUENCE' WHEN 'i' THEN 'INDEX' WHEN 'm' THEN 'MATERIALIZED VIEW' END AS kind,
         t.created, t.altered
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN oracle.object_times t ON t.object_id = c.oid
   WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname NOT IN ('information_schema', 'oracle', 'public') AND c.relkind IN ('r', 'v', 'S', 'i', 'm')
     AND c.relname !~ '^\$';

CREATE VIEW oracle."ALL_OBJECTS" AS
  SELECT owner::text::oracle.varchar2(128) AS "OWNER", name::text::oracle.varchar2(128) AS "OBJECT_NAME", NULL::text::oracle.varchar2(128) AS "SUBOBJECT_NAME", oid::text::numeric AS "OBJECT_ID",
         nullif(relfilenode, 0)::text::numeric AS "DATA_OBJECT_ID", kind::oracle.varchar2(23) AS "OBJECT_TYPE", oracle.to_odate(created) AS "CREATED",
         oracle.to_odate(altered) AS "LAST_DDL_TIME", to_char(altered, 'YYYY-MM-DD:HH24:MI:SS')::oracle.varchar2(19) AS "TIMESTAMP", 'VALID'::oracle.varchar2(7) AS "STATUS",
         CASE WHEN EXISTS (SELECT 1 FROM oracle.temporary_tables g WHERE g.object_id = oid) THEN 'Y' ELSE 'N' END::oracle.varchar2(1) AS "TEMPORARY"
    FROM oracle.objects
  UNION ALL
  SELECT owner::oracle.varchar2(128), name::oracle.varchar2(128), NULL, NULL, NULL, 'SYNONYM'::oracle.varchar2(23), NULL, NULL, NULL, 'VALID'::oracle.varchar2(7), 'N'::oracle.varchar2(1) FROM oracle.synonyms;
CREATE VIEW oracle."USER_OBJECTS" AS
  SELECT "OBJECT_NAME", "SUBOBJECT_NAME", "OBJECT_ID", "DATA_OBJECT_ID", "OBJECT_TYPE", "CREATED", "LAST_DDL_TIME", "TIMESTAMP", "STATUS", "TEMPORARY"
    FROM oracle."ALL_OBJECTS" WHERE "OWNER" = oracle.user_();

CREATE VIEW oracle."ALL_TABLES" AS
  SELECT owner::text::oracle.varchar2(128) AS "OWNER", name::text::oracle.varchar2(128) AS "TABLE_NAME", 'USERS'::oracle.varchar2(30) AS "TABLESPACE_NAME", 'VALID'::oracle.varchar2(8) AS "STATUS",
         NULL::numeric AS "NUM_ROWS", NULL::numeric AS "BLOCKS", oracle.to_odate(NULL::timestamp) AS "LAST_ANALYZED", 'NO'::oracle.varchar2(3) AS "PARTITIONED",
         CASE WHEN g.object_id IS NULL THEN 'N' ELSE 'Y' END::oracle.varchar2(1) AS "TEMPORARY",
         CASE WHEN g.preserve THEN 'SYS$SESSION' WHEN NOT g.preserve THEN 'SYS$TRANSACTION' END::oracle.varchar2(15) AS "DURATION"
    FROM oracle.objects o LEFT JOIN oracle.temporary_tables g ON g.object_id = o.oid WHERE relkind = 'r';
CREATE VIEW oracle."USER_TABLES" AS
  SELECT "TABLE_NAME", "TABLESPACE_NAME", "STATUS", "NUM_ROWS", "BLOCKS", "LAST_ANALYZED", "PARTITIONED", "TEMPORARY", "DURATION" FROM oracle."ALL_TABLES" WHERE "OWNER" = oracle.user_();

CREATE FUNCTION oracle.type_name(type_oid oid, typmod int) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE format_type(type_oid, NULL) WHEN 'numeric' THEN 'NUMBER' WHEN 'oracle.varchar2' THEN 'VARCHAR2' WHEN 'varchar2' THEN 'VARCHAR2' WHEN 'text' THEN 'VARCHAR2' WHEN 'character' THEN 'CHAR' WHEN 'bpchar' THEN 'CHAR'
    WHEN 'oracle.odate' THEN 'DATE' WHEN 'odate' THEN 'DATE' WHEN 'timestamp without time zone' THEN 'TIMESTAMP(' || CASE WHEN typmod < 0 THEN 6 ELSE typmod END || ')'
    WHEN 'timestamp with time zone' THEN 'TIMESTAMP(' || CASE WHEN typmod < 0 THEN 6 ELSE typmod END || ') WITH TIME ZONE'
    WHEN 'oracle.clob' THEN 'CLOB' WHEN 'clob' THEN 'CLOB' WHEN 'oracle.blob' THEN 'BLOB' WHEN 'blob' THEN 'BLOB' WHEN 'oracle.raw' THEN 'RAW' WHEN 'raw' THEN 'RAW' WHEN 'bytea' THEN 'RAW'
    WHEN 'interval' THEN 'INTERVAL DAY(2) TO SECOND(6)' WHEN 'double precision' THEN 'BINARY_DOUBLE' WHEN 'real' THEN 'BINARY_FLOAT' WHEN 'boolean' THEN 'BOOLEAN' ELSE upper(format_type(type_oid, NULL)) END
$$;
CREATE VIEW oracle."ALL_VIEWS" AS
  SELECT owner::text::oracle.varchar2(128) AS "OWNER", name::text::oracle.varchar2(128) AS "VIEW_NAME", pg_get_viewdef(oid)::oracle.clob AS "TEXT" FROM oracle.objects WHERE relkind = 'v';
CREATE VIEW oracle."USER_VIEWS" AS SELECT "VIEW_NAME", "TEXT" FROM oracle."ALL_VIEWS" WHERE "OWNER" = oracle.user_();
CREATE VIEW oracle."USER_TAB_COMMENTS" AS
  SELECT name::text::oracle.varchar2(128) AS "TABLE_NAME", kind::oracle.varchar2(11) AS "TABLE_TYPE", obj_description(oid, 'pg_class')::oracle.varchar2(4000) AS "COMMENTS" FROM oracle.objects WHERE relkind IN ('r', 'v') AND owner = oracle.user_();
CREATE VIEW oracle."USER_COL_COMMENTS" AS
  SELECT o.name::text::oracle.varchar2(128) AS "TABLE_NAME", a.attname::text::oracle.varchar2(128) AS "COLUMN_NAME", col_description(o.oid, a.attnum)::oracle.varchar2(4000) AS "COMMENTS"
    FROM oracle.objects o JOIN pg_attribute a ON a.attrelid = o.oid AND a.attnum > 0 AND NOT a.attisdropped WHERE o.relkind IN ('r', 'v') AND o.owner = oracle.user_();
CREATE VIEW oracle."ALL_USERS" AS SELECT nspname::text::oracle.varchar2(128) AS "USERNAME", oid::text::numeric AS "USER_ID" FROM pg_namespace WHERE nspname ~ '^[A-Z]';
CREATE VIEW oracle."USER_SYNONYMS" AS SELECT name::oracle.varchar2(128) AS "SYNONYM_NAME", target_owner::oracle.varchar2(128) AS "TABLE_OWNER", target::oracle.varchar2(128) AS "TABLE_NAME" FROM oracle.synonyms WHERE owner = oracle.user_();
CREATE VIEW oracle."V$VERSION" AS SELECT 'Oracle AI Database 26ai Free (sandbox over PostgreSQL)'::oracle.varchar2(80) AS "BANNER", 'Oracle AI Database 26ai Free (sandbox over PostgreSQL)'::oracle.varchar2(160) AS "BANNER_FULL";
CREATE VIEW oracle."V$INSTANCE" AS SELECT 1::numeric AS "INSTANCE_NUMBER", 'SANDBOX'::oracle.varchar2(16) AS "INSTANCE_NAME", 'OPEN'::oracle.varchar2(12) AS "STATUS", '23.0.0.0.0'::oracle.varchar2(17) AS "VERSION";
CREATE VIEW oracle."PRODUCT_COMPONENT_VERSION" AS
  SELECT 'Oracle AI Database 26ai Free'::oracle.varchar2(80) AS "PRODUCT", '23.0.0.0.0'::oracle.varchar2(80) AS "VERSION", '23.26.0.0.0'::oracle.varchar2(80) AS "VERSION_FULL", 'Sandbox'::oracle.varchar2(80) AS "STATUS";

-- Helpers of data definition.
CREATE SEQUENCE oracle.system_names START WITH 8001;
CREATE FUNCTION oracle.rename_length_check(place text, old text, new text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  definition text;
BEGIN
  SELECT pg_get_constraintdef(oid) INTO definition FROM pg_constraint WHERE conrelid = place::regclass AND conname = '$12899$' || old;
  IF definition IS NOT NULL THEN
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', place, '$12899$' || old);
    EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', place, '$12899$' || new, replace(definition, format('."%s"''', old), format('."%s"''', new)));
  END IF;
END $$;
CREATE FUNCTION oracle.replace_view(place text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_class WHERE oid = to_regclass(place) AND relkind = 'v') THEN EXECUTE 'DROP VIEW ' || place; END IF;
END $$;
CREATE FUNCTION oracle.comment_on(place text, remark text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  kind "char";
BEGIN
  SELECT relkind INTO kind FROM pg_class WHERE oid = place::regclass;
  EXECUTE format('COMMENT ON %s %s IS %L', CASE kind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, place, nullif(remark, ''));
END $$;
CREATE FUNCTION oracle.drop_synonym(synonym_owner text, synonym_name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM oracle.synonyms WHERE owner = synonym_owner AND name = synonym_name;
  IF NOT FOUND THEN RAISE EXCEPTION USING ERRCODE = 'ORERR', MESSAGE = 'ORA-01434: private synonym to be dropped does not exist'; END IF;
END $$;
CREATE FUNCTION oracle.touch(schema_name text, object_name text) RETURNS void LANGUAGE sql AS $$
  INSERT INTO oracle.object_times
  SELECT c.oid, date_trunc('second', statement_timestamp() AT TIME ZONE 'UTC'), date_trunc('second', statement_timestamp() AT TIME ZONE 'UTC')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname = schema_name AND (c.relname = object_name
      OR c.oid IN (SELECT i.indexrelid FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid WHERE t.relname = object_name AND t.relnamespace = n.oid)
         AND c.oid NOT IN (SELECT object_id FROM oracle.object_times))
  ON CONFLICT (object_id) DO UPDATE SET altered = excluded.altered
$$;
