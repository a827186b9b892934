# Every target sets itself up: a .venv beside this file, rebuilt when pyproject.toml or what it pins changes.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
EXTRAS := --extra bucket --extra notify --extra postgres --extra sandbox
# Nothing of the machine that pins may be written down: no index, no folder, no path.
PIN := $(BIN)/uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes --no-header \
  --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-build-options $(if $(UPGRADE),--upgrade)

.DEFAULT_GOAL := help
.PHONY: help demo test unit lint e2e crashes servers simulate simulate-bugs fuzz docs bench lock audit sbom dist clean

help: ## what can be made
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | column -t -s '|' 2>/dev/null || grep '## ' Makefile

$(READY): pyproject.toml $(wildcard requirements/*.txt)
	@echo "setting up $(VENV) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@# uv needs seconds. Where it finds no index, since it reads no settings of pip, pip does the same in a minute.
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --require-hashes -r requirements/development.txt || \
	  $(BIN)/python -m pip install --quiet --no-compile --no-deps --require-hashes -r requirements/development.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## the main job, command by command, against the sandbox
	@$(BIN)/python examples/quickstart/demo.py

test: lint unit ## everything that needs no real server

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Measuring these as well would double their time, and show no more.
UNMEASURED := $(addprefix tests/,clients conformance crashes fuzz hostile openapi pages pipelines simulation)
unit: $(READY)
	$(BIN)/python -m pytest -n auto --cov --cov-report=term $(addprefix --ignore ,$(UNMEASURED) tests/e2e) tests
	$(BIN)/python -m pytest -n auto $(UNMEASURED)

e2e: $(READY) ## the same stories against real servers of Open WebUI and Xagent
	$(BIN)/python -m pytest -m e2e -n 3 --dist loadgroup tests/e2e # a worker waits for its server half of the time

SANDBOX ?= 20
OPENWEBUI ?= 5
FROM ?= 0
WORKERS ?= auto
crashes: $(READY) ## kill applies, fill disks, race: SANDBOX=300 OPENWEBUI=50 say how many kills, FROM=17 from which seed
	RECONCILER_KILLS=$(SANDBOX) RECONCILER_KILLS_OPENWEBUI=$(OPENWEBUI) RECONCILER_KILLS_FROM=$(FROM) \
	  $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -p tests.crashes.figures tests/crashes tests/e2e/test_kill_real.py

servers: $(READY) ## install the real servers that `make e2e` starts
	$(BIN)/python -m tests.e2e.install

SEEDS ?= 500
FROM ?= 0
simulate: $(READY) ## seeded worlds with faults and crashes: SEEDS=500 FROM=0
	$(BIN)/python -m tests.simulation --seeds $(SEEDS) --from $(FROM) $(if $(APPEND),--append $(APPEND))

simulate-bugs: $(READY) ## that the simulation sees: bugs made by hand, each hunted for up to SEEDS=500 worlds
	$(BIN)/python -m tests.simulation.bugs --seeds $(SEEDS)

docs: $(READY) ## the pages about each system, from the schemas
	$(BIN)/python -m docs.build

bench: $(READY) ## speed, beside a floor and terraform; writes docs/performance.md, or measures ONLY=plan-10000
	$(BIN)/python -m benchmarks $(ONLY)

lock: $(READY) ## pin anew what pyproject.toml asks for; UPGRADE=1 takes the newest of everything
	$(PIN) $(EXTRAS) --group dev --output-file requirements/development.txt pyproject.toml
	$(PIN) $(EXTRAS) --constraint requirements/development.txt --output-file requirements/runtime.txt pyproject.toml
	echo uv | $(PIN) --constraint requirements/development.txt --output-file requirements/uv.txt -

audit: $(READY) ## does an advisory name what is pinned? What cannot be audited fails; needs the network
	@mkdir -p dist
	@sed 's/ ;[^\\]*//' requirements/development.txt > dist/audited.txt # what only other machines need is audited too
	$(BIN)/pip-audit --strict --progress-spinner off --disable-pip --requirement dist/audited.txt

sbom: $(READY) ## what the package needs at run time, as a CycloneDX list: dist/reconciler.cdx.json
	$(BIN)/python -m requirements.sbom dist/reconciler.cdx.json

dist: $(READY) ## the wheel and the sdist of a commit: the same bytes wherever they are made
	rm -rf dist
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(BIN)/python -m build --quiet --no-isolation --outdir dist

fuzz: $(READY) ## INPUTS=n [TARGET=t] of hostile files and answers, and what they cost
	$(BIN)/python -m tests.fuzz --inputs $(or $(INPUTS),20000) $(if $(TARGET),--target $(TARGET)) $(if $(KEEP),--keep)

clean: ## remove what the other targets made
	rm -rf $(VENV) .cache .coverage* .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis dist
