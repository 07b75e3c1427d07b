# Everything that a developer, an operator trying it out, and CI do. `make help` lists it.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
# Tests wait for browsers, databases and clocks as much as they reckon: more of them than cores, within measure.
WORKERS ?= $(shell $(PYTHON) -c 'import os; cores = len(os.sched_getaffinity(0)); print(cores + min(cores, 4))')
BUILT := portal/core/web/built/manifest.json
COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options

# Bytecode is kept whatever the environment says: else every process that a test starts compiles the house anew.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help install install-app demo test check check-format check-lint check-types check-imports check-house bench pages walk lives lock

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-10s %s\n", $$1, $$2}' Makefile

install: install-app $(STAMPS)/system-test ## everything that running and testing need

install-app: $(STAMPS)/python $(BUILT) $(STAMPS)/system-app

demo: install-app ## the demo with sample people, on http://127.0.0.1:8000 (PORT=8123 elsewhere)
	$(BIN)/portal demo --port $(PORT)

test: install ## every test, on SQLite and PostgreSQL (those of pages by turns), in Chromium
	PORTAL_TEST_PAGES=alternate $(BIN)/python -m pytest -n $(WORKERS) --durations 25

check: $(STAMPS)/python $(BUILT) ## format, lint, types, imports, house rules: under a minute
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target check-types check-house check-imports check-lint check-format

check-format:
	$(BIN)/ruff format --check --quiet .

check-lint:
	$(BIN)/ruff check --quiet .

check-types:
	$(BIN)/mypy

check-imports:
	$(BIN)/lint-imports

check-house:
	$(BIN)/python -m pytest -q tests/house --ignore=tests/house/ground

bench: install ## measure pages and sweeps on large data, on SQLite and PostgreSQL
	$(BIN)/python -m tests.bench
	$(BIN)/python -m tests.bench.orders
	$(BIN)/python -m tests.bench.desk
	$(BIN)/python -m tests.bench.earnings
	$(BIN)/python -m tests.bench.facts
	$(BIN)/python -m tests.bench.figures
	$(BIN)/python -m tests.bench.stars
	$(BIN)/python -m tests.bench.awards

pages: install ## the tests of pages on both databases (make test takes one for each by turns)
	$(BIN)/python -m pytest -n $(WORKERS) $$(find tests -name '*_pages.py')

walk: install ## every page in every theme, language and width (make test walks a sample)
	PORTAL_WALK=all $(BIN)/python -m pytest tests/journeys -k walk

lives: install ## random lives of stores and orders, five times as many as make test tries
	PORTAL_TEST_HISTORIES=3000 PORTAL_TEST_LEDGERS=3000 $(BIN)/python -m pytest -n $(WORKERS) \
		tests/certification/rights/test_histories.py tests/service/earnings/test_ledgers.py

lock: $(STAMPS)/venv ## pin the newest versions that pyproject.toml and package.json allow
	@test -x $(BIN)/pip-compile || $(BIN)/python -m pip install --quiet --disable-pip-version-check pip-tools
	$(COMPILE) --upgrade --output-file=requirements.txt pyproject.toml
	$(COMPILE) --upgrade --extra dev --all-build-deps --constraint requirements.txt \
		--output-file=requirements-dev.txt pyproject.toml
	npm update --package-lock-only --ignore-scripts

$(STAMPS)/venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed (PYTHON=... names another)." >&2; exit 1; }
	@bash .ci/system-packages venv $(PYTHON)
	$(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/python: requirements-dev.txt pyproject.toml | $(STAMPS)/venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

node_modules/.stamp: package.json package-lock.json .npmrc
	npm ci --ignore-scripts --no-audit --no-fund || npm install --ignore-scripts --no-audit --no-fund --prefer-offline
	@touch $@

$(BUILT): node_modules/.stamp $(wildcard portal/core/web/static/*) portal/core/web/assets.py | $(STAMPS)/python
	$(BIN)/python -m portal.core.web.assets
	@touch $@

$(STAMPS)/system-app: .ci/system-packages | $(STAMPS)/venv
	@if bash .ci/system-packages app; then touch $@; fi

$(STAMPS)/system-test: .ci/system-packages | $(STAMPS)/venv
	@if bash .ci/system-packages test; then touch $@; fi
