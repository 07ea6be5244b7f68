"""What the SELECTs of a script give is shown, and the last one is part of the result."""

from __future__ import annotations

import json
from typing import Any


def numbers(bench: Any, count: int) -> None:
    """Put the numbers from 1 on into the table."""
    bench.sql(f"insert into t_numbers (n) select level from dual connect by level <= {count}")


def test_a_query_is_shown_as_a_table(bench: Any) -> None:
    """Its line in the file, how many rows it gave, and the rows."""
    bench.sql("insert into t_ledger (entry, amount) values ('a', 1)")
    bench.sql("insert into t_ledger (entry, amount) values ('bcd', null)")
    result = bench.run(
        "-- @step look\ncommit;\nselect entry, amount, amount + 9 as more\nfrom t_ledger\n"
        "order by entry;\nupdate t_ledger set amount = 2;\n"
    )
    assert bench.said("output") == [
        "script.sql:3: 2 rows",
        "  ENTRY  AMOUNT  MORE",
        "  -----  ------  ----",
        "  a           1    10",
        "  bcd",
    ]
    assert json.loads(json.dumps(result.query)) == {
        "step": "look",
        "line": 3,
        "columns": ["ENTRY", "AMOUNT", "MORE"],
        "rows": [["a", 1, 10], ["bcd", None, None]],
        "fetched": 2,
        "is_whole": True,
    }


def test_of_many_rows_the_first_are_shown(bench: Any) -> None:
    """A query's size does not matter: at most 100 rows are fetched, fewer are shown."""
    numbers(bench, 150)
    result = bench.run("select n from t_numbers order by n;\n", show_rows=3)
    assert bench.said("output") == [
        "script.sql:1: 100 rows or more, the first 3:",
        "  N",
        "  -",
        "  1",
        "  2",
        "  3",
    ]
    assert result.query is not None
    assert result.query["rows"] == [[1], [2], [3]]
    assert (result.query["fetched"], result.query["is_whole"]) == (100, False)


def test_nothing_is_shown_where_nothing_is_wanted(bench: Any) -> None:
    """`show_rows=0` keeps rows out of the log and out of the result; a check shows nothing."""
    result = bench.run("select 1 from dual;\n", show_rows=0)
    assert (bench.said("output"), result.query) == ([], None)
    result = bench.run("-- @check one\nselect 1 from dual;\n", key=f"{bench.key}-2")
    assert (bench.said("output"), result.query) == ([], None)


def test_a_query_without_rows(bench: Any) -> None:
    """It says so."""
    result = bench.run("select n from t_numbers;\n")
    assert bench.said("output") == ["script.sql:1: no rows"]
    assert result.query["rows"] == []


def test_a_lob_is_not_fetched(bench: Any) -> None:
    """Its kind stands in its place: to read it would take a round trip for each."""
    bench.run("select to_clob('text') as c from dual;\n")
    assert bench.said("output")[-1] == "  (LOB)"
