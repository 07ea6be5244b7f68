-- What rewritten queries call; runs again like sessions.sql.

-- A value without the length or precision of its column: the branches of a recursive query must agree.
CREATE OR REPLACE FUNCTION oracle.plain(anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT $1 $$;
CREATE OR REPLACE FUNCTION oracle.plain(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT $1 $$;
CREATE OR REPLACE FUNCTION oracle.plain(oracle.varchar2) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT $1::text $$;
CREATE OR REPLACE FUNCTION oracle.plain(char) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT textin(bpcharout($1)) $$;
-- Hierarchical queries.
CREATE OR REPLACE FUNCTION oracle.loops() RETURNS bool LANGUAGE plpgsql STABLE AS
$$ BEGIN RAISE EXCEPTION USING ERRCODE = 'ORERR', MESSAGE = 'ORA-01436: CONNECT BY loop in user data'; END $$;
CREATE OR REPLACE FUNCTION oracle.path_part(value text, mark text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF strpos(value, mark) > 0 THEN RAISE EXCEPTION USING ERRCODE = 'ORERR', MESSAGE = 'ORA-30004: when using SYS_CONNECT_BY_PATH function, cannot have separator as part of column value'; END IF;
  RETURN mark || coalesce(value, '');
END $$;
-- A recursive WITH without CYCLE: the first 200 rows above a row are remembered.
CREATE OR REPLACE FUNCTION oracle.next_path(path text[], value text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF value = ANY (path) THEN RAISE EXCEPTION USING ERRCODE = 'ORERR', MESSAGE = 'ORA-32044: cycle detected while executing recursive WITH query'; END IF;
  IF cardinality(path) >= 200 THEN RETURN path; END IF;
  RETURN path || value;
END $$;
-- Aggregates over the values of a group, given as an array.
CREATE OR REPLACE FUNCTION oracle.first_known_(anyelement, anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT coalesce($1, $2) $$;
CREATE OR REPLACE FUNCTION oracle.last_known_(anyelement, anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT coalesce($2, $1) $$;
CREATE OR REPLACE AGGREGATE oracle.first_known(anyelement) (SFUNC = oracle.first_known_, STYPE = anyelement);
CREATE OR REPLACE AGGREGATE oracle.last_known(anyelement) (SFUNC = oracle.last_known_, STYPE = anyelement);
CREATE OR REPLACE FUNCTION oracle.array_distinct(anyarray) RETURNS anyarray LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT array_agg(DISTINCT v) FROM unnest($1) v $$;
CREATE OR REPLACE FUNCTION oracle.run(text[]) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT count(*)::int FROM unnest($1) v WHERE v = $1[1] $$;
CREATE OR REPLACE FUNCTION oracle.kept_max(anyarray) RETURNS anyelement LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT max(v) FROM unnest($1) v $$;
CREATE OR REPLACE FUNCTION oracle.kept_min(anyarray) RETURNS anyelement LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT min(v) FROM unnest($1) v $$;
CREATE OR REPLACE FUNCTION oracle.kept_sum(anyarray) RETURNS anyelement LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT sum(v) FROM unnest($1) v $$;
CREATE OR REPLACE FUNCTION oracle.kept_avg(numeric[]) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.div(sum(v), nullif(count(v), 0)) FROM unnest($1) v $$;
CREATE OR REPLACE FUNCTION oracle.kept_count(anyarray) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT count(v)::numeric FROM unnest($1) v $$;
CREATE OR REPLACE FUNCTION oracle.kept_stddev(numeric[]) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT coalesce(stddev_samp(v), CASE WHEN count(v) = 1 THEN 0 END) FROM unnest($1) v $$;
CREATE OR REPLACE FUNCTION oracle.kept_variance(numeric[]) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT coalesce(var_samp(v), CASE WHEN count(v) = 1 THEN 0 END) FROM unnest($1) v $$;
-- The row number 1 + p * (n - 1), between two rows in proportion (SQL Language Reference, PERCENTILE_CONT).
CREATE OR REPLACE FUNCTION oracle.array_cont(numeric[], numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT trim_scale(s[floor(p)::int] + (p - floor(p)) * (s[ceil(p)::int] - s[floor(p)::int]))
    FROM (SELECT s, 1 + $2 * (cardinality(s) - 1) AS p FROM (SELECT array_agg(v ORDER BY v) AS s FROM unnest($1) v WHERE v IS NOT NULL) sorted) placed $$;
CREATE OR REPLACE FUNCTION oracle.array_cont(oracle.odate[], numeric) RETURNS oracle.odate LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT oracle.date_plus(s[floor(p)::int], (p - floor(p)) * oracle.date_between(s[ceil(p)::int], s[floor(p)::int]))
    FROM (SELECT s, 1 + $2 * (cardinality(s) - 1) AS p FROM (SELECT array_agg(v ORDER BY v) AS s FROM unnest($1) v WHERE v IS NOT NULL) sorted) placed $$;
CREATE OR REPLACE FUNCTION oracle.joined(anyarray, text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT string_agg(oracle.s(v), $2 ORDER BY n) FROM unnest($1) WITH ORDINALITY u(v, n) $$;
CREATE OR REPLACE FUNCTION oracle.listed(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  IF octet_length(value) > 32767 THEN RAISE EXCEPTION USING ERRCODE = 'ORERR', MESSAGE = 'ORA-01489: result of string concatenation is too long'; END IF;
  RETURN nullif(value, '');
END $$;
-- RANGE BETWEEN of a DATE: days or an interval.
CREATE OR REPLACE FUNCTION oracle.in_range(oracle.odate, oracle.odate, numeric, bool, bool) RETURNS bool LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
  $$ SELECT CASE WHEN $5 THEN $1::timestamp <= (CASE WHEN $4 THEN oracle.date_minus($2, $3) ELSE oracle.date_plus($2, $3) END)::timestamp
                 ELSE $1::timestamp >= (CASE WHEN $4 THEN oracle.date_minus($2, $3) ELSE oracle.date_plus($2, $3) END)::timestamp END $$;
CREATE OR REPLACE FUNCTION oracle.in_range(oracle.odate, oracle.odate, interval, bool, bool) RETURNS bool LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
  $$ SELECT CASE WHEN $5 THEN $1::timestamp <= CASE WHEN $4 THEN $2::timestamp - $3 ELSE $2::timestamp + $3 END
                 ELSE $1::timestamp >= CASE WHEN $4 THEN $2::timestamp - $3 ELSE $2::timestamp + $3 END END $$;
DO $$
BEGIN
  ALTER OPERATOR FAMILY oracle.odate_ops USING btree ADD FUNCTION 3 (oracle.odate, numeric) oracle.in_range(oracle.odate, oracle.odate, numeric, bool, bool),
    FUNCTION 3 (oracle.odate, interval) oracle.in_range(oracle.odate, oracle.odate, interval, bool, bool);
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;
-- What IS JSON looks at.
CREATE OR REPLACE FUNCTION oracle.json_text(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT $1 $$;
CREATE OR REPLACE FUNCTION oracle.json_text(bytea) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT convert_from($1, 'UTF8') $$;
