-- Views outlive what they read: when that goes or changes they are made again, or have errors (ORA-04063).
SET check_function_bodies = off;
CREATE TABLE IF NOT EXISTS oracle.invalid_views (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, place text NOT NULL UNIQUE, object_id oid, columns text NOT NULL, statements text[] NOT NULL, source text, created timestamp(0));
CREATE SEQUENCE IF NOT EXISTS oracle.view_numbers;
CREATE TABLE IF NOT EXISTS oracle.view_calls (id bigint PRIMARY KEY, owner text NOT NULL, source text NOT NULL);
CREATE TABLE IF NOT EXISTS oracle.view_sources (object_id oid PRIMARY KEY, source text NOT NULL);

CREATE OR REPLACE FUNCTION oracle.view_has_errors(place text) RETURNS SETOF int LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION USING ERRCODE = 'ORERR', MESSAGE = format('ORA-04063: view "%s" has errors', replace(place, '"', '')); END $$;
CREATE OR REPLACE FUNCTION oracle.read_only_view() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION USING ERRCODE = 'ORERR', MESSAGE = 'ORA-42399: cannot perform a DML operation on a read-only view'; END $$;

-- What makes a view as it is: itself, that nobody writes to it, and its comments.
CREATE OR REPLACE FUNCTION oracle.view_statements(view oid) RETURNS text[] LANGUAGE sql STABLE SET search_path TO 'pg_catalog' AS $$
  SELECT array_agg(made ORDER BY n) FROM (
    SELECT 0, format('CREATE VIEW %s (%s) AS %s%s', view::regclass, (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = view AND attnum > 0),
                     rtrim(pg_get_viewdef(view), ';'), CASE WHEN EXISTS (SELECT FROM pg_class WHERE oid = view AND 'check_option=cascaded' = ANY (reloptions)) THEN ' WITH CASCADED CHECK OPTION' ELSE '' END)
    UNION ALL
    SELECT 1, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = view
    UNION ALL
    SELECT 2, CASE objsubid WHEN 0 THEN format('COMMENT ON VIEW %s IS %L', view::regclass, description)
              ELSE format('COMMENT ON COLUMN %s.%I IS %L', view::regclass, (SELECT attname FROM pg_attribute WHERE attrelid = view AND attnum = objsubid), description) END
      FROM pg_description WHERE objoid = view AND classoid = 'pg_class'::regclass) s(n, made) $$;

-- Take away the views that read a table or view, and keep how they were made.
CREATE OR REPLACE FUNCTION oracle.set_views_aside(place text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  reader record;
  named text;
BEGIN
  FOR reader IN
    SELECT DISTINCT r.ev_class AS view FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
     WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = to_regclass(place) AND r.ev_class <> d.refobjid ORDER BY 1
  LOOP
    SELECT format('%I.%I', nspname, relname) INTO named FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE c.oid = reader.view;
    CONTINUE WHEN NOT FOUND OR EXISTS (SELECT FROM pg_namespace n JOIN pg_class c ON relnamespace = n.oid WHERE c.oid = reader.view AND nspname = 'oracle');
    IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = reader.view AND tgname !~ '^odag\$read_only') THEN
      RAISE EXCEPTION USING ERRCODE = 'ORERR', MESSAGE = 'ORA-03001: unimplemented feature (sandbox): changing what a view with an INSTEAD OF trigger reads';
    END IF;
    INSERT INTO oracle.invalid_views (place, columns, statements, source, created)
      SELECT named, (SELECT string_agg(format('NULL::%s AS %I', format_type(atttypid, atttypmod), attname), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = reader.view AND attnum > 0),
             oracle.view_statements(reader.view), (SELECT source FROM oracle.view_sources WHERE object_id = reader.view), (SELECT created FROM oracle.object_times WHERE object_id = reader.view)
      ON CONFLICT ON CONSTRAINT invalid_views_place_key DO UPDATE SET object_id = NULL;
    PERFORM oracle.set_views_aside(named);
    EXECUTE 'DROP VIEW ' || named;
  END LOOP;
END $$;

-- Make views again; one that cannot be made has errors until it can.
CREATE OR REPLACE FUNCTION oracle.revive_view(wanted oracle.invalid_views) RETURNS bool LANGUAGE plpgsql AS $$
DECLARE
  made oid;
  statement text;
BEGIN
  BEGIN
    IF wanted.object_id IS NOT NULL THEN
      PERFORM oracle.set_views_aside(wanted.place);
      EXECUTE 'DROP VIEW ' || wanted.place;
    END IF;
    FOREACH statement IN ARRAY wanted.statements LOOP EXECUTE statement; END LOOP;
    made := to_regclass(wanted.place);
    DELETE FROM oracle.invalid_views WHERE id = wanted.id;
  EXCEPTION WHEN undefined_table OR undefined_column OR undefined_function OR undefined_object OR invalid_schema_name OR datatype_mismatch OR cannot_coerce OR ambiguous_column
      OR ambiguous_function OR indeterminate_datatype OR wrong_object_type OR invalid_table_definition OR duplicate_column OR syntax_error OR grouping_error OR invalid_column_reference THEN
    IF wanted.object_id IS NOT NULL THEN RETURN false; END IF;
    EXECUTE format('CREATE VIEW %s AS SELECT %s FROM oracle.view_has_errors(%L)', wanted.place, wanted.columns, wanted.place);
    made := to_regclass(wanted.place);
    UPDATE oracle.invalid_views SET object_id = made WHERE id = wanted.id;
  END;
  INSERT INTO oracle.object_times VALUES (made, wanted.created, date_trunc('second', statement_timestamp() AT TIME ZONE 'UTC')) ON CONFLICT DO NOTHING;
  IF wanted.source IS NOT NULL THEN INSERT INTO oracle.view_sources VALUES (made, wanted.source) ON CONFLICT DO NOTHING; END IF;
  RETURN true;
END $$;
CREATE OR REPLACE FUNCTION oracle.revive_views() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  wanted oracle.invalid_views;
  changed bool := true;
BEGIN
  DELETE FROM oracle.invalid_views i WHERE object_id IS NOT NULL AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = i.object_id);
  DELETE FROM oracle.view_sources v WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = v.object_id);
  WHILE changed LOOP
    changed := false;
    FOR wanted IN SELECT * FROM oracle.invalid_views ORDER BY object_id NULLS FIRST, id LOOP
      -- A view below may have taken this one aside meanwhile, or made it again.
      SELECT * INTO wanted FROM oracle.invalid_views WHERE id = wanted.id;
      IF FOUND THEN changed := oracle.revive_view(wanted) OR changed; END IF;
    END LOOP;
  END LOOP;
END $$;

CREATE OR REPLACE FUNCTION oracle.replace_view(place text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_class WHERE oid = to_regclass(place) AND relkind = 'v') THEN
    PERFORM oracle.set_views_aside(place);
    EXECUTE 'DROP VIEW ' || place;
  END IF;
END $$;
CREATE OR REPLACE FUNCTION oracle.view_made(place text, source text, read_only bool) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO oracle.view_sources VALUES (place::regclass, source) ON CONFLICT (object_id) DO UPDATE SET source = excluded.source;
  IF read_only THEN
    EXECUTE format('CREATE TRIGGER "odag$read_only" INSTEAD OF INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION oracle.read_only_view()', place);
    EXECUTE format('CREATE TRIGGER "odag$read_only_all" BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH STATEMENT EXECUTE FUNCTION oracle.read_only_view()', place);
  END IF;
END $$;

CREATE OR REPLACE VIEW oracle."ALL_VIEWS" AS
  SELECT owner::text::oracle.varchar2(128) AS "OWNER", name::text::oracle.varchar2(128) AS "VIEW_NAME", coalesce(s.source, pg_get_viewdef(o.oid))::oracle.clob AS "TEXT",
         length(coalesce(s.source, pg_get_viewdef(o.oid)))::numeric AS "TEXT_LENGTH", left(coalesce(s.source, pg_get_viewdef(o.oid)), 4000)::oracle.varchar2(4000) AS "TEXT_VC",
         CASE WHEN EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = o.oid AND t.tgname = 'odag$read_only') THEN 'Y' ELSE 'N' END::oracle.varchar2(1) AS "READ_ONLY"
    FROM oracle.objects o LEFT JOIN oracle.view_sources s ON s.object_id = o.oid WHERE relkind = 'v';
CREATE OR REPLACE VIEW oracle."USER_VIEWS" AS SELECT "VIEW_NAME", "TEXT", "TEXT_LENGTH", "TEXT_VC", "READ_ONLY" FROM oracle."ALL_VIEWS" WHERE "OWNER" = oracle.user_();
