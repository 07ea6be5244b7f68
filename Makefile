# One virtual environment, made once, serves every target; what the shell had active plays no part.
SHELL       := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.ONESHELL:
.DELETE_ON_ERROR:

PYTHON ?= python3
PY39   ?= ask
VENV   := .venv
VENV39 := .venv39
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.made-by-make
STAMP39 := $(VENV39)/.made-by-make
FUZZ    := .fuzz
FUZZ_SECONDS ?= 600
COMMAND_LINE := $(sort $(wildcard tests/acceptance/test_cli*.py))
GRAMMAR := tests/unit/sql/plsql/node_modules/.made-by-make

unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH CONDA_PREFIX AIRFLOW_HOME AIRFLOW_CONFIG
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PATH := $(abspath $(BIN)):$(PATH)
export PY39

.PHONY: help venv venv39 test lint types imports unit acceptance command-line test-long test-py39 demo format clean \
        kill-matrix bench-overhead bench-catalog bench-job-sets bench-split bench-waiting bench-sandbox fuzz-split fuzz-sandbox \
        driver-suite test-oracle conformance-oracle probe-oracle docs sample-schemas plsql-grammar

help:  ## show this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

venv: $(STAMP)  ## make .venv with everything that is pinned in constraints.txt

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
	  echo "make: $(PYTHON) is older than Python 3.11; name a newer one: make PYTHON=python3.12 ..." >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	PIP_CONSTRAINT=constraints.txt $(BIN)/python -m pip install --quiet --editable '.[sandbox,dynamodb,glue,celery,test,benchmark]'
	touch $@

test:  ## everything that a merge must pass, in its short form
	@$(MAKE) --no-print-directory lint types imports
	# The acceptance tests mostly wait for a scheduler: the rest runs beside them and gives way.
	$(MAKE) --no-print-directory --jobs=4 --output-sync=target acceptance command-line unit test-py39

lint: $(STAMP)  ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)  ## mypy --strict
	$(BIN)/mypy

imports: $(STAMP)  ## the contracts of the house (who may import whom)
	$(BIN)/lint-imports

# In the order of the folders: the kill matrix takes longest and comes first.
unit: $(STAMP) plsql-grammar venv39  ## unit and integration tests (sandbox)
	nice -n 10 $(BIN)/pytest --ignore tests/acceptance --numprocesses 2 --dist loadfile --no-loadscope-reorder

plsql-grammar:  ## the second parser of our PL/SQL, for the unit tests; needs node
	@if command -v node > /dev/null && command -v npm > /dev/null; then
	  $(MAKE) --no-print-directory --silent $(GRAMMAR)
	else
	  echo "plsql-grammar: SKIPPED, no node with npm on PATH: blocks are parsed by sqlglot only"
	fi

$(GRAMMAR): tests/unit/sql/plsql/package.json
	@cd $(<D) && npm install --silent --no-audit --no-fund --no-package-lock
	touch node_modules/$(@F)

acceptance: $(STAMP) venv39  ## a whole Airflow, the demonstration
	$(BIN)/pytest tests/acceptance $(addprefix --ignore=,$(COMMAND_LINE))

command-line: $(STAMP) venv39  ## the command line as a person types it, from without
	$(BIN)/pytest $(COMMAND_LINE)

test-long: $(STAMP)  ## the acceptance tests at length: 30 past days, 200 jobs with a cap of 16, both demonstrations; each edge of a Glue run; every day of seven years
	ORACLE_DAG_LONG=1 $(BIN)/pytest tests/acceptance tests/integration/test_glue_edges.py tests/unit/control/test_every_day.py

# How time grows, and what a second parser says of the SQL, is the same on each Python.
test-py39: $(STAMP) venv39  ## core, runtime, sql and glue on a real Python 3.9
	@if .ci/find-python39 > /dev/null; then
	  nice -n 10 .ci/with-sandbox $(VENV39)/bin/python -m pytest --db oracle \
	    -k 'not time_is_linear' --ignore tests/unit/sql/test_plsql_grammar.py \
	    tests/unit/core tests/unit/runtime tests/unit/sql tests/unit/glue tests/integration
	elif [ "$(PY39)" = require ]; then
	  echo "test-py39: no Python 3.9 on PATH or among pyenv's versions, and PY39=require" >&2; exit 1
	else
	  echo "test-py39: SKIPPED, no Python 3.9 on PATH or among pyenv's versions:"
	  echo "test-py39: core, runtime and sql were tested on $$($(BIN)/python --version) only"
	fi

venv39:  ## make .venv39, what an AWS Glue job has, where there is a Python 3.9
	@if python39=$$(.ci/find-python39); then
	  $(MAKE) --no-print-directory $(STAMP39) PYTHON39="$$python39"
	fi

$(STAMP39): constraints-py39.txt
	@test -x $(VENV39)/bin/python || $(PYTHON39) -m venv $(VENV39)
	$(VENV39)/bin/python -m pip install --quiet --requirement constraints-py39.txt
	touch $@

demo: $(STAMP)  ## sandbox, Airflow and an example; DEMO=control: the control table; DEMO_EXIT=1 ends after its check
	@exec $(BIN)/python -m demo $(if $(DEMO),--story $(DEMO),) $(if $(filter 1,$(DEMO_EXIT)),--exit,)

format: $(STAMP)  ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

kill-matrix: $(STAMP)  ## every edge of the protocol, every kind of step, every ending, and 5,000 random cases
	$(BIN)/python -m tests.campaign.matrix --random 5000 --jobs 2

bench-overhead: $(STAMP)  ## 1,000 one-row steps beside execute + commit, with 5 ms a reply
	$(BIN)/python -m benchmarks.overhead

bench-catalog: $(STAMP)  ## deciding 10,000 jobs beside the query that reads them
	$(BIN)/python -m benchmarks.catalog

bench-job-sets: $(STAMP)  ## 20 sets of 50 jobs beside DAGs by hand and dag-factory
	$(BIN)/python -m benchmarks.job_sets

bench-split: $(STAMP)  ## splitting scripts beside sqlparse and sqlglot
	$(BIN)/python -m benchmarks.split

bench-waiting: $(STAMP)  ## a thousand deferred tasks on one session, for five minutes
	$(BIN)/python -m benchmarks.waiting

bench-sandbox: $(STAMP)  ## the sandbox beside psycopg on the same PostgreSQL
	$(BIN)/python -m benchmarks.sandbox

fuzz-sandbox: $(STAMP)  ## broken bytes and broken statements for the sandbox, for FUZZ_SECONDS each
	$(BIN)/python -m tests.fuzz.sandbox_wire --seconds $(FUZZ_SECONDS)
	$(BIN)/python -m tests.fuzz.sandbox_sql --seconds $(FUZZ_SECONDS)

driver-suite: $(STAMP)  ## the driver's own public tests against the sandbox; fetches them
	$(BIN)/python -m tests.driver_suite.run

fuzz-split: $(FUZZ)/.made-by-make  ## any bytes into the splitter, for FUZZ_SECONDS; FUZZ_CORPUS: scripts to begin with
	@mkdir -p $(FUZZ)/found $(FUZZ)/crashes
	$(FUZZ)/venv/bin/python -m tests.fuzz.split -max_total_time=$(FUZZ_SECONDS) -max_len=2000 -timeout=20 \
	  -artifact_prefix=$(FUZZ)/crashes/ $(FUZZ)/found $(FUZZ_CORPUS)

$(FUZZ)/.made-by-make: tests/fuzz/requirements.txt
	@$(PYTHON) -m venv $(FUZZ)/venv
	$(FUZZ)/venv/bin/python -m pip install --quiet --requirement $<
	touch $@

test-oracle: $(STAMP)  ## the integration suite on ORACLE_DSN, ORACLE_USER, ORACLE_PASSWORD
	$(BIN)/pytest tests/integration --db oracle

conformance-oracle: $(STAMP)  ## the sandbox's conformance suite on ORACLE_DSN, in the empty schema of ORACLE_USER; ORACLE_DBA_USER for more cases
	$(BIN)/pytest tests/conformance --db oracle

probe-oracle: $(STAMP)  ## one line for each thing that the protocol relies on, on ORACLE_DSN, ORACLE_USER, ORACLE_PASSWORD
	@$(BIN)/python -m tests.probes.oracle

docs: $(STAMP)  ## write the generated parts of docs/protocol.md and docs/sandbox.md anew
	$(BIN)/python -m tests.documents.protocol
	$(BIN)/python -m tests.documents.sandbox

sample-schemas: $(STAMP)  ## install Oracle's HR, CO and SH into a sandbox, and use them
	$(BIN)/python -m tests.sample_schemas

clean:  ## remove everything that make made
	rm -rf $(VENV) $(VENV39) $(FUZZ) .demo build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache $(dir $(GRAMMAR))
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
