# `make demo` and `make test` each do all of their own set-up: a .venv, with uv where present, else with pip.
PYTHON ?= python3.11
ifeq (,$(shell command -v $(PYTHON) 2>/dev/null))
PYTHON := python3
endif
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
TEST_WORKERS ?= 2

.PHONY: help setup demo test check bench bench-large prove truth schemas docs requirements clean

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

$(VENV)/.ready: requirements/dev.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
ifneq (,$(UV))
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
else
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
endif
	@touch $@

setup: $(VENV)/.ready  ## make the .venv

demo: setup  ## a small generated group: taken in, measured, explained
	@$(BIN)/charter demo

check: setup  ## lint, types, floors of the house
	$(BIN)/ruff check --no-cache src tests bench prove scripts
	$(BIN)/ruff format --check src tests bench prove scripts
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check  ## everything that CI runs: the checks, the tests with coverage, the installed wheel
	@scripts/test

bench: setup  ## ratios against hand-written limits, as a table and as JSON
	$(BIN)/python -m bench

ORDERS ?= 50000000
bench-large: setup  ## 50M orders of 36 months, taken in month by month; killed, it goes on (ORDERS=1000000 for less)
	$(BIN)/python -m bench.large --orders $(ORDERS)

prove: setup  ## what takes longer: kill storms, a million property cases, many readers
	$(BIN)/python -m prove

truth: setup  ## simulated groups of three seeds drawn now: every number and every planted defect beside the truth
	$(BIN)/python -m prove.truth

schemas: setup  ## write schemas/*.json from the kinds
	$(BIN)/python scripts/schemas.py

docs: setup  ## write docs/reference from the code
	$(BIN)/python scripts/reference.py

requirements:  ## pin what pyproject.toml asks for, with hashes and without addresses
	uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-strip-extras --generate-hashes --group dev --extra postgres --extra s3 --extra spark pyproject.toml -o requirements/dev.txt
	uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-strip-extras --generate-hashes pyproject.toml -o requirements/run.txt

clean:  ## remove what was made
	rm -rf $(VENV) dist build .coverage* .mypy_cache .ruff_cache .pytest_cache var
