"""DEFERRABLE constraints, and the COMMIT that finds them violated."""

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, raises, returns, rows

FEATURE = Feature(1, "Deferred constraints")

_DEFERRED = Manual("SQL Language Reference", "constraint, Specifying Constraint State")
_PARENT = "create table parent (id number primary key)"
_CHILD = """create table child (id number, parent_id number,
  constraint child_fk foreign key (parent_id) references parent deferrable initially {})"""
_ORPHAN = "insert into child values (1, 5)"


def _commit(bench: Bench) -> None:
    bench.run(_ORPHAN)
    bench.connection.commit()


def _after_failed_commit(bench: Bench) -> list[object]:
    bench.run("insert into parent values (1)")
    bench.run(_ORPHAN)
    code = bench.code("commit")
    return [code, bench.one("select count(*) from parent")]


CASES = (
    Case(
        "the COMMIT fails, and names the violation beneath it",
        setup=(_PARENT, _CHILD.format("deferred")),
        run=_commit,
        expect=raises(2091, "ORA-02291"),
        evidence=Manual("Database Error Messages", "ORA-02091"),
    ),
    Case(
        "such a COMMIT rolls the whole transaction back",
        setup=(_PARENT, _CHILD.format("deferred")),
        run=_after_failed_commit,
        expect=returns([2091, 0]),
        evidence=Manual("Database Error Messages", "ORA-02091"),
    ),
    Case(
        "what is mended before the COMMIT was never wrong",
        setup=(_PARENT, _CHILD.format("deferred"), _ORPHAN, "insert into parent values (5)"),
        run="commit",
        then="select parent_id from child",
        expect=rows((5,)),
        evidence=_DEFERRED,
    ),
    Case(
        "INITIALLY IMMEDIATE is checked by each statement",
        setup=(_PARENT, _CHILD.format("immediate")),
        run=_ORPHAN,
        expect=raises(2291),
        evidence=_DEFERRED,
    ),
    Case(
        "SET CONSTRAINT defers one for a transaction",
        setup=(
            _PARENT,
            _CHILD.format("immediate"),
            "set constraint child_fk deferred",
            _ORPHAN,
            "insert into parent values (5)",
            "commit",
        ),
        run="insert into child values (2, 6)",
        expect=raises(2291),
        evidence=Manual("SQL Language Reference", "SET CONSTRAINT[S]"),
    ),
    Case(
        "SET CONSTRAINTS ALL IMMEDIATE checks what is there",
        setup=(_PARENT, _CHILD.format("deferred"), _ORPHAN),
        run="set constraints all immediate",
        expect=raises(2291),
        evidence=Manual("SQL Language Reference", "SET CONSTRAINT[S]"),
    ),
    Case(
        "a constraint that is not deferrable cannot be deferred",
        setup=("create table t (n number constraint t_c check (n > 0))",),
        run="set constraint t_c deferred",
        expect=raises(2447),
        evidence=Manual("Database Error Messages", "ORA-02447"),
    ),
    Case(
        "USER_CONSTRAINTS says which they are",
        setup=(_PARENT, _CHILD.format("deferred")),
        run="select deferrable, deferred from user_constraints where constraint_name = 'CHILD_FK'",
        expect=rows(("DEFERRABLE", "DEFERRED")),
        evidence=Manual("Database Reference", "ALL_CONSTRAINTS"),
    ),
)
