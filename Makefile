# `make up` runs the whole mesh, `make test` tests it; both need python3 (3.11 or newer,
# with venv) and nothing else. Everything is set up in .venv from the lock files.

PYTHON ?= python3
PY := .venv/bin/python
SERVICES := $(wildcard *_service)
export PYTHONPATH := .:generated/python
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help up logs demo test interop test-compose test-machines test-k8s chaos fuzz bench costs check gen k8s service contracts wheels lock secrets certs compose-certs images roll stop start status run doctor clean venv venv-dev

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "%-15s%s\n", $$1, $$2}' Makefile

up: venv ## run the whole mesh in the foreground; Ctrl-C stops it
	@exec $(PY) -m dev up

logs: venv ## show what one request caused, in all processes: make logs REQUEST=<id>
	@$(PY) -m dev logs --request "$(REQUEST)"

demo: venv ## walk orders through a running mesh, showing each request and answer
	@$(PY) -m dev.demo

.PHONY: market seed docs
market: venv ## order from a running mesh by the command-line client: make market ARGS="orders --all"
	@$(PY) -m dev run tools.market $(ARGS)

seed: venv ## fill a running mesh's databases: make seed USERS=1000 ORDERS=10000 SEED=1
	@$(PY) -m dev.seed $(if $(USERS),--users $(USERS)) $(if $(ORDERS),--orders $(ORDERS)) $(if $(SEED),--seed $(SEED))

docs: venv-dev ## serve the documentation on 127.0.0.1:8090, and build it anew as it changes
	@NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs serve --livereload --dev-addr 127.0.0.1:8090

stop: venv ## stop one process of a running mesh: make stop NAME=order
	@$(PY) -m dev stop "$(NAME)"

start: venv ## start it again: make start NAME=order
	@$(PY) -m dev start "$(NAME)"

status: venv ## say of each process and engine how it is, and where
	@$(PY) -m dev status

run: venv ## run a command on a running mesh's settings: make run DO="user_service rotatekeys"
	@$(PY) -m dev run $(DO)

doctor: venv ## say what is wrong with a running mesh, or why none could run, and the cure
	@$(PY) -m dev doctor

test: venv-dev ## run all tests, on engines and a mesh of their own: make test PARTS="mesh edge_api"
	@$(PY) -m tests $(PARTS)

interop: venv-dev ## run programs in other languages, made from the bundle of contracts, against a mesh
	$(PY) -m pytest tests/interop

test-compose: venv-dev ## run the e2e tests on containers, then kill and replace those
	$(PY) -m tests.compose

test-machines: venv-dev ## follow the README on every Python here, as a user, and in a bare Debian (minutes)
	MACHINES=1 $(PY) -m pytest tests/machines -v $(if $(ONLY),-k "$(ONLY)")

test-k8s: venv-dev ## apply deploy/k8s to a real control plane, built of Go modules (long, once)
	@$(PY) -m tests.k8s

chaos: venv-dev ## break everything in turn under load and check what is left: make chaos SEED=1 ONLY=rolling
	$(PY) -m tests.chaos $(if $(SEED),--seed $(SEED)) $(if $(ONLY),--only $(ONLY))

.PHONY: test-cluster
test-cluster: venv-dev ## lose hosts and fail engines over under load, on three hosts made of namespaces (root, up to ten minutes)
	@$(PY) -m tests.cluster

fuzz: venv-dev ## send hostile input to the edge and to every servicer, up to an hour: make fuzz SEED=1
	@$(PY) -m tests.fuzz $(if $(SEED),--seed $(SEED))

bench: venv-dev ## measure the mesh beside what it replaces: make bench QUICK=1; or one thing: NAME=outbox
	@$(PY) -m tests.bench$(if $(NAME),.$(NAME))$(if $(QUICK), --quick)

.PHONY: load
load: venv-dev ## load a running mesh from locust's page: make load; or at once: SHOPPERS=50 SECONDS=60
	@$(PY) -m tests.load $(if $(SHOPPERS),--shoppers $(SHOPPERS)) $(if $(SECONDS),--seconds $(SECONDS))

costs: venv-dev ## count what requests cost, and where that grew: make costs TOP=1; RECORD=1 records it
	@$(PY) -m tests.costs$(if $(TOP), --top)$(if $(RECORD), --record)

# Each of them can be made alone: `make check-types`. The longest come first.
CHECKS := $(addprefix check-,types k8s security migrations contract settings deployment locks docs style imports made)
.PHONY: $(CHECKS)
check: venv-dev ## lint, types, import rules, locks, migrations, deployment, generated code, the contract, docs
	@$(MAKE) --no-print-directory --jobs=2 --keep-going $(CHECKS)

check-types:
	$(PY) -m mypy

check-k8s:
	$(PY) -m tools.k8s --check
	$(PY) -m tools.k8s.gate

check-security:
	$(PY) -m bandit --quiet --configfile pyproject.toml --recursive $(SERVICES) mesh edge_api dev tools deploy

check-migrations:
	$(PY) -m tools.gates migrations
	$(PY) -m tools.migrations

check-contract:
	$(PY) -m tools.protos --check

check-settings:
	$(PY) -m tools.settings_docs --check

check-deployment:
	$(PY) -m tools.gates deployment

check-locks:
	$(PY) -m tools.gates locks

check-docs:
	NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --quiet

check-style:
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .

check-imports:
	$(PY) -m tools.gates imports

check-made:
	$(PY) -m tools.catalogs --check
	$(PY) -m tools.dashboards --check
	$(PY) -m tools.slos --check
	$(PY) -m tools.architecture --check

gen: venv-dev ## make generated/, catalogs of mails, docs/configuration.md, dashboards, alerts, manifests, docs/architecture/
	$(PY) -m tools.protos
	$(PY) -m tools.catalogs
	$(PY) -m tools.settings_docs
	$(PY) -m tools.dashboards
	$(PY) -m tools.slos
	$(PY) -m tools.k8s
	$(PY) -m tools.architecture

k8s: venv-dev ## make what Kubernetes is told of the contract: policies, accounts, certificates
	$(PY) -m tools.k8s

service: venv-dev ## add a service: make service NAME=inventory RESOURCE=item; REMOVE=1 undoes it
	@$(PY) -m tools.new_service "$(NAME)" $(if $(RESOURCE),--resource "$(RESOURCE)") $(if $(REMOVE),--remove)

contracts: venv-dev ## make the bundle of contracts for other teams, and wheels of it and of `market`, in var/contracts
	@$(PY) -m tools.bundle var/contracts

wheels: venv-dev ## build the kit and the edge as packages for other projects, in var/wheels: docs/kit.md
	@$(PY) -m tools.wheels var/wheels

lock: venv-dev ## pin the newest versions that pyproject.toml allows
	.venv/uv/bin/uv pip compile --quiet --upgrade $(LOCKING) -o requirements.lock
	.venv/uv/bin/uv pip compile --quiet --upgrade $(LOCKING) --group local -c requirements.lock -o requirements-local.lock
	.venv/uv/bin/uv pip compile --quiet --upgrade $(LOCKING) --group dev -c requirements-local.lock -o requirements-dev.lock
	.venv/uv/bin/uv pip compile --quiet --upgrade $(filter-out pyproject.toml,$(LOCKING)) --no-deps --group pyproject.toml:programs -o requirements-programs.lock
	.venv/uv/bin/uv pip compile --quiet --upgrade $(LOCKING) --group bench -c requirements-dev.lock -o requirements-bench.lock
	echo uv | .venv/uv/bin/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header - -o requirements-uv.lock

LOCKING := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml

secrets: ## make the secrets that compose.yaml mounts, in deploy/secrets
	@$(PYTHON) deploy/docker/make_secrets.py

certs: venv ## make the certificates for MESH_TLS=on, in var/certs
	@$(PY) -m dev.certs make

# Readable for the containers' user, inside a folder that only its owner may enter.
compose-certs: venv secrets ## make the certificates that compose.tls.yaml mounts, in deploy/secrets/certs
	@MARKET_VAR=deploy/secrets $(PY) -m dev.certs make
	@chmod a+r deploy/secrets/certs/*_*.* deploy/secrets/certs/ca.pem

images: ## build the images that compose.yaml names
	docker compose build

roll: ## replace a service's containers one by one, without downtime: make roll NAME=order
	@$(PYTHON) deploy/docker/roll.py $(NAME)

clean: ## remove .venv and all local state
	rm -rf .venv var

venv venv-dev:
	@command -v "$(PYTHON)" > /dev/null || { echo "marketmesh needs python3 3.11 or newer, with venv; there is no $(PYTHON)" >&2; exit 1; }
	@"$(PYTHON)" -m dev.bootstrap $(if $(filter venv-dev,$@),--dev)
