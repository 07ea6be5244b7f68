"""Compose the body of a job from the operations of its steps.

The pieces stand in ``handover_body.sql``, and the blocks between the steps are those that a worker
sends (``checkpoint.sql``): each becomes a local procedure, in which the bind ``:name`` is the
variable ``b_name``. Nothing is pasted but whole numbers and names that stand in those files; a
user's statements, names and values are read by number when the body runs.
"""

from __future__ import annotations

import re
from typing import Callable, Dict, List, Mapping, Sequence, Tuple

#: What to do, and the numbers that it takes; see `Composer` for each.
Operation = Tuple[str, Tuple[int, ...]]

#: Types of the variables that hold values, by the kind of a value.
KINDS: Mapping[str, str] = {
    "number": "NUMBER",
    "text": "VARCHAR2(4000)",
    "date": "DATE",
    "timestamp": "TIMESTAMP(9)",
    "boolean": "BOOLEAN",
}
#: Of `expect`, by number.
OPERATORS = ("=", "<>", "<", "<=", ">", ">=")

_BIND = re.compile(r"('(?:[^']|'')*'|--[^\n]*)|:(?=[a-z])([a-z_][a-z0-9_]*)")
_NO_STEPS = "\nBEGIN\n  NULL;\nEXCEPTION\n"
_COMMIT = "  COMMIT WRITE WAIT IMMEDIATE;"
_NONE = -1

_ALWAYS_USED = (
    "read_handed",
    "read_handed_unit",
    "read_handed_value",
    "open_session",
    "set_time_zone",
    "tag_job",
    "claim_handover",
    "drain_output",
    "keep_failed_output",
    "forget_output",
    "check_marked",
    "fail_handover",
    "advance",
)
_BEGINNING = """\
  read_handed;
{values}
  b_session_lock := v_1;
  b_module := v_2;
  b_client_identifier := v_3;
  b_keep_output := v_4;
  open_session;
  set_time_zone;
  tag_job;
  claim_handover;
  IF b_claimed = 0 THEN
    RETURN;
  END IF;"""


def compose(
    operations: Sequence[Operation], kinds: Sequence[str], text: Callable[[str], str]
) -> str:
    """Write the body.

    :param operations: of all steps, in order.
    :param kinds: of the values 1, 2, …; the first four are the number of the session's lock, the
        module and the client identifier that the session is tagged with, and whether output is
        kept.
    :param text: gives a named statement for the owner of the tables.
    """
    composer = Composer()
    for name, numbers in operations:
        composer.add(name, numbers)
    used = [*_ALWAYS_USED, *composer.procedures]
    frame = text("job_body")
    head, tail = frame.split(_NO_STEPS)
    declared = [f"  v_{no} {KINDS[kind]};" for no, kind in enumerate(kinds, 1)]
    procedures = [_procedure(name, _with_handover(name, text)) for name in dict.fromkeys(used)]
    values = "\n".join(_reading(no, kind) for no, kind in enumerate(kinds, 1))
    steps = "\n".join(composer.lines)
    return "\n".join(
        [
            head,
            *declared,
            *procedures,
            "BEGIN",
            _BEGINNING.replace("{values}", values),
            steps,
            "EXCEPTION",
            tail,
        ]
    )


def as_procedure_text(text: str) -> str:
    """Give the text of a block with the variable ``b_name`` wherever it has the bind ``:name``."""
    return _BIND.sub(lambda found: found[1] or f"b_{found[2]}", text)


def _procedure(name: str, text: str) -> str:
    body = "\n".join(f"  {line}".rstrip() for line in as_procedure_text(text).split("\n"))
    return f"  PROCEDURE {name} IS\n  BEGIN\n{body}\n  END;"


def _with_handover(name: str, text: Callable[[str], str]) -> str:
    """Give a block, with word of the job's progress where it ends a step."""
    found = text(name)
    if name not in ("advance", "advance_ddl"):
        return found
    moving = "  " + text("move_handover").replace("\n", "\n  ") + ";\n"
    before, commit, after = found.partition(_COMMIT)
    return before + moving + commit + after


def _reading(no: int, kind: str) -> str:
    value = "b_number_value = 1" if kind == "boolean" else f"b_{kind}_value"
    return f"  b_value_no := {no}; read_handed_value; v_{no} := {value};"


class Composer:
    """Write the operations of steps, in order.

    Numbers of units are those of their texts; of values, those of the variables ``v_n``, -1: NULL.

    :ivar procedures: the pieces that what was written calls, beside those that every body has.
    """

    def __init__(self) -> None:
        self.lines: List[str] = []
        self.procedures: Dict[str, None] = {}
        self._fetched = 0
        self._known: Mapping[str, Callable[..., None]] = {
            "advance": self._advance,
            "begin": self._begin,
            "fetch": self._fetch,
            "dml": self._dml,
            "statement": self._statement,
            "block": self._block,
            "query": self._query,
            "check": self._check,
            "expect": self._expect,
            "try": self._try,
            "pass_some": self._pass_some,
            "pass_all_but": self._pass_all_but,
            "mark": self._mark,
            "discard": self._discard,
            "forbid_commit": self._forbid_commit,
            "allow_commit": self._allow_commit,
            "compiled": self._compiled,
            "show_errors": self._show_errors,
            "say": self._say,
        }

    def add(self, name: str, numbers: Sequence[int]) -> None:
        """Write an operation.

        :raises ValueError: what it takes are not whole numbers; nothing else is ever pasted.
        """
        for number in numbers:
            if type(number) is not int:
                raise ValueError(f"{number!r} is no whole number")
        self._known[name](*numbers)

    def _write(self, *lines: str) -> None:
        self.lines += [f"  {line}" for line in lines]

    def _call(self, *names: str) -> None:
        for name in names:
            self.procedures.setdefault(name)
            self._write(f"{name};")

    def _advance(
        self,
        done: int,
        name: int,
        step_class: int,
        text: int,
        variables: int,
        is_marked: int,
        read_only: int,
        following: int,
        code_place: int,
        evidence: int,
        mark_next: int,
        halted: int,
        *looked_at: int,
    ) -> None:
        """End a step (-1: none) and start the next one; a DDL step looks at five values then."""
        self._write(
            "b_unit := NULL;",
            f"b_done := {_whole(done)}; b_done_name := {_value(name)}; "
            f"b_done_class := {_value(step_class)}; b_done_text := {_value(text)};",
            f"b_variables := {_value(variables)}; b_read_only := {read_only}; "
            f"b_marked_id := {'b_transaction_id' if is_marked else 'NULL'};",
            f"b_next := {_whole(following)}; b_code_place := {_value(code_place)}; "
            f"b_evidence := {_value(evidence)};",
            f"b_expected := {int(done != _NONE) + int(following != _NONE)}; "
            f"b_mark_next := {mark_next}; b_halted := {halted};",
        )
        if looked_at:
            names = ("owner", "name", "new_name", "part", "new_part")
            given = zip(names, looked_at)
            self._write(" ".join(f"b_ddl_{each} := {_value(no)};" for each, no in given))
        self._call("advance_ddl" if looked_at else "advance")
        self._write("b_done_started := b_moment;")
        self._call("forget_output")
        if not mark_next:
            self._write("b_transaction_id := NULL;")

    def _begin(self, step_no: int, name: int, may_end: int, is_marked: int) -> None:
        """Begin the work of a step that its block has started."""
        self._write(
            f"b_step_no := {step_no}; b_unit := 0; b_row_count := 0; b_may_end := {may_end};"
        )
        if is_marked:
            self._call("check_marked")
        self._write(f"DBMS_APPLICATION_INFO.SET_ACTION(SUBSTRB(v_{name}, 1, 64));")

    def _fetch(self, text: int) -> None:
        """Read the text of the statement that is sent next."""
        self._fetched = text
        self._write(f"b_unit_no := {text}; read_handed_unit;")

    def _send(self, unit: int, text: int, values: Sequence[int], how: str) -> None:
        using = ", ".join(f"v_{no}" for no in values)
        if text != self._fetched:
            self._fetch(text)
        self._write(
            f"b_unit := {unit}; b_passed := 0;",
            f"{how} b_unit_text{' USING ' + using if using else ''};",
        )

    def _dml(self, unit: int, text: int, *values: int) -> None:
        """Run a statement and count what it changes."""
        self._send(unit, text, values, "EXECUTE IMMEDIATE")
        self._write("b_found := SQL%ROWCOUNT; b_row_count := b_row_count + b_found;")

    def _statement(self, unit: int, text: int, *values: int) -> None:
        """Run what changes no rows that are counted."""
        self._send(unit, text, values, "EXECUTE IMMEDIATE")
        self._write("b_found := 0;")

    def _block(self, unit: int, text: int, *values: int) -> None:
        """Run PL/SQL: its error names lines of it."""
        self._write("b_is_block := 1;")
        self._statement(unit, text, *values)
        self._write("b_is_block := 0;")

    def _query(self, unit: int, text: int, *values: int) -> None:
        """Fetch the first rows of a query."""
        self._send(unit, text, values, "OPEN b_query FOR")
        self._call("count_rows")

    def _check(self, unit: int, text: int, told: int, *values: int) -> None:
        """Hold the step to what a @check gives."""
        self._send(unit, text, values, "OPEN b_query FOR")
        self._call("judge_check")
        self._write(f"b_told := v_{told};")
        self._call("refuse_untrue")

    def _expect(self, told: int, operator: int, figure: int, is_query: int) -> None:
        """Hold the rows of the statement before against what it was expected to have."""
        self._write(
            f"IF b_passed = 0 AND NOT b_found {OPERATORS[operator]} {figure} THEN",
            f"  b_told := v_{told}; b_asked := {is_query};",
        )
        self._call("refuse_unexpected")
        self._write("END IF;")

    def _try(self, is_block: int) -> None:
        """Go on, at the next `pass_`, after errors of what is between."""
        self._write("BEGIN")
        if is_block:
            self._write("SAVEPOINT unit_of_odag;")

    def _pass_some(self, line: int, is_block: int, is_strict: int, *codes: int) -> None:
        """Pass over errors with these codes."""
        self._pass("NOT IN", line, is_block, is_strict, codes)

    def _pass_all_but(self, line: int, is_block: int, is_strict: int, *codes: int) -> None:
        """Pass over all errors but those."""
        self._pass("IN", line, is_block, is_strict, codes)

    def _pass(
        self, unless: str, line: int, is_block: int, is_strict: int, codes: Sequence[int]
    ) -> None:
        listed = ", ".join(str(_SQLCODES.get(code, -code)) for code in codes)
        self._write(
            "EXCEPTION",
            "  WHEN OTHERS THEN",
            f"    IF SQLCODE {unless} ({listed}) THEN",
            "      RAISE;",
            "    END IF;",
            f"    DBMS_OUTPUT.PUT_LINE('line {line}: passed over: ' || SQLERRM);",
            "    b_found := 0; b_passed := 1; b_is_block := 0;",
        )
        if is_block and is_strict:
            self._call("allow_commit", "undo_block", "forbid_commit")
        elif is_block:
            self._call("undo_block")
        self._write("END;")

    def _mark(self) -> None:
        """Mark the step in a call of its own."""
        self._call("mark", "check_marked")

    def _discard(self, unit: int, is_marked: int, is_strict: int) -> None:
        """Throw away what the step did so far."""
        self._write(f"b_unit := {unit}; b_row_count := 0;")
        if is_marked and not is_strict:
            self._call("discard", "check_marked")
            return
        if is_strict:
            self._call("allow_commit")
        self._write("ROLLBACK;")
        if is_strict:
            self._call("forbid_commit")
        if is_marked:
            self._mark()

    def _forbid_commit(self) -> None:
        self._call("forbid_commit")

    def _allow_commit(self) -> None:
        self._call("allow_commit")

    def _compiled(self, *unit: int) -> None:
        """Raise where the stored code that a statement found there does not compile."""
        self._name_unit(unit)
        self._call("count_compile_errors")
        self._write("IF b_wrong > 0 THEN", "  RAISE uncompiled;", "END IF;")

    def _show_errors(self, *unit: int) -> None:
        self._name_unit(unit)
        self._call("print_compile_errors")

    def _name_unit(self, unit: Sequence[int]) -> None:
        given = zip(("owner", "name", "kind", "body"), unit)
        self._write(" ".join(f"b_unit_{each} := {_value(no)};" for each, no in given))

    def _say(self, text: int) -> None:
        self._write(f"DBMS_OUTPUT.PUT_LINE(v_{text});")


#: What SQLCODE is for errors that PL/SQL has names for of its own.
_SQLCODES = {1403: 100, 6510: 1}


def _whole(number: int) -> str:
    return "NULL" if number == _NONE else str(number)


def _value(number: int) -> str:
    return "NULL" if number == _NONE else f"v_{number}"
