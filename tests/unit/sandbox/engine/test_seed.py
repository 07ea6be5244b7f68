"""Scripts that make a new database's tables and data."""

from __future__ import annotations

import pytest

from airflow_oracle_dag.sandbox.engine import open_database
from airflow_oracle_dag.sandbox.seed import SeedError, read, run, seed
from airflow_oracle_dag.sandbox.serve import main

TABLES = """\
whenever sqlerror continue
drop table seeded;
whenever sqlerror exit
define what = apples
create table seeded (n number, what varchar2(20));
@@rows
create or replace procedure more as
begin
  insert into seeded values (2, 'pears');
end;
/
exec more
prompt done
exit
never read
"""


@pytest.fixture
def script(tmp_path):
    """Write a script that includes another one."""
    (tmp_path / "rows.sql").write_text("insert into seeded values (1, '&what');\n")
    path = tmp_path / "tables.sql"
    path.write_text(TABLES)
    return path


def test_a_script_is_run_as_sqlplus_would(client, database, script):
    """With its directives, variables, includes and blocks; its work is committed."""
    run(database, "demo", read(script))

    assert client.rows("select n, what from seeded order by n") == [(1, "apples"), (2, "pears")]
    client.run("drop procedure more")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("select 1 from dual;\nselect 1 from nowhere;\n", r"s\.sql:2: ORA-00942"),
        ("insert into t values (:n);\n", r"s\.sql:1: a seed has no binds"),
        ("create or replace procedure bad as begin nothing; end;\n/\n", r"BAD line 1, .*PLS-00201"),
        ("select 'never closed;\n", r"s\.sql"),
    ],
)
def test_the_first_error_ends_it(client, database, tmp_path, text, said):
    """It says in which line of which script."""
    (tmp_path / "s.sql").write_text(text)
    with pytest.raises(SeedError, match=said):
        run(database, "demo", read(tmp_path / "s.sql"))
    if "bad" in text:
        client.run("drop procedure bad")


def test_code_that_does_not_compile_is_shown_where_it_stands(client, database, tmp_path):
    """The compiler counts lines of the unit, a reader those of the file."""
    client.run("create or replace procedure older as begin something; end;")
    path = tmp_path / "code.sql"
    path.write_text(
        "prompt hello\n\ncreate or replace\nprocedure bad as\nbegin\n  nothing;\nend;\n/\n"
    )
    with pytest.raises(SeedError) as caught:
        run(database, "demo", read(path))
    client.run("drop procedure bad")
    client.run("drop procedure older")
    first, place, *_ = str(caught.value).splitlines()
    assert first == "code.sql:3: bad compiled with errors"
    assert place.startswith("code.sql:6:3: BAD line 3, column 3: PLS-00201")
    assert "OLDER" not in str(caught.value)


def test_a_text_is_a_script_too(tmp_path, script):
    """With the same errors; the name of a file is none."""
    with pytest.raises(SeedError, match=r"<script>:1:8: this string is not ended"):
        read("select 'never closed;")
    with pytest.raises(SeedError, match=r"tables\.sql names a file: give it as a Path"):
        read(str(script))


def test_data_are_seeded_once(tmp_path, script):
    """Kept data are left as they are by the same scripts, and refused by others."""
    data = tmp_path / "data"
    kept = open_database(data, {"DEMO": "x", "OTHER": "x"})
    try:
        assert seed(kept, "demo", [script], data)
        assert not seed(kept, "demo", [script], data)
        with pytest.raises(SeedError, match="made by another seed"):
            seed(kept, "demo", [script, script], data)
        with pytest.raises(SeedError, match="another seed or for another user, DEMO"):
            seed(kept, "other", [script], data)
        (data / "seed").unlink()
        with pytest.raises(SeedError, match=r"DEMO owns \w+ in .*data, and no seed that came to"):
            seed(kept, "demo", [script], data)
    finally:
        kept.close()


def test_a_script_that_is_not_there_is_said(tmp_path, capsys):
    """Before anybody is let in."""
    missing = tmp_path / "missing.sql"

    assert main(port=0, password="given-to-it", seeds=[missing]) == 2
    assert f"--seed: cannot read {missing}: No such file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("user", "said"),
    [("", "has a name"), ('a"b', "has no quotes"), ("é" * 32, "at most 63 bytes")],
)
def test_a_name_that_nobody_can_have_is_refused(user, said, capsys):
    """Before a database is made for it."""
    assert main(port=0, user=user, password="given-to-it") == 2
    assert said in capsys.readouterr().err
