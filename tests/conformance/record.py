"""What one case of the conformance suite says, and why it may say so.

A case is run against the sandbox and against a real Oracle alike::

    FEATURE = Feature(2, "FORALL with SAVE EXCEPTIONS")
    CASES = (
        Case(
            "a failing row does not keep the others back",
            setup=("create table t (n number check (n > 0))",),
            run="declare ... begin ... end;",
            then="select n from t order by n",
            expect=rows((1,), (3,)),
            evidence=Manual("PL/SQL Language Reference", "Handling FORALL Exceptions ..."),
        ),
    )

What is expected follows from the evidence, never from what the sandbox has answered. Where the
sandbox does not do it, the case says so in ``sandbox=``: `missing` or `differs`; the suite then
demands just that, so that a case which begins to work must be changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.conformance.bench import Bench

#: Books that can be evidence: Oracle's own.
BOOKS = frozenset({
    "SQL Language Reference",
    "PL/SQL Language Reference",
    "PL/SQL Packages and Types Reference",
    "Database Reference",
    "Database Concepts",
    "Database Administrator's Guide",
    "Database Development Guide",
    "Database Error Messages",
    "Database Globalization Support Guide",
    "Database SecureFiles and Large Objects Developer's Guide",
    "Database Net Services Administrator's Guide",
    "Database Net Services Reference",
    "Database Security Guide",
    "Call Interface Developer's Guide",
    "VLDB and Partitioning Guide",
    "SQL*Plus User's Guide and Reference",
    "python-oracledb documentation",
})  # fmt: skip


@dataclass(frozen=True)
class Manual:
    """Name the section of a manual that the expectation follows from."""

    book: str
    section: str

    kind = "manual"

    def __post_init__(self) -> None:
        """Refuse a book that is none of Oracle's."""
        if self.book not in BOOKS or not self.section:
            raise ValueError(f"no section of one of Oracle's manuals: {self}")


@dataclass(frozen=True)
class Transcript:
    """Name a session with an Oracle database that somebody has published."""

    by: str
    version: str
    published: str

    kind = "transcript"


@dataclass(frozen=True)
class RealRun:
    """Name the Oracle that this very case has passed against."""

    version: str

    kind = "real run"


Evidence = Manual | Transcript | RealRun


@dataclass(frozen=True)
class Rows:
    """Expect these rows; in this order, or in any."""

    rows: tuple[tuple[Any, ...], ...]
    ordered: bool = True


@dataclass(frozen=True)
class Output:
    """Expect these lines of DBMS_OUTPUT."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Raises:
    """Expect an error by its ORA- number.

    :param text: stands in the message, such as ``PLS-00201`` or ``ORA-06512: at line 3``.
    """

    code: int
    text: str = ""


@dataclass(frozen=True)
class Returns:
    """Expect what a function of the case gives back, or the OUT values of a block."""

    value: Any


@dataclass(frozen=True)
class Count:
    """Expect how many rows a statement says that it has changed."""

    rows: int


Expectation = Rows | Output | Raises | Returns | Count


def rows(*expected: tuple[Any, ...]) -> Rows:
    """Expect the rows of a query in this order."""
    return Rows(expected)


def rows_in_any_order(*expected: tuple[Any, ...]) -> Rows:
    """Expect the rows of a query whose order nobody has asked for."""
    return Rows(expected, ordered=False)


def output(*lines: str) -> Output:
    """Expect what a block says with DBMS_OUTPUT."""
    return Output(lines)


def raises(code: int, text: str = "") -> Raises:
    """Expect an error, and a part of its message."""
    return Raises(code, text)


def returns(value: Any) -> Returns:
    """Expect what the function that is run gives back."""
    return Returns(value)


def count(changed: int) -> Count:
    """Expect the row count of a statement."""
    return Count(changed)


@dataclass(frozen=True)
class Missing:
    """Say that the sandbox answers ORA-03001.

    :param text: stands in the message.
    """

    text: str = "unimplemented feature (sandbox)"


@dataclass(frozen=True)
class Differs:
    """Say that the sandbox answers something else, and what.

    :param how: one clause for the table in docs/sandbox.md.
    """

    how: str
    answer: Expectation


def missing(text: str = "unimplemented feature (sandbox)") -> Missing:
    """Expect ORA-03001 of the sandbox."""
    return Missing(text)


def differs(how: str, answer: Expectation) -> Differs:
    """Expect another answer of the sandbox than of Oracle."""
    return Differs(how, answer)


@dataclass(frozen=True)
class Case:
    """Hold one case.

    :param run: the statement or block, or a function of a `Bench` for what takes several
        sessions, binds of several rows, LOBs or the driver's own calls.
    :param binds: of the statement, by place or by name.
    :param setup: statements before it; each must succeed.
    :param then: a query whose rows are looked at after it, in the same session.
    """

    name: str
    run: str | Callable[[Bench], Any]
    expect: Expectation
    evidence: Evidence
    setup: tuple[str, ...] = ()
    then: str | None = None
    binds: Sequence[Any] | Mapping[str, Any] = ()
    sandbox: Missing | Differs | None = None

    @property
    def only_asks(self) -> bool:
        """Tell whether the case is a single query, which leaves nothing behind."""
        begins = isinstance(self.run, str) and self.run.lstrip().lower().startswith("select")
        return begins and not self.setup and self.then is None

    def __post_init__(self) -> None:
        """Refuse a case that cannot be told from another, or that cannot fail."""
        if not re.search(r"\w", self.name) or isinstance(self.setup, str):
            raise ValueError(f"a name, and a tuple of statements: {self.name!r}")


@dataclass(frozen=True)
class Feature:
    """Name what a module's cases are about.

    :param item: of the list of what a team needs: 1 stored code and the system around it,
        2 PL/SQL, 3 SQL, 4 the wire.
    """

    item: int
    title: str

    def __post_init__(self) -> None:
        """Refuse an item that there is not."""
        if self.item not in ITEMS:
            raise ValueError(f"no such item: {self.item}")


ITEMS = {1: "Stored code, catalogue, sessions", 2: "PL/SQL", 3: "SQL", 4: "The wire"}
