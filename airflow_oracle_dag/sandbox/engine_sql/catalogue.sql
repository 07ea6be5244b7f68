-- Tables, columns, constraints, indexes and sequences as Oracle's dictionary shows them; runs again like sessions.sql.

DROP VIEW IF EXISTS oracle."ALL_TAB_COLUMNS", oracle."ALL_CONSTRAINTS", oracle."ALL_CONS_COLUMNS", oracle."ALL_INDEXES", oracle."ALL_IND_COLUMNS", oracle."USER_IND_COLUMNS", oracle."ALL_SEQUENCES" CASCADE;
DROP VIEW IF EXISTS oracle.shown_constraints, oracle.shown_index_columns CASCADE;
DROP FUNCTION IF EXISTS oracle.as_written(text);

-- An expression without what PostgreSQL adds to it: casts, quotes around plain names, outer parentheses.
CREATE FUNCTION oracle.as_written(expression text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  shown text := expression;
BEGIN
  shown := regexp_replace(shown, $r$nextval\('("[^']+")'::text\)$r$, '\1.nextval', 'g');
  shown := regexp_replace(shown, $r$'(-?\d+(?:\.\d+)?)'::numeric$r$, '\1', 'g');
  shown := regexp_replace(shown, $r$::(?:[a-z_]+\.)?[a-z_0-9]+(?: [a-z]+)*(?:\(\d+(?:,\d+)?\))?(?:\[\])?$r$, '', 'g');
  shown := regexp_replace(shown, $r$\(("[^"]+"|[A-Z0-9_]+)\)$r$, '\1', 'g');
  shown := regexp_replace(shown, $r$"([A-Z][A-Z0-9_#]*)"$r$, '\1', 'g');
  shown := replace(replace(replace(shown, '!~~', 'NOT LIKE'), '~~', 'LIKE'), 'oracle.', '');
  shown := regexp_replace(shown, $r$\m(sysdate|systimestamp)\(\)$r$, '\1', 'g');
  shown := regexp_replace(shown, $r$\m(\d+)\.(?!\d)$r$, '\1', 'g');
  IF shown ~ '^\([^()]*\)$' THEN shown := substr(shown, 2, length(shown) - 2); END IF;
  RETURN shown;
END $$;

CREATE VIEW oracle."ALL_TAB_COLUMNS" AS
  SELECT o.owner::text::oracle.varchar2(128) AS "OWNER", o.name::text::oracle.varchar2(128) AS "TABLE_NAME", a.attname::text::oracle.varchar2(128) AS "COLUMN_NAME",
         oracle.type_name(a.atttypid, a.atttypmod)::oracle.varchar2(128) AS "DATA_TYPE",
         (CASE WHEN oracle.type_name(a.atttypid, a.atttypmod) IN ('VARCHAR2', 'CHAR', 'RAW') THEN CASE WHEN a.atttypmod > 1000000 THEN (a.atttypmod - 1000004) * 4 WHEN a.atttypmod > 0 THEN a.atttypmod - 4 ELSE 4000 END
               WHEN oracle.type_name(a.atttypid, a.atttypmod) = 'NUMBER' THEN 22 WHEN oracle.type_name(a.atttypid, a.atttypmod) = 'DATE' THEN 7 WHEN oracle.type_name(a.atttypid, a.atttypmod) IN ('CLOB', 'BLOB') THEN 4000 ELSE 11 END)::numeric AS "DATA_LENGTH",
         CASE WHEN a.atttypid = 'numeric'::regtype AND a.atttypmod > 0 THEN ((a.atttypmod - 4) >> 16) & 65535 END::numeric AS "DATA_PRECISION",
         CASE WHEN a.atttypid = 'numeric'::regtype AND a.atttypmod > 0 THEN ((((a.atttypmod - 4) & 2047) # 1024) - 1024) WHEN oracle.type_name(a.atttypid, a.atttypmod) LIKE 'TIMESTAMP%' THEN CASE WHEN a.atttypmod < 0 THEN 6 ELSE a.atttypmod END END::numeric AS "DATA_SCALE",
         CASE WHEN a.attnotnull THEN 'N' ELSE 'Y' END::oracle.varchar2(1) AS "NULLABLE", (row_number() OVER (PARTITION BY o.oid ORDER BY a.attnum))::numeric AS "COLUMN_ID",
         oracle.as_written(pg_get_expr(d.adbin, d.adrelid))::oracle.varchar2(4000) AS "DATA_DEFAULT",
         CASE WHEN a.atttypmod > 1000000 THEN a.atttypmod - 1000004 WHEN a.atttypmod > 0 AND oracle.type_name(a.atttypid, a.atttypmod) IN ('VARCHAR2', 'CHAR') THEN a.atttypmod - 4 ELSE 0 END::numeric AS "CHAR_LENGTH",
         CASE WHEN pg_get_expr(d.adbin, d.adrelid) LIKE '%nextval(''%ISEQ$$\_%' THEN 'YES' ELSE 'NO' END::oracle.varchar2(3) AS "IDENTITY_COLUMN",
         CASE WHEN oracle.type_name(a.atttypid, a.atttypmod) IN ('VARCHAR2', 'CHAR') THEN CASE WHEN a.atttypmod > 1000000 THEN 'C' ELSE 'B' END END::oracle.varchar2(1) AS "CHAR_USED",
         CASE WHEN a.attgenerated <> '' THEN 'YES' ELSE 'NO' END::oracle.varchar2(3) AS "VIRTUAL_COLUMN"
    FROM oracle.objects o JOIN pg_attribute a ON a.attrelid = o.oid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
   WHERE a.attnum > 0 AND NOT a.attisdropped AND o.relkind IN ('r', 'v', 'm');
CREATE VIEW oracle."USER_TAB_COLUMNS" AS
  SELECT "TABLE_NAME", "COLUMN_NAME", "DATA_TYPE", "DATA_LENGTH", "DATA_PRECISION", "DATA_SCALE", "NULLABLE", "COLUMN_ID", "DATA_DEFAULT", "CHAR_LENGTH", "IDENTITY_COLUMN", "CHAR_USED", "VIRTUAL_COLUMN"
    FROM oracle."ALL_TAB_COLUMNS" WHERE "OWNER" = oracle.user_();
CREATE VIEW oracle."ALL_TAB_COLS" AS SELECT * FROM oracle."ALL_TAB_COLUMNS";
CREATE VIEW oracle."USER_TAB_COLS" AS SELECT * FROM oracle."USER_TAB_COLUMNS";


-- Of a deferrable check the trigger has the condition; PostgreSQL's own NOT NULL of key columns is not shown.
CREATE VIEW oracle.shown_constraints AS
  SELECT c.*, o.owner, o.name AS table_name, CASE c.contype WHEN 'p' THEN 'P' WHEN 'u' THEN 'U' WHEN 'f' THEN 'R' ELSE 'C' END AS kind,
         CASE c.contype WHEN 'c' THEN pg_get_expr(c.conbin, c.conrelid) WHEN 'n' THEN regexp_replace(pg_get_constraintdef(c.oid), '^NOT NULL (.*)$', '\1 IS NOT NULL')
                        WHEN 't' THEN (SELECT convert_from(substr(t.tgargs, 1, length(t.tgargs) - 1), 'UTF8') FROM pg_trigger t WHERE t.tgconstraint = c.oid) END AS condition
    FROM pg_constraint c JOIN oracle.objects o ON o.oid = c.conrelid WHERE c.conname !~ '^\$' AND NOT (c.contype = 'n' AND c.conname ~ '_not_null\d*$');
-- PostgreSQL cannot disable a constraint: it is dropped, and waits here for ENABLE.
CREATE TABLE IF NOT EXISTS oracle.disabled_constraints (
  conrelid oid NOT NULL, conname text NOT NULL, contype "char" NOT NULL, kind text NOT NULL, definition text NOT NULL, condition text, conkey int2[], r_owner text, r_conname text,
  delete_rule text, deferral text NOT NULL, mode text NOT NULL, PRIMARY KEY (conrelid, conname)
);
CREATE OR REPLACE FUNCTION oracle.constraint_label(place text, wanted text) RETURNS text LANGUAGE sql AS $$
  SELECT format('(%s.%s)', relnamespace::regnamespace::text, wanted) FROM pg_class WHERE oid = place::regclass $$;
-- The name of the primary key, or of the unique key of these columns.
CREATE OR REPLACE FUNCTION oracle.key_of(place text, wanted_type "char", columns text) RETURNS text LANGUAGE sql AS $$
  SELECT conname FROM (SELECT conrelid, conname::text, contype, conkey FROM pg_constraint UNION ALL SELECT conrelid, conname, contype, conkey FROM oracle.disabled_constraints) c
   WHERE conrelid = place::regclass AND contype = wanted_type
     AND (columns = '' OR columns = (SELECT '(' || string_agg('"' || replace(a.attname, '"', '""') || '"', ', ' ORDER BY k.n) || ')' FROM unnest(conkey) WITH ORDINALITY k(attnum, n) JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = k.attnum)) $$;
CREATE OR REPLACE FUNCTION oracle.disable_constraint(place text, wanted text, cascade boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  had pg_constraint;
  other record;
BEGIN
  SELECT * INTO had FROM pg_constraint WHERE conrelid = place::regclass AND conname = wanted;
  IF had.oid IS NULL THEN
    IF NOT EXISTS (SELECT FROM oracle.disabled_constraints WHERE conrelid = place::regclass AND conname = wanted) THEN
      PERFORM oracle.fail(format('ORA-02431: cannot disable constraint (%s) - no such constraint', wanted));
    END IF;
    RETURN;
  END IF;
  IF had.contype = 't' THEN PERFORM oracle.fail('ORA-03001: unimplemented feature (sandbox): disabling a deferrable CHECK'); END IF;
  FOR other IN SELECT c.conrelid::regclass::text AS place, c.conname FROM pg_constraint c WHERE c.contype = 'f' AND c.confrelid = had.conrelid AND c.conindid = had.conindid AND had.contype IN ('p', 'u') LOOP
    IF NOT cascade THEN PERFORM oracle.fail(format('ORA-02297: cannot disable constraint %s - dependencies exist', oracle.constraint_label(place, wanted))); END IF;
    PERFORM oracle.disable_constraint(other.place, other.conname, false);
  END LOOP;
  INSERT INTO oracle.disabled_constraints
  SELECT had.conrelid, wanted, had.contype, s."CONSTRAINT_TYPE", regexp_replace(oracle.constraint_definition(had.oid), ' NOT VALID$', ''), s."SEARCH_CONDITION", had.conkey, s."R_OWNER", s."R_CONSTRAINT_NAME", s."DELETE_RULE", s."DEFERRABLE", s."DEFERRED"
    FROM oracle."ALL_CONSTRAINTS" s JOIN oracle.objects o ON o.owner = s."OWNER" AND o.name = s."TABLE_NAME" WHERE o.oid = had.conrelid AND s."CONSTRAINT_NAME" = wanted;
  EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', place, wanted);
  FOR other IN SELECT c.conname FROM pg_constraint c WHERE had.contype = 'p' AND c.conrelid = had.conrelid AND c.contype = 'n' AND c.conkey <@ had.conkey AND c.conname ~ '_not_null\d*$' LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', place, other.conname);  -- PostgreSQL's own, for the key
  END LOOP;
END $$;
CREATE OR REPLACE FUNCTION oracle.constraint_definition(wanted oid) RETURNS text LANGUAGE sql SET search_path TO 'pg_catalog' AS $$ SELECT pg_get_constraintdef(wanted) $$;
CREATE OR REPLACE FUNCTION oracle.duplicates(place text, wanted text, kind text) RETURNS text LANGUAGE sql AS $$
  SELECT format(CASE WHEN kind LIKE 'PRIMARY%' THEN 'ORA-02437: cannot validate %s - primary key violated' ELSE 'ORA-02299: cannot validate %s - duplicate keys found' END, oracle.constraint_label(place, wanted)) $$;
CREATE OR REPLACE FUNCTION oracle.enable_constraint(place text, wanted text, validate boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  kept oracle.disabled_constraints;
BEGIN
  IF EXISTS (SELECT FROM pg_constraint WHERE conrelid = place::regclass AND conname = wanted) THEN
    IF validate AND EXISTS (SELECT FROM pg_constraint WHERE conrelid = place::regclass AND conname = wanted AND NOT convalidated) THEN
      EXECUTE format('ALTER TABLE %s VALIDATE CONSTRAINT %I', place, wanted);
    END IF;
    RETURN;
  END IF;
  DELETE FROM oracle.disabled_constraints WHERE conrelid = place::regclass AND conname = wanted RETURNING * INTO kept;
  IF kept.conname IS NULL THEN PERFORM oracle.fail(format('ORA-02430: cannot enable constraint (%s) - no such constraint', wanted)); END IF;
  EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s%s', place, wanted, kept.definition, CASE WHEN NOT validate AND kept.contype IN ('f', 'c', 'n') THEN ' NOT VALID' ELSE '' END);
EXCEPTION WHEN unique_violation THEN PERFORM oracle.fail(oracle.duplicates(place, wanted, kept.definition));
END $$;
-- A key takes the unique index that has its name and its columns.
CREATE OR REPLACE FUNCTION oracle.add_key(place text, wanted text, kind text, columns text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     WHERE i.indrelid = place::regclass AND c.relname = wanted AND i.indisunique AND i.indexprs IS NULL AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
       AND columns = (SELECT '(' || string_agg('"' || replace(a.attname, '"', '""') || '"', ', ' ORDER BY k.n) || ')' FROM unnest(i.indkey) WITH ORDINALITY k(attnum, n) JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum))
  THEN
    EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s USING INDEX %I', place, wanted, kind, wanted);
  ELSE
    EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s %s', place, wanted, kind, columns);
  END IF;
EXCEPTION WHEN unique_violation THEN PERFORM oracle.fail(oracle.duplicates(place, wanted, kind));
END $$;
-- START WITH LIMIT VALUE: the next number follows the highest that is there.
CREATE OR REPLACE FUNCTION oracle.restart_identity(owner text, table_name text, column_name text) RETURNS void LANGUAGE plpgsql AS $fn$
DECLARE
  place text := format('%I.%I', owner, left(format('ISEQ$$_%s_%s', table_name, column_name), 63));
  highest numeric;
BEGIN
  IF to_regclass(place) IS NULL THEN PERFORM oracle.fail('ORA-30673: column to be modified is not an identity column'); END IF;
  EXECUTE format('SELECT max(%I) FROM %I.%I', column_name, owner, table_name) INTO highest;
  PERFORM setval(place::regclass, greatest(highest, 1)::bigint, highest IS NOT NULL);
END $fn$;
CREATE VIEW oracle."ALL_CONSTRAINTS" AS
  SELECT c.owner::text::oracle.varchar2(128) AS "OWNER", c.conname::text::oracle.varchar2(128) AS "CONSTRAINT_NAME", c.kind::oracle.varchar2(1) AS "CONSTRAINT_TYPE", c.table_name::text::oracle.varchar2(128) AS "TABLE_NAME",
         CASE c.contype WHEN 'n' THEN c.condition ELSE oracle.as_written(c.condition) END::oracle.varchar2(4000) AS "SEARCH_CONDITION", CASE c.contype WHEN 'n' THEN c.condition ELSE oracle.as_written(c.condition) END::oracle.varchar2(4000) AS "SEARCH_CONDITION_VC",
         r.owner::text::oracle.varchar2(128) AS "R_OWNER", r.conname::text::oracle.varchar2(128) AS "R_CONSTRAINT_NAME",
         CASE WHEN c.contype = 'f' THEN CASE c.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' ELSE 'NO ACTION' END END::oracle.varchar2(9) AS "DELETE_RULE",
         'ENABLED'::oracle.varchar2(8) AS "STATUS", CASE WHEN c.condeferrable THEN 'DEFERRABLE' ELSE 'NOT DEFERRABLE' END::oracle.varchar2(14) AS "DEFERRABLE",
         CASE WHEN c.condeferred THEN 'DEFERRED' ELSE 'IMMEDIATE' END::oracle.varchar2(9) AS "DEFERRED", CASE WHEN c.convalidated THEN 'VALIDATED' ELSE 'NOT VALIDATED' END::oracle.varchar2(13) AS "VALIDATED",
         CASE WHEN c.conname ~ '^SYS_C\d+$' THEN 'GENERATED NAME' ELSE 'USER NAME' END::oracle.varchar2(14) AS "GENERATED",
         CASE WHEN c.contype IN ('p', 'u') THEN c.owner END::text::oracle.varchar2(128) AS "INDEX_OWNER", CASE WHEN c.contype IN ('p', 'u') THEN (SELECT relname FROM pg_class WHERE oid = c.conindid) END::text::oracle.varchar2(128) AS "INDEX_NAME"
    FROM oracle.shown_constraints c LEFT JOIN LATERAL (SELECT f.owner, f.conname FROM oracle.shown_constraints f WHERE c.contype = 'f' AND f.conrelid = c.confrelid AND f.conindid = c.conindid AND f.contype IN ('p', 'u') LIMIT 1) r ON true
  UNION ALL
  SELECT o.owner::text::oracle.varchar2(128), d.conname::text::oracle.varchar2(128), d.kind::oracle.varchar2(1), o.name::text::oracle.varchar2(128), d.condition::oracle.varchar2(4000), d.condition::oracle.varchar2(4000),
         d.r_owner::oracle.varchar2(128), d.r_conname::oracle.varchar2(128), d.delete_rule::oracle.varchar2(9), 'DISABLED'::oracle.varchar2(8), d.deferral::oracle.varchar2(14), d.mode::oracle.varchar2(9), 'NOT VALIDATED'::oracle.varchar2(13),
         CASE WHEN d.conname ~ '^SYS_C\d+$' THEN 'GENERATED NAME' ELSE 'USER NAME' END::oracle.varchar2(14), NULL::text::oracle.varchar2(128), NULL::text::oracle.varchar2(128)
    FROM oracle.disabled_constraints d JOIN oracle.objects o ON o.oid = d.conrelid;
CREATE VIEW oracle."USER_CONSTRAINTS" AS SELECT * FROM oracle."ALL_CONSTRAINTS" WHERE "OWNER" = oracle.user_();
CREATE VIEW oracle."ALL_CONS_COLUMNS" AS
  SELECT c.owner::text::oracle.varchar2(128) AS "OWNER", c.conname::text::oracle.varchar2(128) AS "CONSTRAINT_NAME", c.table_name::text::oracle.varchar2(128) AS "TABLE_NAME", a.attname::text::oracle.varchar2(4000) AS "COLUMN_NAME",
         CASE WHEN c.kind <> 'C' THEN array_position(c.conkey, a.attnum) END::numeric AS "POSITION"
    FROM oracle.shown_constraints c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum > 0 AND NOT a.attisdropped
     AND (a.attnum = ANY (c.conkey) OR c.contype = 't' AND strpos(c.condition, quote_ident(a.attname)) > 0)
  UNION ALL
  SELECT o.owner::text::oracle.varchar2(128), d.conname::text::oracle.varchar2(128), o.name::text::oracle.varchar2(128), a.attname::text::oracle.varchar2(4000), CASE WHEN d.kind <> 'C' THEN array_position(d.conkey, a.attnum) END::numeric
    FROM oracle.disabled_constraints d JOIN oracle.objects o ON o.oid = d.conrelid JOIN pg_attribute a ON a.attrelid = d.conrelid AND a.attnum = ANY (d.conkey);
CREATE VIEW oracle."USER_CONS_COLUMNS" AS SELECT * FROM oracle."ALL_CONS_COLUMNS" WHERE "OWNER" = oracle.user_();

-- An expression and a descending column are hidden columns of the table, as in Oracle.
CREATE VIEW oracle.shown_index_columns AS
  SELECT o.oid, o.owner, o.name, t.owner AS table_owner, t.name AS table_name, k.n, k.attnum = 0 OR i.indoption[k.n - 1] & 1 = 1 AS hidden, i.indoption[k.n - 1] & 1 = 1 AS descending, oracle.as_written(pg_get_indexdef(o.oid, k.n::int, true)) AS expression,
         (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum > 0) AS width
    FROM oracle.objects o JOIN pg_index i ON i.indexrelid = o.oid JOIN oracle.objects t ON t.oid = i.indrelid CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY k(attnum, n);
CREATE VIEW oracle."ALL_INDEXES" AS
  SELECT o.owner::text::oracle.varchar2(128) AS "OWNER", o.name::text::oracle.varchar2(128) AS "INDEX_NAME",
         CASE WHEN EXISTS (SELECT FROM oracle.shown_index_columns h WHERE h.oid = o.oid AND h.hidden) THEN 'FUNCTION-BASED NORMAL' ELSE 'NORMAL' END::oracle.varchar2(27) AS "INDEX_TYPE", t.owner::text::oracle.varchar2(128) AS "TABLE_OWNER",
         t.name::text::oracle.varchar2(128) AS "TABLE_NAME", 'TABLE'::oracle.varchar2(11) AS "TABLE_TYPE", CASE WHEN i.indisunique THEN 'UNIQUE' ELSE 'NONUNIQUE' END::oracle.varchar2(9) AS "UNIQUENESS", 'USERS'::oracle.varchar2(30) AS "TABLESPACE_NAME",
         'VALID'::oracle.varchar2(8) AS "STATUS", 'NO'::oracle.varchar2(3) AS "PARTITIONED", 'N'::oracle.varchar2(1) AS "TEMPORARY", CASE WHEN o.name ~ '^SYS_C\d+$' THEN 'Y' ELSE 'N' END::oracle.varchar2(1) AS "GENERATED", 'VISIBLE'::oracle.varchar2(9) AS "VISIBILITY",
         CASE WHEN EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = o.oid AND c.contype IN ('p', 'u')) THEN 'YES' ELSE 'NO' END::oracle.varchar2(3) AS "CONSTRAINT_INDEX"
    FROM oracle.objects o JOIN pg_index i ON i.indexrelid = o.oid JOIN oracle.objects t ON t.oid = i.indrelid;
CREATE VIEW oracle."USER_INDEXES" AS
  SELECT "INDEX_NAME", "INDEX_TYPE", "TABLE_OWNER", "TABLE_NAME", "TABLE_TYPE", "UNIQUENESS", "TABLESPACE_NAME", "STATUS", "PARTITIONED", "TEMPORARY", "GENERATED", "VISIBILITY", "CONSTRAINT_INDEX" FROM oracle."ALL_INDEXES" WHERE "OWNER" = oracle.user_();
CREATE VIEW oracle."ALL_IND_COLUMNS" AS
  SELECT owner::text::oracle.varchar2(128) AS "INDEX_OWNER", name::text::oracle.varchar2(128) AS "INDEX_NAME", table_owner::text::oracle.varchar2(128) AS "TABLE_OWNER", table_name::text::oracle.varchar2(128) AS "TABLE_NAME",
         CASE WHEN hidden THEN 'SYS_NC' || lpad((width + count(*) FILTER (WHERE hidden) OVER (PARTITION BY oid ORDER BY n))::text, 5, '0') || '$' ELSE expression END::oracle.varchar2(4000) AS "COLUMN_NAME",
         n::numeric AS "COLUMN_POSITION", CASE WHEN descending THEN 'DESC' ELSE 'ASC' END::oracle.varchar2(4) AS "DESCEND"
    FROM oracle.shown_index_columns;
CREATE VIEW oracle."USER_IND_COLUMNS" AS SELECT "INDEX_NAME", "TABLE_NAME", "COLUMN_NAME", "COLUMN_POSITION", "DESCEND" FROM oracle."ALL_IND_COLUMNS" WHERE "INDEX_OWNER" = oracle.user_();
CREATE VIEW oracle."ALL_SEQUENCES" AS
  SELECT o.owner::text::oracle.varchar2(128) AS "SEQUENCE_OWNER", o.name::text::oracle.varchar2(128) AS "SEQUENCE_NAME", s.seqmin::numeric AS "MIN_VALUE", CASE s.seqmax WHEN 9223372036854775807 THEN 9999999999999999999999999999 ELSE s.seqmax END::numeric AS "MAX_VALUE",
         s.seqincrement::numeric AS "INCREMENT_BY", CASE WHEN s.seqcycle THEN 'Y' ELSE 'N' END::oracle.varchar2(1) AS "CYCLE_FLAG", 'N'::oracle.varchar2(1) AS "ORDER_FLAG", 0::numeric AS "CACHE_SIZE",
         coalesce(pg_sequence_last_value(o.oid) + s.seqincrement, s.seqstart)::numeric AS "LAST_NUMBER"
    FROM oracle.objects o JOIN pg_sequence s ON s.seqrelid = o.oid;
CREATE VIEW oracle."USER_SEQUENCES" AS SELECT "SEQUENCE_NAME", "MIN_VALUE", "MAX_VALUE", "INCREMENT_BY", "CYCLE_FLAG", "ORDER_FLAG", "CACHE_SIZE", "LAST_NUMBER" FROM oracle."ALL_SEQUENCES" WHERE "SEQUENCE_OWNER" = oracle.user_();
