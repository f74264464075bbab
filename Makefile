# `make` alone checks everything; `make help` lists the rest. Each target makes .venv by itself from pinned versions.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --warn-undefined-variables --no-builtin-rules
.DEFAULT_GOAL := check

PYTHON ?=
ARGS ?=
ONCE ?=
# Four at once, also on two cores: most tests wait for a process or a disk. tests/beside.py shares them out.
BESIDE := --numprocesses 4
BIN := .venv/bin
SCHEMA := server/andon/policy/policy.schema.json
# protoc finds the plugins that write type stubs by name.
GENERATE := PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python proto/generate.py
# Node.js is the machine's, or PyPI's where it has none.
WEB := PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python clients/web/run.py
export PYTHON
# Compiled modules are kept, whatever the shell says: each process that a test starts reads them again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: check
check: lint test ## Lint and test; what `make` alone does

.PHONY: help
help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F '\t' '{ printf "%-16s %s\n", $$1, $$2 }'

.PHONY: setup
setup: ## Make .venv with all that tests and lint need (PYTHON=python3.12 for another interpreter)
	@requirements/venv dev

.PHONY: setup-demo
setup-demo:
	@requirements/venv demo

.PHONY: lint
lint: lint-style lint-types lint-contract lint-web lint-security check-generate lint-arch ## All checks below; `make -k lint` goes on after a fault

.PHONY: lint-style
lint-style: setup ## Python: ruff's rules, then its form
	@$(BIN)/ruff check --output-format concise .
	$(BIN)/ruff format --check .

.PHONY: lint-types
lint-types: setup ## Python: strict types
	@$(BIN)/mypy

.PHONY: lint-contract
lint-contract: setup ## proto/andon: buf's rules, then its form
	@$(BIN)/buf lint
	$(BIN)/buf format --diff --exit-code --path proto/andon

.PHONY: lint-web
lint-web: setup ## The page: strict types, style
	@$(WEB) check

.PHONY: lint-security
lint-security: setup ## bandit on what ships; pip-audit and npm audit on what is pinned
	@$(BIN)/bandit -q -c pyproject.toml -r server/andon clients/python/andon_client 2> >(grep -v WARNING >&2)
	$(BIN)/python requirements/audit.py

.PHONY: lint-arch
lint-arch: setup ## Import directions, tests that sleep, sizes, what files may hold
	@$(BIN)/pytest -q tests/arch

.PHONY: format
format: setup ## Put Python and proto files into their one form
	@$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/buf format --write --path proto/andon

.PHONY: generate
generate: setup ## Write the generated code from proto/
	@$(GENERATE)
	$(WEB) generate

.PHONY: check-generate
check-generate: setup ## Fail where the generated code is not what proto/ says
	@$(GENERATE) --check
	$(WEB) check-generate

.PHONY: policy-schema
policy-schema: setup ## Write the JSON Schema of policy files
	@$(BIN)/andon policy schema > $(SCHEMA).new
	mv $(SCHEMA).new $(SCHEMA)

.PHONY: web
web: setup-demo ## The reviewer's page, into server/andon/web/page, whence the server serves it
	@$(WEB) build

.PHONY: test
test: setup ## The tests, under five minutes (ARGS="-k wait" for some, one after the other); `make test-web` for the page's own
	@$(WEB) build --optional
	$(BIN)/pytest -q $(or $(ARGS),$(BESIDE))

.PHONY: screenshots
screenshots: setup web ## The README's pictures, from a running server (needs Chromium)
	@$(BIN)/python tests/browser/screenshots.py

.PHONY: test-web
test-web: setup ## The page's own tests
	@$(WEB) test

.PHONY: test-long
test-long: setup ## The same with long random histories
	@ANDON_LONG=1 $(BIN)/pytest -q --numprocesses 4 --timeout 3600 $(ARGS)

.PHONY: demo
demo: setup-demo ## The main job on real decisions (ONCE=1 ends by itself)
	@$(WEB) build --optional
	$(BIN)/python clients/examples/credit/demo.py $(if $(filter 1,$(ONCE)),--once) $(ARGS)

.PHONY: bench
bench: setup ## Measure, print the table, write bench.json
	@$(BIN)/python tests/bench/run.py $(ARGS)

.PHONY: build
build: setup web ## Wheels of andon and andon-client, in dist/
	@rm -rf dist
	$(BIN)/pip --disable-pip-version-check wheel --quiet --no-deps --no-build-isolation -w dist . clients/python
	ls dist

.PHONY: pins
pins: ## Resolve requirements/*.txt anew, on Python 3.11
	@$(or $(PYTHON),python3.11) requirements/pins.py

.PHONY: clean
clean: ## Remove what these targets made
	@rm -rf clients/web/node_modules server/andon/web/page .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist bench.json andon-demo
	find clients/examples clients/python proto requirements server tests -name __pycache__ -prune -exec rm -rf {} +
