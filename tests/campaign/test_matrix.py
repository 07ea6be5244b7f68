"""Every edge of the protocol, every kind of step and every ending meet; the ledger judges."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.campaign.cases import ENDINGS, FAMILIES, IN_JOB, parse_case
from tests.campaign.ground import Ground
from tests.campaign.handed import TYPICAL_HANDED, short_handed
from tests.campaign.kinds import HANDED, KINDS
from tests.campaign.matrix import SEED, Matrix
from tests.campaign.selection import HANDED_ROLES, ROLES, TYPICAL, effect_of, short


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    """Give a sandbox that is the matrix's alone."""
    from airflow_oracle_dag.sandbox.engine import open_database
    from airflow_oracle_dag.sandbox.server import SandboxServer

    database = open_database(None, {"DEMO": "campaign"})
    try:
        with SandboxServer(database) as server:
            dsn = f"127.0.0.1:{server.port}/{database.service_name}"
            made = Ground(server, database.jobs, dsn, "demo", "campaign")
            yield made
            made.close()
    finally:
        database.close()


@pytest.mark.timeout(600)
def test_the_matrix_in_its_short_form(ground: Ground) -> None:
    """Each kind meets what a database sees of endings, typical ones each family; none is wrong."""
    matrix = Matrix(ground, KINDS)
    edges = matrix.edges(all_roles=False)
    cases = short(edges, SEED, thin=True)
    matrix.play(cases)
    print(matrix.table)

    assert not matrix.table.wrong, str(matrix.table)
    families = {family for family in FAMILIES if family != "STOP_JOB"}
    met = {(case.kind.name, case.family) for case in cases}
    assert met >= {(name, one) for name in TYPICAL if KINDS[name].mid for one in families}
    assert {(name, effect_of(family)) for name, family in met} >= {
        (name, effect_of(family)) for name, kind in KINDS.items() if kind.mid for family in families
    }
    assert {case.kind.name for case in cases} == {*KINDS}
    assert {blow.ending for case in cases for blow in case.blows} >= {
        ending.name for ending in ENDINGS.values() if not ending.of_job
    } - {"kill-instant"}
    assert {edge.role for found in edges.values() for edge in found} == {*ROLES}


@pytest.mark.timeout(600)
def test_the_short_form_where_a_job_has_the_steps(ground: Ground) -> None:
    """Each kind meets blows at its client and at its job, and each edge of both is struck."""
    matrix = Matrix(ground, HANDED)
    edges = matrix.edges(all_roles=False)
    cases = short_handed(edges, HANDED, SEED)
    matrix.play(cases)
    print(matrix.table)

    assert not matrix.table.wrong, str(matrix.table)
    blows = {
        (case.kind.name, blow.label.startswith(IN_JOB)) for case in cases for blow in case.blows
    }
    assert blows == {(name, in_job) for name in HANDED for in_job in (True, False)}
    assert {*edges} == {*TYPICAL_HANDED}
    assert {edge.role for found in edges.values() for edge in found} == {*HANDED_ROLES}
    struck = {blow.label for case in cases for blow in case.blows}
    assert struck >= {edge.label for found in edges.values() for edge in found}
    assert {blow.ending for case in cases for blow in case.blows} >= {
        ending.name for ending in ENDINGS.values() if ending.of_job or ending.inside
    }


def test_a_case_is_repeated_by_its_line() -> None:
    """What is printed of a case that went wrong is the case."""
    line = "commits 1:cut-after@block#3 2:kill@release_canary#1 p:error@commit#1"

    assert str(parse_case(line)) == line
    with pytest.raises(ValueError, match="is no blow"):
        parse_case("commits 1:shout@block#3")
    with pytest.raises(ValueError, match="there is no kind"):
        parse_case("nothing")
