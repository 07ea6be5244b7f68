-- Statements that look behind the calls of a script, and keep what was found.
--
-- The dictionary is named with its owner: a script may change CURRENT_SCHEMA, and a table there may
-- have the name of a view. Lists of names are padded with NULL, which equals nothing.

-- name: read_code
-- Read what was found behind calls before, beside the state of the code now, the texts that ended
-- their transaction in an earlier run, and where names are looked up now: schema and edition.
--
-- Unverified: LAST_DDL_TIME of a unit changes whenever it is compiled anew, also when Oracle does so
-- by itself because what it depends on has changed, and with its grants; until then it is INVALID
-- (Database Reference, ALL_OBJECTS; Development Guide, Schema Object Dependency).
SELECT 'PROOF' AS what, c.calls_hash, c.stamp, c.doubt, c.owner, c.name, c.kind, c.changed,
       TO_CHAR(o.last_ddl_time, 'YYYY-MM-DD HH24:MI:SS') AS changed_now, o.status
  FROM {schema}.odag_code c
  LEFT JOIN sys.all_objects o
    ON o.owner = c.owner AND o.object_name = c.name
   AND (o.object_type = c.kind OR c.kind = 'NONE')
 WHERE c.calls_hash IN (:c0, :c1, :c2, :c3, :c4, :c5, :c6, :c7, :c8, :c9)
UNION ALL
SELECT 'COMMITTER', m.text_hash, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM {schema}.odag_committer m
 WHERE m.text_hash IN (:t0, :t1, :t2, :t3, :t4, :t5, :t6, :t7, :t8, :t9)
UNION ALL
SELECT 'PLACE', SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA'),
       SYS_CONTEXT('USERENV', 'CURRENT_EDITION_NAME'), NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM DUAL

-- name: read_names
-- Read what the first names of calls may mean: something of the schema, a synonym, or an owner.
SELECT o.owner, o.object_name, o.object_type
  FROM sys.all_objects o
 WHERE o.owner IN (:current_schema, 'PUBLIC')
   AND o.object_name IN (:s0, :s1, :s2, :s3, :s4, :s5, :s6, :s7, :s8, :s9)
UNION
SELECT q.owner, q.object_name, q.object_type
  FROM sys.all_objects q
 WHERE (q.owner, q.object_name) IN
       ((:n0, :m0), (:n1, :m1), (:n2, :m2), (:n3, :m3), (:n4, :m4), (:n5, :m5), (:n6, :m6),
        (:n7, :m7), (:n8, :m8), (:n9, :m9))

-- name: read_uses
-- Read what stored units, with their bodies, and synonyms depend on, but for what is behind a link.
SELECT d.owner, d.name, d.referenced_owner, d.referenced_name, d.referenced_type
  FROM sys.all_dependencies d
 WHERE d.referenced_link_name IS NULL
   AND (d.owner, d.name) IN
       ((:n0, :m0), (:n1, :m1), (:n2, :m2), (:n3, :m3), (:n4, :m4), (:n5, :m5), (:n6, :m6),
        (:n7, :m7), (:n8, :m8), (:n9, :m9))

-- name: read_units
-- Read when stored units and synonyms were changed last, and what time it is there.
SELECT o.owner, o.object_name, o.object_type,
       TO_CHAR(o.last_ddl_time, 'YYYY-MM-DD HH24:MI:SS') AS changed, o.status,
       TO_CHAR(SYSDATE, 'YYYY-MM-DD HH24:MI:SS') AS now
  FROM sys.all_objects o
 WHERE o.object_type IN
       ('PROCEDURE', 'FUNCTION', 'PACKAGE', 'PACKAGE BODY', 'TYPE', 'TYPE BODY', 'SYNONYM')
   AND (o.owner, o.object_name) IN
       ((:n0, :m0), (:n1, :m1), (:n2, :m2), (:n3, :m3), (:n4, :m4), (:n5, :m5), (:n6, :m6),
        (:n7, :m7), (:n8, :m8), (:n9, :m9))

-- name: read_sources
-- Read the sources of stored units, as far as this user may see them.
SELECT s.owner, s.name, s.type, s.text
  FROM sys.all_source s
 WHERE s.type IN ('PROCEDURE', 'FUNCTION', 'PACKAGE', 'PACKAGE BODY', 'TYPE')
   AND (s.owner, s.name) IN
       ((:n0, :m0), (:n1, :m1), (:n2, :m2), (:n3, :m3), (:n4, :m4), (:n5, :m5), (:n6, :m6),
        (:n7, :m7), (:n8, :m8), (:n9, :m9))
 ORDER BY s.owner, s.name, s.type, s.line

-- name: insert_code
-- Keep what was found behind the calls of a step, a row for each thing that it rests on.
INSERT INTO {schema}.odag_code
  (calls_hash, stamp, owner, name, kind, changed, doubt, noted_at)
VALUES
  (:calls_hash, :stamp, :owner, :name, :kind, :changed, :doubt, SYS_EXTRACT_UTC(SYSTIMESTAMP))

-- name: insert_committer
-- Remember a text that ended its transaction.
INSERT INTO {schema}.odag_committer (text_hash, noted_at)
VALUES (:text_hash, SYS_EXTRACT_UTC(SYSTIMESTAMP))

-- name: read_compile_errors
-- Read what the compiler said of a stored unit, in its order.
--
-- Unverified: ALL_ERRORS has the errors of a unit at once after its CREATE, in the same session, also
-- of one in another schema that the user may create there (Database Reference, ALL_ERRORS).
SELECT e.type, e.line, e.position, e.text, e.attribute
  FROM sys.all_errors e
 WHERE e.owner = NVL(:unit_owner, SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA'))
   AND e.name = :unit_name
   AND e.type IN (:unit_kind, :unit_body)
 ORDER BY e.type, e.sequence
