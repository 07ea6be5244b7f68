-- What every start brings up to date, also in a database that an older sandbox made: each statement may run again.

-- Deferrable CHECK and NOT NULL constraints: the row is looked at as it is when the check is made; a version that has been replaced has a check of its own.
CREATE OR REPLACE FUNCTION oracle.deferrable_check() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  violated bool;
BEGIN
  EXECUTE format('SELECT EXISTS (SELECT FROM ONLY %s WHERE ctid = $1 AND NOT (%s))', TG_RELID::regclass, TG_ARGV[0]) INTO violated USING NEW.ctid;
  IF violated THEN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'check constraint violated', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION oracle.check_rows(place text, constraint_name text, condition text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  violated bool;
BEGIN
  EXECUTE format('SELECT EXISTS (SELECT FROM ONLY %s WHERE NOT (%s))', place, condition) INTO violated;
  IF violated THEN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'check constraint violated', SCHEMA = (SELECT nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = place::regclass), CONSTRAINT = constraint_name;
  END IF;
END $$;
CREATE OR REPLACE FUNCTION oracle.drop_constraint(place text, constraint_name text, suffix text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM pg_constraint WHERE conrelid = place::regclass AND conname = constraint_name AND contype = 't') THEN
    EXECUTE format('DROP TRIGGER %I ON %s', constraint_name, place);
  ELSE
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I%s', place, constraint_name, suffix);
  END IF;
END $$;
