-- ROWID: where a row lies, as Oracle's 18 characters; runs again like sessions.sql.
-- Table, block and row are written with the letters of the 64 digits only: texts then sort as the rows lie.
SET check_function_bodies = off;
DO $$
BEGIN
  IF to_regtype('oracle.rowid') IS NULL THEN
    CREATE TYPE oracle.rowid;
    CREATE FUNCTION oracle.rowid_in(cstring) RETURNS oracle.rowid LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textin';
    CREATE FUNCTION oracle.rowid_out(oracle.rowid) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textout';
    CREATE TYPE oracle.rowid (INPUT = oracle.rowid_in, OUTPUT = oracle.rowid_out, LIKE = text, CATEGORY = 'S', COLLATABLE = true);
    CREATE FUNCTION oracle.rowid_smaller(oracle.rowid, oracle.rowid) RETURNS oracle.rowid LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'text_smaller';
    CREATE FUNCTION oracle.rowid_larger(oracle.rowid, oracle.rowid) RETURNS oracle.rowid LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'text_larger';
    CREATE AGGREGATE oracle.min(oracle.rowid) (SFUNC = oracle.rowid_smaller, STYPE = oracle.rowid, PARALLEL = SAFE, COMBINEFUNC = oracle.rowid_smaller);
    CREATE AGGREGATE oracle.max(oracle.rowid) (SFUNC = oracle.rowid_larger, STYPE = oracle.rowid, PARALLEL = SAFE, COMBINEFUNC = oracle.rowid_larger);
    CREATE CAST (oracle.rowid AS text) WITHOUT FUNCTION AS IMPLICIT;
    CREATE CAST (oracle.rowid AS oracle.varchar2) WITHOUT FUNCTION AS ASSIGNMENT;
  END IF;
END $$;

CREATE OR REPLACE FUNCTION oracle.base52(value bigint) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT substr(d, (value / 380204032 % 52)::int + 1, 1) || substr(d, (value / 7311616 % 52)::int + 1, 1) || substr(d, (value / 140608 % 52)::int + 1, 1)
      || substr(d, (value / 2704 % 52)::int + 1, 1) || substr(d, (value / 52 % 52)::int + 1, 1) || substr(d, (value % 52)::int + 1, 1)
    FROM (SELECT 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz' AS d) digits $$;
CREATE OR REPLACE FUNCTION oracle.rowid_of(oid, tid) RETURNS oracle.rowid LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT oracle.rowid_in(textout(oracle.base52($1::bigint) || 'AAB' || oracle.base52(split_part(substr(t, 2), ',', 1)::bigint) || right(oracle.base52(rtrim(split_part(t, ',', 2), ')')::bigint), 3)))
    FROM (SELECT $2::text AS t) place $$;
CREATE OR REPLACE FUNCTION oracle.from_base52(value text) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  found bigint := 0;
BEGIN
  FOR n IN 1 .. length(value) LOOP
    found := found * 52 + strpos('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', substr(value, n, 1)) - 1;
  END LOOP;
  RETURN found;
END $$;

-- A text where a ROWID is wanted (SQL Language Reference, CHARTOROWID).
CREATE OR REPLACE FUNCTION oracle.chartorowid(text) RETURNS oracle.rowid LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF $1 !~ '^[A-Za-z0-9+/]{18}$' THEN RAISE EXCEPTION USING ERRCODE = 'ORERR', MESSAGE = 'ORA-01410: invalid ROWID'; END IF;
  RETURN oracle.rowid_in(textout($1));
END $$;
CREATE OR REPLACE FUNCTION oracle.chartorowid(oracle.varchar2) RETURNS oracle.rowid LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT oracle.chartorowid($1::text) $$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_cast WHERE castsource = 'text'::regtype AND casttarget = 'oracle.rowid'::regtype) THEN
    CREATE CAST (text AS oracle.rowid) WITH FUNCTION oracle.chartorowid(text) AS ASSIGNMENT;
    CREATE CAST (oracle.varchar2 AS oracle.rowid) WITH FUNCTION oracle.chartorowid(oracle.varchar2) AS ASSIGNMENT;
  END IF;
END $$;
CREATE OR REPLACE FUNCTION oracle.rowidtochar(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT oracle.chartorowid($1)::text $$;
CREATE OR REPLACE FUNCTION oracle.to_char(oracle.rowid) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT $1::text $$;

-- The table of a ROWID, and where in it the row lies now: an UPDATE moves it, and leaves word where to.
CREATE OR REPLACE FUNCTION oracle.rowid_table(value text) RETURNS oid LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF $1 !~ '^[A-Za-z]{18}$' THEN PERFORM oracle.chartorowid($1); RETURN NULL; END IF;
  RETURN oracle.from_base52(left($1, 6))::oid;
END $$;
CREATE OR REPLACE FUNCTION oracle.rowid_place(value text) RETURNS tid LANGUAGE plpgsql STABLE STRICT PARALLEL UNSAFE AS $$
DECLARE
  place oid := oracle.rowid_table(value);
  name text;
  block bigint;
BEGIN
  SELECT format('%I.%I', nspname, relname) INTO name FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE c.oid = place AND relkind = 'r';
  IF NOT FOUND THEN RETURN NULL; END IF;
  block := oracle.from_base52(substr(value, 10, 6));
  IF block * current_setting('block_size')::bigint >= pg_relation_size(place) THEN RAISE EXCEPTION USING ERRCODE = 'ORERR', MESSAGE = 'ORA-01410: invalid ROWID'; END IF;
  RETURN currtid2(name, format('(%s,%s)', block, oracle.from_base52(right(value, 3)))::tid);
END $$;
