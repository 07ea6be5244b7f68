-- INTERVAL YEAR TO MONTH: PostgreSQL's interval under a name of its own; runs again like sessions.sql.
SET check_function_bodies = off;

DO $$
BEGIN
  IF to_regtype('oracle.yminterval') IS NULL THEN
    CREATE TYPE oracle.yminterval;
    CREATE FUNCTION oracle.yminterval_in(cstring, oid, int4) RETURNS oracle.yminterval LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'interval_in';
    CREATE FUNCTION oracle.yminterval_out(oracle.yminterval) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'interval_out';
    CREATE TYPE oracle.yminterval (INPUT = oracle.yminterval_in, OUTPUT = oracle.yminterval_out, LIKE = interval);
    CREATE CAST (oracle.yminterval AS interval) WITHOUT FUNCTION;
    CREATE CAST (interval AS oracle.yminterval) WITHOUT FUNCTION;
    CREATE FUNCTION oracle.yminterval_cmp(oracle.yminterval, oracle.yminterval) RETURNS int4 LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'interval_cmp';
    CREATE FUNCTION oracle.yminterval_eq(oracle.yminterval, oracle.yminterval) RETURNS bool LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'interval_eq';
    CREATE FUNCTION oracle.yminterval_ne(oracle.yminterval, oracle.yminterval) RETURNS bool LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'interval_ne';
    CREATE FUNCTION oracle.yminterval_lt(oracle.yminterval, oracle.yminterval) RETURNS bool LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'interval_lt';
    CREATE FUNCTION oracle.yminterval_le(oracle.yminterval, oracle.yminterval) RETURNS bool LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'interval_le';
    CREATE FUNCTION oracle.yminterval_gt(oracle.yminterval, oracle.yminterval) RETURNS bool LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'interval_gt';
    CREATE FUNCTION oracle.yminterval_ge(oracle.yminterval, oracle.yminterval) RETURNS bool LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'interval_ge';
    CREATE OPERATOR oracle.= (LEFTARG = oracle.yminterval, RIGHTARG = oracle.yminterval, FUNCTION = oracle.yminterval_eq, COMMUTATOR = OPERATOR(oracle.=));
    CREATE OPERATOR oracle.<> (LEFTARG = oracle.yminterval, RIGHTARG = oracle.yminterval, FUNCTION = oracle.yminterval_ne);
    CREATE OPERATOR oracle.< (LEFTARG = oracle.yminterval, RIGHTARG = oracle.yminterval, FUNCTION = oracle.yminterval_lt);
    CREATE OPERATOR oracle.<= (LEFTARG = oracle.yminterval, RIGHTARG = oracle.yminterval, FUNCTION = oracle.yminterval_le);
    CREATE OPERATOR oracle.> (LEFTARG = oracle.yminterval, RIGHTARG = oracle.yminterval, FUNCTION = oracle.yminterval_gt);
    CREATE OPERATOR oracle.>= (LEFTARG = oracle.yminterval, RIGHTARG = oracle.yminterval, FUNCTION = oracle.yminterval_ge);
    CREATE OPERATOR CLASS oracle.yminterval_ops DEFAULT FOR TYPE oracle.yminterval USING btree AS
      OPERATOR 1 oracle.<, OPERATOR 2 oracle.<=, OPERATOR 3 oracle.=, OPERATOR 4 oracle.>=, OPERATOR 5 oracle.>, FUNCTION 1 oracle.yminterval_cmp(oracle.yminterval, oracle.yminterval);
  END IF;
  IF EXISTS (SELECT FROM pg_proc WHERE oid = to_regprocedure('oracle.numtoyminterval(numeric, text)') AND prorettype = 'interval'::regtype) THEN DROP FUNCTION oracle.numtoyminterval(numeric, text); END IF;
END $$;
CREATE OR REPLACE FUNCTION oracle.months(numeric) RETURNS oracle.yminterval LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT make_interval(months => $1::int)::oracle.yminterval $$;
CREATE OR REPLACE FUNCTION oracle.month_count(oracle.yminterval) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT extract(year FROM $1::interval) * 12 + extract(month FROM $1::interval) $$;
CREATE OR REPLACE FUNCTION oracle.numtoyminterval(amount numeric, unit text) RETURNS oracle.yminterval LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  IF upper(trim(unit)) NOT IN ('YEAR', 'MONTH') THEN PERFORM oracle.fail('ORA-01760: illegal argument for function'); END IF;
  RETURN oracle.months(round(amount * CASE upper(trim(unit)) WHEN 'YEAR' THEN 12 ELSE 1 END));
END $$;
CREATE OR REPLACE FUNCTION oracle.to_yminterval(value text) RETURNS oracle.yminterval LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  parts text[] := regexp_match(value, '^\s*([+-]?)(\d{1,9})\s*-\s*(\d{1,2})\s*$');
BEGIN
  IF value IS NULL THEN RETURN NULL; END IF;
  IF parts IS NULL THEN PERFORM oracle.fail('ORA-01867: the interval is invalid'); END IF;
  IF parts[3]::int > 11 THEN PERFORM oracle.fail('ORA-01843: not a valid month'); END IF;
  RETURN oracle.months((parts[2]::int * 12 + parts[3]::int) * CASE parts[1] WHEN '-' THEN -1 ELSE 1 END);
END $$;
-- The day must be there in the new month: Oracle does not move it ("Datetime/Interval Arithmetic").
CREATE OR REPLACE FUNCTION oracle.months_later(value timestamp, months numeric) RETURNS timestamp LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  moved timestamp := value + make_interval(months => months::int);
BEGIN
  IF extract(day FROM moved) <> extract(day FROM value) THEN PERFORM oracle.fail('ORA-01839: date not valid for month specified'); END IF;
  RETURN moved;
END $$;
CREATE OR REPLACE FUNCTION oracle.ym_plus(oracle.odate, oracle.yminterval) RETURNS oracle.odate LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.to_odate(oracle.months_later($1::timestamp, oracle.month_count($2))) $$;
CREATE OR REPLACE FUNCTION oracle.ym_plus(timestamp, oracle.yminterval) RETURNS timestamp LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.months_later($1, oracle.month_count($2)) $$;
CREATE OR REPLACE FUNCTION oracle.ym_plus(timestamptz, oracle.yminterval) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.months_later($1::timestamp, oracle.month_count($2))::timestamptz $$;
CREATE OR REPLACE FUNCTION oracle.ym_minus(oracle.odate, oracle.yminterval) RETURNS oracle.odate LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.to_odate(oracle.months_later($1::timestamp, -oracle.month_count($2))) $$;
CREATE OR REPLACE FUNCTION oracle.ym_minus(timestamp, oracle.yminterval) RETURNS timestamp LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.months_later($1, -oracle.month_count($2)) $$;
CREATE OR REPLACE FUNCTION oracle.ym_minus(timestamptz, oracle.yminterval) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.months_later($1::timestamp, -oracle.month_count($2))::timestamptz $$;
CREATE OR REPLACE FUNCTION oracle.ym_before(oracle.yminterval, oracle.odate) RETURNS oracle.odate LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.ym_plus($2, $1) $$;
CREATE OR REPLACE FUNCTION oracle.ym_before(oracle.yminterval, timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.ym_plus($2, $1) $$;
CREATE OR REPLACE FUNCTION oracle.ym_add(oracle.yminterval, oracle.yminterval) RETURNS oracle.yminterval LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.months(oracle.month_count($1) + oracle.month_count($2)) $$;
CREATE OR REPLACE FUNCTION oracle.ym_subtract(oracle.yminterval, oracle.yminterval) RETURNS oracle.yminterval LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.months(oracle.month_count($1) - oracle.month_count($2)) $$;
CREATE OR REPLACE FUNCTION oracle.ym_times(oracle.yminterval, numeric) RETURNS oracle.yminterval LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.months(trunc(oracle.month_count($1) * $2)) $$;
CREATE OR REPLACE FUNCTION oracle.times_ym(numeric, oracle.yminterval) RETURNS oracle.yminterval LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.ym_times($2, $1) $$;
CREATE OR REPLACE FUNCTION oracle.ym_negative(oracle.yminterval) RETURNS oracle.yminterval LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.months(-oracle.month_count($1)) $$;
CREATE OR REPLACE FUNCTION oracle.div(oracle.yminterval, numeric) RETURNS oracle.yminterval LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.months(trunc(oracle.month_count($1) / $2)) $$;
DO $$
DECLARE t text;
BEGIN
  IF EXISTS (SELECT FROM pg_operator WHERE oprname = '+' AND oprleft = 'oracle.odate'::regtype AND oprright = 'oracle.yminterval'::regtype) THEN RETURN; END IF;
  FOREACH t IN ARRAY ARRAY['oracle.odate', 'timestamp', 'timestamptz'] LOOP
    EXECUTE format('CREATE OPERATOR oracle.+ (LEFTARG = %s, RIGHTARG = oracle.yminterval, FUNCTION = oracle.ym_plus)', t);
    EXECUTE format('CREATE OPERATOR oracle.- (LEFTARG = %s, RIGHTARG = oracle.yminterval, FUNCTION = oracle.ym_minus)', t);
    IF t <> 'timestamptz' THEN EXECUTE format('CREATE OPERATOR oracle.+ (LEFTARG = oracle.yminterval, RIGHTARG = %s, FUNCTION = oracle.ym_before)', t); END IF;
  END LOOP;
  CREATE OPERATOR oracle.+ (LEFTARG = oracle.yminterval, RIGHTARG = oracle.yminterval, FUNCTION = oracle.ym_add);
  CREATE OPERATOR oracle.- (LEFTARG = oracle.yminterval, RIGHTARG = oracle.yminterval, FUNCTION = oracle.ym_subtract);
  CREATE OPERATOR oracle.* (LEFTARG = oracle.yminterval, RIGHTARG = numeric, FUNCTION = oracle.ym_times);
  CREATE OPERATOR oracle.* (LEFTARG = numeric, RIGHTARG = oracle.yminterval, FUNCTION = oracle.times_ym);
  CREATE OPERATOR oracle.- (RIGHTARG = oracle.yminterval, FUNCTION = oracle.ym_negative);
END $$;
CREATE OR REPLACE FUNCTION oracle.s(oracle.yminterval) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT CASE WHEN m < 0 THEN '-' ELSE '+' END || lpad(trunc(abs(m) / 12)::text, greatest(2, length(trunc(abs(m) / 12)::text)), '0') || '-' || lpad((abs(m) % 12)::text, 2, '0') FROM oracle.month_count($1) m $$;
CREATE OR REPLACE FUNCTION oracle.to_char(oracle.yminterval) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.s($1) $$;
CREATE OR REPLACE FUNCTION oracle.extract_(text, oracle.yminterval) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT CASE upper($1) WHEN 'YEAR' THEN extract(year FROM $2::interval) WHEN 'MONTH' THEN extract(month FROM $2::interval) ELSE oracle.fail('ORA-30076: invalid extract field for extract source')::text::numeric END $$;
-- Oracle reads both forms: days and time, and ISO 8601.
CREATE OR REPLACE FUNCTION oracle.to_dsinterval(value text) RETURNS interval LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  parts text[] := regexp_match(value, '^\s*([+-]?)(\d{1,9})\s+(\d{1,2}):(\d{1,2}):(\d{1,2}(?:\.\d*)?)\s*$');
BEGIN
  IF value IS NULL THEN RETURN NULL; END IF;
  IF value ~ '^-?P' THEN RETURN CASE WHEN value ~ '^-' THEN -substr(value, 2)::interval ELSE value::interval END; END IF;
  IF parts IS NULL THEN PERFORM oracle.fail('ORA-01867: the interval is invalid'); END IF;
  IF parts[3]::int > 23 THEN PERFORM oracle.fail('ORA-01850: hour must be between 0 and 23'); END IF;
  IF parts[4]::int > 59 THEN PERFORM oracle.fail('ORA-01851: minutes must be between 0 and 59'); END IF;
  RETURN (CASE parts[1] WHEN '-' THEN -1 ELSE 1 END) * (make_interval(days => parts[2]::int, hours => parts[3]::int, mins => parts[4]::int) + make_interval(secs => parts[5]::float8));
END $$;
CREATE OR REPLACE FUNCTION oracle.type_name(type_oid oid, typmod int) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE format_type(type_oid, NULL) WHEN 'numeric' THEN 'NUMBER' WHEN 'oracle.varchar2' THEN 'VARCHAR2' WHEN 'varchar2' THEN 'VARCHAR2' WHEN 'text' THEN 'VARCHAR2' WHEN 'character' THEN 'CHAR' WHEN 'bpchar' THEN 'CHAR'
    WHEN 'oracle.odate' THEN 'DATE' WHEN 'odate' THEN 'DATE' WHEN 'timestamp without time zone' THEN 'TIMESTAMP(' || CASE WHEN typmod < 0 THEN 6 ELSE typmod END || ')'
    WHEN 'timestamp with time zone' THEN 'TIMESTAMP(' || CASE WHEN typmod < 0 THEN 6 ELSE typmod END || ') WITH TIME ZONE'
    WHEN 'oracle.clob' THEN 'CLOB' WHEN 'clob' THEN 'CLOB' WHEN 'oracle.blob' THEN 'BLOB' WHEN 'blob' THEN 'BLOB' WHEN 'oracle.raw' THEN 'RAW' WHEN 'raw' THEN 'RAW' WHEN 'bytea' THEN 'RAW' WHEN 'oracle.rowid' THEN 'ROWID'
    WHEN 'interval' THEN 'INTERVAL DAY(2) TO SECOND(6)' WHEN 'oracle.yminterval' THEN 'INTERVAL YEAR(2) TO MONTH' WHEN 'yminterval' THEN 'INTERVAL YEAR(2) TO MONTH' WHEN 'double precision' THEN 'BINARY_DOUBLE' WHEN 'real' THEN 'BINARY_FLOAT' WHEN 'boolean' THEN 'BOOLEAN' ELSE upper(format_type(type_oid, NULL)) END
$$;
