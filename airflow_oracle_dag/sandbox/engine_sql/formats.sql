-- Oracle's format models, SQL Language Reference, "Format Models"; runs again like sessions.sql.
SET check_function_bodies = off;

CREATE OR REPLACE FUNCTION oracle.fail(message text) RETURNS text LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION USING ERRCODE = 'ORERR', MESSAGE = message; END $$;
-- English words for a number (the suffix SP).
CREATE OR REPLACE FUNCTION oracle.words(n int) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  small text[] := ARRAY['ONE', 'TWO', 'THREE', 'FOUR', 'FIVE', 'SIX', 'SEVEN', 'EIGHT', 'NINE', 'TEN', 'ELEVEN', 'TWELVE', 'THIRTEEN', 'FOURTEEN', 'FIFTEEN', 'SIXTEEN', 'SEVENTEEN', 'EIGHTEEN', 'NINETEEN'];
  tens text[] := ARRAY['TEN', 'TWENTY', 'THIRTY', 'FORTY', 'FIFTY', 'SIXTY', 'SEVENTY', 'EIGHTY', 'NINETY'];
BEGIN
  IF n = 0 THEN RETURN 'ZERO';
  ELSIF n < 20 THEN RETURN small[n];
  ELSIF n < 100 THEN RETURN tens[n / 10] || CASE WHEN n % 10 > 0 THEN '-' || small[n % 10] ELSE '' END;
  ELSIF n < 1000 THEN RETURN small[n / 100] || ' HUNDRED' || CASE WHEN n % 100 > 0 THEN ' ' || oracle.words(n % 100) ELSE '' END;
  ELSIF n < 1000000 THEN RETURN oracle.words(n / 1000) || ' THOUSAND' || CASE WHEN n % 1000 > 0 THEN ' ' || oracle.words(n % 1000) ELSE '' END;
  END IF;
  RETURN oracle.words(n / 1000000) || ' MILLION' || CASE WHEN n % 1000000 > 0 THEN ' ' || oracle.words(n % 1000000) ELSE '' END;
END $$;
CREATE OR REPLACE FUNCTION oracle.ordinal_words(n int) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN w ~ 'ONE$' THEN regexp_replace(w, 'ONE$', 'FIRST') WHEN w ~ 'TWO$' THEN regexp_replace(w, 'TWO$', 'SECOND') WHEN w ~ 'THREE$' THEN regexp_replace(w, 'THREE$', 'THIRD')
              WHEN w ~ 'FIVE$' THEN regexp_replace(w, 'FIVE$', 'FIFTH') WHEN w ~ 'EIGHT$' THEN w || 'H' WHEN w ~ 'NINE$' THEN regexp_replace(w, 'NINE$', 'NINTH')
              WHEN w ~ 'TWELVE$' THEN regexp_replace(w, 'TWELVE$', 'TWELFTH') WHEN w ~ 'Y$' THEN regexp_replace(w, 'Y$', 'IETH') ELSE w || 'TH' END FROM oracle.words(n) w $$;
-- The elements of a datetime format in order; ORA-01821 for what is none.
CREATE OR REPLACE FUNCTION oracle.time_elements(format text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  parts text[];
BEGIN
  SELECT array_agg(m[1] ORDER BY n) INTO parts
    FROM regexp_matches(format, '("[^"]*"|FM|FX|SYYYY|Y,YYY|YYYY|YYY|YY|SYEAR|YEAR|Y|IYYY|IYY|IY|IW|I|RRRR|RR|RM|SCC|CC|Q|MONTH|MON|MM|MI|WW|W|DDD|DD|DAY|DY|DL|DS|D|J|HH24|HH12|HH|SSSSS|SS|FF[1-9]?|X|A\.M\.|P\.M\.|AM|PM|A\.D\.|B\.C\.|AD|BC|TZH|TZM|TZR|TZD|TS|SPTH|THSP|SP|TH|[-/,.;: ]|.)', 'gi') WITH ORDINALITY u(m, n);
  IF EXISTS (SELECT FROM unnest(parts) p WHERE p ~* '^[a-z0-9]$' AND p !~* '^[YIQWDJX]$' OR p ~ '^[^-"/,.;: a-zA-Z0-9]$') THEN
    PERFORM oracle.fail('ORA-01821: date format not recognized');
  END IF;
  RETURN parts;
END $$;
-- A word in the case that the element is written in.
CREATE OR REPLACE FUNCTION oracle.in_case(word text, element text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT CASE WHEN $2 ~ '^[A-Z][^a-z]' OR $2 ~ '^[A-Z]$' THEN upper($1) WHEN $2 ~ '^[A-Z]' THEN initcap($1) ELSE lower($1) END $$;
CREATE OR REPLACE FUNCTION oracle.year_words(y int) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT CASE WHEN y % 1000 < 10 THEN oracle.words(y) WHEN y % 100 = 0 THEN oracle.words(y / 100) || ' HUNDRED'
                    WHEN y % 100 < 10 THEN oracle.fail('ORA-03001: unimplemented feature (sandbox): YEAR of ' || y) ELSE oracle.words(y / 100) || ' ' || oracle.words(y % 100) END $$;
CREATE OR REPLACE FUNCTION oracle.format_time(value timestamp, format text, kind text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
  parts text[];
  shown text := '';
  piece text;
  part text;
  e text;
  suffix text;
  number int;
  width int;
  fill bool := true;
  place int := 0;
  y int;
BEGIN
  IF value IS NULL OR format IS NULL THEN RETURN NULL; END IF;
  IF format ~ '^(?:YYYY|MM|DD|HH24|MI|SS|MON|Mon|[-/ :.,;])+$' THEN RETURN to_char(value, format); END IF;
  parts := oracle.time_elements(format);
  y := extract(year FROM value);
  WHILE place < cardinality(parts) LOOP
    place := place + 1;
    part := parts[place];
    e := upper(part);
    number := NULL;
    width := 0;
    IF part ~ '^"' THEN piece := substr(part, 2, length(part) - 2);
    ELSIF e = 'FM' THEN fill := NOT fill; piece := '';
    ELSIF e = 'FX' THEN piece := '';
    ELSIF e IN ('YYYY', 'RRRR') THEN number := y; width := 4;
    ELSIF e = 'SYYYY' THEN piece := CASE WHEN fill THEN ' ' ELSE '' END || lpad(y::text, CASE WHEN fill THEN 4 ELSE 0 END + CASE WHEN fill THEN 0 ELSE length(y::text) END, '0');
    ELSIF e = 'Y,YYY' THEN piece := (y / 1000) || ',' || lpad((y % 1000)::text, 3, '0');
    ELSIF e = 'YYY' THEN number := y % 1000; width := 3;
    ELSIF e IN ('YY', 'RR') THEN number := y % 100; width := 2;
    ELSIF e = 'Y' THEN number := y % 10; width := 1;
    ELSIF e IN ('YEAR', 'SYEAR') THEN piece := oracle.in_case(CASE e WHEN 'SYEAR' THEN ' ' ELSE '' END || oracle.year_words(y), part);
    ELSIF e = 'IYYY' THEN number := extract(isoyear FROM value); width := 4;
    ELSIF e = 'IYY' THEN number := extract(isoyear FROM value)::int % 1000; width := 3;
    ELSIF e = 'IY' THEN number := extract(isoyear FROM value)::int % 100; width := 2;
    ELSIF e = 'I' THEN number := extract(isoyear FROM value)::int % 10; width := 1;
    ELSIF e = 'CC' THEN number := (y + 99) / 100; width := 2;
    ELSIF e = 'SCC' THEN piece := CASE WHEN fill THEN ' ' ELSE '' END || lpad(((y + 99) / 100)::text, 2, '0');
    ELSIF e = 'Q' THEN number := extract(quarter FROM value); width := 1;
    ELSIF e = 'MM' THEN number := extract(month FROM value); width := 2;
    ELSIF e = 'MONTH' THEN piece := oracle.in_case(to_char(value, CASE WHEN fill THEN 'MONTH' ELSE 'FMMONTH' END), part);
    ELSIF e = 'MON' THEN piece := oracle.in_case(to_char(value, 'MON'), part);
    ELSIF e = 'RM' THEN piece := CASE WHEN part ~ '^[a-z]' THEN lower(to_char(value, CASE WHEN fill THEN 'RM' ELSE 'FMRM' END)) ELSE to_char(value, CASE WHEN fill THEN 'RM' ELSE 'FMRM' END) END;
    ELSIF e = 'WW' THEN number := (extract(doy FROM value)::int - 1) / 7 + 1; width := 2;
    ELSIF e = 'IW' THEN number := extract(week FROM value); width := 2;
    ELSIF e = 'W' THEN number := (extract(day FROM value)::int - 1) / 7 + 1; width := 1;
    ELSIF e = 'DDD' THEN number := extract(doy FROM value); width := 3;
    ELSIF e = 'DD' THEN number := extract(day FROM value); width := 2;
    ELSIF e = 'D' THEN number := extract(dow FROM value)::int + 1; width := 1;
    ELSIF e = 'DAY' THEN piece := oracle.in_case(to_char(value, CASE WHEN fill THEN 'DAY' ELSE 'FMDAY' END), part);
    ELSIF e = 'DY' THEN piece := oracle.in_case(to_char(value, 'DY'), part);
    ELSIF e = 'DL' THEN piece := to_char(value, 'FMDay, FMMonth DD, YYYY');
    ELSIF e = 'DS' THEN piece := to_char(value, 'FMMM/FMDD/YYYY');
    ELSIF e = 'TS' THEN piece := to_char(value, 'FMHH12:') || to_char(value, 'MI:SS AM');
    ELSIF e = 'J' THEN number := to_char(value, 'J')::int; width := 7;
    ELSIF e = 'HH24' THEN number := extract(hour FROM value); width := 2;
    ELSIF e IN ('HH', 'HH12') THEN number := (extract(hour FROM value)::int + 11) % 12 + 1; width := 2;
    ELSIF e = 'MI' THEN number := extract(minute FROM value); width := 2;
    ELSIF e = 'SSSSS' THEN number := trunc(extract(epoch FROM value - date_trunc('day', value))); width := 5;
    ELSIF e = 'SS' THEN number := trunc(extract(second FROM value)); width := 2;
    ELSIF e ~ '^FF' THEN
      IF kind = 'DATE' THEN PERFORM oracle.fail('ORA-01821: date format not recognized'); END IF;
      piece := rpad(to_char(value, 'US'), 9, '0');
      piece := left(piece, CASE e WHEN 'FF' THEN 6 ELSE substr(e, 3)::int END);
    ELSIF e = 'X' THEN piece := '.';
    ELSIF e IN ('AM', 'PM') THEN piece := oracle.in_case(to_char(value, 'AM'), part);
    ELSIF e IN ('A.M.', 'P.M.') THEN piece := CASE WHEN part ~ '^[a-z]' THEN lower(to_char(value, 'A.M.')) ELSE to_char(value, 'A.M.') END;
    ELSIF e IN ('AD', 'BC') THEN piece := oracle.in_case('AD', part);
    ELSIF e IN ('A.D.', 'B.C.') THEN piece := CASE WHEN part ~ '^[a-z]' THEN 'a.d.' ELSE 'A.D.' END;
    ELSIF e IN ('TZH', 'TZM', 'TZR', 'TZD') THEN
      IF kind <> 'ZONED' THEN PERFORM oracle.fail('ORA-01821: date format not recognized'); END IF;
      piece := CASE e WHEN 'TZH' THEN left(to_char(value AT TIME ZONE current_setting('TimeZone'), 'OF'), 3) WHEN 'TZM' THEN to_char(value AT TIME ZONE current_setting('TimeZone'), 'TZM')
                      WHEN 'TZD' THEN to_char(value AT TIME ZONE current_setting('TimeZone'), 'TZ') ELSE oracle.session_zone() END;
    ELSIF e IN ('SP', 'TH', 'SPTH', 'THSP') THEN PERFORM oracle.fail('ORA-01821: date format not recognized');
    ELSE piece := part;
    END IF;
    IF number IS NOT NULL THEN
      suffix := upper(coalesce(parts[place + 1], ''));
      IF suffix IN ('SP', 'SPTH', 'THSP') THEN
        piece := oracle.in_case(CASE suffix WHEN 'SP' THEN oracle.words(number) ELSE oracle.ordinal_words(number) END, part);
        place := place + 1;
      ELSE
        piece := CASE WHEN fill AND e <> 'J' THEN lpad(number::text, greatest(width, length(number::text)), '0') ELSE number::text END;
        IF suffix = 'TH' THEN
          piece := piece || CASE WHEN part ~ '^[A-Z][^a-z]' OR part ~ '^[A-Z]$' THEN upper(substr(to_char(number, 'FM9999999TH'), length(number::text) + 1)) ELSE lower(substr(to_char(number, 'FM9999999TH'), length(number::text) + 1)) END;
          place := place + 1;
        END IF;
      END IF;
    END IF;
    shown := shown || piece;
  END LOOP;
  RETURN nullif(shown, '');
END $$;
CREATE OR REPLACE FUNCTION oracle.session_zone() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN z ~ '^<' THEN CASE WHEN z ~ '^<[+-]\d\d>' THEN substr(z, 2, 3) || ':00' ELSE substr(z, 2, 6) END WHEN upper(z) IN ('UTC', 'GMT', 'ETC/UTC') THEN '+00:00' ELSE z END FROM current_setting('TimeZone') z $$;
CREATE OR REPLACE FUNCTION oracle.date_language(parameter text) RETURNS void LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  IF parameter ~* 'NLS_DATE_LANGUAGE\s*=' AND parameter !~* '=\s*''?(AMERICAN|ENGLISH)' THEN
    PERFORM oracle.fail('ORA-03001: unimplemented feature (sandbox): ' || parameter);
  END IF;
END $$;
CREATE OR REPLACE FUNCTION oracle.to_char(timestamp, format text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.format_time($1, $2, 'TIMESTAMP') $$;
CREATE OR REPLACE FUNCTION oracle.to_char(oracle.odate, format text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.format_time($1::timestamp, $2, 'DATE') $$;
CREATE OR REPLACE FUNCTION oracle.to_char(timestamptz, format text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.format_time($1::timestamp, $2, 'ZONED') $$;
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['oracle.odate', 'timestamp', 'timestamptz'] LOOP
    EXECUTE format('CREATE OR REPLACE FUNCTION oracle.to_char(value %s, format text, parameter text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS ''BEGIN PERFORM oracle.date_language(parameter); RETURN oracle.to_char(value, format); END''', t);
  END LOOP;
END $$;

-- Reading a datetime: what was read, and the zone if one was.
CREATE OR REPLACE FUNCTION oracle.read_time(value text, format text, OUT fields timestamp, OUT zone text) LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
  parts text[];
  place int := 0;
  rest text := ltrim(value);
  part text;
  e text;
  digits text;
  exact bool := false;
  n int;
  follows bool;
  now_ timestamp := statement_timestamp() AT TIME ZONE 'UTC';
  y int; mo int; d int; doy int; julian int;
  h int; h12 int; mi int; s int; frac int; sssss int; pm bool; tzh text; tzm text;
  seen text[] := '{}';
  given text[] := '{}';
  family text;
BEGIN
  IF value IS NULL OR format IS NULL THEN RETURN; END IF;
  parts := oracle.time_elements(format);
  WHILE place < cardinality(parts) LOOP
    place := place + 1;
    part := parts[place];
    e := upper(part);
    IF e = 'FX' THEN exact := true; CONTINUE; END IF;
    IF e = 'FM' THEN CONTINUE; END IF;
    family := CASE WHEN e ~ '^(Y|SYYYY|I$|IY|RR)' THEN 'year' WHEN e IN ('MM', 'MON', 'MONTH', 'RM') THEN 'month' WHEN e ~ '^HH' THEN 'hour' WHEN e IN ('A.M.', 'P.M.', 'PM') THEN 'AM' ELSE e END;
    IF e = ANY (given) THEN PERFORM oracle.fail('ORA-01810: format code appears twice'); END IF;
    IF e ~ '^[A-Za-z]' THEN given := given || e; END IF;
    IF family ~ '^[A-Za-z]' AND family = ANY (seen) THEN
      PERFORM oracle.fail(CASE family WHEN 'year' THEN 'ORA-01812: year may only be specified once' WHEN 'month' THEN 'ORA-01816: month may only be specified once' WHEN 'hour' THEN 'ORA-01815: hour may only be specified once' ELSE 'ORA-01810: format code appears twice' END);
    END IF;
    seen := seen || family;
    IF e IN ('WW', 'IW', 'W', 'Q', 'CC', 'SCC', 'YEAR', 'SYEAR', 'D', 'IYYY', 'IYY', 'IY', 'I', 'SP', 'SPTH', 'THSP', 'DL', 'DS', 'TS', 'TZD', 'AD', 'BC', 'A.D.', 'B.C.') THEN
      IF e IN ('WW', 'IW', 'W', 'Q', 'CC', 'SCC', 'YEAR', 'SYEAR', 'IYYY', 'IYY', 'IY', 'I', 'SP', 'SPTH', 'THSP') THEN PERFORM oracle.fail('ORA-01820: format code cannot appear in date input format'); END IF;
      PERFORM oracle.fail('ORA-03001: unimplemented feature (sandbox): format element ' || e || ' when a date is read');
    END IF;
    IF part ~ '^"' THEN
      part := substr(part, 2, length(part) - 2);
      IF rest = '' THEN CONTINUE; END IF;
      IF left(rest, length(part)) <> part THEN PERFORM oracle.fail('ORA-01861: literal does not match format string'); END IF;
      rest := substr(rest, length(part) + 1);
      CONTINUE;
    END IF;
    IF part ~ '^[-/,.;: ]$' OR e = 'X' THEN
      IF exact AND left(rest, 1) <> part AND rest <> '' THEN PERFORM oracle.fail('ORA-01861: literal does not match format string'); END IF;
      IF part = ' ' AND NOT exact THEN rest := ltrim(rest);
      ELSIF rest ~ '^[^[:alnum:]]' AND NOT (rest ~ '^[+-]' AND upper(coalesce(parts[place + 1], '')) ~ '^(SYYYY|TZ)') THEN rest := substr(rest, 2);
      ELSIF part <> ' ' AND (rest ~ '^[[:alpha:]]' OR rest ~ '^\d' AND upper(coalesce(parts[place + 1], '')) ~ '^(MON|D[AY])') THEN PERFORM oracle.fail('ORA-01861: literal does not match format string');
      END IF;
      CONTINUE;
    END IF;
    IF NOT exact THEN rest := ltrim(rest); END IF;
    IF rest = '' THEN
      IF e ~ '^(HH|MI|SS|FF|AM|PM|A\.M|P\.M|TZ|TH)' AND place > 1 THEN CONTINUE; END IF;
      PERFORM oracle.fail('ORA-01840: input value not long enough for date format');
    END IF;
    follows := upper(coalesce(parts[place + 1], '')) ~ '^(Y|R|M|D|H|S|J|FF)';
    n := CASE WHEN e IN ('YYYY', 'RRRR', 'SYYYY') THEN 4 WHEN e IN ('YYY', 'DDD') THEN 3 WHEN e = 'Y' THEN 1 WHEN e = 'J' THEN 7 WHEN e = 'SSSSS' THEN 5 WHEN e = 'FF' THEN 9 WHEN e ~ '^FF' THEN substr(e, 3)::int ELSE 2 END;
    IF e IN ('YY', 'RR') AND NOT follows AND NOT exact AND rest ~ '^\d{4}(\D|$)' THEN n := 4; END IF;
    IF e = 'SYYYY' AND rest ~ '^-' THEN PERFORM oracle.fail('ORA-03001: unimplemented feature (sandbox): years before the common era'); END IF;
    digits := substring(rest FROM '^\d{1,' || n || '}');
    IF e IN ('MON', 'MONTH') OR e = 'MM' AND digits IS NULL AND NOT exact THEN
      mo := 0;
      LOOP
        mo := mo + 1;
        EXIT WHEN mo = 13;
        part := to_char(make_date(2000, mo, 1), 'FMMONTH');
        IF upper(left(rest, length(part))) = part THEN rest := substr(rest, length(part) + 1); EXIT; END IF;
        IF upper(left(rest, 3)) = left(part, 3) AND (e = 'MON' OR rest !~ '^[[:alpha:]]{4}') THEN rest := substr(rest, 4); EXIT; END IF;
      END LOOP;
      IF mo = 13 THEN PERFORM oracle.fail('ORA-01843: not a valid month'); END IF;
    ELSIF e = 'RM' THEN
      digits := substring(upper(rest) FROM '^[IVX]+');
      mo := array_position(ARRAY['I', 'II', 'III', 'IV', 'V', 'VI', 'VII', 'VIII', 'IX', 'X', 'XI', 'XII'], digits);
      IF mo IS NULL THEN PERFORM oracle.fail('ORA-01857: not a valid time zone'); END IF;
      rest := substr(rest, length(digits) + 1);
    ELSIF e IN ('DY', 'DAY') THEN
      digits := substring(rest FROM '^[[:alpha:]]+');
      IF digits IS NULL OR array_position(ARRAY['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'], upper(left(digits, 3))) IS NULL THEN PERFORM oracle.fail('ORA-01846: not a valid day of the week'); END IF;
      rest := substr(rest, length(digits) + 1);
    ELSIF e IN ('AM', 'PM', 'A.M.', 'P.M.') THEN
      IF rest !~* '^[AP]\.?M\.?' THEN PERFORM oracle.fail('ORA-01855: AM/A.M. or PM/P.M. required'); END IF;
      pm := rest ~* '^P';
      rest := regexp_replace(rest, '^[AP]\.?M\.?', '', 'i');
    ELSIF e = 'TZR' THEN
      zone := substring(rest FROM '^[+-]?[A-Za-z0-9_/:+-]+');
      IF zone IS NULL THEN PERFORM oracle.fail('ORA-01882: timezone region not found'); END IF;
      rest := substr(rest, length(zone) + 1);
    ELSIF e = 'TZH' THEN
      tzh := substring(rest FROM '^[+-]?\d{1,2}');
      IF tzh IS NULL THEN PERFORM oracle.fail('ORA-01858: a non-numeric character was found where a numeric was expected'); END IF;
      rest := substr(rest, length(tzh) + 1);
    ELSE
      IF digits IS NULL THEN
        PERFORM oracle.fail(CASE WHEN e IN ('YYYY', 'RRRR') THEN 'ORA-01841: (full) year must be between -4713 and +9999, and not be 0' ELSE 'ORA-01858: a non-numeric character was found where a numeric was expected' END);
      END IF;
      IF exact AND length(digits) <> n AND e !~ '^FF' THEN PERFORM oracle.fail('ORA-01862: the numeric value does not match the length of the format item'); END IF;
      rest := substr(rest, length(digits) + 1);
      CASE
        WHEN e IN ('YYYY', 'SYYYY') THEN
          y := digits::int;
          IF y = 0 THEN PERFORM oracle.fail('ORA-01841: (full) year must be between -4713 and +9999, and not be 0'); END IF;
        WHEN e IN ('RR', 'RRRR') THEN
          y := digits::int;
          IF length(digits) <= 2 THEN y := y + extract(year FROM now_)::int / 100 * 100 + CASE WHEN extract(year FROM now_)::int % 100 < 50 AND y >= 50 THEN -100 WHEN extract(year FROM now_)::int % 100 >= 50 AND y < 50 THEN 100 ELSE 0 END; END IF;
        WHEN e = 'YYY' THEN y := digits::int + extract(year FROM now_)::int / 1000 * 1000;
        WHEN e = 'YY' THEN y := digits::int + CASE WHEN length(digits) > 2 THEN 0 ELSE extract(year FROM now_)::int / 100 * 100 END;
        WHEN e = 'Y' THEN y := digits::int + extract(year FROM now_)::int / 10 * 10;
        WHEN e = 'MM' THEN
          mo := digits::int;
          IF mo NOT BETWEEN 1 AND 12 THEN PERFORM oracle.fail('ORA-01843: not a valid month'); END IF;
        WHEN e = 'DD' THEN
          d := digits::int;
          IF d NOT BETWEEN 1 AND 31 THEN PERFORM oracle.fail('ORA-01847: day of month must be between 1 and last day of month'); END IF;
        WHEN e = 'DDD' THEN
          doy := digits::int;
          IF doy NOT BETWEEN 1 AND 366 THEN PERFORM oracle.fail('ORA-01848: day of year must be between 1 and 365 (366 for leap year)'); END IF;
        WHEN e = 'J' THEN
          julian := digits::int;
          IF julian NOT BETWEEN 1 AND 5373484 THEN PERFORM oracle.fail('ORA-01854: julian date must be between 1 and 5373484'); END IF;
        WHEN e = 'HH24' THEN
          h := digits::int;
          IF h > 23 THEN PERFORM oracle.fail('ORA-01850: hour must be between 0 and 23'); END IF;
        WHEN e IN ('HH', 'HH12') THEN
          h12 := digits::int;
          IF h12 NOT BETWEEN 1 AND 12 THEN PERFORM oracle.fail('ORA-01849: hour must be between 1 and 12'); END IF;
        WHEN e = 'MI' THEN
          mi := digits::int;
          IF mi > 59 THEN PERFORM oracle.fail('ORA-01851: minutes must be between 0 and 59'); END IF;
        WHEN e = 'SS' THEN
          s := digits::int;
          IF s > 59 THEN PERFORM oracle.fail('ORA-01852: seconds must be between 0 and 59'); END IF;
        WHEN e = 'SSSSS' THEN
          sssss := digits::int;
          IF sssss > 86399 THEN PERFORM oracle.fail('ORA-01853: seconds in day must be between 0 and 86399'); END IF;
        WHEN e ~ '^FF' THEN frac := round(rpad(digits, 9, '0')::numeric / 1000);
        WHEN e = 'TZM' THEN tzm := digits;
        ELSE PERFORM oracle.fail('ORA-01821: date format not recognized');
      END CASE;
    END IF;
  END LOOP;
  IF ltrim(rest) <> '' THEN PERFORM oracle.fail('ORA-01830: date format picture ends before converting entire input string'); END IF;
  IF h IS NOT NULL AND pm IS NOT NULL THEN PERFORM oracle.fail('ORA-01818: ''HH24'' precludes use of meridian indicator'); END IF;
  IF h12 IS NOT NULL THEN h := h12 % 12 + CASE WHEN pm THEN 12 ELSE 0 END; END IF;
  IF sssss IS NOT NULL THEN h := sssss / 3600; mi := sssss / 60 % 60; s := sssss % 60; END IF;
  y := coalesce(y, extract(year FROM now_)::int);
  IF julian IS NOT NULL THEN
    fields := date '2000-01-01' + (julian - 2451545);
  ELSIF doy IS NOT NULL THEN
    IF doy = 366 AND extract(doy FROM make_date(y, 12, 31)) = 365 THEN PERFORM oracle.fail('ORA-01848: day of year must be between 1 and 365 (366 for leap year)'); END IF;
    fields := make_date(y, 1, 1) + (doy - 1);
  ELSE
    mo := coalesce(mo, extract(month FROM now_)::int);
    d := coalesce(d, 1);
    IF d > extract(day FROM make_date(y, mo, 1) + interval '1 month - 1 day') THEN PERFORM oracle.fail('ORA-01839: date not valid for month specified'); END IF;
    fields := make_date(y, mo, d);
  END IF;
  fields := fields + make_interval(hours => coalesce(h, 0), mins => coalesce(mi, 0)) + make_interval(secs => coalesce(s, 0)) + coalesce(frac, 0) * interval '1 microsecond';
  IF tzh IS NOT NULL THEN zone := CASE WHEN tzh ~ '^[+-]' THEN '' ELSE '+' END || tzh || ':' || coalesce(tzm, '00'); END IF;
END $$;
-- The commonest shapes need no elements.
CREATE OR REPLACE FUNCTION oracle.read_fields(value text, format text) RETURNS timestamp LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
  IF format = 'YYYY-MM-DD' AND value ~ '^[12]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])$'
     OR format = 'YYYY-MM-DD HH24:MI:SS' AND value ~ '^[12]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8]) ([01]\d|2[0-3]):[0-5]\d:[0-5]\d$' THEN RETURN pg_catalog.timestamp_in(pg_catalog.textout(value), 0, -1); END IF;
  RETURN (oracle.read_time(value, format)).fields;
END $$;
CREATE OR REPLACE FUNCTION oracle.parse_time(value text, format text) RETURNS timestamptz LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
  found record;
BEGIN
  found := oracle.read_time(value, format);
  IF found.zone IS NULL THEN RETURN found.fields::timestamptz; END IF;
  RETURN found.fields AT TIME ZONE oracle.zone(found.zone);
END $$;
CREATE OR REPLACE FUNCTION oracle.to_date(text, format text) RETURNS oracle.odate LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.to_odate(oracle.read_fields($1, $2)) $$;
CREATE OR REPLACE FUNCTION oracle.to_date(numeric, format text) RETURNS oracle.odate LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.to_odate(oracle.read_fields(oracle.s($1), $2)) $$;
CREATE OR REPLACE FUNCTION oracle.to_date(text, format text, nls text) RETURNS oracle.odate LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$ BEGIN PERFORM oracle.date_language($3); RETURN oracle.to_odate(oracle.read_fields($1, $2)); END $$;
CREATE OR REPLACE FUNCTION oracle.to_date(text) RETURNS oracle.odate LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.to_odate(oracle.read_fields($1, oracle.setting('nls_date_format', 'DD-MON-RR'))) $$;
CREATE OR REPLACE FUNCTION oracle.to_timestamp(text, format text) RETURNS timestamp LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.read_fields($1, $2) $$;
CREATE OR REPLACE FUNCTION oracle.to_timestamp(text, format text, nls text) RETURNS timestamp LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$ BEGIN PERFORM oracle.date_language($3); RETURN oracle.read_fields($1, $2); END $$;
CREATE OR REPLACE FUNCTION oracle.to_timestamp(text) RETURNS timestamp LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.read_fields($1, oracle.setting('nls_timestamp_format', 'DD-MON-RR HH.MI.SSXFF AM')) $$;
CREATE OR REPLACE FUNCTION oracle.to_timestamp_tz(text, format text) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.parse_time($1, $2) $$;
CREATE OR REPLACE FUNCTION oracle.to_timestamp_tz(text) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.parse_time($1, oracle.setting('nls_timestamp_tz_format', 'DD-MON-RR HH.MI.SSXFF AM TZR')) $$;
CREATE OR REPLACE FUNCTION oracle.date_literal(text) RETURNS oracle.odate LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.to_odate(oracle.read_fields($1, 'YYYY-MM-DD')) $$;

-- Numbers: text that is none is ORA-01722, also what PostgreSQL would take for one.
CREATE OR REPLACE FUNCTION oracle.num(value text) RETURNS numeric LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  IF value IS NULL OR value ~ '^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$' THEN RETURN pg_catalog.numeric_in(pg_catalog.textout(value), 0, -1); END IF;
  RAISE EXCEPTION USING ERRCODE = 'ORERR', MESSAGE = 'ORA-01722: invalid number';
END $$;
CREATE OR REPLACE FUNCTION oracle.to_number(text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.num($1) $$;
DROP CAST IF EXISTS (text AS numeric);
CREATE CAST (text AS numeric) WITH FUNCTION oracle.num(text) AS ASSIGNMENT;
CREATE OR REPLACE FUNCTION oracle.num(value oracle.varchar2) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.num(value::text) $$;
DROP CAST IF EXISTS (oracle.varchar2 AS numeric);
CREATE CAST (oracle.varchar2 AS numeric) WITH FUNCTION oracle.num(oracle.varchar2) AS ASSIGNMENT;
DO $$
DECLARE op record;
BEGIN
  FOR op IN SELECT * FROM (VALUES ('=', 'eq'), ('<>', 'ne'), ('<', 'lt'), ('<=', 'le'), ('>', 'gt'), ('>=', 'ge')) v(sign, name) LOOP
    EXECUTE format('CREATE OR REPLACE FUNCTION oracle.num_text_%s(numeric, text) RETURNS bool LANGUAGE sql IMMUTABLE PARALLEL SAFE AS ''SELECT $1 %s oracle.num($2)''', op.name, op.sign);
    EXECUTE format('CREATE OR REPLACE FUNCTION oracle.text_num_%s(text, numeric) RETURNS bool LANGUAGE sql IMMUTABLE PARALLEL SAFE AS ''SELECT oracle.num($1) %s $2''', op.name, op.sign);
  END LOOP;
  FOR op IN SELECT * FROM (VALUES ('+', 'add'), ('-', 'sub'), ('*', 'mul')) v(sign, name) LOOP
    EXECUTE format('CREATE OR REPLACE FUNCTION oracle.num_text_%s(numeric, text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS ''SELECT $1 %s oracle.num($2)''', op.name, op.sign);
    EXECUTE format('CREATE OR REPLACE FUNCTION oracle.text_num_%s(text, numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS ''SELECT oracle.num($1) %s $2''', op.name, op.sign);
    EXECUTE format('CREATE OR REPLACE FUNCTION oracle.text_text_%s(text, text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS ''SELECT oracle.num($1) %s oracle.num($2)''', op.name, op.sign);
  END LOOP;
END $$;
CREATE OR REPLACE FUNCTION oracle.div(text, numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.div(oracle.num($1), $2) $$;
CREATE OR REPLACE FUNCTION oracle.div(numeric, text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.div($1, oracle.num($2)) $$;
CREATE OR REPLACE FUNCTION oracle.div(text, text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT oracle.div(oracle.num($1), oracle.num($2)) $$;
CREATE OR REPLACE FUNCTION oracle.nvl(numeric, text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT coalesce($1, oracle.num($2)) $$;

-- NLS_NUMERIC_CHARACTERS of a parameter or of the session: decimal point and group mark.
CREATE OR REPLACE FUNCTION oracle.numeric_marks(parameter text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT coalesce(substring(parameter FROM '(?i)NLS_NUMERIC_CHARACTERS\s*=\s*''(..)'), nullif(current_setting('oracle.nls_numeric_characters', true), ''), '.,') $$;
CREATE OR REPLACE FUNCTION oracle.format_number(value numeric, format text, parameter text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
  f text := upper(format);
  plain text;
  shown text;
  marks text;
  fill bool := f !~ '^FM';
  currency text;
BEGIN
  IF value IS NULL OR format IS NULL THEN RETURN NULL; END IF;
  f := regexp_replace(f, '^FM', '');
  IF f IN ('TM', 'TM9') THEN RETURN oracle.s(value); END IF;
  IF f ~ '^0?X+$' THEN
    shown := CASE WHEN format ~ 'X' THEN upper(to_hex(round(value)::bigint)) ELSE to_hex(round(value)::bigint) END;
    IF value < 0 OR length(shown) > length(f) THEN RETURN repeat('#', length(f) + 1); END IF;
    IF f ~ '^0' THEN shown := lpad(shown, length(f), '0'); END IF;
    RETURN CASE WHEN fill THEN lpad(shown, length(f) + 1) ELSE shown END;
  END IF;
  IF f = 'RN' THEN
    IF round(value) NOT BETWEEN 1 AND 3999 THEN RETURN repeat('#', 15); END IF;
    shown := CASE WHEN format ~ 'RN' THEN to_char(round(value), 'FMRN') ELSE lower(to_char(round(value), 'FMRN')) END;
    RETURN CASE WHEN fill THEN lpad(shown, 15) ELSE shown END;
  END IF;
  IF f !~ '^S?[$LB]*[09][09,G]*([.DV][09]*)?[$LB]*(EEEE)?[L$]?(MI|PR|S)?$' AND f !~ '^S?[$LB]*[.DV][09]+[$LB]*(EEEE)?(MI|PR|S)?$' OR f ~ '^S.*(S|MI|PR)$' OR length(regexp_replace(f, '[^$]', '', 'g')) > 1 THEN
    IF f ~ '^[$LBCUS]*[09,G.D]*[CU]' OR f IN ('TME') THEN PERFORM oracle.fail('ORA-03001: unimplemented feature (sandbox): number format ' || format); END IF;
    PERFORM oracle.fail('ORA-01481: invalid number format model');
  END IF;
  plain := translate(f, '$LBGD', ',.');
  plain := replace(replace(regexp_replace(f, '[$LB]', '', 'g'), 'G', ','), 'D', '.');
  IF f ~ 'EEEE' THEN
    shown := upper(to_char(value, CASE WHEN fill THEN '' ELSE 'FM' END || plain));
  ELSE
    shown := to_char(value, CASE WHEN fill THEN '' ELSE 'FM' END || plain);
  END IF;
  IF shown ~ '#' THEN RETURN repeat('#', length(regexp_replace(f, '(MI|PR|S)', '', 'g')) + CASE WHEN f ~ 'PR' THEN 2 ELSE 1 END + CASE WHEN f ~ 'L' THEN 9 ELSE 0 END); END IF;
  IF f ~ 'B' AND trunc(value) = 0 THEN RETURN CASE WHEN fill THEN repeat(' ', length(shown)) END; END IF;
  IF f ~ '[$L]' THEN
    currency := CASE WHEN f ~ 'L' THEN coalesce(substring(parameter FROM '(?i)NLS_CURRENCY\s*=\s*''([^'']*)'), nullif(current_setting('oracle.nls_currency', true), ''), '$') ELSE '$' END;
    plain := shown;
    shown := CASE WHEN f ~ 'L(MI|PR|S)?$' THEN regexp_replace(shown, '([0-9.])([^0-9.]*)$', '\1' || currency || '\2') ELSE regexp_replace(shown, '([0-9.])', currency || '\1') END;
    IF fill THEN shown := lpad(shown, length(plain) + CASE WHEN f ~ 'L' THEN 10 ELSE 1 END); END IF;
  END IF;
  marks := oracle.numeric_marks(parameter);
  IF f ~ '[GD]' AND marks <> '.,' THEN shown := translate(shown, '.,', marks); END IF;
  RETURN nullif(shown, '');
END $$;
CREATE OR REPLACE FUNCTION oracle.to_char(numeric, format text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
  IF $2 ~ '^(FM)?[09]*(\.[09]+)?$' THEN
    IF abs($1) < power(10::numeric, length(regexp_replace(regexp_replace($2, '^FM', ''), '\..*$', ''))) - 1 THEN RETURN nullif(to_char($1, $2), ''); END IF;
  END IF;
  RETURN oracle.format_number($1, $2, NULL);
END $$;
CREATE OR REPLACE FUNCTION oracle.to_char(numeric, format text, parameter text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.format_number($1, $2, $3) $$;
CREATE OR REPLACE FUNCTION oracle.to_char(text, format text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.to_char(oracle.num($1), $2) $$;
CREATE OR REPLACE FUNCTION oracle.read_number(value text, format text, parameter text) RETURNS numeric LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
  f text := regexp_replace(upper(format), '^FM', '');
  v text := trim(value);
  marks text := CASE WHEN f ~ '[GD]' THEN oracle.numeric_marks(parameter) ELSE '.,' END;
  before int;
  after int;
  minus bool := false;
BEGIN
  IF v IS NULL OR format IS NULL THEN RETURN NULL; END IF;
  IF f ~ '^0?X+$' THEN
    IF v !~* '^[0-9a-f]+$' OR length(v) > length(f) THEN PERFORM oracle.fail('ORA-01722: invalid number'); END IF;
    RETURN ('x' || lpad(v, 16, '0'))::bit(64)::bigint;
  END IF;
  IF f !~ '^S?[$L]*[09,G]*([.D][09]*)?(MI|PR|S)?$' THEN
    IF f ~ '^[$LBCUS]*[09,G.DV]*(EEEE|V|C|U|RN|TM)?' AND f ~ '(EEEE|V|C|U|RN|TM|B)' THEN PERFORM oracle.fail('ORA-03001: unimplemented feature (sandbox): TO_NUMBER with the format ' || format); END IF;
    PERFORM oracle.fail('ORA-01481: invalid number format model');
  END IF;
  IF f ~ 'PR$' AND v ~ '^<.*>$' THEN minus := true; v := substr(v, 2, length(v) - 2);
  ELSIF f ~ '(MI|S)$' THEN
    IF v ~ '[+-]$' THEN minus := v ~ '-$'; v := left(v, -1); ELSIF f ~ 'S$' THEN PERFORM oracle.fail('ORA-01722: invalid number'); END IF;
  ELSIF v ~ '^[+-]' THEN minus := v ~ '^-'; v := substr(v, 2);
  END IF;
  IF f ~ '[$L]' THEN v := regexp_replace(v, '^[$]', ''); END IF;
  IF f ~ '[,G]' THEN v := replace(v, substr(marks, 2, 1), ''); END IF;
  IF marks <> '.,' THEN v := translate(v, substr(marks, 1, 1), '.'); END IF;
  before := length(regexp_replace(regexp_replace(f, '[.D].*$', ''), '[^09]', '', 'g'));
  after := length(regexp_replace(coalesce(substring(f FROM '[.D](.*)$'), ''), '[^09]', '', 'g'));
  IF v !~ ('^\d{0,' || before || '}' || CASE WHEN f ~ '[.D]' THEN '(\.\d{0,' || after || '})?' ELSE '' END || '$') OR v !~ '\d' THEN PERFORM oracle.fail('ORA-01722: invalid number'); END IF;
  RETURN CASE WHEN minus THEN -v::pg_catalog.numeric ELSE v::pg_catalog.numeric END;
END $$;
CREATE OR REPLACE FUNCTION oracle.to_number(text, format text) RETURNS numeric LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.read_number($1, $2, NULL) $$;
CREATE OR REPLACE FUNCTION oracle.to_number(text, format text, parameter text) RETURNS numeric LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT oracle.read_number($1, $2, $3) $$;
