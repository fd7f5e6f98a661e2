# Everything that Front Row needs from a machine is Python 3.11 or newer, with its venv module, and
# make. `make help` lists what there is.

PORT ?= 8000
VENV ?= .venv
# The first of these that is new enough, unless PYTHON says which one.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; \
	done)

PY = $(VENV)/bin/python
BENCHMARKS = fanout pressure join booking seat_map growth
MANAGE = $(PY) manage.py
URL = http://127.0.0.1:$(PORT)
# What a production start needs, for checks that look at those settings.
PRODUCTION = ENV_FILE= DEBUG=false ALLOWED_HOSTS=frontrow.example TRUSTED_PROXIES=1 \
	SECRET_KEY=$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(60))')
EMBEDDED = env -u DATABASE_URL -u REDIS_URL ENV_FILE=
# Tests provoke warnings on purpose; they look at the log themselves. Those with the tag `once` are
# about something else than the data and need no second run on another database.
TEST = ENV_FILE= LOG_LEVEL=$${LOG_LEVEL:-ERROR} $(MANAGE) test --noinput

.PHONY: help run test test-embedded test-real test-races test-js lint ready check bench $(addprefix bench-,$(BENCHMARKS))
.DEFAULT_GOAL := help

help:
	@echo "make run    serve Front Row with sample data on 127.0.0.1:PORT (PORT=8000 unless set);"
	@echo "            on DATABASE_URL (PostgreSQL) and REDIS_URL where those are set, else on SQLite"
	@echo "make test   run all tests: on SQLite, on PostgreSQL and Redis, and those of the browser's code"
	@echo "make lint   ruff, mypy and the import contracts"
	@echo "make check  lint and test, and what a release needs beyond them"
	@echo "make bench  measure Front Row beside its peers and limits; or one: make bench-fanout"

$(PY):
	@test -n "$(PYTHON)" && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Front Row needs Python 3.11 or newer. Install it, or say where it is: make PYTHON=/path/to/python3"; \
		exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "$(PYTHON) has no venv module. On Debian and Ubuntu: apt-get install python3-venv"; \
		exit 1; }
	$(PYTHON) -m venv $(VENV)

# The stamps say when the requirements of that list were last installed.
$(VENV)/.runtime: requirements.txt | $(PY)
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt requirements.txt | $(PY)
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $(VENV)/.runtime $@

run: $(VENV)/.runtime
	@$(PY) deploy/port.py $(PORT)
	$(MANAGE) migrate --noinput
	$(MANAGE) createsampledata
	@echo
	@echo "Front Row serves $(URL)/"
	@echo "  Sign in as demo / demopass. API docs $(URL)/swagger/   admin $(URL)/admin/"
	@echo "  (the admin wants an account of yours: $(MANAGE) createsuperuser)"
	@echo "  Ctrl-C ends it; make run PORT=8001 serves another port."
	@echo
	@BIND=127.0.0.1 PORT=$(PORT) PYTHON=$(PY) deploy/serve.sh

test: test-embedded test-real test-races test-js

test-embedded: $(VENV)/.dev
	@$(PY) -m tests.programs
	@echo "Tests on SQLite and the in-memory layer:"
	@$(EMBEDDED) $(TEST)

# $(1) says which tests; status 69 says that PostgreSQL or Redis can't be provided here.
define on_real_servers
@status=0; $(PY) -m tests.provision env $(TEST) $(1) || status=$$?; \
if [ $$status -eq 69 ] && [ -z "$$CI" ]; then echo "So these tests were skipped."; \
else exit $$status; fi
endef

test-real: $(VENV)/.dev
	@echo "Tests on PostgreSQL and Redis:"
	$(call on_real_servers,--exclude-tag once --exclude-tag race)

# Apart from the others, since they take long and need nothing from them.
test-races: $(VENV)/.dev
	@echo "Races on PostgreSQL:"
	$(call on_real_servers,--tag race)

test-js:
	@if command -v node >/dev/null; then echo "Tests of the browser's code:"; node --test $(wildcard tests/js/*.test.*js); \
	elif [ -n "$$CI" ]; then echo "node is missing, and CI needs it."; exit 1; \
	else echo "No node on this machine: the tests of the browser's code were skipped."; fi

lint: $(VENV)/.dev
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	$(VENV)/bin/lint-imports

check: lint ready test

# What a release needs beyond its tests: migrations that are written, production settings without a
# warning, a schema that holds, static files that can be collected.
ready: $(VENV)/.dev
	$(MANAGE) makemigrations --check --dry-run
	$(PRODUCTION) $(MANAGE) check --deploy --fail-level WARNING
	$(MANAGE) spectacular --validate --fail-on-warn --file /dev/null
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
		$(PRODUCTION) STATIC_ROOT="$$folder" $(MANAGE) collectstatic --noinput

# One after the other: two at once would measure each other.
bench: $(VENV)/.dev
	for each in $(BENCHMARKS) documents; do $(PY) -m benchmarks.$$each || exit; done

$(addprefix bench-,$(BENCHMARKS)): bench-%: $(VENV)/.dev
	$(PY) -m benchmarks.$*
