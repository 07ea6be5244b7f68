"""The verbs of ``jobs`` as data; see `arguments`."""

from __future__ import annotations

from airflow_oracle_dag.cli.argument import CONNECTION, JSON, Verb, argument, count

_TABLE = (
    *CONNECTION,
    argument(
        "--environment",
        help="whose rows are meant; else ORACLE_DAG_ENVIRONMENT, else 'default'",
    ),
    argument(
        "--names",
        metavar="JSON|@FILE",
        help="names of a team's own tables and columns, see docs/control-table.md",
    ),
    argument("--dynamodb", action="store_true", help="the control table is in DynamoDB"),
    argument("--region", help="of DynamoDB; else what boto3 finds"),
    argument("--endpoint-url", metavar="URL", help="of DynamoDB, for an endpoint of your own"),
)
_KNOWN = (
    argument("--timezone", metavar="ZONE", help="of rows that name none (default: UTC)"),
    argument(
        "--calendar-folder", metavar="DIR", help="holds own calendars as NAME.csv: a day, its name"
    ),
)
_CATEGORY = argument("--category", help="only the rows of this JobCategory")
_JOB = argument("job", help="JobName of the row")
_JOBS = argument("jobs", nargs="+", metavar="job", help="JobName of a row; several may be given")
_WHY = argument("--why", required=True, help="the reason; it is written to the audit table")

JOBS = (
    Verb("list", "show the rows, and what is wrong with them", (*_TABLE, *_KNOWN, _CATEGORY, JSON)),
    Verb(
        "show",
        "show a row and the newest runs of the job",
        (
            _JOB,
            *_TABLE,
            *_KNOWN,
            argument("--limit", type=count, default=10, help="of runs (default: 10)"),
            JSON,
        ),
    ),
    Verb(
        "set",
        "change fields of a row",
        (
            _JOB,
            argument("changes", nargs="+", metavar="FIELD=VALUE", help="FIELD= empties the field"),
            *_TABLE,
            *_KNOWN,
            _WHY,
        ),
    ),
    Verb("skip", "set SkipFlag: the jobs do not run until it is cleared", (_JOBS, *_TABLE, _WHY)),
    Verb("unskip", "clear SkipFlag", (_JOBS, *_TABLE, _WHY)),
    Verb(
        "import",
        "add and change rows from a CSV file",
        (
            argument("file", help="its first line names the fields"),
            *_TABLE,
            *_KNOWN,
            _WHY,
            argument("--dry-run", action="store_true", help="check and compare, write nothing"),
        ),
    ),
    Verb(
        "export",
        "write the rows as CSV that import reads",
        (
            argument("file", nargs="?", help="standard output if absent"),
            *_TABLE,
            _CATEGORY,
        ),
    ),
    Verb(
        "explain",
        "print for each day whether a job runs, and why",
        (
            _JOB,
            *_TABLE,
            *_KNOWN,
            argument("--from", dest="first", required=True, metavar="DAY", help="YYYY-MM-DD"),
            argument("--to", dest="last", required=True, metavar="DAY", help="the last day shown"),
            JSON,
        ),
    ),
    Verb(
        "lint",
        "check a folder of job sets; needs no database",
        (argument("folder", help="with .yaml, .yml or .toml files"), JSON),
    ),
    Verb("init", "make the tables in DynamoDB; safe to repeat", _TABLE),
)
