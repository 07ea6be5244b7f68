"""The kinds of steps that the kill matrix crosses with edges and endings, as data.

Each is a step, or a few, between a step ``before`` and a step ``after``. Its facts are counts that
any session can read: 1 when the step's work is committed, 0 when it is not, more when it was done
twice. What a takeover may leave undecided stands with each part: `Doubt`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum

_TRIP = (
    "  select max(what) into t from k_trip where at = 'mid';\n"
    "  if t = 'error' then raise_application_error(-20001, 'tripped'); end if;\n"
    "  if t = 'sleep' then dbms_session.sleep(0.5); end if;\n"
)


#: Who has the steps: the client's session; a job those in the middle; a job all of them.
WORKER, JOB, WHOLE = "worker", "job", "whole"


class Doubt(Enum):
    """When a step may be left IN_DOUBT by an attempt that is over."""

    NEVER = "never"
    STARTED = "started"  # it was RUNNING: what its code did left no trace
    ARRIVED = "arrived"  # a statement of it had reached the server


@dataclass(frozen=True)
class Part:
    """One step of a kind and what is to be seen of it.

    :param entries: of the ledger, each exactly once.
    :param fact: a SELECT of one number: 1 when the work is committed, 0 when it is not.
    :param again: it may be repeated without a question: its author, or Oracle, says it is harmless.
    :param fenced: it cannot commit by itself, so not even an attempt that lives leaves a doubt.
    """

    step: str
    entries: tuple[str, ...] = ()
    fact: str = ""
    doubt: Doubt = Doubt.NEVER
    again: bool = False
    fenced: bool = False

    @property
    def facts(self) -> tuple[str, ...]:
        """Return a SELECT for each fact."""
        own = (self.fact,) if self.fact else ()
        return (*(f"select count(*) from k_ledger where entry = '{e}'" for e in self.entries), *own)


@dataclass(frozen=True)
class Kind:
    """A script's middle.

    :param setup: run before each round; errors of what is not there are ignored.
    :param mid: label of the statement that can be stopped in its middle, "" when none can.
    :param place: which of its steps a job of the database has.
    """

    name: str
    work: str
    parts: tuple[Part, ...]
    setup: tuple[str, ...] = ()
    mid: str = ""
    place: str = WORKER

    @property
    def script(self) -> str:
        """Return the whole script."""
        text = (
            "-- @step before\ninsert into k_ledger values ('before', 1);\n"
            f"{self.work}\n-- @step after\ninsert into k_ledger values ('after', 1);\n"
        )
        own = {WORKER: r"(?!)", JOB: r"(?!before|after)", WHOLE: ""}[self.place]
        return re.sub(rf"^-- @step {own}.*", r"\g<0> run_on=database", text, flags=re.MULTILINE)

    @property
    def is_handed(self) -> bool:
        """Tell whether a job has steps of it."""
        return self.place != WORKER

    def at(self, place: str) -> Kind:
        """Return the same steps at another place."""
        return replace(self, name=f"{self.name}/{place}", place=place)

    @property
    def all_parts(self) -> tuple[Part, ...]:
        """Return the parts with those around them."""
        first, last = (Part(step, (step,), fenced=True) for step in ("before", "after"))
        return (first, *self.parts, last)


def _block(body: str, option: str = "", probe: str = "") -> str:
    asked = f"-- @probe {probe}\n" if probe else ""
    return f"-- @step work{option}\n{asked}declare t varchar2(10);\nbegin\n{body}end;\n/"


def _ledger(entry: str) -> str:
    return f"  insert into k_ledger values ('{entry}', 1);\n"


def _dml(name: str, work: str, *parts: Part, mid: str = "") -> Kind:
    return Kind(name, work, parts or (Part("work", ("work",), fenced=True),), mid=mid)


_COMMITS = _ledger("work.1") + "  commit;\n" + _TRIP + _ledger("work.2")
_ROLLS = "  rollback;\n" + _COMMITS
_CLEAN = _ledger("work.1") + _TRIP + _ledger("work.2")
_BOTH = ("work.1", "work.2")
_CHANGED = (
    "select case when count(*) > 0 then 1 else 0 end from user_source"
    " where name = 'K_CHANGES' and lower(text) like '%rollback%'"
)
_OPAQUE = (Part("work", _BOTH, doubt=Doubt.STARTED),)
_ONE = _ledger("work.1") + "  commit;\n" + _TRIP
_LATE = "  commit;\n" + _TRIP + _ledger("work.1") + "  commit;\n"
_DYNAMIC = "  execute immediate 'insert into k_ledger values (''work.1'', 1)';\n"
_STUBBORN = "  begin\n    commit;\n  exception when others then null;\n  end;\n"
_DONE = "select 1 from k_ledger where entry = 'work.1'"

_NOTE = (
    "create or replace procedure k_note is\n  pragma autonomous_transaction;\n"
    "begin\n  insert into k_log values (1);\n  commit;\nend;"
)
#: Stored code that the kinds call, made once.
STORED = (
    _NOTE,
    *(
        f"create or replace procedure {name} is\n  t varchar2(10);\nbegin\n{body}end;"
        for name, body in (
            ("k_commits", _COMMITS),
            ("k_rolls", _ROLLS),
            ("k_clean", _CLEAN),
            ("k_hidden", _DYNAMIC + _TRIP + _ledger("work.2")),
            ("k_stubborn", _ledger("work.1") + _STUBBORN + _TRIP + _ledger("work.2")),
            ("k_notes", _ledger("work.1") + "  k_note;\n" + _TRIP + _ledger("work.2")),
        )
    ),
)

_LOCKING = "-- @step work\nupdate k_account set balance = balance + 1 where id = 1;\n"

_DML = (
    _dml("dml", "-- @step work\ninsert into k_ledger values ('work', 1);"),
    _dml(
        "dmls",
        _LOCKING + "insert into k_ledger values ('work', 1);\n"
        "merge into k_account a using (select 2 as id from dual) s on (a.id = s.id)\n"
        " when matched then update set a.balance = a.balance + 1\n"
        " when not matched then insert (id, balance) values (s.id, 1);",
        Part(
            "work",
            ("work",),
            "select (a.balance - 100 + b.balance - 50) / 2 from k_account a, k_account b"
            " where a.id = 1 and b.id = 2",
            fenced=True,
        ),
        mid="work.1",
    ),
    _dml(
        "discards",
        "-- @step work\ninsert into k_ledger values ('gone', 1);\nrollback;\n"
        "insert into k_ledger values ('work', 1);",
        Part(
            "work",
            ("work",),
            "select case when exists (select 1 from k_ledger where entry = 'gone') then 9"
            " else (select count(*) from k_ledger where entry = 'work') end from dual",
            fenced=True,
        ),
    ),
    _dml(
        "prologue",
        "-- @step work\nset transaction isolation level read committed;\n"
        "insert into k_ledger values ('work', 1);",
    ),
    _dml(
        "checked",
        "-- @step work\ninsert into k_ledger values ('work', 1);\n"
        "-- @check rows_loaded\nselect count(*) from k_ledger where entry = 'work';",
    ),
    _dml(
        "checked-after",
        "-- @step work\ninsert into k_ledger values ('work', 1);\n"
        "-- @check rows_loaded after=commit\nselect count(*) from k_ledger where entry = 'work';",
    ),
    _dml(
        "goes-on",
        "-- @step work\ninsert into k_ledger values ('work', 1);\nwhenever sqlerror continue\n"
        "insert into k_no_such_table values (1);\nwhenever sqlerror exit",
    ),
    _dml(
        "always",
        "-- @always prepare\nalter session set nls_date_format = 'YYYY';\n"
        "-- @step work\ninsert into k_ledger values ('work' || date '2026-05-04', 1);",
        Part("prepare", fenced=True, again=True),
        Part("work", ("work2026",), fenced=True),
    ),
    _dml(
        "read-only",
        "-- @step work\nset transaction read only;\nselect count(*) from k_ledger;\ncommit;",
        Part("work", fenced=True, again=True),
    ),
)

_BULK = (
    _dml(
        "bulk",
        "-- @step work\n"
        "insert into k_number (n, part) select level, mod(level, 7) from dual"
        " connect by level <= 6000;\n"
        "update k_number set part = part + 1 where mod(n, 2) = 0;\n"
        "delete from k_number where part > 6;\n"
        "insert into k_ledger select 'work', count(*) from k_number;",
        Part(
            "work",
            ("work",),
            "select count(*) / 5571 from k_number",
            fenced=True,
        ),
    ),
)

_BLOCKS = (
    Kind("block", _block(_CLEAN), (Part("work", _BOTH),), mid="work.1"),
    Kind("commits", _block(_COMMITS), _OPAQUE, mid="work.1"),
    Kind(
        "commits-late",
        _block(_ledger("work.1") + _TRIP + "  commit;\n" + _ledger("work.2")),
        _OPAQUE,
        mid="work.1",
    ),
    Kind("rolls-back", _block(_ROLLS), _OPAQUE, mid="work.1"),
    Kind("calls-commits", _block("  k_commits;\n"), _OPAQUE, mid="work.1"),
    Kind("calls-rolls-back", _block("  k_rolls;\n"), _OPAQUE, mid="work.1"),
    Kind(
        "calls-clean",
        "-- @step work\ncall k_clean();",
        (Part("work", _BOTH),),
        ("delete from odag_code",),  # what was found of it before
        mid="work.1",
    ),
    Kind("calls-notes", "-- @step work\nexec k_notes", _OPAQUE, mid="work.1"),
    Kind("calls-hidden", "-- @step work\nexec k_hidden", _OPAQUE, mid="work.1"),
    Kind(
        "strict",
        "-- @step work atomic=strict\nexec k_hidden",
        (Part("work", _BOTH),),
        mid="work.1",
    ),
    Kind(
        "strict-refused",
        "-- @step work atomic=strict\nexec k_stubborn",
        (Part("work", _BOTH),),
        mid="work.1",
    ),
    Kind(
        "replaced-meanwhile",
        "-- @step work_one\ncreate or replace procedure k_changes is\n  t varchar2(10);\n"
        f"begin\n{_ROLLS}end;\n/\n-- @step work\nexec k_changes",
        (
            Part("work_one", (), _CHANGED, again=True),
            *_OPAQUE,
        ),
        (f"create or replace procedure k_changes is\n  t varchar2(10);\nbegin\n{_CLEAN}end;",),
        mid="work.1",
    ),
    Kind(
        "dynamic",
        _block(
            "  execute immediate 'insert into k_ledger values (''work.1'', 1)';\n"
            "  execute immediate 'commit';\n" + _TRIP
        ),
        (Part("work", ("work.1",), doubt=Doubt.STARTED),),
        mid="work.1",
    ),
    Kind(
        "dml-then-commits",
        "-- @step work\ninsert into k_ledger values ('work.0', 1);\n"
        f"declare t varchar2(10);\nbegin\n{_COMMITS}end;\n/",
        (Part("work", ("work.0", *_BOTH), doubt=Doubt.STARTED),),
        mid="work.2",
    ),
    Kind("probed", _block(_ONE, probe=_DONE), (Part("work", ("work.1",)),), mid="work.1"),
    Kind("probed-late", _block(_LATE, probe=_DONE), (Part("work", ("work.1",)),), mid="work.1"),
    Kind(
        "repeatable",
        _block(_ONE, option=" repeatable"),
        (Part("work", ("work.1",), again=True),),
        mid="work.1",
    ),
)


def _ddl(
    name: str,
    text: str,
    fact: str,
    *setup: str,
    doubt: Doubt = Doubt.NEVER,
    again: bool = False,
    probed: bool = False,
) -> Kind:
    """Make a kind of one DDL statement, decided by what the catalogue shows unless it is said."""
    probe = f"-- @probe select 1 from dual where 1 = ({fact})\n" if probed else ""
    end = "\n/" if "procedure" in text else ";"
    part = Part("work", (), fact, doubt, again)
    return Kind(name, f"-- @step work\n{probe}{text}{end}", (part,), tuple(setup))


def _object(kind: str, name: str, count: str = "count(*)") -> str:
    return (
        f"select {count} from user_objects"
        f" where object_type = '{kind}' and object_name = '{name.upper()}'"
    )


def _absent(kind: str, name: str) -> str:
    return _object(kind, name, "1 - count(*)")


_ALTERED = ("drop table k_alter", "create table k_alter (n number)")
_GRANTED = "select count(*) from all_tab_privs where grantee = 'PUBLIC' and table_name = 'K_ALTER'"
_FILLED = (*_ALTERED, "insert into k_alter values (1)")

_DDL = (
    _ddl(
        "create-table",
        "create table k_made (n number)",
        _object("TABLE", "k_made"),
        "drop table k_made",
    ),
    _ddl(
        "create-as-select",
        "create table k_made as select 1 as n from dual",
        _object("TABLE", "k_made"),
        "drop table k_made",
    ),
    _ddl(
        "create-index",
        "create index k_ix on k_alter (n)",
        _object("INDEX", "k_ix"),
        "drop index k_ix",
        *_FILLED,
    ),
    _ddl(
        "create-sequence",
        "create sequence k_counter",
        _object("SEQUENCE", "k_counter"),
        "drop sequence k_counter",
    ),
    _ddl(
        "create-view",
        "create view k_seen as select 1 as n from dual",
        _object("VIEW", "k_seen"),
        "drop view k_seen",
    ),
    _ddl(
        "replace-view",
        "create or replace view k_view as select 1 as n from dual",
        "select n from k_view",
        "create or replace view k_view as select 0 as n from dual",
        again=True,
    ),
    _ddl(
        "replace-procedure",
        "create or replace procedure k_code is\nbegin\n  null; -- second\nend;",
        "select count(*) from user_source where name = 'K_CODE' and text like '%second%'",
        "create or replace procedure k_code is\nbegin\n  null;\nend;",
        again=True,
    ),
    _ddl(
        "drop-table",
        "drop table k_alter",
        _absent("TABLE", "k_alter"),
        *_ALTERED,
    ),
    _ddl(
        "drop-view",
        "drop view k_view",
        _absent("VIEW", "k_view"),
        "create or replace view k_view as select 0 as n from dual",
    ),
    _ddl(
        "add-column",
        "alter table k_alter add (extra number)",
        "select count(*) from user_tab_columns"
        " where table_name = 'K_ALTER' and column_name = 'EXTRA'",
        *_ALTERED,
    ),
    _ddl(
        "add-constraint",
        "alter table k_alter add constraint k_small check (n < 10)",
        "select count(*) from user_constraints where constraint_name = 'K_SMALL'",
        *_ALTERED,
    ),
    _ddl(
        "truncate",
        "truncate table k_alter",
        "select 1 - count(*) from k_alter",
        *_FILLED,
        doubt=Doubt.ARRIVED,  # rows in a segment that is the same may have come since
    ),
    _ddl(
        "comment",
        "comment on table k_alter is 'second'",
        "select count(*) from user_tab_comments"
        " where table_name = 'K_ALTER' and comments = 'second'",
        *_ALTERED,
        again=True,
    ),
    _ddl(
        "modify-column",
        "alter table k_alter modify (n number(9), extra number(9))",
        "select count(*) from user_tab_columns"
        " where table_name = 'K_ALTER' and column_name = 'N' and data_precision = 9",
        "drop table k_alter",
        "create table k_alter (n number, extra number)",
        doubt=Doubt.ARRIVED,
    ),
    _ddl(
        "rename-column",
        "alter table k_alter rename column n to m",
        "select count(*) from user_tab_columns where table_name = 'K_ALTER' and column_name = 'M'",
        *_ALTERED,
    ),
    _ddl(
        "drop-column",
        "alter table k_alter drop column extra",
        "select 1 - count(*) from user_tab_columns"
        " where table_name = 'K_ALTER' and column_name = 'EXTRA'",
        "drop table k_alter",
        "create table k_alter (n number, extra number)",
    ),
    _ddl(
        "drop-constraint",
        "alter table k_alter drop constraint k_small",
        "select 1 - count(*) from user_constraints where constraint_name = 'K_SMALL'",
        "drop table k_alter",
        "create table k_alter (n number, constraint k_small check (n < 10))",
    ),
    _ddl(
        "drop-index",
        "drop index k_ix",
        _absent("INDEX", "k_ix"),
        *_ALTERED,
        "create index k_ix on k_alter (n)",
    ),
    _ddl(
        "create-synonym",
        "create synonym k_other for k_ledger",
        "select count(*) from user_synonyms where synonym_name = 'K_OTHER'",
        "drop synonym k_other",
    ),
    _ddl(
        "grant",
        "grant select on k_alter to public",
        _GRANTED,
        *_ALTERED,
        again=True,
    ),
    _ddl(
        "revoke",
        "revoke select on k_alter from public",
        _GRANTED.replace("count(*)", "1 - count(*)"),
        *_ALTERED,
        "grant select on k_alter to public",
        doubt=Doubt.ARRIVED,
    ),
    _ddl(
        "rename",
        "rename k_alter to k_renamed",
        _object("TABLE", "k_renamed"),
        "drop table k_renamed",
        *_ALTERED,
    ),
    _ddl(
        "ddl-probed",
        "create table k_made (n number)",
        _object("TABLE", "k_made"),
        "drop table k_made",
        probed=True,
    ),
)

_MIXED = (
    Kind(
        "mixed",
        _block(_COMMITS).replace("@step work", "@step work_one")
        + "\n-- @step work_two\ncreate table k_made (n number);\n"
        "-- @step work_three\nbegin insert into k_ledger values ('work.3', 1); end;\n/\n"
        "-- @step work_four\ndrop table k_alter;\n"
        "-- @step work_five\nbegin insert into k_ledger values ('work.5', 1); commit; end;\n/",
        (
            Part("work_one", _BOTH, doubt=Doubt.STARTED),
            Part("work_two", (), _object("TABLE", "k_made")),
            Part("work_three", ("work.3",)),
            Part("work_four", (), _absent("TABLE", "k_alter")),
            Part("work_five", ("work.5",), doubt=Doubt.STARTED),
        ),
        ("drop table k_made", *_ALTERED),
        mid="work_one.1",
    ),
)

KINDS = {kind.name: kind for kind in (*_DML, *_BULK, *_BLOCKS, *_DDL, *_MIXED)}
_ALL_IN_JOB = ("dml", "commits", "mixed")
HANDED = {
    kind.name: kind
    for kind in (
        *(kind.at(JOB) for kind in KINDS.values()),
        *(KINDS[name].at(WHOLE) for name in _ALL_IN_JOB),
    )
}
EVERY = {**KINDS, **HANDED}
