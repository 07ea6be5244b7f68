"""Show a run on a terminal: a table of its steps that is drawn again, and the lines above it."""

from __future__ import annotations

import io
import os
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO, cast

from airflow_oracle_dag.cli.console import forget, say, visible
from airflow_oracle_dag.cli.report import because
from airflow_oracle_dag.core.states import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console, JustifyMethod
    from rich.table import Table

    from airflow_oracle_dag.runtime.results import Event, Observer, StepResult

_COLOURS = {
    State.SUCCEEDED: "green",
    State.RUNNING: "bold cyan",
    State.FAILED: "bold red",
    State.IN_DOUBT: "bold magenta",
    State.SKIPPED: "dim",
    State.PENDING: "dim",
}
_COLUMNS = ("no", "step", "state", "tries", "rows", "seconds", "reason")
_WORDS = ("step", "state", "reason")  # what begins at the left, as words do
_NARROWEST = 16  # columns that a name and a reason have in any case, if they need them
_DONE = (State.SUCCEEDED, State.SKIPPED)
_PER_SECOND = 4  # how often it is drawn
_AROUND = 6  # lines of the screen that the rows leave to the heads and to what is told above


@dataclass(frozen=True)
class Audience:
    """Who is told of a run.

    :param tell: takes the events that have a line.
    :param follow: takes each step as it stands, for a table; None: nobody draws one.
    """

    tell: Observer
    follow: Callable[[StepResult], None] | None = None


@contextmanager
def audience(stream: TextIO, *, plain: bool) -> Iterator[Audience]:
    """Give who is told of a run while it lasts: a table on a terminal, else lines.

    :param plain: lines in any case.
    """
    table = None if plain else _table(stream)
    if table is None:
        yield Audience(lambda event: say(event.text, stream))
        return
    with table.drawn():
        yield Audience(table.tell, table.follow)


def _table(stream: TextIO) -> LiveTable | None:
    """Return a table for a stream that can show one."""
    if not stream.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        return None
    try:
        from rich.console import Console
    except ImportError:  # it comes with Airflow; without it lines do
        return None
    return LiveTable(Console(file=cast("TextIO", _Patient(stream)), highlight=False, markup=False))


class LiveTable:
    """The steps of a run, one line each: number, name, state, tries, rows, seconds and reason.

    :param clock: seconds, for the step that runs; a finished one shows the database's.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._steps: dict[int, StepResult] = {}
        self._began: dict[int, float] = {}
        self._over = False

    @contextmanager
    def drawn(self) -> Iterator[None]:
        """Draw it until the end, whatever that is, and leave the terminal as it was."""
        from rich.live import Live

        with Live(
            self,
            console=self._console,
            refresh_per_second=_PER_SECOND,
            redirect_stdout=False,
            redirect_stderr=False,
        ):
            try:
                yield
            finally:
                self._over = True

    def tell(self, event: Event) -> None:
        """Print the line of an event above the table."""
        if event.step is not None:
            self.follow(event.step)
        self._console.print(visible(event.text), soft_wrap=True)

    def follow(self, step: StepResult) -> None:
        """Take a step as it stands now."""
        before = self._steps.get(step.no)
        if step.state is State.RUNNING and (before is None or before.state is not State.RUNNING):
            self._began[step.no] = self._clock()
        self._steps[step.no] = step

    def __rich__(self) -> Table:
        """Make the table as it is now; at the end with all rows."""
        from rich.cells import cell_len
        from rich.table import Table

        steps = sorted(self._steps.values(), key=lambda step: step.no)
        above, shown, below = self._window(steps)
        rows = [self._cells(step) for step in shown]
        if above:
            rows.insert(0, ("", f"... {above} before", *[""] * 5))
        if below:
            rows.append(("", f"... {below} to come", *[""] * 5))
        styles = ["dim"] * bool(above) + [_COLOURS[step.state] for step in shown] + ["dim"]
        table = Table(box=None, pad_edge=False, show_header=bool(steps), header_style="bold")
        columns = zip(_COLUMNS, *rows, strict=True)
        widest = [max(map(cell_len, column)) for column in columns]
        for name, width in zip(_COLUMNS, self._fitting(widest), strict=True):
            side: JustifyMethod = "left" if name in _WORDS else "right"
            table.add_column(name, justify=side, no_wrap=True, overflow="crop", width=width)
        for row, style in zip(rows, styles, strict=False):
            table.add_row(*row, style=style)
        return table

    def _fitting(self, widest: list[int]) -> list[int]:
        """Return how wide each column is: reasons are cut first, then names."""
        no, name, *others, reason = widest
        room = self._console.width - no - sum(others) - 2 * len(others) - 4
        name = min(name, max(room - min(reason, _NARROWEST), _NARROWEST))
        return [no, name, *others, max(room - name, 0)]

    def _window(self, steps: list[StepResult]) -> tuple[int, list[StepResult], int]:
        """Return the steps that the screen has room for, and how many stand before and after."""
        room = max(3, self._console.height - _AROUND)
        if self._over or len(steps) <= room:
            return 0, steps, 0
        at = next((i for i, step in enumerate(steps) if step.state not in _DONE), len(steps))
        first = min(max(0, at - room // 2), len(steps) - room)
        return first, steps[first : first + room], len(steps) - first - room

    def _cells(self, step: StepResult) -> tuple[str, ...]:
        running = step.state is State.RUNNING
        tried = str(step.tries) if step.tries else ""
        rows = "" if running or step.rows is None else f"{step.rows:,}"
        name = visible(step.name)
        reason = visible(self._reason(step))
        return (str(step.no), name, step.state.value, tried, rows, self._seconds(step), reason)

    def _seconds(self, step: StepResult) -> str:
        if step.state is not State.RUNNING:
            return "" if step.seconds is None else f"{step.seconds:.2f}"
        return f"{self._clock() - self._began[step.no]:.0f}"

    def _reason(self, step: StepResult) -> str:
        if step.state is State.RUNNING:
            return "not ended here: the next attempt finds out what became of it" * self._over
        return because(step.error, step.reason)


class _Patient(io.TextIOBase):
    """A terminal that may go away: the work goes on without somebody who looks on."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    @property
    def encoding(self) -> str:  # type: ignore[override]  # an attribute there
        """Return what the terminal reads."""
        return self._stream.encoding

    def isatty(self) -> bool:
        """Tell that it is a terminal."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """Return its descriptor, for its size."""
        return self._stream.fileno()

    def write(self, text: str) -> int:
        """Write, if anybody is there."""
        try:
            return self._stream.write(text)
        except OSError:
            forget(self._stream)
            return len(text)

    def flush(self) -> None:
        """Send what was written, if anybody is there."""
        try:
            self._stream.flush()
        except OSError:
            forget(self._stream)
