"""What stored code behind a call may do to its caller's transaction."""

from __future__ import annotations

from typing import Optional

import pytest

from airflow_oracle_dag.core.opacity import traits_of
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.stored_code import Doubt, Library, StoredObject, doubt_of

STANDARD = StoredObject("SYS", "STANDARD", "PACKAGE")


def library(*units: tuple[str, list[str]], user: str = "ETL") -> Library:
    """Make a library of ETL's units: each a source and the names that it depends on."""
    made = Library(user)
    for source, uses in units:
        words = source.replace("(", " ").replace(";", " ").upper().split()
        kind = "PACKAGE BODY" if words[1] == "BODY" else words[0]
        one = StoredObject("ETL", words[len(kind.split())], kind)
        made.sources[one] = source
        made.named.append(one)
        listed = made.uses.setdefault(one.place, [STANDARD])
        for name in uses:
            owner, _, rest = name.rpartition("/")[0].rpartition(".")
            listed.append(StoredObject(owner or "ETL", rest, name.rpartition("/")[2]))
    return made


def doubt(block: str, made: Library) -> Optional[Doubt]:
    """Judge the calls of a block."""
    (piece,) = parse_script(block + "\n/\n").pieces
    traits = traits_of(piece)
    assert not traits.remarks
    return doubt_of(traits.calls, made)


def said(block: str, *units: tuple[str, list[str]]) -> str:
    """Give the doubt about a block, "" when there is none."""
    found = doubt(block, library(*units))
    return found.reason if found else ""


def test_a_procedure_without_transaction_statements_is_clean() -> None:
    """Its SQL may call what it likes."""
    source = (
        "PROCEDURE load (n IN NUMBER DEFAULT 1) AUTHID DEFINER IS\n  k t.id%TYPE;\nBEGIN\n"
        "  INSERT INTO t SELECT pkg.f(x) FROM u;\n  k := NVL(n, 0);\n  SAVEPOINT a;\n"
        "  ROLLBACK TO a;\nEXCEPTION WHEN OTHERS THEN RAISE;\nEND load;"
    )

    assert said("begin load(1); etl.load; end;", (source, ["T/TABLE"])) == ""
    assert said("call load(1)".replace("call", "begin") + "; end;", (source, [])) == ""


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("COMMIT;", "has COMMIT"),
        ("ROLLBACK;", "has ROLLBACK"),
        ("SET TRANSACTION READ ONLY;", "has SET TRANSACTION"),
        ("EXECUTE IMMEDIATE 'x';", "runs dynamic SQL"),
        ("p@away(1);", "uses P over a database link"),
        ("DBMS_SQL.PARSE(1, 'x', 1);", "which calls DBMS_SQL.PARSE (procedure, line 3)"),
        ("DBMS_TRANSACTION.COMMIT;", "does not always leave the transaction alone"),
        ("elsewhere(1);", "calls ELSEWHERE (procedure, line 3), which is not there"),
        ("$IF $$x $THEN NULL; $END", "could not be read at $"),
        ("IF x;", "could not be read at ;"),
    ],
)
def test_the_reason_names_unit_and_line(statement: str, reason: str) -> None:
    """So that its author finds it."""
    source = f"PROCEDURE load IS\nBEGIN\n{statement}\nEND;"

    found = said("begin load; end;", (source, ["SYS.DBMS_SQL/PACKAGE"]))

    assert found.startswith("reaches ETL.LOAD, which ")
    assert reason in found
    assert "(procedure, line 3)" in found


PACKAGE = "PACKAGE pkg AS\n  PROCEDURE a;\n  PROCEDURE b(n NUMBER);\n  g NUMBER := 1;\nEND pkg;"
BODY = """PACKAGE BODY pkg AS
  TYPE t_list IS TABLE OF NUMBER;
  l t_list;
  FUNCTION hidden(n NUMBER) RETURN NUMBER DETERMINISTIC IS BEGIN RETURN n; END;
  PROCEDURE a IS BEGIN pkg.g := hidden(1); l := t_list(1); l.EXTEND; END a;
  PROCEDURE deep IS BEGIN
    COMMIT;
  END;
  PROCEDURE b(n NUMBER) IS PROCEDURE inner IS BEGIN pkg.deep; END; BEGIN inner; END b;
BEGIN
  g := 2;
END pkg;"""


def test_subprograms_of_a_package_are_told_apart() -> None:
    """One that commits does not make the others suspicious."""
    units = ((PACKAGE, []), (BODY, ["PKG/PACKAGE"]))

    assert said("begin pkg.a; end;", *units) == ""
    assert said("begin pkg.b(1); end;", *units) == (
        "reaches ETL.PKG.DEEP, which has COMMIT (package body, line 7)"
    )
    assert said("declare n number := pkg.g; begin null; end;", *units) == ""


def test_a_package_may_have_a_routine_of_its_own_name() -> None:
    """The bare name calls it, and so does one that a local routine has, too."""
    header = "PACKAGE p AS PROCEDURE p; PROCEDURE q; END;"
    body = "PACKAGE BODY p AS PROCEDURE p IS BEGIN COMMIT; END; PROCEDURE q IS BEGIN p; END; END;"
    assert "ETL.P.P, which has COMMIT" in said("begin p.q; end;", (header, []), (body, []))

    local = body.replace("q IS", "q IS PROCEDURE p(n NUMBER) IS BEGIN NULL; END;")
    assert "ETL.P.P, which has COMMIT" in said("begin p.q; end;", (header, []), (local, []))


def test_a_sequence_is_told_from_a_package() -> None:
    """A package may have a function NEXTVAL."""
    made = library()
    made.named = [StoredObject("ETL", "Q", "SEQUENCE")]
    assert doubt("declare n int := q.nextval; begin null; end;", made) is None

    header = "PACKAGE q AS FUNCTION nextval RETURN INT; END;"
    body = "PACKAGE BODY q AS FUNCTION nextval RETURN INT IS BEGIN COMMIT; RETURN 1; END; END;"
    found = said("declare n int := q.nextval; begin null; end;", (header, []), (body, []))
    assert "ETL.Q.NEXTVAL, which has COMMIT" in found


def test_a_synonym_that_leads_nowhere_is_not_made_good_by_another_meaning() -> None:
    """What it stands for may be behind a link."""
    made = library(("PROCEDURE far IS BEGIN NULL; END;", []))
    made.named += [StoredObject("APP", "FAR", "SYNONYM")]

    found = doubt("begin far; end;", made)

    assert (
        found is not None
        and "calls FAR, which is not there, behind a database link" in found.reason
    )


def test_the_initialisation_is_reached_with_anything() -> None:
    """Even a variable of the package starts it."""
    body = BODY.replace("  g := 2;", "  COMMIT;")

    assert "reaches ETL.PKG, which has COMMIT (package body, line 11)" in said(
        "begin pkg.g := 1; end;", (PACKAGE, []), (body, [])
    )


def test_the_way_goes_through_units() -> None:
    """Three levels down, and only along what the compiler wrote down."""
    first = ("PROCEDURE one IS BEGIN two; END;", ["TWO/PROCEDURE"])
    second = ("PROCEDURE two IS BEGIN etl.pkg.b(1); END;", ["PKG/PACKAGE"])
    units = (first, second, (PACKAGE, []), (BODY, []))

    assert "ETL.PKG.DEEP, which has COMMIT" in said("begin one; end;", *units)
    assert "calls TWO (procedure, line 1), which is not there" in said(
        "begin one; end;", (first[0], []), *units[1:]
    )


def test_what_calls_itself_is_followed_once() -> None:
    """A ring ends."""
    one = ("PROCEDURE one IS BEGIN two; one; END;", ["TWO/PROCEDURE"])
    two = ("PROCEDURE two IS BEGIN one; END;", ["ONE/PROCEDURE"])

    assert said("begin one; end;", one, two) == ""


def test_synonyms_are_followed() -> None:
    """To their object, or to nothing."""
    made = library(("PROCEDURE load IS BEGIN COMMIT; END;", []))
    made.named = [StoredObject("PUBLIC", "RUN_IT", "SYNONYM")]
    made.uses["PUBLIC", "RUN_IT"] = [StoredObject("ETL", "LOAD", "PROCEDURE")]

    found = doubt("begin run_it; end;", made)
    assert found is not None and "reaches ETL.LOAD, which has COMMIT" in found.reason

    made.uses["PUBLIC", "RUN_IT"] = [StoredObject("PUBLIC", "RUN_IT", "SYNONYM")]
    found = doubt("begin run_it; end;", made)
    assert found is not None and "calls RUN_IT, which is not there" in found.reason


def test_a_synonym_of_an_oracle_package_is_judged_by_its_members() -> None:
    """Under another name it is the same."""
    source = "PROCEDURE load IS BEGIN out_.put_line('x'); END;"
    made = library((source, ["OUT_/SYNONYM"]))
    made.uses["ETL", "OUT_"] = [StoredObject("SYS", "DBMS_OUTPUT", "PACKAGE")]
    assert doubt("begin load; end;", made) is None

    made.uses["ETL", "OUT_"] = [StoredObject("SYS", "DBMS_STATS", "PACKAGE")]
    found = doubt("begin load; end;", made)
    assert found is not None and "SYS.DBMS_STATS.PUT_LINE: it may commit" in found.reason


def test_autonomous_code_is_its_authors_business() -> None:
    """What it commits is another transaction; a COMMIT beside it counts."""
    log = (
        "PROCEDURE log_it IS PRAGMA AUTONOMOUS_TRANSACTION; BEGIN "
        "INSERT INTO l VALUES (1); COMMIT; END;"
    )
    inside = (
        "PROCEDURE two IS PROCEDURE l IS PRAGMA AUTONOMOUS_TRANSACTION; BEGIN COMMIT; END; "
        "BEGIN l; END;"
    )

    assert said("begin log_it; two; end;", (log, []), (inside, [])) == ""
    after = inside.replace("BEGIN l; END;", "BEGIN l; COMMIT; END;")
    assert "reaches ETL.TWO, which has COMMIT" in said("begin two; end;", (after, []))


@pytest.mark.parametrize(
    "source",
    [
        "PROCEDURE load wrapped\na000000\n1f\nabcd\n",
        "FUNCTION load RETURN NUMBER AS LANGUAGE JAVA NAME 'X.y() return int';",
        'PROCEDURE load IS EXTERNAL LIBRARY lib NAME "f" LANGUAGE C;',
        "PROCEDURE load AS MLE MODULE m SIGNATURE 'f';",
    ],
)
def test_what_is_not_plsql_to_read_is_not_clean(source: str) -> None:
    """Wrapped code, C, Java and JavaScript."""
    found = said("begin load; end;", (source, []))

    assert "is wrapped" in found or "is written in another language" in found


def test_sources_that_cannot_be_seen_name_the_grant() -> None:
    """A body is shown to its owner and to who may debug it; such a doubt is not kept."""
    made = library((PACKAGE, []), user="APP")

    found = doubt("begin etl.pkg.a; end;", made)

    assert found == Doubt(
        "reaches ETL.PKG, whose PACKAGE BODY APP cannot read: GRANT DEBUG ON ETL.PKG TO APP",
        lasts=False,
    )
    own = said("begin pkg.a; end;", (PACKAGE, []))
    assert "whose PACKAGE BODY ETL cannot read" in own


def test_a_package_of_constants_needs_no_body() -> None:
    """Of one's own schema: there everything is seen."""
    source = "PACKAGE names AS\n  c CONSTANT NUMBER := 1;\nEND;"

    assert said("declare n number := names.c; begin null; end;", (source, [])) == ""


def test_what_is_invalid_is_not_clean() -> None:
    """Its dependencies are those of an earlier compilation."""
    made = library(("PROCEDURE load IS BEGIN NULL; END;", []))
    made.invalid = set(made.sources)

    found = doubt("begin load; end;", made)

    assert found is not None and "is not valid" in found.reason and not found.lasts


def test_types_with_methods_are_not_clean() -> None:
    """A record of values is, and so is a table of it."""
    use = ("PROCEDURE load IS o t_o; BEGIN o := t_o(1); END;", ["T_O/TYPE"])
    plain = ("TYPE t_o AS OBJECT (n NUMBER)", [])
    methods = ("TYPE t_o AS OBJECT (n NUMBER, MEMBER PROCEDURE save)", [])

    assert said("begin load; end;", use, plain) == ""
    assert said("declare o t_o; begin null; end;", plain) == ""
    assert "the type ETL.T_O, whose methods are not read" in said("begin load; end;", use, methods)
    foreign = ("PROCEDURE load IS o x; BEGIN NULL; END;", ["SYS.AQ_TYPE/TYPE"])
    assert "uses the type SYS.AQ_TYPE" in said("begin load; end;", foreign)


def test_what_is_not_code_is_not_followed() -> None:
    """Sequences and tables are harmless, a Java class is unknown."""
    made = library(("PROCEDURE load IS BEGIN k := 1; END;", ["K/JAVA CLASS"]))
    found = doubt("begin load; end;", made)
    assert found is not None and "a JAVA CLASS, which is not followed" in found.reason

    made = library(("PROCEDURE load IS BEGIN k.x := 1; END;", ["K/TABLE"]))
    assert doubt("begin load; end;", made) is None


@pytest.mark.parametrize("kind", ["NON-EXISTENT", "INDEX", "TABLE PARTITION", "PACKAGE BODY"])
def test_what_only_has_the_name_is_not_what_is_called(kind: str) -> None:
    """An index has names of its own, and a name that is waited for is nobody's."""
    made = library(("PROCEDURE load IS BEGIN k; END;", [f"K/{kind}"]))

    found = doubt("begin load; end;", made)

    assert found is not None and "calls K (procedure, line 1), which is not there" in found.reason


def test_names_that_differ_in_case_are_others() -> None:
    """A quoted name is what it is."""
    made = library(("PROCEDURE load IS BEGIN NULL; END;", []))

    found = doubt('begin "load"; end;', made)

    assert found is not None and "calls load, which is not there" in found.reason


def test_an_own_package_with_the_name_of_oracles_is_not_believed() -> None:
    """Oracle's are judged by their names."""
    source = "PROCEDURE load IS BEGIN dbms_output.put_line('x'); END;"

    found = said("begin load; end;", (source, ["DBMS_OUTPUT/PACKAGE"]))

    assert "uses ETL.DBMS_OUTPUT, not Oracle's" in found
