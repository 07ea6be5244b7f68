-- Bodies name functions that follow.
SET check_function_bodies = off;

-- Oracle's functions. '' is NULL in every result.

-- Raise an ORA- error: SQLSTATE ORERR, the text says which.
CREATE FUNCTION oracle.fail(message text) RETURNS text LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION USING ERRCODE = 'ORERR', MESSAGE = message; END $$;
CREATE FUNCTION oracle.too_long(actual int, maximum int, place text) RETURNS bool LANGUAGE plpgsql IMMUTABLE STRICT AS
$$ BEGIN RAISE EXCEPTION USING ERRCODE = 'ORERR', MESSAGE = format('ORA-12899: value too large for column %s (actual: %s, maximum: %s)', place, actual, maximum); END $$;
CREATE FUNCTION oracle.setting(name text, standard text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT coalesce(nullif(current_setting('oracle.' || name, true), ''), standard) $$;

-- Text of values: what || and TO_CHAR without a format give.
CREATE FUNCTION oracle.s(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT $1 $$;
CREATE FUNCTION oracle.s(char) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT textin(bpcharout($1)) $$;
CREATE FUNCTION oracle.s(numeric) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT regexp_replace(trim_scale($1)::text, '^(-?)0\.', '\1.') $$;
CREATE FUNCTION oracle.s(float8) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT regexp_replace(upper($1::text), '^(-?)0\.', '\1.') $$;
CREATE FUNCTION oracle.s(bool) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT upper($1::text) $$;
CREATE FUNCTION oracle.s(bytea) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT upper(encode($1, 'hex')) $$;
CREATE FUNCTION oracle.s(interval) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT CASE WHEN $1 < interval '0' THEN '-' ELSE '+' END
             || to_char(trunc(abs(extract(epoch FROM $1)) / 86400), 'FM000000000') || ' '
             || to_char(make_interval(secs => (abs(extract(epoch FROM $1)) % 86400)::float8), 'HH24:MI:SS.US') $$;

-- Date formats: PostgreSQL's to_char is modelled on Oracle's; the elements that differ are rewritten.
CREATE FUNCTION oracle.date_format(format text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT regexp_replace(regexp_replace(regexp_replace(regexp_replace(format, 'RRRR', 'YYYY', 'gi'), 'RR', 'YY', 'gi'), 'FF[7-9]?(?![1-6])', 'US', 'gi'), '(?<![XS])X', '.', 'g') $$;
CREATE FUNCTION oracle.to_char(timestamp, format text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT nullif(to_char($1, oracle.date_format($2)), '') $$;
CREATE FUNCTION oracle.to_char(oracle.odate, format text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT nullif(to_char($1::timestamp, oracle.date_format($2)), '') $$;
CREATE FUNCTION oracle.to_char(timestamptz, format text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT nullif(to_char($1, replace(replace(oracle.date_format($2), 'TZR', 'OF'), 'TZH:TZM', 'TZH":"TZM')), '') $$;
CREATE FUNCTION oracle.s(oracle.odate) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.to_char($1, oracle.setting('nls_date_format', 'DD-MON-RR')) $$;
CREATE FUNCTION oracle.s(timestamp) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.to_char($1, oracle.setting('nls_timestamp_format', 'DD-MON-RR HH.MI.SSXFF AM')) $$;
CREATE FUNCTION oracle.s(timestamptz) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.to_char($1, oracle.setting('nls_timestamp_tz_format', 'DD-MON-RR HH.MI.SSXFF AM TZR')) $$;
CREATE FUNCTION oracle.to_char(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT $1 $$;
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['char', 'numeric', 'float8', 'interval', 'oracle.odate', 'timestamp', 'timestamptz', 'bool', 'bytea'] LOOP
    EXECUTE format('CREATE FUNCTION oracle.to_char(%s) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS ''SELECT oracle.s($1)''', t);
  END LOOP;
END $$;
CREATE FUNCTION oracle.to_char(numeric, format text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT CASE WHEN upper($2) IN ('TM', 'TM9') THEN oracle.s($1)
                    WHEN $2 ~* '^(FM)?0?x+$' THEN CASE WHEN $2 ~* '^FM' THEN '' ELSE ' ' END || CASE WHEN $2 ~ 'X' THEN upper(to_hex($1::bigint)) ELSE to_hex($1::bigint) END
                    ELSE to_char($1, $2) END $$;
CREATE FUNCTION oracle.to_char(text, format text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.to_char($1::numeric, $2) $$;

CREATE FUNCTION oracle.to_number(text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT nullif(trim($1), '')::numeric $$;
CREATE FUNCTION oracle.to_number(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT $1 $$;
CREATE FUNCTION oracle.to_number(text, format text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT CASE WHEN $2 ~* '^x+$' THEN ('x' || lpad($1, 16, '0'))::bit(64)::bigint::numeric ELSE to_number($1, $2) END $$;
CREATE FUNCTION oracle.to_binary_double(text) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT $1::float8 $$;
CREATE FUNCTION oracle.to_binary_double(float8) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT $1 $$;

-- PostgreSQL's to_timestamp takes almost anything; Oracle's errors are found by comparing the parts.
CREATE FUNCTION oracle.parse_time(value text, format text) RETURNS timestamptz LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
  plain text := oracle.date_format(format);
BEGIN
  IF value IS NULL THEN RETURN NULL; END IF;
  IF regexp_replace(value, '[^[:alnum:]]', '', 'g') = '' THEN
    PERFORM oracle.fail('ORA-01841: (full) year must be between -4713 and +9999, and not be 0');
  END IF;
  IF plain ~* '^(YYYY|IYYY)' AND value !~ '^\s*[+-]?\d' THEN
    PERFORM oracle.fail('ORA-01841: (full) year must be between -4713 and +9999, and not be 0');
  END IF;
  IF plain ~* '^YYYY.MM.DD' AND value ~ '^\d{4}\D\d{1,2}\D\d' AND substring(value FROM '^\d{4}\D(\d{1,2})')::int NOT BETWEEN 1 AND 12 THEN
    PERFORM oracle.fail('ORA-01843: not a valid month');
  END IF;
  IF plain ~* '^(FX)?YYYY.MM.DD$' AND length(value) > 10 AND value ~ '^\d{4}\D\d{2}\D\d{2}.' THEN
    PERFORM oracle.fail('ORA-01830: date format picture ends before converting entire input string');
  END IF;
  RETURN to_timestamp(value, plain);
EXCEPTION
  WHEN datetime_field_overflow THEN
    IF plain ~* '^YYYY.?MM.?DD' AND value ~ '^\d{4}\D?\d{2}' AND substring(value FROM '^\d{4}\D?(\d{2})')::int BETWEEN 1 AND 12 THEN
      IF substring(value FROM '^\d{4}\D?\d{2}\D?(\d{1,2})')::int BETWEEN 1 AND 31 THEN
        IF value ~ '^\d{4}\D?\d{2}\D?\d{1,2}\D+(2[4-9]|[3-9]\d)' THEN PERFORM oracle.fail('ORA-01850: hour must be between 0 and 23'); END IF;
        PERFORM oracle.fail('ORA-01839: date not valid for month specified');
      END IF;
      PERFORM oracle.fail('ORA-01847: day of month must be between 1 and last day of month');
    END IF;
    PERFORM oracle.fail('ORA-01843: not a valid month');
  WHEN invalid_datetime_format THEN
    IF plain ~* 'MON' AND SQLERRM ~ '"(mon|month)"' THEN PERFORM oracle.fail('ORA-01843: not a valid month'); END IF;
    PERFORM oracle.fail('ORA-01861: literal does not match format string');
END $$;
CREATE FUNCTION oracle.to_date(text, format text) RETURNS oracle.odate LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.to_odate(oracle.parse_time($1, $2)) $$;
CREATE FUNCTION oracle.to_date(text, format text, nls text) RETURNS oracle.odate LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.to_odate(oracle.parse_time($1, $2)) $$;
CREATE FUNCTION oracle.to_date(text) RETURNS oracle.odate LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.to_odate(oracle.parse_time($1, oracle.setting('nls_date_format', 'DD-MON-RR'))) $$;
CREATE FUNCTION oracle.to_date(oracle.odate) RETURNS oracle.odate LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT $1 $$;
CREATE FUNCTION oracle.to_timestamp(text, format text) RETURNS timestamp LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.parse_time($1, $2)::timestamp $$;
CREATE FUNCTION oracle.to_timestamp(text) RETURNS timestamp LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.parse_time($1, oracle.setting('nls_timestamp_format', 'DD-MON-RR HH.MI.SSXFF AM'))::timestamp $$;
CREATE FUNCTION oracle.to_timestamp(timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT $1 $$;
CREATE FUNCTION oracle.to_timestamp_tz(text, format text) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.parse_time($1, $2) $$;
CREATE FUNCTION oracle.date_literal(text) RETURNS oracle.odate LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.to_odate(oracle.parse_time($1, 'YYYY-MM-DD')) $$;

-- Implicit conversions.
CREATE CAST (text AS numeric) WITH INOUT AS ASSIGNMENT;
CREATE CAST (text AS timestamp) WITH FUNCTION oracle.to_timestamp(text) AS ASSIGNMENT;
CREATE CAST (text AS oracle.odate) WITH FUNCTION oracle.to_date(text) AS ASSIGNMENT;
CREATE CAST (text AS float8) WITH INOUT AS ASSIGNMENT;
CREATE CAST (oracle.varchar2 AS numeric) WITH INOUT AS ASSIGNMENT;
CREATE CAST (oracle.varchar2 AS oracle.odate) WITH INOUT AS ASSIGNMENT;
CREATE CAST (text AS bytea) WITH INOUT AS ASSIGNMENT;
CREATE FUNCTION oracle.hextoraw(text) RETURNS oracle.raw LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT decode($1, 'hex')::oracle.raw $$;
CREATE FUNCTION oracle.rawtohex(bytea) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT upper(encode($1, 'hex')) $$;
CREATE CAST (text AS oracle.raw) WITH FUNCTION oracle.hextoraw(text) AS ASSIGNMENT;
DO $$
DECLARE t text; target text;
BEGIN
  FOREACH t IN ARRAY ARRAY['numeric', 'float8', 'oracle.odate', 'timestamp', 'timestamptz', 'interval', 'bytea'] LOOP
    EXECUTE format('CREATE FUNCTION oracle.v(%1$s) RETURNS oracle.varchar2 LANGUAGE sql STABLE PARALLEL SAFE AS ''SELECT oracle.s($1)::oracle.varchar2''', t);
    EXECUTE format('CREATE CAST (%1$s AS oracle.varchar2) WITH FUNCTION oracle.v(%1$s) AS ASSIGNMENT', t);
  END LOOP;
END $$;

-- Operators between text and the other types: Oracle converts the text.
DO $$
DECLARE t record; op record;
BEGIN
  FOR t IN SELECT * FROM (VALUES ('numeric', 'num', '$%s::pg_catalog.numeric'), ('oracle.odate', 'date', 'oracle.to_date($%s)'), ('timestamp', 'ts', 'oracle.to_timestamp($%s)')) v(type, tag, convert) LOOP
    FOR op IN SELECT * FROM (VALUES ('=', 'eq', '='), ('<>', 'ne', '<>'), ('<', 'lt', '>'), ('<=', 'le', '>='), ('>', 'gt', '<'), ('>=', 'ge', '<=')) v(sign, name, commutator) LOOP
      EXECUTE format('CREATE FUNCTION oracle.%s_text_%s(%s, text) RETURNS bool LANGUAGE sql STABLE PARALLEL SAFE AS %L', t.tag, op.name, t.type, format('SELECT $1 %s %s', CASE WHEN t.tag = 'date' THEN 'OPERATOR(oracle.' || op.sign || ')' ELSE op.sign END, format(t.convert, 2)));
      EXECUTE format('CREATE FUNCTION oracle.text_%s_%s(text, %s) RETURNS bool LANGUAGE sql STABLE PARALLEL SAFE AS %L', t.tag, op.name, t.type, format('SELECT %s %s $2', format(t.convert, 1), CASE WHEN t.tag = 'date' THEN 'OPERATOR(oracle.' || op.sign || ')' ELSE op.sign END));
      EXECUTE format('CREATE OPERATOR oracle.%s (LEFTARG = %s, RIGHTARG = text, FUNCTION = oracle.%s_text_%s)', op.sign, t.type, t.tag, op.name);
      EXECUTE format('CREATE OPERATOR oracle.%s (LEFTARG = text, RIGHTARG = %s, FUNCTION = oracle.text_%s_%s)', op.sign, t.type, t.tag, op.name);
    END LOOP;
  END LOOP;
  FOR op IN SELECT * FROM (VALUES ('+', 'add'), ('-', 'sub'), ('*', 'mul')) v(sign, name) LOOP
    EXECUTE format('CREATE FUNCTION oracle.num_text_%s(numeric, text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS ''SELECT $1 %s $2::pg_catalog.numeric''', op.name, op.sign);
    EXECUTE format('CREATE FUNCTION oracle.text_num_%s(text, numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS ''SELECT $1::pg_catalog.numeric %s $2''', op.name, op.sign);
    EXECUTE format('CREATE FUNCTION oracle.text_text_%s(text, text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS ''SELECT $1::pg_catalog.numeric %s $2::pg_catalog.numeric''', op.name, op.sign);
    EXECUTE format('CREATE OPERATOR oracle.%s (LEFTARG = numeric, RIGHTARG = text, FUNCTION = oracle.num_text_%s)', op.sign, op.name);
    EXECUTE format('CREATE OPERATOR oracle.%s (LEFTARG = text, RIGHTARG = numeric, FUNCTION = oracle.text_num_%s)', op.sign, op.name);
    EXECUTE format('CREATE OPERATOR oracle.%s (LEFTARG = text, RIGHTARG = text, FUNCTION = oracle.text_text_%s)', op.sign, op.name);
  END LOOP;
END $$;

-- Numbers.
CREATE FUNCTION oracle.div(numeric, numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT trim_scale(round(($1 + 0.0000000000000000000000000000000000000000) / $2, 38)) $$;
CREATE FUNCTION oracle.div(float8, float8) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT $1 / $2 $$;
CREATE FUNCTION oracle.div(interval, numeric) RETURNS interval LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT $1 / $2::float8 $$;
CREATE FUNCTION oracle.div(text, numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.div($1::pg_catalog.numeric, $2) $$;
CREATE FUNCTION oracle.div(numeric, text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.div($1, $2::pg_catalog.numeric) $$;
CREATE FUNCTION oracle.div(text, text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.div($1::pg_catalog.numeric, $2::pg_catalog.numeric) $$;
CREATE FUNCTION oracle.mod(numeric, numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT CASE WHEN $2 = 0 THEN $1 ELSE mod($1, $2) END $$;
CREATE FUNCTION oracle.remainder(numeric, numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT $1 - $2 * round($1 / $2) $$;
CREATE FUNCTION oracle.bitand(numeric, numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT ($1::bigint & $2::bigint)::numeric $$;
CREATE FUNCTION oracle.ceil(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT ceil($1) $$;
CREATE FUNCTION oracle.floor(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT floor($1) $$;
CREATE FUNCTION oracle.abs(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT abs($1) $$;
CREATE FUNCTION oracle.sign(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT sign($1) $$;
CREATE FUNCTION oracle.power(numeric, numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT trim_scale(power($1, $2)) $$;
CREATE FUNCTION oracle.sqrt(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT trim_scale(sqrt($1 + 0.0000000000000000000000000000000000000000)) $$;
CREATE FUNCTION oracle.exp(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT exp($1 + 0.0000000000000000000000000000000000000000) $$;
CREATE FUNCTION oracle.ln(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT ln($1 + 0.0000000000000000000000000000000000000000) $$;
CREATE FUNCTION oracle.log(numeric, numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT trim_scale(log($1, $2)) $$;
CREATE FUNCTION oracle.round(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT round($1) $$;
CREATE FUNCTION oracle.round(numeric, numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT trim_scale(round($1, trunc($2)::int)) $$;
CREATE FUNCTION oracle.round(float8) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT round($1) $$;
CREATE FUNCTION oracle.trunc(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT trunc($1) $$;
CREATE FUNCTION oracle.trunc(numeric, numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT trim_scale(trunc($1, trunc($2)::int)) $$;
CREATE FUNCTION oracle.trunc(text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT trunc($1::pg_catalog.numeric) $$;
CREATE FUNCTION oracle.width_bucket(numeric, numeric, numeric, numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT width_bucket($1, $2, $3, $4::int)::numeric $$;

-- Dates.
CREATE FUNCTION oracle.sysdate() RETURNS oracle.odate LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.to_odate((statement_timestamp() AT TIME ZONE 'UTC')) $$;
CREATE FUNCTION oracle.systimestamp() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT statement_timestamp() $$;
CREATE FUNCTION oracle.current_date_() RETURNS oracle.odate LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.to_odate(statement_timestamp()::timestamp) $$;
CREATE FUNCTION oracle.localtimestamp_() RETURNS timestamp LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT statement_timestamp()::timestamp $$;
CREATE FUNCTION oracle.sys_extract_utc(timestamptz) RETURNS timestamp LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT $1 AT TIME ZONE 'UTC' $$;
CREATE FUNCTION oracle.from_tz(timestamp, text) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT $1 AT TIME ZONE oracle.zone($2) $$;
CREATE FUNCTION oracle.date_trunc_(value timestamp, format text) RETURNS oracle.odate LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  f text := upper(format);
BEGIN
  IF f IN ('DD', 'DDD', 'J') THEN RETURN oracle.to_odate(date_trunc('day', value));
  ELSIF f IN ('MM', 'MON', 'MONTH', 'RM') THEN RETURN oracle.to_odate(date_trunc('month', value));
  ELSIF f IN ('YYYY', 'YEAR', 'YY', 'Y', 'YYY', 'SYYYY', 'SYEAR', 'RRRR') THEN RETURN oracle.to_odate(date_trunc('year', value));
  ELSIF f = 'Q' THEN RETURN oracle.to_odate(date_trunc('quarter', value));
  ELSIF f IN ('IW') THEN RETURN oracle.to_odate(date_trunc('week', value));
  ELSIF f IN ('IYYY', 'IYY', 'IY', 'I') THEN RETURN oracle.to_odate(date_trunc('week', make_date(extract(isoyear FROM value)::int, 1, 4)::timestamp));
  ELSIF f IN ('DAY', 'DY', 'D') THEN RETURN oracle.to_odate(date_trunc('day', value) - make_interval(days => extract(dow FROM value)::int));
  ELSIF f = 'WW' THEN RETURN oracle.to_odate(date_trunc('day', value) - make_interval(days => ((extract(doy FROM value)::int - 1) % 7)));
  ELSIF f = 'W' THEN RETURN oracle.to_odate(date_trunc('day', value) - make_interval(days => ((extract(day FROM value)::int - 1) % 7)));
  ELSIF f IN ('HH', 'HH12', 'HH24') THEN RETURN oracle.to_odate(date_trunc('hour', value));
  ELSIF f = 'MI' THEN RETURN oracle.to_odate(date_trunc('minute', value));
  ELSIF f IN ('CC', 'SCC') THEN RETURN oracle.to_odate(date_trunc('century', value));
  END IF;
  PERFORM oracle.fail('ORA-01898: too many precision specifiers');
END $$;
CREATE FUNCTION oracle.date_round_(value timestamp, format text) RETURNS oracle.odate LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  f text := upper(format);
BEGIN
  IF f IN ('DD', 'DDD', 'J') THEN RETURN oracle.to_odate(date_trunc('day', value + interval '12 hours'));
  ELSIF f IN ('MM', 'MON', 'MONTH') THEN RETURN oracle.to_odate(date_trunc('month', value + interval '16 days'));
  ELSIF f IN ('YYYY', 'YEAR', 'YY', 'Y') THEN RETURN oracle.to_odate(date_trunc('year', value + interval '6 months'));
  ELSIF f IN ('HH', 'HH12', 'HH24') THEN RETURN oracle.to_odate(date_trunc('hour', value + interval '30 minutes'));
  ELSIF f = 'MI' THEN RETURN oracle.to_odate(date_trunc('minute', value + interval '30 seconds'));
  END IF;
  PERFORM oracle.fail('ORA-03001: unimplemented feature (sandbox): ROUND of a date to ' || format);
END $$;
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['oracle.odate', 'timestamp', 'timestamptz'] LOOP
    EXECUTE format('CREATE FUNCTION oracle.trunc(%s) RETURNS oracle.odate LANGUAGE sql %s PARALLEL SAFE AS ''SELECT oracle.to_odate(date_trunc(''''day'''', $1::timestamp))''', t, CASE t WHEN 'timestamptz' THEN 'STABLE' ELSE 'IMMUTABLE' END);
    EXECUTE format('CREATE FUNCTION oracle.trunc(%s, text) RETURNS oracle.odate LANGUAGE sql %s PARALLEL SAFE AS ''SELECT oracle.date_trunc_($1::timestamp, $2)''', t, CASE t WHEN 'timestamptz' THEN 'STABLE' ELSE 'IMMUTABLE' END);
    EXECUTE format('CREATE FUNCTION oracle.round(%s) RETURNS oracle.odate LANGUAGE sql STABLE PARALLEL SAFE AS ''SELECT oracle.date_round_($1::timestamp, ''''DD'''')''', t);
    EXECUTE format('CREATE FUNCTION oracle.round(%s, text) RETURNS oracle.odate LANGUAGE sql STABLE PARALLEL SAFE AS ''SELECT oracle.date_round_($1::timestamp, $2)''', t);
    EXECUTE format('CREATE FUNCTION oracle.extract_(text, %s) RETURNS numeric LANGUAGE sql STABLE PARALLEL SAFE AS %L', t,
      format('SELECT trim_scale(CASE upper($1) WHEN ''YEAR'' THEN extract(year FROM $2::timestamp) WHEN ''MONTH'' THEN extract(month FROM $2::timestamp) WHEN ''DAY'' THEN extract(day FROM $2::timestamp) WHEN ''HOUR'' THEN extract(hour FROM $2::timestamp) WHEN ''MINUTE'' THEN extract(minute FROM $2::timestamp) WHEN ''SECOND'' THEN extract(second FROM $2::timestamp) WHEN ''TIMEZONE_HOUR'' THEN extract(timezone_hour FROM $2::timestamptz) WHEN ''TIMEZONE_MINUTE'' THEN extract(timezone_minute FROM $2::timestamptz) ELSE oracle.fail(''ORA-03001: unimplemented feature (sandbox): EXTRACT of '' || upper($1))::text::numeric END)'));
  END LOOP;
END $$;
CREATE FUNCTION oracle.extract_(text, interval) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT trim_scale(CASE upper($1) WHEN 'DAY' THEN trunc(extract(epoch FROM $2) / 86400) WHEN 'HOUR' THEN mod(trunc(extract(epoch FROM $2) / 3600), 24)
        WHEN 'MINUTE' THEN mod(trunc(extract(epoch FROM $2) / 60), 60) WHEN 'SECOND' THEN mod(extract(epoch FROM $2), 60) WHEN 'YEAR' THEN extract(year FROM $2) WHEN 'MONTH' THEN extract(month FROM $2) END) $$;
CREATE FUNCTION oracle.last_day(oracle.odate) RETURNS oracle.odate LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT oracle.to_odate(date_trunc('month', $1::timestamp) + interval '1 month' - interval '1 day' + ($1::timestamp - date_trunc('day', $1::timestamp))) $$;
CREATE FUNCTION oracle.add_months(oracle.odate, numeric) RETURNS oracle.odate LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT CASE WHEN $1 OPERATOR(oracle.=) oracle.last_day($1) THEN oracle.last_day(oracle.to_odate($1::timestamp + make_interval(months => trunc($2)::int)))
                    ELSE oracle.to_odate($1::timestamp + make_interval(months => trunc($2)::int)) END $$;
CREATE FUNCTION oracle.add_months(timestamp, numeric) RETURNS oracle.odate LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.add_months(oracle.to_odate($1), $2) $$;
CREATE FUNCTION oracle.last_day(timestamp) RETURNS oracle.odate LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.last_day(oracle.to_odate($1)) $$;
CREATE FUNCTION oracle.months_between(timestamp, timestamp) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT trim_scale(round((extract(year FROM $1) - extract(year FROM $2)) * 12 + extract(month FROM $1) - extract(month FROM $2)
        + CASE WHEN extract(day FROM $1) = extract(day FROM $2)
                 OR (extract(day FROM $1 + interval '1 day') = 1 AND extract(day FROM $2 + interval '1 day') = 1) THEN 0
               ELSE (extract(day FROM $1) - extract(day FROM $2)
                 + (extract(epoch FROM $1 - date_trunc('day', $1)) - extract(epoch FROM $2 - date_trunc('day', $2))) / 86400.0000000000000000000000000000000000000000) / 31.0000000000000000000000000000000000000000 END, 38)) $$;
CREATE FUNCTION oracle.next_day(timestamp, text) RETURNS oracle.odate LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  wanted int := array_position(ARRAY['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'], upper(left($2, 3))) - 1;
BEGIN
  IF wanted IS NULL THEN PERFORM oracle.fail('ORA-01846: not a valid day of the week'); END IF;
  RETURN oracle.to_odate($1 + make_interval(days => ((wanted - extract(dow FROM $1)::int + 6) % 7) + 1));
END $$;
CREATE FUNCTION oracle.numtodsinterval(numeric, text) RETURNS interval LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT justify_hours(make_interval(secs => ($1 * CASE upper($2) WHEN 'DAY' THEN 86400 WHEN 'HOUR' THEN 3600 WHEN 'MINUTE' THEN 60 WHEN 'SECOND' THEN 1 END)::float8)) $$;
CREATE FUNCTION oracle.numtoyminterval(numeric, text) RETURNS interval LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT make_interval(months => round($1 * CASE upper($2) WHEN 'YEAR' THEN 12 WHEN 'MONTH' THEN 1 END)::int) $$;
CREATE FUNCTION oracle.to_dsinterval(text) RETURNS interval LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT $1::interval $$;
CREATE FUNCTION oracle.zone(text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT CASE WHEN $1 ~ '^[+-]\d' THEN translate($1, '+-', '-+') WHEN upper($1) = 'DBTIMEZONE' THEN 'UTC' WHEN upper($1) = 'SESSIONTIMEZONE' THEN current_setting('TimeZone') ELSE $1 END $$;
CREATE FUNCTION oracle.at_zone(timestamptz, text) RETURNS timestamp LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT $1 AT TIME ZONE oracle.zone($2) $$;

-- Text.
CREATE FUNCTION oracle.length(text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT char_length($1)::numeric $$;
CREATE FUNCTION oracle.lengthb(text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT octet_length($1)::numeric $$;
CREATE FUNCTION oracle.upper(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT upper($1) $$;
CREATE FUNCTION oracle.lower(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT lower($1) $$;
CREATE FUNCTION oracle.initcap(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT initcap($1) $$;
CREATE FUNCTION oracle.ascii(text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT ascii($1)::numeric $$;
CREATE FUNCTION oracle.chr(numeric) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT chr($1::int) $$;
CREATE FUNCTION oracle.reverse(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT reverse($1) $$;
CREATE FUNCTION oracle.substr(text, numeric) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT nullif(CASE WHEN trunc($2) >= 1 THEN substr($1, trunc($2)::int) WHEN trunc($2) = 0 THEN $1 WHEN -trunc($2) > char_length($1) THEN NULL ELSE right($1, -trunc($2)::int) END, '') $$;
CREATE FUNCTION oracle.substr(text, numeric, numeric) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT CASE WHEN trunc($3) < 1 THEN NULL ELSE nullif(left(oracle.substr($1, $2), least(trunc($3), 2000000000)::int), '') END $$;
-- By bytes; the bytes of a character that is cut become blanks.
CREATE FUNCTION oracle.substrb(value text, start numeric, size numeric DEFAULT NULL) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  bytes bytea := convert_to(value, 'UTF8');
  total int := octet_length(bytes);
  place int := CASE WHEN trunc(start) > 0 THEN trunc(start) WHEN trunc(start) = 0 THEN 1 ELSE total + trunc(start) + 1 END;
  piece bytea;
  lead int := 0;
  kept int;
BEGIN
  IF value IS NULL OR start IS NULL OR place < 1 OR trunc(coalesce(size, total)) < 1 THEN RETURN NULL; END IF;
  piece := substring(bytes FROM place FOR least(trunc(coalesce(size, total)), total)::int);
  WHILE lead < octet_length(piece) AND get_byte(piece, lead) & 192 = 128 LOOP lead := lead + 1; END LOOP;
  kept := octet_length(piece);
  LOOP
    BEGIN
      RETURN nullif(repeat(' ', lead) || convert_from(substring(piece FROM lead + 1 FOR kept - lead), 'UTF8') || repeat(' ', octet_length(piece) - kept), '');
    EXCEPTION WHEN character_not_in_repertoire THEN
      kept := kept - 1;
    END;
  END LOOP;
END $$;
CREATE FUNCTION oracle.instr(value text, part text, start numeric DEFAULT 1, nth numeric DEFAULT 1) RETURNS numeric LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  place int := trunc(start);
  found int := 0;
BEGIN
  IF value IS NULL OR part IS NULL THEN RETURN NULL; END IF;
  IF nth < 1 THEN PERFORM oracle.fail('ORA-01428: argument ''' || trunc(nth) || ''' is out of range'); END IF;
  IF place > 0 THEN
    WHILE place <= char_length(value) - char_length(part) + 1 LOOP
      IF substr(value, place, char_length(part)) = part THEN
        found := found + 1;
        IF found = nth THEN RETURN place; END IF;
      END IF;
      place := place + 1;
    END LOOP;
  ELSIF place < 0 THEN
    place := char_length(value) + place + 1;
    WHILE place >= 1 LOOP
      IF substr(value, place, char_length(part)) = part THEN
        found := found + 1;
        IF found = nth THEN RETURN place; END IF;
      END IF;
      place := place - 1;
    END LOOP;
  END IF;
  RETURN 0;
END $$;
CREATE FUNCTION oracle.replace(text, text, text DEFAULT NULL) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT nullif(CASE WHEN $2 IS NULL THEN $1 ELSE replace($1, $2, coalesce($3, '')) END, '') $$;
CREATE FUNCTION oracle.translate(text, text, text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT CASE WHEN $3 IS NULL THEN NULL ELSE nullif(translate($1, $2, $3), '') END $$;
CREATE FUNCTION oracle.lpad(text, numeric, text DEFAULT ' ') RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT nullif(lpad($1, trunc($2)::int, $3), '') $$;
CREATE FUNCTION oracle.rpad(text, numeric, text DEFAULT ' ') RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT nullif(rpad($1, trunc($2)::int, $3), '') $$;
CREATE FUNCTION oracle.lpad(numeric, numeric, text DEFAULT ' ') RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT nullif(lpad(oracle.s($1), trunc($2)::int, $3), '') $$;
CREATE FUNCTION oracle.rpad(numeric, numeric, text DEFAULT ' ') RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT nullif(rpad(oracle.s($1), trunc($2)::int, $3), '') $$;
CREATE FUNCTION oracle.ltrim(text, text DEFAULT ' ') RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT nullif(ltrim($1, $2), '') $$;
CREATE FUNCTION oracle.rtrim(text, text DEFAULT ' ') RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT nullif(rtrim($1, $2), '') $$;
CREATE FUNCTION oracle.trim(text, text DEFAULT ' ') RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT nullif(btrim($1, $2), '') $$;
CREATE FUNCTION oracle.trim(numeric) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.s($1) $$;
CREATE FUNCTION oracle.length(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT char_length(oracle.s($1))::numeric $$;
CREATE FUNCTION oracle.substr(numeric, numeric, numeric) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.substr(oracle.s($1), $2, $3) $$;
CREATE FUNCTION oracle.to_clob(text) RETURNS oracle.clob LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT $1::oracle.clob $$;
CREATE FUNCTION oracle.empty_clob() RETURNS oracle.clob LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT ''::oracle.clob $$;
CREATE FUNCTION oracle.empty_blob() RETURNS oracle.blob LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT ''::oracle.blob $$;
CREATE FUNCTION oracle.concat(text, text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT nullif(coalesce($1, '') || coalesce($2, ''), '') $$;
CREATE FUNCTION oracle.regexp_flags(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT CASE WHEN $1 ~ 'n' THEN '' ELSE 'p' END || CASE WHEN $1 ~ 'i' THEN 'i' ELSE '' END || CASE WHEN $1 ~ 'x' THEN 'x' ELSE '' END || CASE WHEN $1 ~ 'm' THEN 'w' ELSE '' END $$;
CREATE FUNCTION oracle.regexp_like(text, text, flags text DEFAULT '') RETURNS bool LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT regexp_like($1, $2, oracle.regexp_flags(coalesce($3, ''))) $$;
CREATE FUNCTION oracle.regexp_replace(text, text, text DEFAULT '', start numeric DEFAULT 1, nth numeric DEFAULT 0, flags text DEFAULT '') RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT nullif(regexp_replace($1, $2, coalesce($3, ''), $4::int, $5::int, oracle.regexp_flags(coalesce($6, ''))), '') $$;
CREATE FUNCTION oracle.regexp_substr(text, text, start numeric DEFAULT 1, nth numeric DEFAULT 1, flags text DEFAULT '', part numeric DEFAULT 0) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT nullif(regexp_substr($1, $2, $3::int, $4::int, oracle.regexp_flags(coalesce($5, '')), $6::int), '') $$;
CREATE FUNCTION oracle.regexp_instr(text, text, start numeric DEFAULT 1, nth numeric DEFAULT 1, after numeric DEFAULT 0, flags text DEFAULT '', part numeric DEFAULT 0) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT regexp_instr($1, $2, $3::int, $4::int, $5::int, oracle.regexp_flags(coalesce($6, '')), $7::int)::numeric $$;
CREATE FUNCTION oracle.regexp_count(text, text, start numeric DEFAULT 1, flags text DEFAULT '') RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT regexp_count($1, $2, $3::int, oracle.regexp_flags(coalesce($4, '')))::numeric $$;
CREATE FUNCTION oracle.standard_hash(text, text DEFAULT 'SHA1') RETURNS oracle.raw LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  CASE upper($2)
    WHEN 'MD5' THEN RETURN decode(md5(coalesce($1, '')), 'hex');
    WHEN 'SHA256' THEN RETURN sha256(convert_to(coalesce($1, ''), 'UTF8'));
    WHEN 'SHA384' THEN RETURN sha384(convert_to(coalesce($1, ''), 'UTF8'));
    WHEN 'SHA512' THEN RETURN sha512(convert_to(coalesce($1, ''), 'UTF8'));
    ELSE PERFORM oracle.fail('ORA-03001: unimplemented feature (sandbox): STANDARD_HASH with ' || $2);
  END CASE;
END $$;
CREATE FUNCTION oracle.sys_guid() RETURNS oracle.raw LANGUAGE sql VOLATILE PARALLEL SAFE AS $$ SELECT uuid_send(gen_random_uuid())::oracle.raw $$;

-- NULL handling with Oracle's conversion to the first operand's type.
CREATE FUNCTION oracle.nvl(anycompatible, anycompatible) RETURNS anycompatible LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT coalesce($1, $2) $$;
CREATE FUNCTION oracle.nvl(text, numeric) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT coalesce($1, oracle.s($2)) $$;
CREATE FUNCTION oracle.nvl(numeric, text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT coalesce($1, $2::pg_catalog.numeric) $$;
CREATE FUNCTION oracle.nvl(text, oracle.odate) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT coalesce($1, oracle.s($2)) $$;
CREATE FUNCTION oracle.nvl(oracle.odate, text) RETURNS oracle.odate LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT coalesce($1, oracle.to_date($2)) $$;

-- Session information, set by the engine in settings of the PostgreSQL session.
CREATE FUNCTION oracle.sys_context(space text, parameter text, size numeric DEFAULT 256) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
  name text := lower(parameter);
BEGIN
  IF upper(space) = 'SYS_SESSION_ROLES' THEN RETURN CASE WHEN EXISTS (SELECT FROM oracle.privileges WHERE grantee IN (oracle.user_(), 'PUBLIC') AND privilege = upper(parameter)) THEN 'TRUE' ELSE 'FALSE' END; END IF;
  IF upper(space) <> 'USERENV' THEN RETURN NULL; END IF;
  IF name = 'nls_date_format' THEN RETURN oracle.setting(name, 'DD-MON-RR'); END IF;
  IF name IN ('db_unique_name') THEN name := 'db_name'; END IF;
  IF name = 'authenticated_identity' THEN name := 'session_user'; END IF;
  IF name = 'sessionid' THEN name := 'sid'; END IF;
  IF name NOT IN ('sid', 'instance', 'instance_name', 'db_name', 'con_name', 'con_id', 'current_schema', 'current_user', 'session_user', 'module', 'action', 'client_identifier', 'client_info', 'service_name', 'host', 'os_user', 'terminal', 'server_host',
                  'nls_date_format', 'isdba', 'ip_address', 'client_program_name', 'language', 'lang', 'proxy_user', 'current_edition_name', 'session_edition_name', 'database_role', 'cdb_name', 'cloud_service') THEN
    PERFORM oracle.fail(CASE WHEN name = ANY (string_to_array('audited_cursorid authentication_data authentication_method bg_job_id cdb_domain current_bind current_edition_id current_schemaid current_sql current_sql_length current_userid db_domain db_supplemental_log_level dblink_info drain_status entryid enterprise_identity fg_job_id global_uid identification_type is_apply_server is_dg_rolling_upgrade ldap_server_type network_protocol nls_calendar nls_currency nls_date_language nls_sort nls_territory oracle_home pid platform_slash policy_invoker proxy_enterprise_identity proxy_userid scheduler_job session_default_collation session_editionid session_userid standby_max_data_delay statementid tls_ciphersuite tls_version unified_audit_sessionid', ' '))
      THEN 'ORA-03001: unimplemented feature (sandbox): SYS_CONTEXT of ' || upper(parameter) ELSE 'ORA-02003: invalid USERENV parameter' END);
  END IF;
  RETURN left(nullif(current_setting('oracle.' || name, true), ''), CASE WHEN size BETWEEN 1 AND 4000 THEN size::int ELSE 256 END);
END $$;
CREATE FUNCTION oracle.user_() RETURNS text LANGUAGE sql STABLE AS $$ SELECT current_setting('oracle.session_user') $$;
CREATE FUNCTION oracle.uid_() RETURNS numeric LANGUAGE sql STABLE AS $$ SELECT oid::numeric FROM pg_namespace WHERE nspname = current_setting('oracle.session_user') $$;
CREATE FUNCTION oracle.levels(int) RETURNS SETOF numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 1000 AS $$ SELECT n::numeric FROM generate_series(1, $1) n $$;
CREATE FUNCTION oracle.nextval(text) RETURNS numeric LANGUAGE sql VOLATILE AS $$ SELECT nextval($1::regclass)::numeric $$;
CREATE FUNCTION oracle.currval(text) RETURNS numeric LANGUAGE sql VOLATILE AS $$ SELECT currval($1::regclass)::numeric $$;
