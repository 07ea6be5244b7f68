"""The command line as data: every verb and its arguments, once for argparse and once for Airflow.

Airflow reads this at the start of each of its commands, so nothing is imported here.
"""

from __future__ import annotations

from airflow_oracle_dag.cli.argument import (
    CONNECTION,
    JSON,
    Verb,
    age,
    argument,
    count,
    milliseconds,
    port,
    row_limit,
    seconds,
    services,
)
from airflow_oracle_dag.cli.glue_arguments import GLUE
from airflow_oracle_dag.cli.jobs_arguments import JOBS

_NAMESPACE = argument(
    "--namespace",
    help="first part of the run key; else ORACLE_DAG_NAMESPACE, with --conn-id else Airflow's "
    "[oracle_dag] namespace, else 'default'",
)
_KEY = argument("--run-key", required=True, metavar="KEY", help="what owns the checkpoints")
_STEP = argument("--step", required=True, help="name of the step")
_WHY = argument("--why", required=True, help="the reason; it is written to the audit table")
_BINDS = argument(
    "--bind",
    action="append",
    default=[],
    metavar="NAME[:TYPE]=VALUE",
    help="a bind of the script; TYPE is text (default), number, date, timestamp, or "
    "secret with the name of an environment variable as VALUE; repeatable",
)
_VARIABLES = (
    argument(
        "--define",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="the value of &NAME; repeatable",
    ),
    argument(
        "--argument",
        action="append",
        default=[],
        metavar="VALUE",
        help="the value of &1, the next one that of &2; repeatable",
    ),
    argument(
        "--reading",
        choices=("sqlplus", "lexical"),
        help="which one counts where two readers would cut the script differently (default: such "
        "a script is refused)",
    ),
    argument(
        "--rerun",
        choices=("refuse", "allow"),
        default="refuse",
        help="whether a / may run DML or PL/SQL once more (default: refuse)",
    ),
)
_MORE = argument(
    "more", nargs="*", metavar="FILE", help="more of them: one run over all, in this order"
)
_RUN_ON = argument(
    "--run-on",
    choices=("worker", "database"),
    default="worker",
    help="where steps run that say nothing themselves: here, or in jobs of the database, which "
    "go on when this process dies (default: worker)",
)
_RUNNING = (
    _BINDS,
    *_VARIABLES,
    _RUN_ON,
    argument(
        "--start-timeout",
        type=seconds,
        default=600.0,
        metavar="SECONDS",
        help="how long a job of the database may be queued before it is removed, and the run ends "
        "with an error (default: ten minutes)",
    ),
    argument(
        "--step-timeout",
        type=seconds,
        metavar="SECONDS",
        help="for a step that says nothing itself (default: no limit)",
    ),
    argument(
        "--show-rows",
        type=row_limit,
        default=20,
        metavar="N",
        help="rows of each query that are shown, 0 to 100 (default: 20)",
    ),
    argument(
        "--on-done",
        choices=("success", "skip", "restart", "fail"),
        default="success",
        help="what to do when the run is finished: say so (success, skip), run it anew (restart), "
        "or end with an error that names who finished it (fail) (default: success)",
    ),
    argument(
        "--on-drift",
        choices=("fail", "accept", "rerun"),
        default="fail",
        help="what to do when a step that is done was changed: show the difference (fail), keep "
        "its result (accept), or run anew from it on (rerun) (default: fail)",
    ),
    argument(
        "--orphan",
        choices=("auto", "wait", "cancel", "fail"),
        default="auto",
        help="what to do while another attempt holds the run: wait, cancel (end its session, where "
        "that is permitted), fail (default: auto, which waits for whoever may be alive)",
    ),
    argument(
        "--orphan-timeout",
        type=seconds,
        default=86400.0,
        metavar="SECONDS",
        help="how long to wait for it (default: a day)",
    ),
    argument(
        "--plain",
        action="store_true",
        help="lines, also where a terminal could show a table of the steps",
    ),
    JSON,
)

VERBS = (
    Verb(
        "init",
        "make all tables; safe to repeat",
        (
            *CONNECTION,
            argument(
                "--print",
                action="store_true",
                dest="print_only",
                help="print the statements for a DBA and run nothing",
            ),
            argument(
                "--grant-to",
                metavar="USER",
                help="let another user run scripts with these tables, and no more than that; with "
                "--control: who may call it",
            ),
            argument(
                "--control",
                action="store_true",
                help="print for a DBA the package that stops what users' own sessions run, and run "
                "nothing",
            ),
            argument(
                "--control-owner",
                default="ODAG_ADMIN",
                metavar="USER",
                help="who is to own it: a user of its own (default: ODAG_ADMIN)",
            ),
            argument(
                "--managed",
                choices=("rds",),
                help="print it for a service where nobody has ALTER SYSTEM: rds is Amazon RDS",
            ),
        ),
    ),
    Verb(
        "doctor",
        "look what the connection can do, and what does not work where it cannot",
        (*CONNECTION, _NAMESPACE, JSON),
    ),
    Verb(
        "run",
        "run a script, or resume it where it stopped",
        (
            argument("file", help="the script, or a folder of scripts"),
            _MORE,
            *CONNECTION,
            _NAMESPACE,
            _KEY,
            *_RUNNING,
        ),
    ),
    Verb(
        "plan",
        "show the steps of a script; with --dsn or --conn-id look behind its calls, too, and with "
        "--run-key say where a run would go on, and why; nothing is written",
        (
            argument("file", help="the script, or a folder of scripts"),
            _MORE,
            _BINDS,
            *_VARIABLES,
            _RUN_ON,
            *CONNECTION,
            _NAMESPACE,
            argument("--run-key", metavar="KEY", help="say what a run under it would do"),
            JSON,
        ),
    ),
    Verb(
        "lint",
        "say what is wrong with scripts, and what may go wrong, without a database",
        (
            argument("paths", nargs="+", metavar="PATH", help="a script, or a folder of scripts"),
            argument(
                "--bind",
                action="append",
                default=[],
                metavar="NAME[:TYPE]=VALUE",
                help="a bind that a run would be given, as for run; when any is given, a bind "
                "without a value is an error, and so is one that no script uses; repeatable",
            ),
            *_VARIABLES,
            argument("--strict", action="store_true", help="end with 1 where there are warnings"),
            JSON,
        ),
    ),
    Verb(
        "split",
        "show the pieces of a script, as SQL*Plus would take them",
        (argument("file", help="the script"), *_VARIABLES, JSON),
    ),
    Verb(
        "status",
        "show the steps of a run, or which runs there are",
        (
            *CONNECTION,
            _NAMESPACE,
            argument("--run-key", metavar="KEY", help="which run; without it they are listed"),
            argument(
                "--limit",
                type=count,
                default=20,
                metavar="N",
                help="how many are listed, those at work last (default: 20)",
            ),
            JSON,
        ),
    ),
    Verb(
        "history",
        "show every try of every step over all generations, and what was done by hand",
        (*CONNECTION, _NAMESPACE, _KEY, JSON),
    ),
    Verb(
        "resume",
        "resume a run that exists, with the script that is kept with it",
        (
            argument(
                "--file",
                action="append",
                help="the repaired script, if it was edited; all of them in order where "
                "several, or a folder of them, are one run; repeatable",
            ),
            *CONNECTION,
            _NAMESPACE,
            _KEY,
            *_RUNNING,
        ),
    ),
    Verb(
        "mark-done",
        "declare a step done, so that a resume passes over it",
        (*CONNECTION, _NAMESPACE, _KEY, _STEP, _WHY),
    ),
    Verb(
        "mark-pending",
        "declare a step not done, so that a resume runs it again",
        (*CONNECTION, _NAMESPACE, _KEY, _STEP, _WHY),
    ),
    Verb(
        "stop",
        "end what an attempt runs in the database; the next attempt begins with that step",
        (
            *CONNECTION,
            _NAMESPACE,
            _KEY,
            argument("--why", required=True, help="the reason; it is kept with the attempt"),
        ),
    ),
    Verb(
        "unlock",
        "declare the attempt that holds a run dead, so that nobody waits for it",
        (*CONNECTION, _NAMESPACE, _KEY, _WHY),
    ),
    Verb(
        "restart-from",
        "begin a new generation at a step; what stands before it counts as done",
        (argument("step", help="name of the step"), *CONNECTION, _NAMESPACE, _KEY, _WHY),
    ),
    Verb(
        "purge",
        "remove what is kept of old runs that Airflow knows to be finished, all but a tombstone",
        (
            argument(
                "--older-than",
                type=age,
                required=True,
                metavar="AGE",
                help="such as 90d, 12h or 2w, since the run was finished and acknowledged",
            ),
            argument("--dry-run", action="store_true", help="only say which runs; needs no --why"),
            *CONNECTION,
            _NAMESPACE,
            argument("--why", help="the reason; it is written to the audit table"),
        ),
    ),
    Verb("jobs", "look at the control table and change it", verbs=JOBS),
    Verb("glue", "put what runs steps in AWS Glue there", verbs=GLUE),
    Verb(
        "sandbox",
        "serve an Oracle-speaking sandbox for trying and tests; not for production",
        (
            argument("--host", default="127.0.0.1", help="(default: 127.0.0.1)"),
            argument("--port", type=port, default=1521, help="0 for any free one (default: 1521)"),
            argument("--data", metavar="DIR", help="keep the data here; else it goes at the end"),
            argument(
                "--user",
                default="demo",
                help="who may connect, with ORACLE_PASSWORD or one that is made (default: demo)",
            ),
            argument(
                "--service",
                type=services,
                default="FREEPDB1",
                metavar="NAME[,NAME]",
                help="by which clients connect (default: FREEPDB1)",
            ),
            argument(
                "--seed",
                action="append",
                metavar="FILE",
                help="run this script first in a database that is new; may be repeated",
            ),
            argument(
                "--reply-delay",
                type=milliseconds,
                default=0.0,
                metavar="MILLISECONDS",
                help="added to every reply, as a longer network would",
            ),
            argument(
                "--allow-remote",
                action="store_true",
                help="listen on an address that others can reach",
            ),
        ),
    ),
)
