"""Where statements end: SQL*Plus's rules that every reader agrees with."""

from __future__ import annotations

from typing import List, Tuple

import pytest

from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.script import PieceKind

SQL, PLSQL, DIRECTIVE, COMMENT = (
    PieceKind.SQL,
    PieceKind.PLSQL,
    PieceKind.DIRECTIVE,
    PieceKind.COMMENT,
)
BLOCK = "begin\n  null;\nend;"

# rule, script, the pieces as (kind, text). The rules are those of the SQL*Plus User's Guide and
# Reference (SPUG), with the section's number.
GOLDEN = [
    ("4.4: ; ends SQL", "select 1 from dual;\n", [(SQL, "select 1 from dual")]),
    ("4.4: ; without line end", "select 1 from dual;", [(SQL, "select 1 from dual")]),
    ("4.4: blanks around ;", "select 1 from dual ; \t\n", [(SQL, "select 1 from dual")]),
    ("4.4: ; on a line of its own", "select 1\nfrom dual\n;\n", [(SQL, "select 1\nfrom dual")]),
    ("4.4: / ends SQL", "select 1 from dual\n/\n", [(SQL, "select 1 from dual")]),
    ("13.45: blanks around /", "select 1 from dual\n \t/ \n", [(SQL, "select 1 from dual")]),
    ("4.4: / at the end of the file", "select 1 from dual\n/", [(SQL, "select 1 from dual")]),
    ("4.4: several", "commit;\nrollback;\n", [(SQL, "commit"), (SQL, "rollback")]),
    (
        "4.4: blank lines between",
        "\n\ncommit;\n\n \nrollback;\n\n",
        [(SQL, "commit"), (SQL, "rollback")],
    ),
    ("4.4: white space before", "   commit;\n", [(SQL, "commit")]),
    (
        "4.1.1: trailing blanks go",
        "select 1  \n  from dual \t\n;\n",
        [(SQL, "select 1\n  from dual")],
    ),
    ("4.4.1.2: held, then /", "select 1 from dual\n\n\n/\n", [(SQL, "select 1 from dual")]),
    ("4.4.1.2: . and /", "select 1 from dual\n.\n/\n", [(SQL, "select 1 from dual")]),
    ("4.5: . and / for PL/SQL", f"{BLOCK}\n.\n\n/\n", [(PLSQL, BLOCK)]),
    ("4.5: BEGIN ended by /", f"{BLOCK}\n/\n", [(PLSQL, BLOCK)]),
    ("4.5: DECLARE", f"declare\n  x int;\n{BLOCK}\n/\n", [(PLSQL, f"declare\n  x int;\n{BLOCK}")]),
    ("4.5: ; does not end PL/SQL", f"{BLOCK}\n/\ncommit;\n", [(PLSQL, BLOCK), (SQL, "commit")]),
    (
        "4.5: blank lines are text",
        "begin\n\n  null;\n\nend;\n/\n",
        [(PLSQL, "begin\n\n  null;\n\nend;")],
    ),
    ("4.5: label before a block", f"<<main>>\n{BLOCK}\n/\n", [(PLSQL, f"<<main>>\n{BLOCK}")]),
    ("4.5: one line", "begin null; end;\n/\n", [(PLSQL, "begin null; end;")]),
    (
        "4.5: / in an expression",
        "begin\n  x := 4 / 2;\nend;\n/\n",
        [(PLSQL, "begin\n  x := 4 / 2;\nend;")],
    ),
    (
        "4.5.1: CREATE PROCEDURE",
        f"create procedure p as\n{BLOCK}\n/\n",
        [(PLSQL, f"create procedure p as\n{BLOCK}")],
    ),
    (
        "4.5.1: on two lines",
        f"create or replace\nfunction f return int as\n{BLOCK}\n/\n",
        [(PLSQL, f"create or replace\nfunction f return int as\n{BLOCK}")],
    ),
    (
        "4.5.1: EDITIONABLE",
        f"create or replace noneditionable procedure p as\n{BLOCK}\n/\n",
        [(PLSQL, f"create or replace noneditionable procedure p as\n{BLOCK}")],
    ),
    (
        "4.5.1: CREATE TYPE",
        "create type t as object (a int);\n/\n",
        [(PLSQL, "create type t as object (a int);")],
    ),
    ("4.5.1: CREATE TYPE without ;", "create type t\n/\n", [(PLSQL, "create type t")]),
    (
        "4.5.1: CREATE LIBRARY",
        "create library l as 'x';\n/\n",
        [(PLSQL, "create library l as 'x';")],
    ),
    (
        "4.5.1: PACKAGE and BODY",
        (
            "create package p as\n  procedure a;\nend;\n/\ncreate package body p as\n"
            "  procedure a is begin null; end;\nend;\n/\n"
        ),
        [
            (PLSQL, "create package p as\n  procedure a;\nend;"),
            (PLSQL, "create package body p as\n  procedure a is begin null; end;\nend;"),
        ],
    ),
    (
        "4.5.1: TRIGGER",
        (
            "create trigger t before insert on x for each row when (new.a = 1)\n"
            "declare b int; begin :new.a := 2; end;\n/\n"
        ),
        [
            (
                PLSQL,
                (
                    "create trigger t before insert on x for each row when (new.a = 1)\n"
                    "declare b int; begin :new.a := 2; end;"
                ),
            )
        ],
    ),
    (
        "4.5.1: JAVA knows other quotes",
        "create java source named \"A\" as\n// don't\nclass A { char c = '\"'; }\n/\n",
        [(PLSQL, "create java source named \"A\" as\n// don't\nclass A { char c = '\"'; }")],
    ),
    (
        "4.5.1: wrapped code is not looked into",
        "create or replace package body p wrapped\na000000\n'x\"/*\n/\n",
        [(PLSQL, "create or replace package body p wrapped\na000000\n'x\"/*")],
    ),
    (
        "WITH FUNCTION is ended by /",
        "with function f return int is begin return 1; end;\nselect f from dual;\n/\n",
        [(PLSQL, "with function f return int is begin return 1; end;\nselect f from dual")],
    ),
    (
        "WITH alone is SQL",
        "with a as (select 1 from dual) select * from a;\n",
        [(SQL, "with a as (select 1 from dual) select * from a")],
    ),
    (
        "WITH function AS is a query's name",
        "with function as (select 1 x from dual) select * from function;\n",
        [(SQL, "with function as (select 1 x from dual) select * from function")],
    ),
    ("parenthesis begins SQL", "(select 1 from dual);\n", [(SQL, "(select 1 from dual)")]),
    ("5.3: -- at the prompt", "-- one\ncommit;\n", [(COMMENT, "-- one"), (SQL, "commit")]),
    (
        "5.3: trailing hyphen of a comment",
        "-- one -\ncommit;\n",
        [(COMMENT, "-- one -"), (SQL, "commit")],
    ),
    (
        "5.3: ; in a comment at the prompt",
        "-- one;\ncommit;\n",
        [(COMMENT, "-- one;"), (SQL, "commit")],
    ),
    ("5.3.2: /* */", "/* a\n b; */\ncommit;\n", [(COMMENT, "/* a\n b; */"), (SQL, "commit")]),
    (
        "5.3.2: comments do not nest",
        "/* a /* b */\ncommit;\n",
        [(COMMENT, "/* a /* b */"), (SQL, "commit")],
    ),
    ("5.3.2: a command behind */", "/* a */ commit;\n", [(COMMENT, "/* a */"), (SQL, "commit")]),
    (
        "5.3.2: banner of asterisks",
        "/*****\n x\n*****/\ncommit;\n",
        [(COMMENT, "/*****\n x\n*****/"), (SQL, "commit")],
    ),
    (
        "5.3.4: comment inside SQL",
        "select 1 -- one\nfrom dual;\n",
        [(SQL, "select 1 -- one\nfrom dual")],
    ),
    (
        "comment with quote",
        "select 1 -- don't\nfrom dual;\n",
        [(SQL, "select 1 -- don't\nfrom dual")],
    ),
    (
        "comment in PL/SQL",
        "begin -- it's /* so\n  null;\nend;\n/\n",
        [(PLSQL, "begin -- it's /* so\n  null;\nend;")],
    ),
    ("hint", "select /*+ full(a) */ 1 from a;\n", [(SQL, "select /*+ full(a) */ 1 from a")]),
    ("; inside a line's string", "select ';' from dual;\n", [(SQL, "select ';' from dual")]),
    ("-- inside a string", "select '--' from dual;\n", [(SQL, "select '--' from dual")]),
    ("doubled quote", "select 'it''s; x' from dual;\n", [(SQL, "select 'it''s; x' from dual")]),
    ("string over lines", "select 'a\nb' from dual;\n", [(SQL, "select 'a\nb' from dual")]),
    ("q-quote", "select q'[it's; x]' from dual;\n", [(SQL, "select q'[it's; x]' from dual")]),
    (
        "q-quote with !",
        "select q'!it's; x!' from dual;\n",
        [(SQL, "select q'!it's; x!' from dual")],
    ),
    ("q-quote with (", "select Q'(a'b)' from dual;\n", [(SQL, "select Q'(a'b)' from dual")]),
    ("q-quote with {", "select q'{a'b}' from dual;\n", [(SQL, "select q'{a'b}' from dual")]),
    ("q-quote with <", "select q'<a'b>' from dual;\n", [(SQL, "select q'<a'b>' from dual")]),
    ("nq-quote", "select nq'[it's]' from dual;\n", [(SQL, "select nq'[it's]' from dual")]),
    (
        "q-quote with a letter of two bytes",
        "select q'éit'sé' from dual;\n",
        [(SQL, "select q'éit'sé' from dual")],
    ),
    (
        "no q-quote behind a name",
        "select freq'[a' from dual;\n",
        [(SQL, "select freq'[a' from dual")],
    ),
    ("quoted name", 'select 1 "a;-- \'b" from dual;\n', [(SQL, 'select 1 "a;-- \'b" from dual')]),
    ("string in PL/SQL", "begin\n  x := ';/';\nend;\n/\n", [(PLSQL, "begin\n  x := ';/';\nend;")]),
    (
        "CRLF",
        "select 1\r\nfrom dual;\r\ncommit;\r\n",
        [(SQL, "select 1\nfrom dual"), (SQL, "commit")],
    ),
    ("CRLF PL/SQL", "begin\r\n  null;\r\nend;\r\n/\r\n", [(PLSQL, BLOCK)]),
    ("CRLF in a string", "select 'a\r\nb' from dual;\r\n", [(SQL, "select 'a\nb' from dual")]),
    ("form feed is a blank", "\fcommit;\f\n", [(SQL, "commit")]),
    ("no-break space is none", "select 'à' from dual;\n", [(SQL, "select 'à' from dual")]),
    ("byte order mark", "\ufeffcommit;\n", [(SQL, "commit")]),
    ("; alone lists the buffer", "commit;\n;\n", [(SQL, "commit"), (DIRECTIVE, ";")]),
    ("SET ROLE is SQL", "set role none;\n", [(SQL, "set role none")]),
    (
        "SET TRANSACTION is SQL",
        "set transaction read only;\n",
        [(SQL, "set transaction read only")],
    ),
    (
        "SET CONSTRAINTS is SQL",
        "set constraints all deferred;\n",
        [(SQL, "set constraints all deferred")],
    ),
    (
        "SET CONSTRAINT is SQL",
        "set constraint a immediate;\n",
        [(SQL, "set constraint a immediate")],
    ),
    (
        "other SET is none",
        "set echo off\ncommit;\n",
        [(DIRECTIVE, "set echo off"), (SQL, "commit")],
    ),
    (
        "hyphen in a comment",
        "select 1\n-- x -\nfrom dual;\n",
        [(SQL, "select 1\n-- x -\nfrom dual")],
    ),
    ("minus at the beginning", "select 2\n- 1 from dual;\n", [(SQL, "select 2\n- 1 from dual")]),
    ("@ inside a line", "select 1 from t@link;\n", [(SQL, "select 1 from t@link")]),
    (
        "END IF and END LOOP",
        "begin\n if a then loop exit; end loop; end if;\n null;\nend;\n/\n",
        [(PLSQL, "begin\n if a then loop exit; end loop; end if;\n null;\nend;")],
    ),
    (
        "CASE in PL/SQL",
        "begin\n x := case when a then 1 end;\n case a when 1 then null; end case;\nend;\n/\n",
        [
            (
                PLSQL,
                "begin\n x := case when a then 1 end;\n case a when 1 then null; end case;\nend;",
            )
        ],
    ),
    (
        "local subprogram",
        "declare\n procedure a is begin null; end;\nbegin\n a;\nend;\n/\n",
        [(PLSQL, "declare\n procedure a is begin null; end;\nbegin\n a;\nend;")],
    ),
    (
        "call specification",
        "create procedure p as language java name 'A.b()';\n/\n",
        [(PLSQL, "create procedure p as language java name 'A.b()';")],
    ),
    (
        "compound trigger",
        (
            "create trigger t for insert on x compound trigger\n a int;\n before "
            "statement is begin null; "
            "end before statement;\n after statement is begin null; end after "
            "statement;\nend t;\n/\n"
        ),
        [
            (
                PLSQL,
                (
                    "create trigger t for insert on x compound trigger\n a int;\n before "
                    "statement is "
                    "begin null; end before statement;\n after statement is begin null; "
                    "end after statement;\nend t;"
                ),
            )
        ],
    ),
    ("two blocks", f"{BLOCK}\n/\n{BLOCK}\n/\n", [(PLSQL, BLOCK), (PLSQL, BLOCK)]),
    ("comment behind a block", f"{BLOCK}\n-- done\n/\n", [(PLSQL, f"{BLOCK}\n-- done")]),
    (
        "a word like a verb",
        "select 1 create_date from dual;\n",
        [(SQL, "select 1 create_date from dual")],
    ),
]


@pytest.mark.parametrize(
    ("source", "pieces"), [case[1:] for case in GOLDEN], ids=[case[0] for case in GOLDEN]
)
def test_pieces(source: str, pieces: List[Tuple[PieceKind, str]]) -> None:
    """Each rule of SQL*Plus gives the pieces that it prescribes."""
    assert [(piece.kind, piece.text) for piece in parse_script(source).pieces] == pieces


def test_lines_and_terminators() -> None:
    """A piece knows its lines, its terminator and, by its offsets, its place in the file."""
    source = b"-- a\n\nselect 1\n from dual ;\nbegin\n null;\nend;\n/\n"
    pieces = parse_script(source).pieces
    assert [(each.first_line, each.last_line, each.terminator) for each in pieces] == [
        (1, 1, ""),
        (3, 4, ";"),
        (5, 8, "/"),
    ]
    assert source[pieces[1].start : pieces[1].end] == b"select 1\n from dual ;"


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "cp1252"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_offsets_are_bytes_in_any_encoding(encoding: str, line_end: str) -> None:
    """Offsets count bytes of the file, whatever its encoding and line ends."""
    text = line_end.join(["-- é", "select 'ü' from dual;", "", "begin à := 1; end;", "/", ""])
    source = text.encode(encoding)
    from airflow_oracle_dag.core.script import ParseSettings

    script = parse_script(source, settings=ParseSettings(fallback_encoding="cp1252"))
    cut = [source[piece.start : piece.end].decode(encoding) for piece in script.pieces]
    assert cut == ["-- é", "select 'ü' from dual;", f"begin à := 1; end;{line_end}/"]
    assert [piece.text for piece in script.pieces][1:] == [
        "select 'ü' from dual",
        "begin à := 1; end;",
    ]
    assert script.encoding == ("utf-8" if encoding == "utf-8" else "cp1252")


def test_a_fallback_must_extend_ascii() -> None:
    """An encoding in which ; is another byte cannot be a fallback."""
    from airflow_oracle_dag.core.script import ParseSettings

    for encoding in ("utf-16", "cp037", "utf-7", "no-such-encoding"):
        with pytest.raises(ValueError, match="fallback_encoding"):
            ParseSettings(fallback_encoding=encoding)
