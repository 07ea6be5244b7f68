-- Stored functions whose arguments are columns: PostgreSQL asks for a value that it does not have yet, and gets it when the statement is run again.
-- state: p asked for, v there, e raised an error, whose number is the value.
CREATE OR REPLACE FUNCTION oracle.stored(call text, args text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  wanted text := md5(args::text);
  place text := current_setting('oracle.calls', true) || '/' || call;
  found_state "char";
  found_value text;
BEGIN
  IF coalesce(current_setting('oracle.calls', true), '') = '' THEN RAISE EXCEPTION USING ERRCODE = 'ORERR', MESSAGE = 'ORA-03001: unimplemented feature (sandbox): a stored function here'; END IF;
  SELECT m.state, m.value INTO found_state, found_value FROM pg_temp."odag$values" m WHERE m.call = place AND m.args = wanted;
  IF found_state = 'v' THEN
    RETURN found_value;
  ELSIF found_state = 'e' THEN
    RAISE EXCEPTION USING ERRCODE = 'ORERR', MESSAGE = 'ORA-00600: odag$failed ' || found_value;
  ELSIF found_state IS NULL THEN
    INSERT INTO pg_temp."odag$values" (call, args, state) VALUES (place, wanted, 'p');
    RAISE NOTICE USING MESSAGE = 'odag$wanted ' || json_build_array(current_setting('oracle.calls', true), call, wanted, args)::text;
  END IF;
  RETURN NULL;
END $$;
