-- Partitioned tables: one table of PostgreSQL, and beside it what each partition holds; runs again like sessions.sql.
-- VLDB and Partitioning Guide. A partition is a condition on its rows: TRUNCATE and DROP delete them, EXCHANGE moves them.
SET check_function_bodies = off;

CREATE TABLE IF NOT EXISTS oracle.partitioned_tables (object_id oid PRIMARY KEY, kind text NOT NULL, columns text[] NOT NULL, step text, movement bool NOT NULL DEFAULT false);
CREATE TABLE IF NOT EXISTS oracle.partitions (object_id oid, name text, place numeric NOT NULL, bounds text[] NOT NULL, low text, predicate text, PRIMARY KEY (object_id, name), UNIQUE (object_id, bounds));
CREATE SEQUENCE IF NOT EXISTS oracle.partition_names START WITH 201;

CREATE OR REPLACE FUNCTION oracle.forget_partitions() RETURNS void LANGUAGE sql AS $$
  DELETE FROM oracle.partitions p WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = p.object_id);
  DELETE FROM oracle.partitioned_tables p WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = p.object_id) $$;
CREATE OR REPLACE FUNCTION oracle.no_partition() RETURNS bool LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION USING ERRCODE = 'ORERR', MESSAGE = 'ORA-14400: inserted partition key does not map to any partition'; END $$;
CREATE OR REPLACE FUNCTION oracle.partitioned(place text) RETURNS oracle.partitioned_tables LANGUAGE plpgsql STABLE AS $$
DECLARE
  it oracle.partitioned_tables;
BEGIN
  SELECT * INTO it FROM oracle.partitioned_tables WHERE object_id = place::regclass;
  IF NOT FOUND THEN PERFORM oracle.fail('ORA-14501: object is not partitioned'); END IF;
  RETURN it;
END $$;
CREATE OR REPLACE FUNCTION oracle.key_type(t oid, key text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
  found text;
BEGIN
  SELECT format_type(a.atttypid, NULL) INTO found FROM pg_attribute a WHERE a.attrelid = t AND a.attname = key AND a.attnum > 0;
  IF found IS NULL THEN PERFORM oracle.fail(format('ORA-00904: "%s": invalid identifier', key)); END IF;
  IF found IN ('oracle.clob', 'clob', 'oracle.blob', 'blob') THEN PERFORM oracle.fail('ORA-14135: a LOB column cannot serve as a partitioning column'); END IF;
  RETURN found;
END $$;
-- A bound as a literal of the column's type; MAXVALUE, DEFAULT and NULL stay words.
CREATE OR REPLACE FUNCTION oracle.bound(t oid, key text, expression text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  type text := oracle.key_type(t, key);
  shown text;
BEGIN
  IF upper(expression) IN ('MAXVALUE', 'DEFAULT', 'NULL') THEN RETURN upper(expression); END IF;
  EXECUTE format('SELECT quote_literal(((%s)::%s)::text)', expression, type) INTO shown;
  IF shown IS NULL THEN RETURN 'NULL'; END IF;
  RETURN shown || '::' || type;
END $$;
CREATE OR REPLACE FUNCTION oracle.below(keys text[], bounds text[], place int DEFAULT 1) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN bounds[place] = 'MAXVALUE' THEN 'true' WHEN place = cardinality(keys) THEN format('%I < %s', keys[place], bounds[place])
              ELSE format('(%1$I < %2$s OR %1$I = %2$s AND %3$s)', keys[place], bounds[place], oracle.below(keys, bounds, place + 1)) END $$;
CREATE OR REPLACE FUNCTION oracle.enforce_partitions(place text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  p oracle.partitioned_tables := oracle.partitioned(place);
  part record;
  before text := 'false';
  listed text := 'false';
  here text;
  total int;
  n int := 0;
  checked text;
BEGIN
  SELECT count(*) INTO total FROM oracle.partitions WHERE object_id = p.object_id;
  IF p.kind = 'LIST' THEN
    SELECT coalesce(string_agg(CASE b WHEN 'NULL' THEN format('%I IS NULL', p.columns[1]) ELSE format('coalesce(%I = %s, false)', p.columns[1], b) END, ' OR '), 'false') INTO listed
      FROM oracle.partitions q, unnest(q.bounds) b WHERE q.object_id = p.object_id AND b <> 'DEFAULT';
  END IF;
  FOR part IN SELECT * FROM oracle.partitions q WHERE q.object_id = p.object_id ORDER BY q.place LOOP
    IF p.kind = 'RANGE' THEN
      here := format('coalesce(%s, false)', oracle.below(p.columns, part.bounds));
      checked := CASE WHEN part.low IS NOT NULL THEN format('%s AND %I >= %s', here, p.columns[1], part.low) ELSE format('%s AND NOT %s', here, before) END;
      before := here;
    ELSIF p.kind = 'LIST' THEN
      IF 'DEFAULT' = ANY (part.bounds) THEN checked := format('NOT (%s)', listed);
      ELSE
        SELECT string_agg(CASE b WHEN 'NULL' THEN format('%I IS NULL', p.columns[1]) ELSE format('coalesce(%I = %s, false)', p.columns[1], b) END, ' OR ') INTO checked FROM unnest(part.bounds) b;
      END IF;
    ELSE
      SELECT format('mod(abs(hashtext(concat_ws(''|'', %s))::bigint), %s) = %s', string_agg(format('%I', k), ', '), total, n) INTO checked FROM unnest(p.columns) k;
    END IF;
    n := n + 1;
    UPDATE oracle.partitions q SET predicate = format('(%s)', checked) WHERE q.object_id = p.object_id AND q.name = part.name;
  END LOOP;
  EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS "$14400$"', place);
  checked := CASE WHEN p.kind = 'RANGE' AND p.step IS NULL THEN before WHEN p.step IS NOT NULL THEN format('%I IS NOT NULL', p.columns[1])
                  WHEN p.kind = 'LIST' AND NOT EXISTS (SELECT FROM oracle.partitions q WHERE q.object_id = p.object_id AND 'DEFAULT' = ANY (q.bounds)) THEN listed ELSE 'true' END;
  IF checked NOT IN ('true', 'coalesce(true, false)') THEN EXECUTE format('ALTER TABLE %s ADD CONSTRAINT "$14400$" CHECK (%s OR oracle.no_partition())', place, checked); END IF;
END $$;
-- A change of the key must not move a row, unless row movement is enabled.
CREATE OR REPLACE FUNCTION oracle.partition_of(t oid, rec record) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  part record;
  found bool;
BEGIN
  FOR part IN SELECT name, predicate FROM oracle.partitions WHERE object_id = t ORDER BY place LOOP
    EXECUTE format('SELECT %s FROM (SELECT ($1::%s).*) q', part.predicate, t::regclass) INTO found USING rec;
    IF found THEN RETURN part.name; END IF;
  END LOOP;
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION oracle.stay_in_partition() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  target text := oracle.partition_of(TG_RELID, NEW);
BEGIN
  IF target IS NOT NULL AND target <> oracle.partition_of(TG_RELID, OLD) AND NOT (SELECT movement FROM oracle.partitioned_tables WHERE object_id = TG_RELID) THEN
    PERFORM oracle.fail('ORA-14402: updating partition key column would cause a partition change');
  END IF;
  RETURN NEW;
END $$;
-- INTERVAL: the partition of a row is made when the row comes.
CREATE OR REPLACE FUNCTION oracle.make_partition() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  p oracle.partitioned_tables;
  base text;
  type text;
  inside bool;
  low text;
  high text;
BEGIN
  SELECT * INTO p FROM oracle.partitioned_tables WHERE object_id = TG_RELID;
  type := oracle.key_type(TG_RELID, p.columns[1]);
  SELECT bounds[1] INTO base FROM oracle.partitions q WHERE q.object_id = TG_RELID AND q.low IS NULL ORDER BY place DESC LIMIT 1;
  EXECUTE format('SELECT ($1).%I < %s OR ($1).%I IS NULL', p.columns[1], base, p.columns[1]) INTO inside USING NEW;
  IF inside THEN RETURN NEW; END IF;
  IF type = 'numeric' THEN
    EXECUTE format('WITH f AS (SELECT floor((($1).%1$I - %2$s) / (%3$s)) AS k) SELECT quote_literal((%2$s + k * (%3$s))::text), quote_literal((%2$s + (k + 1) * (%3$s))::text) FROM f', p.columns[1], base, p.step) INTO low, high USING NEW;
  ELSE
    EXECUTE format('SELECT quote_literal((%2$s::timestamp + k * (%3$s)::interval)::text), quote_literal((%2$s::timestamp + (k + 1) * (%3$s)::interval)::text) FROM generate_series(0, 1000000) k WHERE ($1).%1$I::timestamp < %2$s::timestamp + (k + 1) * (%3$s)::interval LIMIT 1', p.columns[1], base, p.step) INTO low, high USING NEW;
  END IF;
  IF EXISTS (SELECT FROM oracle.partitions q WHERE q.object_id = TG_RELID AND q.bounds = ARRAY[high || '::' || type]) THEN RETURN NEW; END IF;
  INSERT INTO oracle.partitions AS q (object_id, name, place, bounds, low, predicate)
  SELECT TG_RELID, 'SYS_P' || nextval('oracle.partition_names'), (SELECT max(place) FROM oracle.partitions m WHERE m.object_id = TG_RELID) + 1, ARRAY[high || '::' || type], low || '::' || type,
         format('(coalesce(%1$I < %2$s, false) AND %1$I >= %3$s)', p.columns[1], high || '::' || type, low || '::' || type)
  ON CONFLICT DO NOTHING;
  RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION oracle.partition_table(place text, kind text, keys text[], step text, movement bool) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  k text;
BEGIN
  PERFORM oracle.key_type(place::regclass, u) FROM unnest(keys) u;
  INSERT INTO oracle.partitioned_tables VALUES (place::regclass, kind, keys, step, movement);
  SELECT string_agg(format('OLD.%1$I IS DISTINCT FROM NEW.%1$I', u), ' OR ') INTO k FROM unnest(keys) u;
  EXECUTE format('CREATE TRIGGER "$14402$" BEFORE UPDATE ON %s FOR EACH ROW WHEN (%s) EXECUTE FUNCTION oracle.stay_in_partition()', place, k);
  IF step IS NOT NULL THEN EXECUTE format('CREATE TRIGGER "$make_partition$" BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION oracle.make_partition()', place); END IF;
END $$;
CREATE OR REPLACE FUNCTION oracle.add_partition(place text, part text, expressions text[], altering bool) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  p oracle.partitioned_tables := oracle.partitioned(place);
  literals text[];
  last record;
  higher bool;
BEGIN
  part := coalesce(part, 'SYS_P' || nextval('oracle.partition_names'));
  IF EXISTS (SELECT FROM oracle.partitions q WHERE q.object_id = p.object_id AND q.name = part) THEN PERFORM oracle.fail('ORA-14013: duplicate partition name'); END IF;
  IF p.kind = 'RANGE' AND cardinality(expressions) <> cardinality(p.columns) THEN PERFORM oracle.fail('ORA-14017: partition bound list contains too few elements'); END IF;
  IF p.kind = 'HASH' THEN
    IF altering THEN PERFORM oracle.fail('ORA-03001: unimplemented feature (sandbox): ADD PARTITION of a hash partitioned table'); END IF;
    literals := ARRAY[part];
  ELSE
    SELECT array_agg(oracle.bound(p.object_id, p.columns[CASE p.kind WHEN 'LIST' THEN 1 ELSE n END], e) ORDER BY n) INTO literals FROM unnest(expressions) WITH ORDINALITY u(e, n);
  END IF;
  SELECT * INTO last FROM oracle.partitions q WHERE q.object_id = p.object_id ORDER BY q.place DESC LIMIT 1;
  IF altering AND p.step IS NOT NULL THEN PERFORM oracle.fail('ORA-14760: ADD PARTITION is not permitted on Interval partitioned objects'); END IF;
  IF p.kind = 'RANGE' AND last.name IS NOT NULL THEN
    SELECT NOT coalesce(bool_and(same), false) AND coalesce((array_agg(more ORDER BY n) FILTER (WHERE NOT same))[1], false) INTO higher
      FROM (SELECT n, a = b AS same, a = 'MAXVALUE' OR b <> 'MAXVALUE' AND oracle.is_higher(a, b) AS more FROM unnest(literals, last.bounds) WITH ORDINALITY u(a, b, n)) c;
    IF NOT higher THEN PERFORM oracle.fail(CASE WHEN altering THEN 'ORA-14074: partition bound must collate higher than that of the last partition' ELSE format('ORA-14037: partition bound of partition "%s" is too high', last.name) END); END IF;
  END IF;
  IF p.kind = 'LIST' AND EXISTS (SELECT FROM oracle.partitions q WHERE q.object_id = p.object_id AND q.bounds && literals) THEN PERFORM oracle.fail('ORA-14312: Value already exists in partition'); END IF;
  IF p.kind = 'LIST' AND altering AND EXISTS (SELECT FROM oracle.partitions q WHERE q.object_id = p.object_id AND 'DEFAULT' = ANY (q.bounds)) THEN PERFORM oracle.fail('ORA-14323: cannot add partition when DEFAULT partition exists'); END IF;
  INSERT INTO oracle.partitions VALUES (p.object_id, part, coalesce(last.place, 0) + 1, literals);
  IF altering THEN PERFORM oracle.enforce_partitions(place); END IF;
END $$;
CREATE OR REPLACE FUNCTION oracle.is_higher(a text, b text) RETURNS bool LANGUAGE plpgsql AS $$
DECLARE
  found bool;
BEGIN
  EXECUTE format('SELECT %s > %s', a, b) INTO found;
  RETURN found;
END $$;
-- A partition by its name, or by PARTITION FOR (values).
CREATE OR REPLACE FUNCTION oracle.partition_named(place text, part text, expressions text[]) RETURNS oracle.partitions LANGUAGE plpgsql AS $$
DECLARE
  p oracle.partitioned_tables := oracle.partitioned(place);
  it oracle.partitions;
  here bool;
  values_ text;
BEGIN
  IF expressions IS NULL THEN
    SELECT * INTO it FROM oracle.partitions q WHERE q.object_id = p.object_id AND q.name = part;
    IF NOT FOUND THEN PERFORM oracle.fail('ORA-02149: Specified partition does not exist'); END IF;
    RETURN it;
  END IF;
  SELECT string_agg(format('%s AS %I', oracle.bound(p.object_id, p.columns[n], e), p.columns[n]), ', ') INTO values_ FROM unnest(expressions) WITH ORDINALITY u(e, n);
  FOR it IN SELECT * FROM oracle.partitions q WHERE q.object_id = p.object_id ORDER BY q.place LOOP
    EXECUTE format('SELECT %s FROM (SELECT %s) q', it.predicate, values_) INTO here;
    IF here THEN RETURN it; END IF;
  END LOOP;
  PERFORM oracle.fail('ORA-02149: Specified partition does not exist');
END $$;
CREATE OR REPLACE FUNCTION oracle.truncate_partition(place text, part text, expressions text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  found oracle.partitions := oracle.partition_named(place, part, expressions);
BEGIN
  IF EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND confrelid = found.object_id AND conrelid <> found.object_id) THEN PERFORM oracle.fail('ORA-02266: unique/primary keys in table referenced by enabled foreign keys'); END IF;
  EXECUTE format('DELETE FROM %s WHERE %s', place, found.predicate);
END $$;
CREATE OR REPLACE FUNCTION oracle.drop_partition(place text, part text, expressions text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  found oracle.partitions := oracle.partition_named(place, part, expressions);
  p oracle.partitioned_tables := oracle.partitioned(place);
BEGIN
  IF p.kind = 'HASH' THEN PERFORM oracle.fail('ORA-14255: table is not partitioned by Range, List, Composite Range or Composite List method'); END IF;
  IF (SELECT count(*) FROM oracle.partitions q WHERE q.object_id = p.object_id) = 1 THEN PERFORM oracle.fail('ORA-14083: cannot drop the only partition of a partitioned table'); END IF;
  IF p.step IS NOT NULL AND found.low IS NULL AND (SELECT count(*) FROM oracle.partitions q WHERE q.object_id = p.object_id AND q.low IS NULL) = 1 THEN PERFORM oracle.fail('ORA-14758: Last partition in the range section cannot be dropped'); END IF;
  PERFORM oracle.truncate_partition(place, found.name, NULL);
  DELETE FROM oracle.partitions q WHERE q.object_id = p.object_id AND q.name = found.name;
  PERFORM oracle.enforce_partitions(place);
END $$;
CREATE OR REPLACE FUNCTION oracle.rename_partition(place text, old text, new text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  found oracle.partitions := oracle.partition_named(place, old, NULL);
BEGIN
  IF EXISTS (SELECT FROM oracle.partitions q WHERE q.object_id = found.object_id AND q.name = new) THEN PERFORM oracle.fail('ORA-14082: new partition name must differ from that of any other partition of the object'); END IF;
  UPDATE oracle.partitions q SET name = new WHERE q.object_id = found.object_id AND q.name = old;
END $$;
CREATE OR REPLACE FUNCTION oracle.split_partition(place text, part text, expressions text[], first text, second text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  found oracle.partitions := oracle.partition_named(place, part, NULL);
  p oracle.partitioned_tables := oracle.partitioned(place);
  literals text[];
  inside bool;
  taken text[];
BEGIN
  SELECT array_agg(oracle.bound(p.object_id, p.columns[CASE p.kind WHEN 'LIST' THEN 1 ELSE n END], e) ORDER BY n) INTO literals FROM unnest(expressions) WITH ORDINALITY u(e, n);
  IF p.kind = 'RANGE' AND cardinality(p.columns) = 1 THEN
    EXECUTE format('SELECT %s FROM (SELECT %s AS %I) q', found.predicate, literals[1], p.columns[1]) INTO inside;
    IF NOT inside OR literals = found.bounds THEN PERFORM oracle.fail('ORA-14080: partition cannot be split along the specified high bound'); END IF;
  ELSIF p.kind = 'RANGE' OR p.kind = 'HASH' OR found.low IS NOT NULL THEN PERFORM oracle.fail('ORA-03001: unimplemented feature (sandbox): SPLIT of this partition');
  ELSIF NOT ('DEFAULT' = ANY (found.bounds) OR literals <@ found.bounds) THEN PERFORM oracle.fail('ORA-14313: Value does not exist in partition');
  END IF;
  DELETE FROM oracle.partitions q WHERE q.object_id = p.object_id AND q.name = part;
  SELECT array_agg(b) INTO taken FROM unnest(found.bounds) b WHERE NOT b = ANY (literals) OR p.kind = 'RANGE';
  INSERT INTO oracle.partitions VALUES (p.object_id, coalesce(first, 'SYS_P' || nextval('oracle.partition_names')), found.place, literals),
    (p.object_id, coalesce(second, 'SYS_P' || nextval('oracle.partition_names')), found.place + 0.5, taken);
  UPDATE oracle.partitions q SET place = o.n FROM (SELECT r.name, row_number() OVER (ORDER BY r.place) n FROM oracle.partitions r WHERE r.object_id = p.object_id) o WHERE q.object_id = p.object_id AND q.name = o.name;
  PERFORM oracle.enforce_partitions(place);
END $$;
CREATE OR REPLACE FUNCTION oracle.merge_partitions(place text, first text, second text, new text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  low oracle.partitions := oracle.partition_named(place, first, NULL);
  high oracle.partitions := oracle.partition_named(place, second, NULL);
  p oracle.partitioned_tables := oracle.partitioned(place);
BEGIN
  IF p.kind = 'HASH' OR high.low IS NOT NULL OR low.low IS NOT NULL THEN PERFORM oracle.fail('ORA-03001: unimplemented feature (sandbox): MERGE of these partitions'); END IF;
  IF p.kind = 'RANGE' AND EXISTS (SELECT FROM oracle.partitions q WHERE q.object_id = p.object_id AND q.place > low.place AND q.place < high.place) OR p.kind = 'RANGE' AND low.place > high.place THEN PERFORM oracle.fail('ORA-14274: partitions being merged are not adjacent'); END IF;
  DELETE FROM oracle.partitions q WHERE q.object_id = p.object_id AND q.name IN (first, second);
  INSERT INTO oracle.partitions VALUES (p.object_id, coalesce(new, 'SYS_P' || nextval('oracle.partition_names')), high.place,
    CASE WHEN p.kind = 'RANGE' THEN high.bounds WHEN 'DEFAULT' = ANY (low.bounds || high.bounds) THEN ARRAY['DEFAULT'] ELSE low.bounds || high.bounds END);
  PERFORM oracle.enforce_partitions(place);
END $$;
CREATE OR REPLACE FUNCTION oracle.primary_key_places(place regclass) RETURNS bigint[] LANGUAGE sql STABLE AS $$
  SELECT array_agg((SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.conrelid AND a.attnum BETWEEN 1 AND k.number AND NOT a.attisdropped) ORDER BY k.n)
    FROM pg_constraint c CROSS JOIN unnest(c.conkey) WITH ORDINALITY k(number, n) WHERE c.conrelid = place AND c.contype = 'p' $$;
CREATE OR REPLACE FUNCTION oracle.exchange_partition(place text, part text, expressions text[], other text, validated bool) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  found oracle.partitions := oracle.partition_named(place, part, expressions);
  names text;
  shown text;
  bad bool;
BEGIN
  IF (SELECT count(*) FROM pg_attribute WHERE attrelid = found.object_id AND attnum > 0 AND NOT attisdropped) <> (SELECT count(*) FROM pg_attribute WHERE attrelid = other::regclass AND attnum > 0 AND NOT attisdropped) THEN
    PERFORM oracle.fail('ORA-14096: tables in ALTER TABLE EXCHANGE PARTITION must have the same number of columns');
  END IF;
  SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.n), string_agg(quote_ident(b.attname) || ' AS ' || quote_ident(a.attname), ', ' ORDER BY a.n), bool_or(a.atttypid <> b.atttypid OR a.atttypmod <> b.atttypmod) INTO names, shown, bad
    FROM (SELECT *, row_number() OVER (ORDER BY attnum) n FROM pg_attribute WHERE attrelid = found.object_id AND attnum > 0 AND NOT attisdropped) a
    JOIN (SELECT *, row_number() OVER (ORDER BY attnum) n FROM pg_attribute WHERE attrelid = other::regclass AND attnum > 0 AND NOT attisdropped) b USING (n);
  IF bad THEN PERFORM oracle.fail('ORA-14097: column type or size mismatch in ALTER TABLE EXCHANGE PARTITION'); END IF;
  IF oracle.primary_key_places(found.object_id) IS DISTINCT FROM oracle.primary_key_places(other::regclass) THEN PERFORM oracle.fail('ORA-14290: PRIMARY KEY constraint mismatch in ALTER TABLE EXCHANGE [SUB]PARTITION'); END IF;
  EXECUTE format('SELECT EXISTS (SELECT FROM (SELECT %s FROM %s) q WHERE (%s) IS NOT TRUE)', shown, other, found.predicate) INTO bad;
  IF bad THEN PERFORM oracle.fail(CASE WHEN validated THEN 'ORA-14099: all rows in table do not qualify for specified partition' ELSE 'ORA-03001: unimplemented feature (sandbox): EXCHANGE of rows that do not belong into the partition' END); END IF;
  EXECUTE 'DROP TABLE IF EXISTS pg_temp."$exchange"';
  EXECUTE format('CREATE TEMPORARY TABLE "$exchange" ON COMMIT DROP AS SELECT %s FROM %s WHERE %s', names, place, found.predicate);
  EXECUTE format('DELETE FROM %s WHERE %s', place, found.predicate);
  EXECUTE format('INSERT INTO %s (%s) SELECT %s FROM %s', place, names, shown, other);
  EXECUTE format('DELETE FROM %s', other);
  EXECUTE format('INSERT INTO %s SELECT * FROM pg_temp."$exchange"', other);
END $$;
CREATE OR REPLACE FUNCTION oracle.row_movement(place text, enabled bool) RETURNS void LANGUAGE sql AS $$ UPDATE oracle.partitioned_tables SET movement = enabled WHERE object_id = place::regclass $$;
CREATE OR REPLACE FUNCTION oracle.keep_partition_key(place text, key text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM oracle.partitioned_tables WHERE object_id = place::regclass AND key = ANY (columns)) THEN PERFORM oracle.fail('ORA-03001: unimplemented feature (sandbox): a change of a partitioning column'); END IF;
END $$;

CREATE OR REPLACE FUNCTION oracle.shown_bound(literal text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN literal !~ '::' THEN literal WHEN literal ~ 'odate$' THEN regexp_replace(literal, '^''(.*)''::.*$', 'TO_DATE('' \1'', ''SYYYY-MM-DD HH24:MI:SS'', ''NLS_CALENDAR=GREGORIAN'')')
              WHEN literal ~ '::timestamp' THEN regexp_replace(literal, '^''(.*)''::.*$', 'TIMESTAMP'' \1''') WHEN literal ~ '::numeric$' THEN regexp_replace(literal, '^''(.*)''::.*$', '\1') ELSE regexp_replace(literal, '::[^'']*$', '') END $$;
CREATE OR REPLACE VIEW oracle."ALL_TAB_PARTITIONS" AS
  SELECT o.owner::text::oracle.varchar2(128) AS "TABLE_OWNER", o.name::text::oracle.varchar2(128) AS "TABLE_NAME", 'NO'::oracle.varchar2(3) AS "COMPOSITE", p.name::oracle.varchar2(128) AS "PARTITION_NAME", 0::numeric AS "SUBPARTITION_COUNT",
         CASE t.kind WHEN 'HASH' THEN NULL ELSE (SELECT string_agg(oracle.shown_bound(b), ', ' ORDER BY n) FROM unnest(p.bounds) WITH ORDINALITY u(b, n)) END::oracle.varchar2(4000) AS "HIGH_VALUE",
         (row_number() OVER (PARTITION BY p.object_id ORDER BY CASE WHEN p.low IS NULL THEN 0 ELSE 1 END, CASE WHEN p.low IS NULL THEN p.place::text END::numeric, p.bounds[1]))::numeric AS "PARTITION_POSITION", 'USERS'::oracle.varchar2(30) AS "TABLESPACE_NAME",
         NULL::numeric AS "NUM_ROWS", oracle.to_odate(NULL::timestamp) AS "LAST_ANALYZED", CASE WHEN p.low IS NULL THEN 'NO' ELSE 'YES' END::oracle.varchar2(3) AS "INTERVAL"
    FROM oracle.partitions p JOIN oracle.partitioned_tables t USING (object_id) JOIN oracle.objects o ON o.oid = p.object_id;
CREATE OR REPLACE VIEW oracle."USER_TAB_PARTITIONS" AS
  SELECT "TABLE_NAME", "COMPOSITE", "PARTITION_NAME", "SUBPARTITION_COUNT", "HIGH_VALUE", "PARTITION_POSITION", "TABLESPACE_NAME", "NUM_ROWS", "LAST_ANALYZED", "INTERVAL" FROM oracle."ALL_TAB_PARTITIONS" WHERE "TABLE_OWNER" = oracle.user_();
CREATE OR REPLACE VIEW oracle."ALL_PART_TABLES" AS
  SELECT o.owner::text::oracle.varchar2(128) AS "OWNER", o.name::text::oracle.varchar2(128) AS "TABLE_NAME", t.kind::oracle.varchar2(9) AS "PARTITIONING_TYPE", 'NONE'::oracle.varchar2(9) AS "SUBPARTITIONING_TYPE",
         (SELECT count(*) FROM oracle.partitions p WHERE p.object_id = t.object_id)::numeric AS "PARTITION_COUNT", cardinality(t.columns)::numeric AS "PARTITIONING_KEY_COUNT"
    FROM oracle.partitioned_tables t JOIN oracle.objects o ON o.oid = t.object_id;
CREATE OR REPLACE VIEW oracle."USER_PART_TABLES" AS SELECT "TABLE_NAME", "PARTITIONING_TYPE", "SUBPARTITIONING_TYPE", "PARTITION_COUNT", "PARTITIONING_KEY_COUNT" FROM oracle."ALL_PART_TABLES" WHERE "OWNER" = oracle.user_();
CREATE OR REPLACE VIEW oracle."USER_PART_KEY_COLUMNS" AS
  SELECT o.name::text::oracle.varchar2(128) AS "NAME", 'TABLE'::oracle.varchar2(5) AS "OBJECT_TYPE", k::oracle.varchar2(4000) AS "COLUMN_NAME", n::numeric AS "COLUMN_POSITION"
    FROM oracle.partitioned_tables t JOIN oracle.objects o ON o.oid = t.object_id CROSS JOIN LATERAL unnest(t.columns) WITH ORDINALITY u(k, n) WHERE o.owner = oracle.user_();
CREATE OR REPLACE VIEW oracle."ALL_TABLES" AS
  SELECT owner::text::oracle.varchar2(128) AS "OWNER", name::text::oracle.varchar2(128) AS "TABLE_NAME", 'USERS'::oracle.varchar2(30) AS "TABLESPACE_NAME", 'VALID'::oracle.varchar2(8) AS "STATUS",
         NULL::numeric AS "NUM_ROWS", NULL::numeric AS "BLOCKS", oracle.to_odate(NULL::timestamp) AS "LAST_ANALYZED", CASE WHEN EXISTS (SELECT FROM oracle.partitioned_tables p WHERE p.object_id = o.oid) THEN 'YES' ELSE 'NO' END::oracle.varchar2(3) AS "PARTITIONED",
         CASE WHEN g.object_id IS NULL THEN 'N' ELSE 'Y' END::oracle.varchar2(1) AS "TEMPORARY",
         CASE WHEN g.preserve THEN 'SYS$SESSION' WHEN NOT g.preserve THEN 'SYS$TRANSACTION' END::oracle.varchar2(15) AS "DURATION"
    FROM oracle.objects o LEFT JOIN oracle.temporary_tables g ON g.object_id = o.oid WHERE relkind = 'r';
