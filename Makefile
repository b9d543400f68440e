# The two commands of a newcomer: make demo, make test. Everything else is `bakau --help`.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV ?= .venv
export VENV
BIN := $(VENV)/bin
BAKAU := $(BIN)/bakau

# How many test processes; on two cores a third works while the others wait for a server or a browser.
JOBS ?= 3

# The tests that say whether a page printed from the source (see `format`) is what the source says now.
CURRENT := tests/analytics/rulebook/test_rulebook.py::test_the_rulebook_in_docs_is_current tests/analytics/features/test_page.py \
  tests/ingest/world/test_page.py tests/ingest/test_formats_page.py tests/casework/test_documents.py::test_the_page_is_current \
  tests/casework/test_documents.py::test_the_schema_files_are_current

# Public data that lies beside the project, for one benchmark.
AMLSIM ?= ../shared/data/ibm_amlsim_20k

.PHONY: help demo test check format bench evaluate mutants nightly clean lock environment dev

help: ## say what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1	\2/' | expand -t 18

environment:
	@requirements/install base

dev:
	@requirements/install dev

# The demo's vault key lies in demo/keys, so that nothing is left in your home folder.
# NEO4J=1 walks on a Neo4j server (with Java from dev.lock where the system has none); HEADLESS=1 ends after the printout.
NEO4J ?=
HEADLESS ?=
demo: export BAKAU_KEY_DIR := $(CURDIR)/demo/keys
demo: export BAKAU_WORKSPACE := demo/workspace
demo: $(if $(NEO4J),dev,environment) ## make a small world, load and analyse it, print suspect networks with reasons and score, open the dashboard
	@if [[ -d demo/workspace/neo4j ]]; then $(BAKAU) neo4j stop || true; fi
	@rm -rf demo && mkdir demo
	$(BAKAU) world make demo/world --accounts 20000 --seed 7 --networks 12 --as files
	@$(if $(NEO4J),$(BAKAU) neo4j install)
	$(BAKAU) init demo/workspace $(if $(NEO4J),--network neo4j)
	@$(if $(NEO4J),$(BAKAU) neo4j start)
	$(BAKAU) jobs example > demo/jobs.yaml
	$(BAKAU) jobs run demo/jobs.yaml
	$(BAKAU) analyse
	@$(if $(NEO4J),$(BAKAU) network sync && $(BAKAU) network verify)
	$(BAKAU) findings --top 10
	@echo; echo 'The reasons of the first, in sentences:'
	@$(BAKAU) explain "$$($(BAKAU) findings --top 1 --json 2>/dev/null | $(BIN)/python -c 'import json, sys; print(json.load(sys.stdin)["findings"][0]["finding_id"])')" 2>/dev/null | sed '/^subject /,$$d'
	$(BAKAU) evaluate --truth demo/world.truth
	@printf '%s\n' '' 'Everything lies in demo/. To go on:' '' \
	  '  export PATH="$$PWD/$(BIN):$$PATH" BAKAU_WORKSPACE=demo/workspace BAKAU_KEY_DIR=demo/keys' \
	  '  bakau explain FINDING_ID                  why it is a finding, down to file and line (ids: the list above)' \
	  '  bakau account ACCOUNT_ID                  what is known of an account, and where from' \
	  '  bakau neighbours ACCOUNT_ID               whom it pays, who pays it' \
	  '  bakau export FINDING_ID --html f.html     a finding as one page to pass on' \
	  '  bakau batches                             what was loaded; nothing is dropped silently' \
	  '  bakau dashboard                           the same on a screen' \
	  '  bakau --help                              everything else' ''
	@$(if $(HEADLESS),,$(BAKAU) dashboard --port 0 || true)
	@$(if $(NEO4J),$(BAKAU) neo4j stop && echo '  bakau neo4j start                         before you go on: the server was stopped')

test: dev ## install what the tests need and run all of them
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BAKAU) neo4j install
	$(BIN)/pytest -m "not nightly" -n $(JOBS) --dist loadfile --no-loadscope-reorder --whole-suite

check: dev ## the fast part, under a minute: style, types, layers, quick tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q -m "not nightly and not slow and not shared" -n $(JOBS) --dist loadfile tests/core tests/architecture $(CURRENT)

format: dev ## put the source in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python -m bakau.dictionary
	$(BIN)/python -m bakau_ingest.world.page
	$(BIN)/python -m bakau_analytics.features.page
	$(BIN)/python -m bakau_analytics.rulebook.page
	$(BIN)/python -m bakau_casework.manual

bench: dev ## measure: ratios within one run, denominators stated; goes on after a broken bound and says so at the end
	@$(BAKAU) neo4j install
	@broken=; \
	for script in benchmarks/[a-z]*.py; do \
	  arguments=; \
	  if [[ $$script == */amlsim.py ]]; then \
	    [[ -d "$(AMLSIM)" ]] || { echo "== $$script: left out, there is no $(AMLSIM) (make bench AMLSIM=…)"; continue; }; \
	    arguments="$(AMLSIM)"; \
	  fi; \
	  echo "== $$script"; PYTHONPATH=.:benchmarks $(BIN)/python "$$script" $$arguments || broken+=" $$script"; \
	done; \
	[[ -z "$$broken" ]] || { echo "a bound is broken, or it failed:$$broken"; exit 1; }

# Seeds that nothing was weighed on; ACCOUNTS and SEEDS make it shorter.
ACCOUNTS ?= 100000
SEEDS ?= $(shell seq 401 420)
evaluate: dev ## how well the findings name what was planted: 20 worlds of usual habits, then 20 exams; takes hours
	PYTHONPATH=. $(BIN)/python -m benchmarks.evaluation --accounts $(ACCOUNTS) --seeds $(SEEDS)
	PYTHONPATH=. $(BIN)/python -m benchmarks.evaluation --accounts $(ACCOUNTS) --seeds $(SEEDS) --exam

mutants: dev ## break every window, comparison and null rule of the features in turn: each must be noticed
	PYTHONPATH=tests:. $(BIN)/python tests/analytics/features/mutants.py

nightly: dev ## every test with more kills and more examples; takes hours
	$(BAKAU) neo4j install
	HYPOTHESIS_PROFILE=nightly $(BIN)/pytest -n $(JOBS) --dist loadfile

lock: ## solve the dependencies anew (needs uv); the only step that chooses versions
	uv pip compile --python-version 3.11 --universal --generate-hashes --no-header --no-annotate requirements/base.in -o requirements/base.lock
	uv pip compile --python-version 3.11 --universal --generate-hashes --no-header --no-annotate -c requirements/base.lock requirements/dev.in -o requirements/dev.lock
	uv pip compile --python-version 3.11 --universal --generate-hashes --no-header --no-annotate -c requirements/base.lock requirements/spark.in -o requirements/spark.lock

clean: ## remove the demo and every cache; .venv stays (rm -rf .venv makes it anew)
	rm -rf demo build dist .pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
