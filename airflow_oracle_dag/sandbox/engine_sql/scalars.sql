-- Scalar functions, and their arguments converted as Oracle converts them; runs again like sessions.sql.
SET check_function_bodies = off;

-- A text where a number is wanted (SQL Language Reference, "Implicit Data Conversion").
DO $$
DECLARE f text;
BEGIN
  FOREACH f IN ARRAY ARRAY['abs', 'ceil', 'floor', 'round', 'sign', 'sqrt', 'exp', 'ln', 'trunc'] LOOP
    EXECUTE format('CREATE OR REPLACE FUNCTION oracle.%1$s(text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS ''SELECT oracle.%1$s(oracle.num($1))''', f);
  END LOOP;
  FOREACH f IN ARRAY ARRAY['mod', 'power', 'round', 'trunc', 'remainder', 'log', 'bitand'] LOOP
    IF f NOT IN ('round', 'trunc') THEN
      EXECUTE format('CREATE OR REPLACE FUNCTION oracle.%1$s(text, text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS ''SELECT oracle.%1$s(oracle.num($1), oracle.num($2))''', f);
      EXECUTE format('CREATE OR REPLACE FUNCTION oracle.%1$s(numeric, text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS ''SELECT oracle.%1$s($1, oracle.num($2))''', f);
    END IF;
    EXECUTE format('CREATE OR REPLACE FUNCTION oracle.%1$s(text, numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS ''SELECT oracle.%1$s(oracle.num($1), $2)''', f);
  END LOOP;
END $$;
-- A number or a datetime where a text is wanted.
DO $$
DECLARE t text; f text;
BEGIN
  FOREACH t IN ARRAY ARRAY['numeric', 'oracle.odate', 'timestamp', 'timestamptz'] LOOP
    FOREACH f IN ARRAY ARRAY['upper', 'lower', 'initcap', 'reverse', 'ltrim', 'rtrim', 'trim'] LOOP
      EXECUTE format('CREATE OR REPLACE FUNCTION oracle.%1$s(%2$s) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS ''SELECT oracle.%1$s(oracle.s($1))''', f, t);
    END LOOP;
    FOREACH f IN ARRAY ARRAY['length', 'lengthb', 'ascii'] LOOP
      EXECUTE format('CREATE OR REPLACE FUNCTION oracle.%1$s(%2$s) RETURNS numeric LANGUAGE sql STABLE PARALLEL SAFE AS ''SELECT oracle.%1$s(oracle.s($1))''', f, t);
    END LOOP;
    EXECUTE format('CREATE OR REPLACE FUNCTION oracle.substr(%1$s, numeric) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS ''SELECT oracle.substr(oracle.s($1), $2)''', t);
    EXECUTE format('CREATE OR REPLACE FUNCTION oracle.substr(%1$s, numeric, numeric) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS ''SELECT oracle.substr(oracle.s($1), $2, $3)''', t);
    EXECUTE format('CREATE OR REPLACE FUNCTION oracle.instr(%1$s, text) RETURNS numeric LANGUAGE sql STABLE PARALLEL SAFE AS ''SELECT oracle.instr(oracle.s($1), $2)''', t);
    EXECUTE format('CREATE OR REPLACE FUNCTION oracle.replace(%1$s, text, text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS ''SELECT oracle.replace(oracle.s($1), $2, $3)''', t);
    EXECUTE format('CREATE OR REPLACE FUNCTION oracle.ltrim(%1$s, text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS ''SELECT oracle.ltrim(oracle.s($1), $2)''', t);
    EXECUTE format('CREATE OR REPLACE FUNCTION oracle.rtrim(%1$s, text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS ''SELECT oracle.rtrim(oracle.s($1), $2)''', t);
    EXECUTE format('CREATE OR REPLACE FUNCTION oracle.regexp_like(%1$s, text) RETURNS bool LANGUAGE sql STABLE PARALLEL SAFE AS ''SELECT oracle.regexp_like(oracle.s($1), $2)''', t);
    EXECUTE format('CREATE OR REPLACE FUNCTION oracle.regexp_replace(%1$s, text, text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS ''SELECT oracle.regexp_replace(oracle.s($1), $2, $3)''', t);
  END LOOP;
END $$;
CREATE OR REPLACE FUNCTION oracle.instr(text, numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.instr($1, oracle.s($2)) $$;
CREATE OR REPLACE FUNCTION oracle.instr(numeric, numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.instr(oracle.s($1), oracle.s($2)) $$;
CREATE OR REPLACE FUNCTION oracle.lpad(text, numeric, numeric) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.lpad($1, $2, oracle.s($3)) $$;
CREATE OR REPLACE FUNCTION oracle.rpad(text, numeric, numeric) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.rpad($1, $2, oracle.s($3)) $$;
CREATE OR REPLACE FUNCTION oracle.lpad(numeric, numeric, numeric) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.lpad(oracle.s($1), $2, oracle.s($3)) $$;
-- A text where a date is wanted.
CREATE OR REPLACE FUNCTION oracle.add_months(text, numeric) RETURNS oracle.odate LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.add_months(oracle.to_date($1), $2) $$;
CREATE OR REPLACE FUNCTION oracle.last_day(text) RETURNS oracle.odate LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.last_day(oracle.to_date($1)) $$;
CREATE OR REPLACE FUNCTION oracle.next_day(text, text) RETURNS oracle.odate LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.next_day(oracle.to_date($1)::timestamp, $2) $$;
CREATE OR REPLACE FUNCTION oracle.months_between(text, text) RETURNS numeric LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.months_between(oracle.to_date($1)::timestamp, oracle.to_date($2)::timestamp) $$;
CREATE OR REPLACE FUNCTION oracle.months_between(text, timestamp) RETURNS numeric LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.months_between(oracle.to_date($1)::timestamp, $2) $$;
CREATE OR REPLACE FUNCTION oracle.months_between(timestamp, text) RETURNS numeric LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.months_between($1, oracle.to_date($2)::timestamp) $$;

-- Numbers.
DO $$
DECLARE f text;
BEGIN
  FOREACH f IN ARRAY ARRAY['sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'tanh'] LOOP
    EXECUTE format('CREATE OR REPLACE FUNCTION oracle.%1$s(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS ''SELECT pg_catalog.%1$s($1::float8)::numeric''', f);
  END LOOP;
END $$;
CREATE OR REPLACE FUNCTION oracle.atan2(numeric, numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT pg_catalog.atan2($1::float8, $2::float8)::numeric $$;
CREATE OR REPLACE FUNCTION oracle.nanvl(numeric, numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT $1 $$;
CREATE OR REPLACE FUNCTION oracle.nanvl(float8, float8) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT CASE WHEN $1 = 'NaN' THEN $2 ELSE $1 END $$;
CREATE OR REPLACE FUNCTION oracle.to_binary_float(text) RETURNS float4 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT $1::float4 $$;
CREATE OR REPLACE FUNCTION oracle.to_binary_float(float8) RETURNS float4 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT $1::float4 $$;
-- A conversion with DEFAULT … ON CONVERSION ERROR.
CREATE OR REPLACE FUNCTION oracle.to_number_or(value text, fallback text, VARIADIC format text[] DEFAULT '{}') RETURNS numeric LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN CASE cardinality(format) WHEN 0 THEN oracle.to_number(value) ELSE oracle.to_number(value, format[1]) END;
EXCEPTION WHEN SQLSTATE 'ORERR' OR data_exception THEN
  RETURN CASE cardinality(format) WHEN 0 THEN oracle.to_number(fallback) ELSE oracle.to_number(fallback, format[1]) END;
END $$;
CREATE OR REPLACE FUNCTION oracle.to_number_or(value text, fallback numeric, VARIADIC format text[] DEFAULT '{}') RETURNS numeric LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN CASE cardinality(format) WHEN 0 THEN oracle.to_number(value) ELSE oracle.to_number(value, format[1]) END;
EXCEPTION WHEN SQLSTATE 'ORERR' OR data_exception THEN
  RETURN fallback;
END $$;
CREATE OR REPLACE FUNCTION oracle.to_date_or(value text, fallback text, VARIADIC format text[] DEFAULT '{}') RETURNS oracle.odate LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN CASE cardinality(format) WHEN 0 THEN oracle.to_date(value) ELSE oracle.to_date(value, format[1]) END;
EXCEPTION WHEN SQLSTATE 'ORERR' OR data_exception THEN
  RETURN CASE cardinality(format) WHEN 0 THEN oracle.to_date(fallback) ELSE oracle.to_date(fallback, format[1]) END;
END $$;
CREATE OR REPLACE FUNCTION oracle.to_timestamp_or(value text, fallback text, VARIADIC format text[] DEFAULT '{}') RETURNS timestamp LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN CASE cardinality(format) WHEN 0 THEN oracle.to_timestamp(value) ELSE oracle.to_timestamp(value, format[1]) END;
EXCEPTION WHEN SQLSTATE 'ORERR' OR data_exception THEN
  RETURN CASE cardinality(format) WHEN 0 THEN oracle.to_timestamp(fallback) ELSE oracle.to_timestamp(fallback, format[1]) END;
END $$;

-- Text.
CREATE OR REPLACE FUNCTION oracle.initcap(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT initcap($1) $$;
CREATE OR REPLACE FUNCTION oracle.instrb(value text, part text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT position(convert_to(part, 'UTF8') IN convert_to(value, 'UTF8'))::numeric $$;
CREATE OR REPLACE FUNCTION oracle.nchr(numeric) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT chr($1::int) $$;
-- In AL32UTF8 the number holds the bytes of the character.
CREATE OR REPLACE FUNCTION oracle.chr(numeric) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT CASE WHEN $1 < 128 THEN chr($1::int) WHEN $1 < 256 THEN oracle.fail('ORA-03001: unimplemented feature (sandbox): CHR of half a character') ELSE convert_from(decode(lpad(to_hex($1::bigint), length(to_hex($1::bigint)) + length(to_hex($1::bigint)) % 2, '0'), 'hex'), 'UTF8') END $$;
CREATE OR REPLACE FUNCTION oracle.ascii(text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT ('x' || lpad(encode(convert_to(left($1, 1), 'UTF8'), 'hex'), 16, '0'))::bit(64)::bigint::numeric $$;
CREATE OR REPLACE FUNCTION oracle.vsize(text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT octet_length($1)::numeric $$;
CREATE OR REPLACE FUNCTION oracle.soundex(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  letters text := regexp_replace(upper(value), '[^A-Z]', '', 'g');
  codes text := translate(letters, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', '0123012-02245501262301-202');
  shown text := left(letters, 1);
  before text := left(codes, 1);
BEGIN
  IF letters = '' OR letters IS NULL THEN RETURN NULL; END IF;
  FOR n IN 2..length(letters) LOOP
    IF substr(codes, n, 1) NOT IN ('0', '-') AND substr(codes, n, 1) <> before THEN shown := shown || substr(codes, n, 1); END IF;
    IF substr(codes, n, 1) <> '-' THEN before := substr(codes, n, 1); END IF;
  END LOOP;
  RETURN rpad(left(shown, 4), 4, '0');
END $$;
CREATE OR REPLACE FUNCTION oracle.asciistr(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT string_agg(CASE WHEN c = '\' THEN '\005C' WHEN ascii(c) < 128 THEN c WHEN ascii(c) < 65536 THEN '\' || lpad(upper(to_hex(ascii(c))), 4, '0')
        ELSE '\' || upper(to_hex(55296 + ((ascii(c) - 65536) >> 10))) || '\' || upper(to_hex(56320 + ((ascii(c) - 65536) & 1023))) END, '' ORDER BY n) FROM regexp_split_to_table(value, '') WITH ORDINALITY u(c, n) $$;
CREATE OR REPLACE FUNCTION oracle.unistr(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT pg_catalog.unistr(value) $$;
CREATE OR REPLACE FUNCTION oracle.regexp_replace(text, text, text DEFAULT '', start numeric DEFAULT 1, nth numeric DEFAULT 0, flags text DEFAULT '') RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT CASE WHEN $1 IS NULL THEN NULL WHEN $2 IS NULL THEN $1 ELSE nullif(regexp_replace($1, $2, replace(coalesce($3, ''), '\0', '\\0'), $4::int, $5::int, oracle.regexp_flags(coalesce($6, ''))), '') END $$;
-- PostgreSQL's lpad takes no number below zero and an empty filling.
CREATE OR REPLACE FUNCTION oracle.lpad(text, numeric, text DEFAULT ' ') RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT CASE WHEN $3 IS NULL OR $1 IS NULL OR trunc($2) < 1 THEN NULL ELSE nullif(lpad($1, trunc($2)::int, $3), '') END $$;
CREATE OR REPLACE FUNCTION oracle.rpad(text, numeric, text DEFAULT ' ') RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT CASE WHEN $3 IS NULL OR $1 IS NULL OR trunc($2) < 1 THEN NULL ELSE nullif(rpad($1, trunc($2)::int, $3), '') END $$;
CREATE OR REPLACE FUNCTION oracle.rawtohex(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT upper(encode(convert_to($1, 'UTF8'), 'hex')) $$;
CREATE OR REPLACE FUNCTION oracle.to_blob(bytea) RETURNS oracle.blob LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT $1::oracle.blob $$;
CREATE OR REPLACE FUNCTION oracle.standard_hash(text, text DEFAULT 'SHA1') RETURNS oracle.raw LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  CASE upper($2)
    WHEN 'MD5' THEN RETURN decode(md5(coalesce($1, '')), 'hex');
    WHEN 'SHA256' THEN RETURN sha256(convert_to(coalesce($1, ''), 'UTF8'));
    WHEN 'SHA384' THEN RETURN sha384(convert_to(coalesce($1, ''), 'UTF8'));
    WHEN 'SHA512' THEN RETURN sha512(convert_to(coalesce($1, ''), 'UTF8'));
    ELSE RETURN oracle.sha1(convert_to(coalesce($1, ''), 'UTF8'))::oracle.raw;
  END CASE;
END $$;
-- FIPS 180-4, SHA-1, which PostgreSQL has in an extension only.
CREATE OR REPLACE FUNCTION oracle.sha1(message bytea) RETURNS bytea LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  m constant bigint := 4294967295;
  h bigint[] := ARRAY[1732584193, 4023233417, 2562383102, 271733878, 3285377520];
  data bytea := message || '\x80'::bytea;
  w bigint[]; a bigint; b bigint; c bigint; d bigint; e bigint; f bigint; k bigint; t bigint; x bigint;
BEGIN
  WHILE octet_length(data) % 64 <> 56 LOOP data := data || '\x00'::bytea; END LOOP;
  data := data || int8send(octet_length(message)::bigint * 8);
  FOR chunk IN 0..octet_length(data) / 64 - 1 LOOP
    w := '{}';
    FOR i IN 0..79 LOOP
      IF i < 16 THEN
        x := (get_byte(data, chunk * 64 + i * 4)::bigint << 24) | (get_byte(data, chunk * 64 + i * 4 + 1) << 16) | (get_byte(data, chunk * 64 + i * 4 + 2) << 8) | get_byte(data, chunk * 64 + i * 4 + 3);
      ELSE
        x := w[i - 2] # w[i - 7] # w[i - 13] # w[i - 15];
        x := ((x << 1) | (x >> 31)) & m;
      END IF;
      w := w || x;
    END LOOP;
    a := h[1]; b := h[2]; c := h[3]; d := h[4]; e := h[5];
    FOR i IN 0..79 LOOP
      IF i < 20 THEN f := (b & c) | ((b # m) & d); k := 1518500249;
      ELSIF i < 40 THEN f := b # c # d; k := 1859775393;
      ELSIF i < 60 THEN f := (b & c) | (b & d) | (c & d); k := 2400959708;
      ELSE f := b # c # d; k := 3395469782;
      END IF;
      t := ((((a << 5) | (a >> 27)) & m) + f + e + k + w[i + 1]) & m;
      e := d; d := c; c := ((b << 30) | (b >> 2)) & m; b := a; a := t;
    END LOOP;
    h := ARRAY[(h[1] + a) & m, (h[2] + b) & m, (h[3] + c) & m, (h[4] + d) & m, (h[5] + e) & m];
  END LOOP;
  RETURN substring(int8send(h[1]) FROM 5) || substring(int8send(h[2]) FROM 5) || substring(int8send(h[3]) FROM 5) || substring(int8send(h[4]) FROM 5) || substring(int8send(h[5]) FROM 5);
END $$;

-- Dates.
CREATE OR REPLACE FUNCTION oracle.session_time_zone() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.session_zone() $$;
CREATE OR REPLACE FUNCTION oracle.database_time_zone() RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT '+00:00' $$;
CREATE OR REPLACE FUNCTION oracle.tz_offset(place text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT CASE WHEN place ~ '^[+-]\d' THEN place ELSE CASE WHEN s < 0 THEN '-' ELSE '+' END || lpad((abs(s) / 3600)::text, 2, '0') || ':' || lpad((abs(s) / 60 % 60)::text, 2, '0') END
          FROM (SELECT extract(epoch FROM (statement_timestamp() AT TIME ZONE oracle.zone(place)) - (statement_timestamp() AT TIME ZONE 'UTC'))::int AS s) z $$;
CREATE OR REPLACE FUNCTION oracle.new_time(value oracle.odate, source text, target text) RETURNS oracle.odate LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  zones text[] := ARRAY['AST', 'ADT', 'BST', 'BDT', 'CST', 'CDT', 'EST', 'EDT', 'GMT', 'HST', 'HDT', 'MST', 'MDT', 'NST', 'PST', 'PDT', 'YST', 'YDT'];
  hours numeric[] := ARRAY[-4, -3, -11, -10, -6, -5, -5, -4, 0, -10, -9, -7, -6, -3.5, -8, -7, -9, -8];
BEGIN
  IF value IS NULL OR source IS NULL OR target IS NULL THEN RETURN NULL; END IF;
  IF array_position(zones, upper(source)) IS NULL OR array_position(zones, upper(target)) IS NULL THEN PERFORM oracle.fail('ORA-01857: not a valid time zone'); END IF;
  RETURN oracle.to_odate(value::timestamp + (hours[array_position(zones, upper(target))] - hours[array_position(zones, upper(source))])::float8 * interval '1 hour');
END $$;
CREATE OR REPLACE FUNCTION oracle.date_round_(value timestamp, format text) RETURNS oracle.odate LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  f text := upper(format);
  low timestamp;
BEGIN
  IF f IN ('DD', 'DDD', 'J') THEN RETURN oracle.to_odate(date_trunc('day', value + interval '12 hours'));
  ELSIF f IN ('MM', 'MON', 'MONTH', 'RM') THEN RETURN oracle.to_odate(date_trunc('month', value) + CASE WHEN extract(day FROM value) >= 16 THEN interval '1 month' ELSE interval '0' END);
  ELSIF f IN ('YYYY', 'YEAR', 'YY', 'Y', 'YYY', 'SYYYY', 'SYEAR', 'RRRR') THEN RETURN oracle.to_odate(date_trunc('year', value) + CASE WHEN extract(month FROM value) >= 7 THEN interval '1 year' ELSE interval '0' END);
  ELSIF f IN ('CC', 'SCC') THEN
    low := date_trunc('century', value);
    RETURN oracle.to_odate(low + CASE WHEN extract(year FROM value) - extract(year FROM low) >= 50 THEN interval '100 years' ELSE interval '0' END);
  ELSIF f = 'Q' THEN  -- up from the sixteenth day of the second month
    low := date_trunc('quarter', value);
    RETURN oracle.to_odate(low + CASE WHEN value >= low + interval '1 month 15 days' THEN interval '3 months' ELSE interval '0' END);
  ELSIF f IN ('IW', 'DAY', 'DY', 'D', 'WW', 'W') THEN
    low := oracle.date_trunc_(value, f)::timestamp;
    RETURN oracle.to_odate(low + CASE WHEN value >= low + interval '3 days 12 hours' THEN interval '7 days' ELSE interval '0' END);
  ELSIF f IN ('HH', 'HH12', 'HH24') THEN RETURN oracle.to_odate(date_trunc('hour', value + interval '30 minutes'));
  ELSIF f = 'MI' THEN RETURN oracle.to_odate(date_trunc('minute', value + interval '30 seconds'));
  END IF;
  PERFORM oracle.fail('ORA-01898: too many precision specifiers');
END $$;
DO $$
BEGIN  -- EXTRACT of a time field takes no DATE (SQL Language Reference, EXTRACT (datetime))
  EXECUTE 'CREATE OR REPLACE FUNCTION oracle.extract_(text, oracle.odate) RETURNS numeric LANGUAGE sql STABLE PARALLEL SAFE AS '
    || quote_literal('SELECT CASE upper($1) WHEN ''YEAR'' THEN extract(year FROM $2::timestamp) WHEN ''MONTH'' THEN extract(month FROM $2::timestamp) WHEN ''DAY'' THEN extract(day FROM $2::timestamp) ELSE oracle.fail(''ORA-30076: invalid extract field for extract source'')::text::numeric END');
END $$;
CREATE OR REPLACE FUNCTION oracle.userenv(parameter text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT oracle.sys_context('USERENV', $1) $$;
CREATE OR REPLACE VIEW oracle."NLS_SESSION_PARAMETERS" AS
  SELECT name::oracle.varchar2(128) AS "PARAMETER", oracle.setting(lower(name), standard)::oracle.varchar2(64) AS "VALUE"
    FROM (VALUES ('NLS_LANGUAGE', 'AMERICAN'), ('NLS_TERRITORY', 'AMERICA'), ('NLS_CURRENCY', '$'), ('NLS_NUMERIC_CHARACTERS', '.,'), ('NLS_CALENDAR', 'GREGORIAN'), ('NLS_DATE_FORMAT', 'DD-MON-RR'), ('NLS_DATE_LANGUAGE', 'AMERICAN'),
                 ('NLS_SORT', 'BINARY'), ('NLS_TIMESTAMP_FORMAT', 'DD-MON-RR HH.MI.SSXFF AM'), ('NLS_TIMESTAMP_TZ_FORMAT', 'DD-MON-RR HH.MI.SSXFF AM TZR'), ('NLS_COMP', 'BINARY'), ('NLS_LENGTH_SEMANTICS', 'BYTE')) v(name, standard);
CREATE OR REPLACE VIEW oracle."ALL_TAB_COMMENTS" AS
  SELECT owner::text::oracle.varchar2(128) AS "OWNER", name::text::oracle.varchar2(128) AS "TABLE_NAME", kind::oracle.varchar2(11) AS "TABLE_TYPE", obj_description(oid, 'pg_class')::oracle.varchar2(4000) AS "COMMENTS" FROM oracle.objects WHERE relkind IN ('r', 'v', 'p');
CREATE OR REPLACE VIEW oracle."ALL_COL_COMMENTS" AS
  SELECT o.owner::text::oracle.varchar2(128) AS "OWNER", o.name::text::oracle.varchar2(128) AS "TABLE_NAME", a.attname::text::oracle.varchar2(128) AS "COLUMN_NAME", col_description(o.oid, a.attnum)::oracle.varchar2(4000) AS "COMMENTS"
    FROM oracle.objects o JOIN pg_attribute a ON a.attrelid = o.oid AND a.attnum > 0 AND NOT a.attisdropped WHERE o.relkind IN ('r', 'v', 'p');
CREATE OR REPLACE VIEW oracle."ALL_SYNONYMS" AS
  SELECT owner::oracle.varchar2(128) AS "OWNER", name::oracle.varchar2(128) AS "SYNONYM_NAME", target_owner::oracle.varchar2(128) AS "TABLE_OWNER", target::oracle.varchar2(128) AS "TABLE_NAME" FROM oracle.synonyms;
CREATE OR REPLACE FUNCTION oracle.uid_() RETURNS numeric LANGUAGE sql STABLE AS $$ SELECT oid::text::pg_catalog.int8::numeric FROM pg_namespace WHERE nspname = current_setting('oracle.session_user') $$;
-- DEFAULT ON NULL: a NULL that is inserted becomes the default.
CREATE OR REPLACE FUNCTION oracle.default_on_null() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  missing bool;
  value text;
BEGIN
  EXECUTE format('SELECT ($1).%I IS NULL', TG_ARGV[0]) INTO missing USING NEW;
  IF missing THEN
    EXECUTE 'SELECT (' || TG_ARGV[1] || ')::text' INTO value;
    NEW := jsonb_populate_record(NEW, jsonb_build_object(TG_ARGV[0], value));
  END IF;
  RETURN NEW;
END $$;
-- CHAR keeps its blanks: in functions, and compared with VARCHAR2 ("Blank-Padded and Nonpadded Comparison Semantics").
DO $$
DECLARE f text; op record;
BEGIN
  FOREACH f IN ARRAY ARRAY['reverse', 'ltrim', 'rtrim', 'trim'] LOOP
    EXECUTE format('CREATE OR REPLACE FUNCTION oracle.%1$s(char) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS ''SELECT oracle.%1$s(oracle.s($1))''', f);
  END LOOP;
  FOREACH f IN ARRAY ARRAY['length', 'lengthb'] LOOP
    EXECUTE format('CREATE OR REPLACE FUNCTION oracle.%1$s(char) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS ''SELECT oracle.%1$s(oracle.s($1))''', f);
  END LOOP;
  FOREACH f IN ARRAY ARRAY['ltrim', 'rtrim', 'trim'] LOOP
    EXECUTE format('CREATE OR REPLACE FUNCTION oracle.%1$s(char, text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS ''SELECT oracle.%1$s(oracle.s($1), $2)''', f);
  END LOOP;
  FOR op IN SELECT * FROM (VALUES ('=', 'eq', '='), ('<>', 'ne', '<>'), ('<', 'lt', '>'), ('<=', 'le', '>='), ('>', 'gt', '<'), ('>=', 'ge', '<=')) v(sign, name, commutator) LOOP
    EXECUTE format('CREATE OR REPLACE FUNCTION oracle.char_varchar2_%s(char, oracle.varchar2) RETURNS bool LANGUAGE sql IMMUTABLE PARALLEL SAFE AS ''SELECT oracle.s($1) %s $2::text''', op.name, op.sign);
    EXECUTE format('CREATE OR REPLACE FUNCTION oracle.varchar2_char_%s(oracle.varchar2, char) RETURNS bool LANGUAGE sql IMMUTABLE PARALLEL SAFE AS ''SELECT $1::text %s oracle.s($2)''', op.name, op.sign);
    IF NOT EXISTS (SELECT FROM pg_operator WHERE oprname = op.sign AND oprleft = 'bpchar'::regtype AND oprright = 'oracle.varchar2'::regtype) THEN
      EXECUTE format('CREATE OPERATOR oracle.%s (LEFTARG = char, RIGHTARG = oracle.varchar2, FUNCTION = oracle.char_varchar2_%s)', op.sign, op.name);
      EXECUTE format('CREATE OPERATOR oracle.%s (LEFTARG = oracle.varchar2, RIGHTARG = char, FUNCTION = oracle.varchar2_char_%s)', op.sign, op.name);
    END IF;
  END LOOP;
END $$;
CREATE OR REPLACE FUNCTION oracle.substr(char, numeric) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.substr(oracle.s($1), $2) $$;
CREATE OR REPLACE FUNCTION oracle.substr(char, numeric, numeric) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.substr(oracle.s($1), $2, $3) $$;
CREATE OR REPLACE FUNCTION oracle.instr(char, text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.instr(oracle.s($1), $2) $$;
CREATE OR REPLACE FUNCTION oracle.replace(char, text, text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.replace(oracle.s($1), $2, $3) $$;
CREATE OR REPLACE FUNCTION oracle.replace(char, text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.replace(oracle.s($1), $2) $$;
-- Functions of packages in SQL.
CREATE OR REPLACE FUNCTION oracle.utl_raw_cast_to_raw(text) RETURNS oracle.raw LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT convert_to($1, 'UTF8')::oracle.raw $$;
CREATE OR REPLACE FUNCTION oracle.utl_raw_cast_to_varchar2(bytea) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT nullif(convert_from($1, 'UTF8'), '') $$;
CREATE OR REPLACE FUNCTION oracle.utl_raw_length(bytea) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT octet_length($1)::numeric $$;
CREATE OR REPLACE FUNCTION oracle.dbms_lob_getlength(text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT char_length($1)::numeric $$;
CREATE OR REPLACE FUNCTION oracle.dbms_lob_getlength(bytea) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT octet_length($1)::numeric $$;
CREATE OR REPLACE FUNCTION oracle.dbms_lob_substr(text, numeric DEFAULT 32767, numeric DEFAULT 1) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT CASE WHEN $2 < 1 OR $3 < 1 THEN NULL ELSE nullif(substr($1, $3::int, $2::int), '') END $$;
CREATE OR REPLACE FUNCTION oracle.dbms_lob_substr(bytea, numeric DEFAULT 32767, numeric DEFAULT 1) RETURNS oracle.raw LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT CASE WHEN $2 < 1 OR $3 < 1 THEN NULL ELSE nullif(substr($1, $3::int, $2::int), '')::oracle.raw END $$;
CREATE OR REPLACE FUNCTION oracle.dbms_lob_instr(text, text, numeric, numeric DEFAULT 1) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT CASE WHEN $3 >= 1 AND $4 >= 1 THEN oracle.instr($1, $2, $3, $4) END $$;
CREATE OR REPLACE FUNCTION oracle.dbms_lob_instr(text, text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.instr($1, $2) $$;
CREATE OR REPLACE FUNCTION oracle.dbms_lob_compare(text, text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT CASE WHEN $1 = $2 THEN 0 WHEN $1 < $2 THEN -1 WHEN $1 > $2 THEN 1 END::numeric $$;
CREATE OR REPLACE FUNCTION oracle.dbms_lob_compare(bytea, bytea) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT CASE WHEN $1 = $2 THEN 0 WHEN $1 < $2 THEN -1 WHEN $1 > $2 THEN 1 END::numeric $$;
CREATE OR REPLACE FUNCTION oracle.length(bytea) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT octet_length($1)::numeric $$;

-- CHAR beside a literal, which is CHAR, too: trailing blanks do not count; nor beside a bind, which nothing tells from one.
DO $$
DECLARE op record; other text;
BEGIN
  FOR op IN SELECT * FROM (VALUES ('=', 'eq', '=', '<>'), ('<>', 'ne', '<>', '='), ('<', 'lt', '>', '>='), ('<=', 'le', '>=', '>'), ('>', 'gt', '<', '<='), ('>=', 'ge', '<=', '<')) v(sign, name, commutator, negator) LOOP
    EXECUTE format('CREATE OR REPLACE FUNCTION oracle.char_%s(bpchar, text) RETURNS bool LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS ''SELECT $1::text %s rtrim($2, '''' '''')''', op.name, op.sign);
    EXECUTE format('CREATE OR REPLACE FUNCTION oracle.char_%s(text, bpchar) RETURNS bool LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS ''SELECT rtrim($1, '''' '''') %s $2::text''', op.name, op.sign);
    FOREACH other IN ARRAY ARRAY['bpchar, RIGHTARG = text', 'text, RIGHTARG = bpchar'] LOOP
      IF NOT EXISTS (SELECT FROM pg_operator WHERE oid = to_regoperator(format('oracle.%s(%s)', op.sign, replace(other, ' RIGHTARG = ', ''))) AND oprcode <> 0) THEN  -- 0: a shell
        EXECUTE format('CREATE OPERATOR oracle.%s (LEFTARG = %s, FUNCTION = oracle.char_%s, COMMUTATOR = OPERATOR(oracle.%s), NEGATOR = OPERATOR(oracle.%s))', op.sign, other, op.name, op.commutator, op.negator);
      END IF;
    END LOOP;
  END LOOP;
  FOREACH other IN ARRAY ARRAY['upper', 'lower', 'initcap'] LOOP  -- of a CHAR they make a CHAR
    IF EXISTS (SELECT FROM pg_proc WHERE oid = to_regprocedure(format('oracle.%s(bpchar)', other)) AND prorettype <> 'bpchar'::regtype) THEN EXECUTE format('DROP FUNCTION oracle.%s(bpchar)', other); END IF;
    EXECUTE format('CREATE OR REPLACE FUNCTION oracle.%1$s(bpchar) RETURNS bpchar LANGUAGE sql IMMUTABLE PARALLEL SAFE AS ''SELECT bpcharin(textout(oracle.%1$s(textin(bpcharout($1)))), 0, -1)''', other);
  END LOOP;
END $$;
