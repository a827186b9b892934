# Every target sets itself up: a .venv beside this file, rebuilt when pyproject.toml changes.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test unit lint e2e servers docs bench clean

help: ## what can be made
	@sed -n 's/^\([a-z0-9]*\):.*## \(.*\)/  make \1|\2/p' Makefile | column -t -s '|' 2>/dev/null || grep '## ' Makefile

$(READY): pyproject.toml
	@echo "setting up $(VENV) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bucket,postgres,sandbox]' --group dev
	@touch $@

demo: $(READY) ## the main job, command by command, against the sandbox
	@$(BIN)/python examples/quickstart/demo.py

test: lint unit ## everything that needs no real server

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: $(READY)
	$(BIN)/python -m pytest -m "not e2e" -n auto --cov --cov-report=term --ignore tests/conformance tests
	$(BIN)/python -m pytest -n auto tests/conformance # measuring these as well would double their time and show no more

e2e: $(READY) ## the same stories against real servers of Open WebUI and Xagent
	$(BIN)/python -m pytest -m e2e -n 3 --dist loadgroup tests/e2e # a worker waits for its server half of the time

servers: $(READY) ## install the real servers that `make e2e` starts
	$(BIN)/python -m tests.e2e.install

docs: $(READY) ## the pages about each system, from the schemas
	$(BIN)/python -m docs.build

bench: $(READY) ## speed, beside a floor and terraform; writes docs/performance.md, or measures ONLY=plan-10000
	$(BIN)/python -m benchmarks $(ONLY)

clean: ## remove what the other targets made
	rm -rf $(VENV) .cache .coverage* .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis dist
