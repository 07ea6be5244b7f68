-- What the catalogue says of the things that a DDL statement names: before it starts, in the block
-- that starts it, and after its attempt has died.

-- name: ddl_snapshot
-- Write as JSON who looks, where, when, and what there is: objects of the name (0) and of the new
-- name (1) with partitions of a kind together, then columns and constraints of the part's name (0)
-- and new name (1). Moments are seconds, so that no NLS setting has a part in them.
--
-- In a SERIALIZABLE transaction it sees what was there when that began; what others did since is then
-- older than the moment that is noted, and explains nothing.
--
-- Unverified: CREATED and LAST_DDL_TIME come from the clock that SYSDATE reads in the same session
-- (Database Reference, ALL_OBJECTS; SQL Language Reference, SYSDATE).
SELECT '{"user":"' || REPLACE(SYS_CONTEXT('USERENV', 'SESSION_USER'), CHR(92), CHR(92) || CHR(92))
       || '","owner":"' || REPLACE(NVL(:ddl_owner, SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA')), CHR(92), CHR(92) || CHR(92))
       || '","edition":"' || SYS_CONTEXT('USERENV', 'CURRENT_EDITION_NAME')
       || '","at":' || TO_CHAR(ROUND((SYSDATE - DATE '1970-01-01') * 86400))
       || ',"objects":['
       || (SELECT LISTAGG('[' || f.which || ',"' || f.object_type || '",' || f.how_many || ',' || f.object_id || ',' || f.data_object_id || ',' || f.created || ',' || f.last_ddl || ']', ',')
                  WITHIN GROUP (ORDER BY f.which, f.object_type)
             FROM (SELECT CASE WHEN o.object_name = :ddl_name THEN '0' ELSE '1' END AS which,
                          o.object_type AS object_type,
                          TO_CHAR(COUNT(*)) AS how_many,
                          NVL(TO_CHAR(SUM(o.object_id)), 'null') AS object_id,
                          NVL(TO_CHAR(SUM(o.data_object_id)), 'null') AS data_object_id,
                          NVL(TO_CHAR(ROUND((MAX(o.created) - DATE '1970-01-01') * 86400)), 'null') AS created,
                          NVL(TO_CHAR(ROUND((MAX(o.last_ddl_time) - DATE '1970-01-01') * 86400)), 'null') AS last_ddl
                     FROM sys.all_objects o
                    WHERE o.owner = NVL(:ddl_owner, SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA'))
                      AND o.object_name IN (:ddl_name, :ddl_new_name)
                    GROUP BY o.object_name, o.object_type) f)
       || '],"columns":['
       || (SELECT LISTAGG('[' || CASE WHEN c.column_name = :ddl_part THEN '0' ELSE '1' END || ',' || NVL(TO_CHAR(c.column_id), 'null') || ']', ',')
                  WITHIN GROUP (ORDER BY c.column_name)
             FROM sys.all_tab_cols c
            WHERE c.owner = NVL(:ddl_owner, SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA'))
              AND c.table_name = :ddl_name
              AND c.column_name IN (:ddl_part, :ddl_new_part))
       || '],"constraints":['
       || (SELECT LISTAGG('[' || CASE WHEN k.constraint_name = :ddl_part THEN '0' ELSE '1' END || ',"' || k.constraint_type || '",' || CASE WHEN k.table_name = :ddl_name THEN '1' ELSE '0' END || ',"' || k.status || '","' || k.validated || '"]', ',')
                  WITHIN GROUP (ORDER BY k.constraint_name)
             FROM sys.all_constraints k
            WHERE k.owner = NVL(:ddl_owner, SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA'))
              AND k.constraint_name IN (:ddl_part, :ddl_new_part))
       || ']}' AS evidence
  FROM DUAL

-- name: note_ddl
-- Note the snapshot for the step that starts; it stands in `advance_ddl` instead of a value. A
-- catalogue that cannot be read keeps no step from running: nothing is concluded from it then.
BEGIN
  FOR found IN ({ddl_snapshot}) LOOP
    noted := found.evidence;
  END LOOP;
EXCEPTION
  WHEN OTHERS THEN
    noted := '{"error":"ORA-' || TO_CHAR(-SQLCODE) || '"}';
END;

-- name: read_emptiness
-- Ask whether a table has no row that this session can see, and whether a policy may hide some.
DECLARE
  counted INTEGER;
BEGIN
  EXECUTE IMMEDIATE 'SELECT COUNT(*) FROM "' || REPLACE(:owner, '"') || '"."' || REPLACE(:name, '"') || '" t WHERE ROWNUM = 1'
    INTO counted;
  :has_rows := counted;
  SELECT COUNT(*) INTO counted
    FROM sys.all_policies p
   WHERE p.object_owner = :owner AND p.object_name = :name AND p.enable = 'YES';
  :policies := counted;
END;
