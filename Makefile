# The daily commands. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
MEMBERS := contracts chassis services/intake services/matching services/escalation services/evaluation cli
export SEBAYA_TEST_KAFKA_IMAGE ?= apache/kafka:4.1.0
export SEBAYA_TEST_MONGODB_IMAGE ?= mongo:8
TEST_IMAGES = $(SEBAYA_TEST_KAFKA_IMAGE) $(SEBAYA_TEST_MONGODB_IMAGE)
SOURCES := $(MEMBERS) bench deploy training tests

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | awk -F'\t' '{printf "  make %-16s %s\n", $$1, $$2}'

.PHONY: install
install: .venv/installed ## everything the project needs, into .venv (seconds when nothing changed)

.venv/installed: locks/dev.txt locks/bootstrap.txt $(MEMBERS:%=%/pyproject.toml)
	@$(PYTHON) deploy/local/python_check.py
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing the packages of locks/dev.txt (some 700 MB unpacked, the first time) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r locks/bootstrap.txt
	@VIRTUAL_ENV=.venv $(BIN)/uv pip sync --require-hashes locks/dev.txt locks/bootstrap.txt
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation $(MEMBERS:%=-e %)
	@touch $@

.PHONY: run
run: install ## Kafka, MongoDB, the four services and a demo district; stays up until Ctrl-C
	@$(BIN)/sebaya up

.PHONY: demo
demo: install ## the same for a bounded time; checks its own totals and exits 0 or 1
	@$(BIN)/sebaya demo

# In the order of the folders: files of few but long tests come early, so that no worker ends alone.
.PHONY: test
test: install check ## every check and the whole test suite against real servers
	@$(BIN)/pytest tests/e2e
	@$(BIN)/pytest -n 4 --dist loadfile --no-loadscope-reorder --ignore tests/e2e --ignore tests/chaos/scenarios --ignore tests/integration/bench \
		--ignore tests/alerting/test_faults.py \
		--deselect tests/chaos/test_chaos.py::test_under_random_faults_nothing_is_lost_doubled_or_sent_astray
	@$(BIN)/pytest tests/chaos/test_chaos.py
	@if docker info >/dev/null 2>&1 && (for image in $(TEST_IMAGES); do docker image inspect $$image >/dev/null 2>&1 || docker pull -q $$image >/dev/null 2>&1 || exit 1; done); \
	then $(MAKE) --no-print-directory test-containers; \
	else echo "No Docker engine with $(TEST_IMAGES) answers here, so the smoke test did not run on containers as well (make test-containers)."; fi

.PHONY: test-unit
test-unit: install ## rules, contracts and what needs no server, on a tenth of the examples (a minute)
	@$(BIN)/pytest -q -n 2 --hypothesis-profile fast tests/unit tests/contract

.PHONY: chaos
chaos: install ## 200 random faults under load, then the checker; writes docs/reliability.md (SEED=… FAULTS=… PLAN=file)
	@cd tests && ../$(BIN)/python -u -m chaos.run --report ../docs/reliability.md \
		$(if $(SEED),--seed $(SEED)) $(if $(FAULTS),--faults $(FAULTS)) $(if $(PLAN),--plan $(abspath $(PLAN)))

.PHONY: test-containers
test-containers: install ## the smoke test on Kafka and MongoDB from container images (names: SEBAYA_TEST_…_IMAGE)
	@SEBAYA_CONTAINERS=1 TESTCONTAINERS_RYUK_DISABLED=true TESTCONTAINERS_CONNECTION_MODE=docker_host $(BIN)/pytest tests/containers

.PHONY: test-compose
test-compose: install ## docker-compose.yml for real (an engine that answers, or as root Debian's docker.io and debootstrap; and Debian's prometheus and docker-registry; minutes)
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --require-hashes -r locks/compose.txt
	@SEBAYA_COMPOSE=1 $(BIN)/pytest tests/compose

.PHONY: test-oidc
test-oidc: install ## signing in with a real Keycloak (160 MB, fetched once; minutes)
	@SEBAYA_OIDC=1 $(BIN)/pytest tests/oidc

.PHONY: docs
docs: install ## docs/ as a site, in .site; a broken link fails
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --require-hashes -r locks/docs.txt
	@$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going -b html -d .site/.doctrees docs .site
	@echo "The site: .site/index.html"

.PHONY: mutants
mutants: install ## changes the rules at random and counts what `make test-unit` sees (SAMPLE=400 SEED=…; ten minutes)
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --require-hashes -r locks/mutants.txt
	@cd tests && ../$(BIN)/python -m mutants.run $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(SEED),--seed $(SEED))

.PHONY: attack
attack: install ## what do all releases of 10,000 random districts tell of small numbers? (DISTRICTS=…; hours)
	@cd tests && OMP_NUM_THREADS=1 ../$(BIN)/python -u -m attack.run $(if $(DISTRICTS),--districts $(DISTRICTS))

.PHONY: pictures
pictures: install ## pictures of the main pages, into docs/pictures (needs Chromium)
	@$(BIN)/pytest -q tests/browser/pictures.py

.PHONY: bench
bench: install ## the measured claims beside their peers (ONLY=evaluation: one of them); writes docs/performance.md
	@$(BIN)/python -m bench $(ONLY)

.PHONY: test-alarms
test-alarms: install ## slow faults in a watched district, each until its alerts fire and clear again (needs Prometheus; a quarter of an hour)
	@$(BIN)/pytest tests/alerting/test_faults.py

.PHONY: test-k8s
test-k8s: install ## deploy/k8s on a real control plane (built from Go modules: minutes, once)
	@if command -v go >/dev/null; \
	then $(BIN)/python tests/k8s/programs.py && SEBAYA_CONTROL_PLANE=1 $(BIN)/pytest tests/k8s; \
	else echo "Go is not installed here, so there is no control plane to try deploy/k8s on (1.26 or newer builds it)."; \
	test -z "$$SEBAYA_SKIPS_ARE_FAILURES"; fi

.PHONY: manifests
manifests: install ## write the Kafka, KEDA and Prometheus resources of deploy/k8s anew from the contracts and rules
	@$(BIN)/python deploy/k8s/generate.py

.PHONY: dashboards
dashboards: install ## write the dashboards of deploy/grafana anew
	@$(BIN)/python deploy/grafana/generate.py

.PHONY: screen-model
screen-model: install ## train the weights of the screen's second stage anew from corpus/ (minutes; x86-64 Linux)
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --require-hashes -r locks/training.txt
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m training

.PHONY: away
away: install ## write the entrance's pages of crisis lines anew from the lines of the product
	@$(BIN)/python deploy/local/away.py

.PHONY: release-images
release-images: install ## set a district's images by digest: IMAGES="intake=registry.example/intake@sha256:… …"
	@$(BIN)/python deploy/k8s/release_images.py $(IMAGES)
	@$(BIN)/python deploy/k8s/release_images.py --check deploy/k8s/overlays/district

.PHONY: drill
drill: install ## backup and restore on a local stack, with erasures in between, and of everything after a total loss (minutes)
	@$(BIN)/pytest tests/chaos/scenarios/test_erased_and_restored.py tests/chaos/scenarios/test_everything_lost.py

.PHONY: chaos-scenarios
chaos-scenarios: install ## the named faults at full length: Kafka away for five minutes, and the others (half an hour)
	@SEBAYA_CHAOS_FULL=1 $(BIN)/pytest tests/chaos/scenarios -s

.PHONY: check
check: install ## formatting, lint, import directions, tenant scoping, types, generated files
	@$(BIN)/ruff format --check --quiet $(SOURCES)
	@$(BIN)/ruff check --quiet $(SOURCES)
	@$(BIN)/lint-imports
	@$(BIN)/python tests/lint/scoping.py services cli
	@$(BIN)/mypy $(foreach member,$(MEMBERS),-p sebaya_$(notdir $(member)))
	@$(BIN)/python -m sebaya_contracts.generate --check
	@$(BIN)/python deploy/k8s/generate.py --check
	@$(BIN)/python deploy/grafana/generate.py --check
	@$(BIN)/python deploy/local/away.py --check

.PHONY: format
format: install ## format and sort imports in place
	@$(BIN)/ruff format $(SOURCES)
	@$(BIN)/ruff check --fix $(SOURCES)

.PHONY: contracts
contracts: install ## write the JSON Schemas and the AsyncAPI document anew
	@$(BIN)/python -m sebaya_contracts.generate

.PHONY: lock
lock: ## resolve the dependencies anew and write the hashed locks
	@$(BIN)/uv lock --quiet --upgrade
	@$(MAKE) --no-print-directory export

.PHONY: export
export: ## write the hashed locks from uv.lock as it is
	@$(BIN)/uv lock --quiet
	@$(BIN)/uv export --quiet --no-header --format requirements-txt --no-emit-workspace --no-annotate --only-group bootstrap -o locks/bootstrap.txt
	@$(BIN)/uv export --quiet --no-header --format requirements-txt --no-emit-workspace --no-annotate --only-group build -o locks/build.txt
	@$(BIN)/uv export --quiet --no-header --format requirements-txt --no-emit-workspace --no-annotate --only-group compose -o locks/compose.txt
	@$(BIN)/uv export --quiet --no-header --format requirements-txt --no-emit-workspace --no-annotate --only-group docs -o locks/docs.txt
	@$(BIN)/uv export --quiet --no-header --format requirements-txt --no-emit-workspace --no-annotate --only-group mutants -o locks/mutants.txt
	@$(BIN)/uv export --quiet --no-header --format requirements-txt --no-emit-workspace --no-annotate --only-group training -o locks/training.txt
	@$(BIN)/uv export --quiet --no-header --format requirements-txt --no-emit-workspace --no-annotate --group dev -o locks/dev.txt
	@for m in chassis services/intake services/matching services/escalation services/evaluation cli; do \
		$(BIN)/uv export --quiet --no-header --format requirements-txt --no-emit-workspace --no-annotate --no-dev --package sebaya-$$(basename $$m) -o $$m/requirements.txt; done

.PHONY: clean
clean: ## remove what the tools wrote; data of `make run` under .sebaya stays
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
