# Needs Debian with python3 (3.11 to 3.13, with its venv), make and git, and nothing else.
#
#   make report    the committee page for 2019Q4 from the demo data (QUARTER=... for another)
#   make check     what a change needs: ruff, mypy, and the tests that are not slow
#   make test      all tests (ARGS=... goes to pytest); installs Spark for them, too
#   make lint      ruff and mypy
#   make install   .venv with the packages of requirements.lock, and kpi itself
#   make spark     PySpark besides, with the packages of requirements-spark.lock
#   make schema    docs/run.schema.json anew from kpi/record.py
#   make lock      both lock files anew from pyproject.toml (UPGRADE=1 for newer versions)
#   make clean     remove .venv and caches; reports/ and data/ stay
#
# Each target installs first; once installed, that takes no time until the lock file changes.

PYTHON ?= python3
QUARTER ?= 2019Q4
ARGS ?=
UPGRADE ?=

BIN := .venv/bin
INSTALLED := .venv/installed
WITH_SPARK := .venv/installed-spark
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input

.PHONY: help report check test lint install spark schema lock clean

help:
	@sed -n '/^#/!q; s/^# \{0,1\}//p' Makefile

report: $(INSTALLED)
	$(BIN)/kpi demo
	$(BIN)/kpi run $(QUARTER)

# loadfile: the tests of a file share a process, and with it what its fixtures built.
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: lint
	$(PYTEST) -m 'not slow' --hypothesis-profile=quick $(ARGS)

test: $(WITH_SPARK)
	$(PYTEST) $(ARGS)

lint: $(WITH_SPARK)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

install: $(INSTALLED)

spark: $(WITH_SPARK)

# Wheels only: building from source would fetch build tools that nobody pinned.
$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || { \
	  echo 'kpi needs Python 3.11, 3.12 or 3.13. Name one: make PYTHON=python3.11'; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo 'Python cannot make an environment: its venv is missing. On Debian: apt-get install python3-venv'; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@echo 'Installing the locked packages into .venv; this takes a minute or two.'
	@$(PIP) install --quiet --only-binary :all: --require-hashes -r requirements.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

# PySpark is large and comes as source only: its build tools are the locked ones.
$(WITH_SPARK): requirements-spark.lock $(INSTALLED)
	@echo 'Installing Spark into .venv.'
	@$(PIP) install --quiet --no-build-isolation --require-hashes -r requirements-spark.lock
	@touch $@

schema: $(INSTALLED)
	$(BIN)/python -c 'from kpi.record import schema; print(schema(), end="")' > docs/run.schema.json

COMPILE := $(BIN)/uv --no-config pip compile pyproject.toml --python-version 3.11 --universal \
  --generate-hashes --custom-compile-command 'make lock' --quiet

lock: $(INSTALLED)
	$(COMPILE) --extra dev --extra all --only-binary :all: $(if $(UPGRADE),--upgrade) \
	  --output-file requirements.lock
	$(COMPILE) --extra dev --extra all --extra spark --constraint requirements.lock \
	  --output-file requirements-spark.lock

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis *.egg-info build dist
	find kpi tests -name __pycache__ -type d -prune -exec rm -rf {} +
