-- Oracle's types, as PostgreSQL types of their own: the describe information of a query then tells
-- DATE from TIMESTAMP and CLOB from VARCHAR2, also for expressions.

CREATE SCHEMA oracle;

-- DATE: the storage of timestamp, but days as numbers in its arithmetic.
CREATE TYPE oracle.odate;
CREATE FUNCTION oracle.odate_in(cstring, oid, int4) RETURNS oracle.odate LANGUAGE internal STABLE STRICT PARALLEL SAFE AS 'timestamp_in';
CREATE FUNCTION oracle.odate_out(oracle.odate) RETURNS cstring LANGUAGE internal STABLE STRICT PARALLEL SAFE AS 'timestamp_out';
CREATE FUNCTION oracle.odate_recv(internal, oid, int4) RETURNS oracle.odate LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'timestamp_recv';
CREATE FUNCTION oracle.odate_send(oracle.odate) RETURNS bytea LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'timestamp_send';
CREATE TYPE oracle.odate (INPUT = oracle.odate_in, OUTPUT = oracle.odate_out, RECEIVE = oracle.odate_recv, SEND = oracle.odate_send, LIKE = timestamp, CATEGORY = 'D');

-- VARCHAR2, CLOB: text; RAW, BLOB: bytea. Type modifiers are kept for describe, lengths are checked by constraints.
CREATE TYPE oracle.varchar2;
CREATE FUNCTION oracle.varchar2_in(cstring) RETURNS oracle.varchar2 LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textin';
CREATE FUNCTION oracle.varchar2_out(oracle.varchar2) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textout';
CREATE FUNCTION oracle.varchar2_recv(internal) RETURNS oracle.varchar2 LANGUAGE internal STABLE STRICT PARALLEL SAFE AS 'textrecv';
CREATE FUNCTION oracle.varchar2_send(oracle.varchar2) RETURNS bytea LANGUAGE internal STABLE STRICT PARALLEL SAFE AS 'textsend';
CREATE FUNCTION oracle.length_typmod_in(cstring[]) RETURNS int4 LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'varchartypmodin';
CREATE FUNCTION oracle.length_typmod_out(int4) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'varchartypmodout';
CREATE TYPE oracle.varchar2 (INPUT = oracle.varchar2_in, OUTPUT = oracle.varchar2_out, RECEIVE = oracle.varchar2_recv, SEND = oracle.varchar2_send, TYPMOD_IN = oracle.length_typmod_in, TYPMOD_OUT = oracle.length_typmod_out, LIKE = text, CATEGORY = 'S', COLLATABLE = true);

CREATE TYPE oracle.clob;
CREATE FUNCTION oracle.clob_in(cstring) RETURNS oracle.clob LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textin';
CREATE FUNCTION oracle.clob_out(oracle.clob) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textout';
CREATE TYPE oracle.clob (INPUT = oracle.clob_in, OUTPUT = oracle.clob_out, LIKE = text, CATEGORY = 'S', COLLATABLE = true);

CREATE TYPE oracle.raw;
CREATE FUNCTION oracle.raw_in(cstring) RETURNS oracle.raw LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteain';
CREATE FUNCTION oracle.raw_out(oracle.raw) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteaout';
CREATE TYPE oracle.raw (INPUT = oracle.raw_in, OUTPUT = oracle.raw_out, TYPMOD_IN = oracle.length_typmod_in, TYPMOD_OUT = oracle.length_typmod_out, LIKE = bytea);

CREATE TYPE oracle.blob;
CREATE FUNCTION oracle.blob_in(cstring) RETURNS oracle.blob LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteain';
CREATE FUNCTION oracle.blob_out(oracle.blob) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteaout';
CREATE TYPE oracle.blob (INPUT = oracle.blob_in, OUTPUT = oracle.blob_out, LIKE = bytea);

CREATE CAST (oracle.varchar2 AS text) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (text AS oracle.varchar2) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (oracle.clob AS text) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (text AS oracle.clob) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (oracle.varchar2 AS oracle.clob) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (oracle.clob AS oracle.varchar2) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (oracle.raw AS bytea) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (bytea AS oracle.raw) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (oracle.blob AS bytea) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (bytea AS oracle.blob) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (oracle.raw AS oracle.blob) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (oracle.odate AS timestamp) WITHOUT FUNCTION AS IMPLICIT;
-- A binary cast and a truncating one cannot both exist: the function is the internal date_trunc result under another type.
CREATE FUNCTION oracle.odate_of(timestamp, int4) RETURNS oracle.odate LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'timestamp_scale';
CREATE FUNCTION oracle.to_odate(timestamp) RETURNS oracle.odate LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS 'SELECT oracle.odate_of(pg_catalog.date_trunc(''second'', $1), 0)';
CREATE FUNCTION oracle.to_odate(timestamptz) RETURNS oracle.odate LANGUAGE sql STABLE STRICT PARALLEL SAFE
  AS 'SELECT oracle.odate_of(pg_catalog.date_trunc(''second'', $1::timestamp), 0)';
CREATE FUNCTION oracle.odate_tz(oracle.odate) RETURNS timestamptz LANGUAGE internal STABLE STRICT PARALLEL SAFE AS 'timestamp_timestamptz';
CREATE CAST (timestamp AS oracle.odate) WITH FUNCTION oracle.to_odate(timestamp) AS ASSIGNMENT;
CREATE CAST (timestamptz AS oracle.odate) WITH FUNCTION oracle.to_odate(timestamptz) AS ASSIGNMENT;
CREATE CAST (oracle.odate AS timestamptz) WITH FUNCTION oracle.odate_tz(oracle.odate) AS IMPLICIT;

-- Comparison and ordering of DATE.
CREATE FUNCTION oracle.odate_cmp(oracle.odate, oracle.odate) RETURNS int4 LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'timestamp_cmp';
CREATE FUNCTION oracle.odate_hash(oracle.odate) RETURNS int4 LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'timestamp_hash';
DO $$
DECLARE
  op record;
BEGIN
  FOR op IN SELECT * FROM (VALUES ('<', 'lt', '>', '>=', 'scalarltsel'), ('<=', 'le', '>=', '>', 'scalarlesel'), ('=', 'eq', '=', '<>', 'eqsel'),
                                  ('>=', 'ge', '<=', '<', 'scalargesel'), ('>', 'gt', '<', '<=', 'scalargtsel'), ('<>', 'ne', '<>', '=', 'neqsel')) v(sign, name, commutator, negator, sel)
  LOOP
    EXECUTE format('CREATE FUNCTION oracle.odate_%s(oracle.odate, oracle.odate) RETURNS bool LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS %L', op.name, 'timestamp_' || op.name);
    EXECUTE format('CREATE OPERATOR oracle.%s (LEFTARG = oracle.odate, RIGHTARG = oracle.odate, FUNCTION = oracle.odate_%s, COMMUTATOR = OPERATOR(oracle.%s), NEGATOR = OPERATOR(oracle.%s), RESTRICT = %s, JOIN = %s %s)',
      op.sign, op.name, op.commutator, op.negator, op.sel, replace(op.sel, 'sel', 'joinsel'), CASE WHEN op.sign = '=' THEN ', HASHES, MERGES' ELSE '' END);
  END LOOP;
END $$;
CREATE OPERATOR CLASS oracle.odate_ops DEFAULT FOR TYPE oracle.odate USING btree AS
  OPERATOR 1 oracle.<, OPERATOR 2 oracle.<=, OPERATOR 3 oracle.=, OPERATOR 4 oracle.>=, OPERATOR 5 oracle.>,
  FUNCTION 1 oracle.odate_cmp(oracle.odate, oracle.odate);
CREATE OPERATOR CLASS oracle.odate_hash_ops DEFAULT FOR TYPE oracle.odate USING hash AS
  OPERATOR 1 oracle.=, FUNCTION 1 oracle.odate_hash(oracle.odate);
CREATE FUNCTION oracle.odate_smaller(oracle.odate, oracle.odate) RETURNS oracle.odate LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'timestamp_smaller';
CREATE FUNCTION oracle.odate_larger(oracle.odate, oracle.odate) RETURNS oracle.odate LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'timestamp_larger';
CREATE AGGREGATE oracle.min(oracle.odate) (SFUNC = oracle.odate_smaller, STYPE = oracle.odate, SORTOP = OPERATOR(oracle.<), PARALLEL = SAFE, COMBINEFUNC = oracle.odate_smaller);
CREATE AGGREGATE oracle.max(oracle.odate) (SFUNC = oracle.odate_larger, STYPE = oracle.odate, SORTOP = OPERATOR(oracle.>), PARALLEL = SAFE, COMBINEFUNC = oracle.odate_larger);

-- Arithmetic of DATE.
CREATE FUNCTION oracle.days(numeric) RETURNS interval LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS 'SELECT pg_catalog.make_interval(days => pg_catalog.trunc($1)::int, secs => pg_catalog.round(($1 - pg_catalog.trunc($1)) * 86400)::float8)';
CREATE FUNCTION oracle.date_plus(oracle.odate, numeric) RETURNS oracle.odate LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS 'SELECT oracle.odate_of($1::timestamp + oracle.days($2), 0)';
CREATE FUNCTION oracle.plus_date(numeric, oracle.odate) RETURNS oracle.odate LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS 'SELECT oracle.odate_of($2::timestamp + oracle.days($1), 0)';
CREATE FUNCTION oracle.date_minus(oracle.odate, numeric) RETURNS oracle.odate LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS 'SELECT oracle.odate_of($1::timestamp - oracle.days($2), 0)';
CREATE FUNCTION oracle.date_between(oracle.odate, oracle.odate) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS 'SELECT pg_catalog.trim_scale(pg_catalog.round((extract(epoch FROM $1::timestamp) - extract(epoch FROM $2::timestamp))::numeric / 86400.0000000000000000000000000000000000000000, 38))';
CREATE FUNCTION oracle.date_plus_interval(oracle.odate, interval) RETURNS oracle.odate LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS 'SELECT oracle.to_odate($1::timestamp + $2)';
CREATE FUNCTION oracle.date_minus_interval(oracle.odate, interval) RETURNS oracle.odate LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS 'SELECT oracle.to_odate($1::timestamp - $2)';
CREATE OPERATOR oracle.+ (LEFTARG = oracle.odate, RIGHTARG = numeric, FUNCTION = oracle.date_plus);
CREATE OPERATOR oracle.+ (LEFTARG = numeric, RIGHTARG = oracle.odate, FUNCTION = oracle.plus_date);
CREATE OPERATOR oracle.- (LEFTARG = oracle.odate, RIGHTARG = numeric, FUNCTION = oracle.date_minus);
CREATE OPERATOR oracle.- (LEFTARG = oracle.odate, RIGHTARG = oracle.odate, FUNCTION = oracle.date_between);
CREATE OPERATOR oracle.+ (LEFTARG = oracle.odate, RIGHTARG = interval, FUNCTION = oracle.date_plus_interval);
CREATE FUNCTION oracle.interval_plus_date(interval, oracle.odate) RETURNS oracle.odate LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS 'SELECT oracle.to_odate($2::timestamp + $1)';
CREATE OPERATOR oracle.+ (LEFTARG = interval, RIGHTARG = oracle.odate, FUNCTION = oracle.interval_plus_date);
CREATE OPERATOR oracle.- (LEFTARG = oracle.odate, RIGHTARG = interval, FUNCTION = oracle.date_minus_interval);
-- TIMESTAMP plus or minus days is a DATE.
CREATE FUNCTION oracle.ts_plus(timestamp, numeric) RETURNS oracle.odate LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS 'SELECT oracle.date_plus(oracle.to_odate($1), $2)';
CREATE FUNCTION oracle.ts_minus(timestamp, numeric) RETURNS oracle.odate LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS 'SELECT oracle.date_minus(oracle.to_odate($1), $2)';
CREATE FUNCTION oracle.tz_plus(timestamptz, numeric) RETURNS oracle.odate LANGUAGE sql STABLE STRICT PARALLEL SAFE AS 'SELECT oracle.date_plus(oracle.to_odate($1), $2)';
CREATE FUNCTION oracle.tz_minus(timestamptz, numeric) RETURNS oracle.odate LANGUAGE sql STABLE STRICT PARALLEL SAFE AS 'SELECT oracle.date_minus(oracle.to_odate($1), $2)';
CREATE OPERATOR oracle.+ (LEFTARG = timestamp, RIGHTARG = numeric, FUNCTION = oracle.ts_plus);
CREATE OPERATOR oracle.- (LEFTARG = timestamp, RIGHTARG = numeric, FUNCTION = oracle.ts_minus);
CREATE OPERATOR oracle.+ (LEFTARG = timestamptz, RIGHTARG = numeric, FUNCTION = oracle.tz_plus);
CREATE OPERATOR oracle.- (LEFTARG = timestamptz, RIGHTARG = numeric, FUNCTION = oracle.tz_minus);
