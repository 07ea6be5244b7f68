-- Stored PL/SQL: its catalogue and the dictionary views that show it. Runs at every start: an older data directory gets what it lacks.
CREATE SEQUENCE IF NOT EXISTS oracle.code_ids START WITH 100000001;
CREATE TABLE IF NOT EXISTS oracle.code (
  owner text NOT NULL, name text NOT NULL, kind text NOT NULL, object_id bigint NOT NULL UNIQUE, stamp bigint NOT NULL, status text NOT NULL, signature text NOT NULL,
  source text NOT NULL, created timestamp(0) NOT NULL, altered timestamp(0) NOT NULL, compiled timestamp(0) NOT NULL, PRIMARY KEY (owner, name, kind)
);
CREATE TABLE IF NOT EXISTS oracle.code_errors (
  object_id bigint NOT NULL REFERENCES oracle.code (object_id) ON DELETE CASCADE, sequence int NOT NULL, line int NOT NULL, position int NOT NULL, text text NOT NULL, PRIMARY KEY (object_id, sequence)
);
CREATE TABLE IF NOT EXISTS oracle.code_references (
  object_id bigint NOT NULL REFERENCES oracle.code (object_id) ON DELETE CASCADE, kind text NOT NULL, owner text NOT NULL, name text NOT NULL, shape text, PRIMARY KEY (object_id, kind, owner, name)
);
CREATE TABLE IF NOT EXISTS oracle.code_members (
  object_id bigint NOT NULL REFERENCES oracle.code (object_id) ON DELETE CASCADE, subprogram int NOT NULL, position int NOT NULL, overload text, name text NOT NULL, argument text, data_type text, mode text, defaulted text NOT NULL,
  PRIMARY KEY (object_id, subprogram, position)
);

-- What a trigger has beside its source. relation: the table or view; events, columns, follows: separated by blanks.
CREATE TABLE IF NOT EXISTS oracle.triggers (
  object_id bigint PRIMARY KEY REFERENCES oracle.code (object_id) ON DELETE CASCADE, relation oid NOT NULL, timing text NOT NULL, by_row bool NOT NULL, events text NOT NULL, columns text NOT NULL,
  follows text NOT NULL, enabled bool NOT NULL, referencing text NOT NULL, condition text, description text NOT NULL, body text NOT NULL
);

-- What a text that was compiled against a table or view relies on: NULL when there is none of that name.
CREATE OR REPLACE FUNCTION oracle.shape_of(relation_owner text, relation_name text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT c.oid || ':' || md5(coalesce(string_agg(format('%s %s %s', a.attname, a.atttypid, a.atttypmod), ',' ORDER BY a.attnum), ''))
    FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
   WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = relation_owner) AND c.relname = relation_name AND c.relkind IN ('r', 'v', 'm', 'S') GROUP BY c.oid
$$;
-- After a DDL: what was compiled against something that is no longer the same is invalid, and so is what was compiled against that.
CREATE OR REPLACE FUNCTION oracle.invalidate_code() RETURNS void LANGUAGE sql AS $$
  WITH RECURSIVE stale(object_id) AS (
      SELECT r.object_id FROM oracle.code_references r
       WHERE r.kind IN ('TABLE', 'VIEW', 'SEQUENCE') AND r.shape IS DISTINCT FROM oracle.shape_of(r.owner, r.name)
    UNION
      SELECT r.object_id FROM stale s JOIN oracle.code c ON c.object_id = s.object_id
        JOIN oracle.code_references r ON r.owner = c.owner AND r.name = c.name AND r.kind = c.kind)
  UPDATE oracle.code SET status = 'INVALID' WHERE status = 'VALID' AND object_id IN (SELECT object_id FROM stale);
  DELETE FROM oracle.code c USING oracle.triggers t WHERE t.object_id = c.object_id AND NOT EXISTS (SELECT FROM pg_class r WHERE r.oid = t.relation)
$$;
CREATE OR REPLACE FUNCTION oracle.invalidate_users(used_owner text, used_name text, used_kind text) RETURNS void LANGUAGE sql AS $$
  WITH RECURSIVE stale(object_id) AS (
      SELECT r.object_id FROM oracle.code_references r WHERE r.owner = used_owner AND r.name = used_name AND r.kind = used_kind
    UNION
      SELECT r.object_id FROM stale s JOIN oracle.code c ON c.object_id = s.object_id
        JOIN oracle.code_references r ON r.owner = c.owner AND r.name = c.name AND r.kind = c.kind)
  UPDATE oracle.code SET status = 'INVALID' WHERE status = 'VALID' AND object_id IN (SELECT object_id FROM stale)
$$;

-- TRUNCATE gives a segment that was filled a new DATA_OBJECT_ID; otherwise it is OBJECT_ID, however often PostgreSQL writes the table anew.
CREATE TABLE IF NOT EXISTS oracle.segments (object_id oid PRIMARY KEY, data_object_id bigint NOT NULL);
CREATE OR REPLACE FUNCTION oracle.truncate(place text, tail text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  filled bool;
BEGIN
  EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', place);
  filled := pg_relation_size(place::regclass) > 0;
  EXECUTE format('TRUNCATE TABLE %s%s', place, tail);
  IF filled THEN
    INSERT INTO oracle.segments
      SELECT c.oid, pg_relation_filenode(c.oid)::text::bigint FROM pg_class c
       WHERE c.oid = place::regclass OR c.oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = place::regclass)
      ON CONFLICT (object_id) DO UPDATE SET data_object_id = excluded.data_object_id;
  END IF;
END $$;
ALTER TABLE oracle.synonyms ADD COLUMN IF NOT EXISTS object_id bigint NOT NULL DEFAULT nextval('oracle.code_ids'), ADD COLUMN IF NOT EXISTS created timestamp(0) NOT NULL DEFAULT date_trunc('second', statement_timestamp() AT TIME ZONE 'UTC');

CREATE OR REPLACE VIEW oracle."ALL_OBJECTS" AS
  SELECT owner::text::oracle.varchar2(128) AS "OWNER", name::text::oracle.varchar2(128) AS "OBJECT_NAME", NULL::text::oracle.varchar2(128) AS "SUBOBJECT_NAME", oid::text::numeric AS "OBJECT_ID",
         CASE WHEN relkind IN ('r', 'i', 'm') THEN coalesce((SELECT s.data_object_id FROM oracle.segments s WHERE s.object_id = oid), oid::text::bigint) END::numeric AS "DATA_OBJECT_ID", kind::oracle.varchar2(23) AS "OBJECT_TYPE", oracle.to_odate(created) AS "CREATED",
         oracle.to_odate(altered) AS "LAST_DDL_TIME", to_char(altered, 'YYYY-MM-DD:HH24:MI:SS')::oracle.varchar2(19) AS "TIMESTAMP", CASE WHEN relkind = 'v' AND EXISTS (SELECT FROM oracle.invalid_views i WHERE i.object_id = oid) THEN 'INVALID' ELSE 'VALID' END::oracle.varchar2(7) AS "STATUS",
         CASE WHEN EXISTS (SELECT 1 FROM oracle.temporary_tables g WHERE g.object_id = oid) THEN 'Y' ELSE 'N' END::oracle.varchar2(1) AS "TEMPORARY"
    FROM oracle.objects
  UNION ALL
  SELECT owner::oracle.varchar2(128), name::oracle.varchar2(128), NULL, object_id::numeric, NULL, 'SYNONYM'::oracle.varchar2(23), oracle.to_odate(created), oracle.to_odate(created),
         to_char(created, 'YYYY-MM-DD:HH24:MI:SS')::oracle.varchar2, 'VALID'::oracle.varchar2(7), 'N'::oracle.varchar2(1) FROM oracle.synonyms
  UNION ALL
  SELECT owner::oracle.varchar2(128), name::oracle.varchar2(128), NULL, object_id::numeric, NULL, kind::oracle.varchar2(23), oracle.to_odate(created), oracle.to_odate(altered),
         to_char(compiled, 'YYYY-MM-DD:HH24:MI:SS')::oracle.varchar2(19), status::oracle.varchar2(7), 'N'::oracle.varchar2(1) FROM oracle.code;

-- Of another user's package body who has DEBUG on it sees the lines (Database Reference, ALL_SOURCE); all else everybody may execute, and so read.
CREATE OR REPLACE VIEW oracle."ALL_SOURCE" AS
  SELECT c.owner::oracle.varchar2(128) AS "OWNER", c.name::oracle.varchar2(128) AS "NAME", c.kind::oracle.varchar2(12) AS "TYPE", l.n::numeric AS "LINE",
         CASE WHEN l.n < count(*) OVER (PARTITION BY c.object_id) OR c.source LIKE E'%\n' THEN l.line || E'\n' ELSE l.line END::oracle.varchar2(4000) AS "TEXT"
    FROM oracle.code c CROSS JOIN LATERAL string_to_table(rtrim(c.source, E'\n'), E'\n') WITH ORDINALITY AS l(line, n)
   WHERE c.kind <> 'PACKAGE BODY' OR c.owner = oracle.user_()
      OR EXISTS (SELECT FROM oracle.privileges p WHERE p.grantee IN (oracle.user_(), 'PUBLIC') AND p.privilege IN ('DBA', 'DEBUG ANY PROCEDURE', 'DEBUG ON ' || c.owner || '.' || c.name));
CREATE OR REPLACE VIEW oracle."USER_SOURCE" AS SELECT "NAME", "TYPE", "LINE", "TEXT" FROM oracle."ALL_SOURCE" WHERE "OWNER" = oracle.user_();

CREATE OR REPLACE VIEW oracle."ALL_ERRORS" AS
  SELECT c.owner::oracle.varchar2(128) AS "OWNER", c.name::oracle.varchar2(128) AS "NAME", c.kind::oracle.varchar2(12) AS "TYPE", e.sequence::numeric AS "SEQUENCE", e.line::numeric AS "LINE", e.position::numeric AS "POSITION",
         e.text::oracle.varchar2(4000) AS "TEXT", 'ERROR'::oracle.varchar2(9) AS "ATTRIBUTE", coalesce(substring(e.text FROM '^PLS-([0-9]+)')::numeric, 0) AS "MESSAGE_NUMBER"
    FROM oracle.code_errors e JOIN oracle.code c USING (object_id);
CREATE OR REPLACE VIEW oracle."USER_ERRORS" AS SELECT "NAME", "TYPE", "SEQUENCE", "LINE", "POSITION", "TEXT", "ATTRIBUTE", "MESSAGE_NUMBER" FROM oracle."ALL_ERRORS" WHERE "OWNER" = oracle.user_();

CREATE OR REPLACE VIEW oracle."ALL_DEPENDENCIES" AS
  SELECT c.owner::oracle.varchar2(128) AS "OWNER", c.name::oracle.varchar2(128) AS "NAME", c.kind::oracle.varchar2(12) AS "TYPE", r.owner::oracle.varchar2(128) AS "REFERENCED_OWNER", r.name::oracle.varchar2(128) AS "REFERENCED_NAME",
         r.kind::oracle.varchar2(12) AS "REFERENCED_TYPE", nullif(r.owner, r.owner)::oracle.varchar2(128) AS "REFERENCED_LINK_NAME", 'HARD'::oracle.varchar2(4) AS "DEPENDENCY_TYPE"
    FROM oracle.code_references r JOIN oracle.code c USING (object_id)
  UNION ALL
  SELECT s.owner::oracle.varchar2(128), s.name::oracle.varchar2(128), 'SYNONYM'::oracle.varchar2(12), s.target_owner::oracle.varchar2(128), s.target::oracle.varchar2(128), coalesce(t.kind, 'NON-EXISTENT')::oracle.varchar2(12),
         nullif(s.owner, s.owner)::oracle.varchar2(128), 'HARD'::oracle.varchar2(4)
    FROM oracle.synonyms s LEFT JOIN (SELECT owner, name, kind FROM oracle.code WHERE kind <> 'PACKAGE BODY' UNION ALL SELECT owner::text, name::text, kind FROM oracle.objects UNION ALL SELECT owner, name, 'SYNONYM' FROM oracle.synonyms) t
         ON t.owner = s.target_owner AND t.name = s.target
  UNION ALL
  SELECT DISTINCT v.owner::text::oracle.varchar2(128), v.name::text::oracle.varchar2(128), v.kind::oracle.varchar2(12), t.owner::text::oracle.varchar2(128), t.name::text::oracle.varchar2(128), t.kind::oracle.varchar2(12), nullif(t.owner::text, t.owner::text)::oracle.varchar2(128), 'HARD'::oracle.varchar2(4)
    FROM pg_depend d JOIN pg_rewrite w ON w.oid = d.objid JOIN oracle.objects v ON v.oid = w.ev_class JOIN oracle.objects t ON t.oid = d.refobjid
   WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND t.oid <> v.oid;
CREATE OR REPLACE VIEW oracle."USER_DEPENDENCIES" AS
  SELECT "NAME", "TYPE", "REFERENCED_OWNER", "REFERENCED_NAME", "REFERENCED_TYPE", "REFERENCED_LINK_NAME", "DEPENDENCY_TYPE" FROM oracle."ALL_DEPENDENCIES" WHERE "OWNER" = oracle.user_();

CREATE OR REPLACE VIEW oracle."ALL_PROCEDURES" AS
  SELECT c.owner::oracle.varchar2(128) AS "OWNER", c.name::oracle.varchar2(128) AS "OBJECT_NAME", CASE c.kind WHEN 'PACKAGE' THEN m.name END::oracle.varchar2(128) AS "PROCEDURE_NAME", c.object_id::numeric AS "OBJECT_ID",
         m.subprogram::numeric AS "SUBPROGRAM_ID", m.overload::oracle.varchar2(40) AS "OVERLOAD", c.kind::oracle.varchar2(13) AS "OBJECT_TYPE"
    FROM oracle.code_members m JOIN oracle.code c USING (object_id) WHERE m.position = -1;
CREATE OR REPLACE VIEW oracle."USER_PROCEDURES" AS
  SELECT "OBJECT_NAME", "PROCEDURE_NAME", "OBJECT_ID", "SUBPROGRAM_ID", "OVERLOAD", "OBJECT_TYPE" FROM oracle."ALL_PROCEDURES" WHERE "OWNER" = oracle.user_();
CREATE OR REPLACE VIEW oracle."ALL_ARGUMENTS" AS
  SELECT c.owner::oracle.varchar2(128) AS "OWNER", m.name::oracle.varchar2(128) AS "OBJECT_NAME", CASE c.kind WHEN 'PACKAGE' THEN c.name END::oracle.varchar2(128) AS "PACKAGE_NAME", c.object_id::numeric AS "OBJECT_ID",
         m.overload::oracle.varchar2(40) AS "OVERLOAD", m.subprogram::numeric AS "SUBPROGRAM_ID", m.argument::oracle.varchar2(128) AS "ARGUMENT_NAME", m.position::numeric AS "POSITION",
         row_number() OVER (PARTITION BY c.object_id, m.subprogram ORDER BY m.position)::numeric AS "SEQUENCE", 0::numeric AS "DATA_LEVEL", m.data_type::oracle.varchar2(30) AS "DATA_TYPE",
         m.mode::oracle.varchar2(9) AS "IN_OUT", m.defaulted::oracle.varchar2(1) AS "DEFAULTED"
    FROM oracle.code_members m JOIN oracle.code c USING (object_id) WHERE m.position >= 0;
CREATE OR REPLACE VIEW oracle."USER_ARGUMENTS" AS
  SELECT "OBJECT_NAME", "PACKAGE_NAME", "OBJECT_ID", "OVERLOAD", "SUBPROGRAM_ID", "ARGUMENT_NAME", "POSITION", "SEQUENCE", "DATA_LEVEL", "DATA_TYPE", "IN_OUT", "DEFAULTED" FROM oracle."ALL_ARGUMENTS" WHERE "OWNER" = oracle.user_();

-- Row level security is not there; that it is not can be asked.
CREATE OR REPLACE VIEW oracle."ALL_POLICIES" AS
  SELECT owner::text::oracle.varchar2(128) AS "OBJECT_OWNER", name::text::oracle.varchar2(128) AS "OBJECT_NAME", name::text::oracle.varchar2(128) AS "POLICY_NAME", 'YES'::oracle.varchar2(3) AS "ENABLE" FROM oracle.objects WHERE false;
-- The same, named with their owner.
CREATE SCHEMA IF NOT EXISTS "SYS";
DO $$
DECLARE
  view text;
BEGIN
  FOREACH view IN ARRAY ARRAY['OBJECTS', 'SOURCE', 'DEPENDENCIES', 'PROCEDURES', 'ARGUMENTS', 'ERRORS'] LOOP
    EXECUTE format('CREATE OR REPLACE VIEW "SYS".%I AS SELECT * FROM oracle.%I', 'ALL_' || view, 'ALL_' || view);
  END LOOP;
END $$;
