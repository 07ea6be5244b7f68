"""Install Oracle's public sample schemas HR, CO and SH in a sandbox and use them.

    python -m tests.sample_schemas                   # fetched with git into .samples, once
    python -m tests.sample_schemas --from FOLDER HR  # from a copy, one of them

Each statement that fails is listed. What the sandbox says ORA-03001 to is counted and let pass
where `EXPECTED` names it; anything else ends with 1. No part of the schemas is kept here.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections import Counter
from pathlib import Path

import oracledb

from airflow_oracle_dag.sandbox.testing import OracleSandbox, OracleSchema
from tests.sample_schemas.reading import Command, commands, provided, values
from tests.sample_schemas.using import USES, Use

ORIGIN = "https://github.com/oracle-samples/db-sample-schemas"
COMMIT = "6660bad68c07bd143430ace58565b3f727e17263"
KEPT = Path(__file__).parents[2] / ".samples"
FOLDERS = {"HR": "human_resources", "CO": "customer_orders", "SH": "sales_history"}
#: Beginnings of statements that the sandbox answers with ORA-03001, and may, and of those about
#: what these would have made (ORA-00942).
EXPECTED = (
    "CREATE DIMENSION",
    "CREATE INDEX sup_text_idx",
    "CREATE MATERIALIZED VIEW",
    "CREATE BITMAP INDEX FW_PSC_S_MV",
    "CREATE OR REPLACE VIEW product_reviews",
    "COMMENT ON TABLE product_reviews",
    "COMMENT ON COLUMN product_reviews",
)


class Installation:
    """Install one schema and remember what failed.

    :param folder: of the schema's scripts.
    """

    def __init__(self, schema: OracleSchema, folder: Path) -> None:
        self.problems: list[str] = []
        self.counts: Counter[str] = Counter()
        self._schema = schema
        self._folder = folder

    def run(self) -> None:
        """Run the scripts in the order of the installer."""
        prefix = self._schema.user.lower()
        for part in ("create", "populate", "code"):
            path = self._folder / f"{prefix}_{part}.sql"
            for command in commands(path) if path.exists() else ():
                self._try(command)
        self._schema.connection.commit()
        self._verify(self._folder / f"{prefix}_install.sql")
        for use in USES[self._schema.user]:
            self._use(use)

    def _try(self, command: Command) -> None:
        text = " ".join(command.text.split())
        self.counts["statements"] += 1
        try:
            self._load(command) if command.load else self._execute(command)
        except oracledb.Error as error:
            said = error.args[0]
            if text.startswith(EXPECTED) and said.code in (3001, 942):
                self.counts["ORA-03001"] += 1
                return
            self._fail(f"{command.where}: {said.message.splitlines()[0]}: {text[:80]}")

    def _execute(self, command: Command) -> None:
        with self._schema.connection.cursor() as cursor:
            cursor.execute(command.text)
            if cursor.warning is not None:
                self._fail(f"{command.where}: compiled with errors")

    def _load(self, command: Command) -> None:
        path = self._folder / command.load
        if not path.exists():
            self._fail(f"{command.where}: {command.load} is not there")
            return
        for columns, rows in values(path):
            places = ", ".join(f":{n}" for n in range(1, len(columns) + 1))
            with self._schema.connection.cursor() as cursor:
                cursor.executemany(
                    f"insert into {command.text} ({', '.join(columns)}) values ({places})", rows
                )

    def _verify(self, installer: Path) -> None:
        for table, rows in provided(installer).items():
            try:
                ((found,),) = self._schema.rows(f"select count(*) from {table}")
            except oracledb.DatabaseError as error:
                self._fail(f"{table}: {error.args[0].message.splitlines()[0]}")
                continue
            self.counts["rows"] += found
            if found != rows:
                self._fail(f"{table}: {found} rows, {rows} are provided")

    def _use(self, use: Use) -> None:
        self.counts["uses"] += 1
        try:
            use(self._schema.connection)
        except (oracledb.Error, AssertionError) as error:
            self._fail(f"{use.__name__}: {str(error).splitlines()[0]}")
            self._schema.connection.rollback()

    def _fail(self, problem: str) -> None:
        self.problems.append(problem)


def fetched(folder: Path | None) -> Path:
    """Return a folder with the schemas, fetching it if there is none."""
    if folder is not None:
        return folder
    if not KEPT.exists():
        git = ["git", "-c", "advice.detachedHead=false"]
        subprocess.run([*git, "clone", "--quiet", ORIGIN, str(KEPT)], check=True)
        subprocess.run([*git, "-C", str(KEPT), "checkout", "--quiet", COMMIT], check=True)
    return KEPT


def main() -> int:
    """Install what the arguments name and return 1 if anything failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.sample_schemas")
    parser.add_argument("--from", dest="folder", type=Path, help="a copy of the repository")
    parser.add_argument("schemas", nargs="*", help=f"of {', '.join(FOLDERS)} (default: all)")
    parsed = parser.parse_args()
    root = fetched(parsed.folder)
    failed = False
    with OracleSandbox() as sandbox:
        for name in [each.upper() for each in parsed.schemas] or FOLDERS:
            with sandbox.schema(name) as schema:
                made = Installation(schema, root / FOLDERS[name])
                made.run()
            print(name, ", ".join(f"{count} {what}" for what, count in made.counts.items()))
            for problem in made.problems:
                print(f"  {problem}")
            failed = failed or bool(made.problems)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
