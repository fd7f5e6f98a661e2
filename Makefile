# Everything that Front Row needs from a machine is Python 3.11 or newer, with its venv module, and
# make. `make help` lists what there is.

PORT ?= 8000
VENV ?= .venv
# The first of these that is new enough, unless PYTHON says which one.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; \
	done)

PY = $(VENV)/bin/python
BENCHMARKS = fanout pressure join booking seat_map opening_night browser growth year
MANAGE = $(PY) manage.py
URL = http://127.0.0.1:$(PORT)
# What a production start needs, for checks that look at those settings.
PRODUCTION = ENV_FILE= DEBUG=false ALLOWED_HOSTS=frontrow.example TRUSTED_PROXIES=1 \
	SECRET_KEY=$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(60))')
EMBEDDED = env -u DATABASE_URL -u REDIS_URL ENV_FILE=
# What a renewed lock will meet some day: the newest Python that is here, and the Django after ours.
NEXT = var/next
NEXT_DJANGO = Django>=6.0,<6.1
NEXT_PYTHON ?= $(shell for python in python3.15 python3.14 python3.13 python3.12; do \
	$$python -c 'import venv, ensurepip' 2>/dev/null && echo $$python && break; \
	done)
# Tests provoke warnings on purpose; they look at the log themselves.
TEST = ENV_FILE= LOG_LEVEL=$${LOG_LEVEL:-ERROR} $(MANAGE) test --noinput
# Those without a tag run on either database. Those of pages in a browser, and those with the tag `once`,
# are about something else.
ON_EITHER = --exclude-tag once --exclude-tag browser --exclude-tag race --exclude-tag abuse

LOCK = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-header --no-annotate

.PHONY: help run lock audit containers check-next test test-embedded test-once test-once-1 test-once-2 test-browser test-real test-real-1 test-real-2 test-races test-abuse test-js lint lint-py lint-js schema ready check abuse soak rolling bench $(addprefix bench-,$(BENCHMARKS))
.DEFAULT_GOAL := help

help:
	@echo "make run    serve Front Row with sample data on 127.0.0.1:PORT (PORT=8000 unless set);"
	@echo "            on DATABASE_URL (PostgreSQL) and REDIS_URL where those are set, else on SQLite"
	@echo "make test   run all tests: on SQLite, on PostgreSQL and Redis, and those of the browser's code"
	@echo "make lint   ruff, mypy, the import contracts, spelling, and ESLint and tsc for the browser's code"
	@echo "make schema write the API's schema down again, after a change of the API"
	@echo "make check  lint and test, and what a release needs beyond them"
	@echo "make check-next  run the tests of make test-embedded on the next Django and the newest Python here"
	@echo "make lock   write requirements*.lock anew after a change of requirements*.txt"
	@echo "make containers  build and run the images and docker-compose.yml, and test them; needs root"
	@echo "make abuse  attack a deployment in every known way, and say how a visitor fares beside it"
	@echo "make soak   attack one deployment for twenty minutes, and say what grows"
	@echo "make rolling  replace all processes of a deployment while people book, and count what fails them"
	@echo "make bench  measure Front Row beside its peers and limits; or one: make bench-fanout"

# pip gives up after twenty seconds without an answer, and its log has what it says at length.
INSTALL = @echo "Installing the packages of $(1)." && $(PY) -m pip install --disable-pip-version-check \
	--retries 1 --timeout 10 --require-hashes -r $(1) >$(VENV)/pip.log 2>&1 || { \
		echo "The packages of $(1) can't be installed: is there a network? $(VENV)/pip.log says more."; \
		exit 1; }

$(PY):
	@test -w . || { echo "This folder can't be written, and Front Row keeps its packages and data here."; exit 1; }
	@test -n "$(PYTHON)" && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Front Row needs Python 3.11 or newer. Install it, or say where it is: make PYTHON=/path/to/python3"; \
		exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "$(PYTHON) has no venv module. On Debian and Ubuntu: apt-get install python3-venv"; \
		exit 1; }
	@$(PYTHON) -m venv $(VENV)

# The stamps say when the requirements of that list were last installed.
$(VENV)/.runtime: requirements.lock | $(PY)
	$(call INSTALL,requirements.lock)
	@touch $@

$(VENV)/.dev: requirements-dev.lock | $(PY)
	$(call INSTALL,requirements-dev.lock)
	@touch $(VENV)/.runtime $@

# After a change of requirements*.txt: every release, with the hashes of all its files.
lock:
	@command -v uv >/dev/null || { echo "The lock is made by uv: python -m pip install uv"; exit 1; }
	$(LOCK) requirements.txt --output-file requirements.lock
	$(LOCK) requirements-dev.txt --constraint requirements.lock --output-file requirements-dev.lock

run: $(VENV)/.runtime
	@$(PY) -m foundation.server.ports $(PORT)
	$(MANAGE) migrate --noinput
	$(MANAGE) createsampledata
	@echo
	@echo "Front Row serves $(URL)/"
	@echo "  Sign in as demo / demopass. API docs $(URL)/swagger/   admin $(URL)/admin/"
	@echo "  (the admin wants an account of yours: $(MANAGE) createsuperuser)"
	@echo "  Mails are printed here; every one of them with sample data: $(URL)/mails/"
	@echo "  Ctrl-C ends it; make run PORT=8001 serves another port."
	@echo
	@SITE_URL=$${SITE_URL:-$(URL)} BIND=127.0.0.1 PORT=$(PORT) PYTHON=$(PY) deploy/serve.sh

# The attacks come last and alone: beside other tests they would see how slow those make the site.
# Before them the longest come first, so that none is left over when all the others are done.
test: test-once-1 test-once-2 test-real-1 test-real-2 test-browser test-embedded test-races test-js
	@$(MAKE) --no-print-directory test-abuse

test-embedded: $(VENV)/.dev
	@echo "Tests on SQLite and the in-memory layer:"
	@$(EMBEDDED) $(TEST) $(ON_EITHER)

test-once: test-once-1 test-once-2

# In two halves, as below, since a process uses up one core.
test-once-1 test-once-2: $(VENV)/.dev
	@echo "Tests of starts, and of all that needs no second database, half $(@:test-once-%=%):"
	@$(EMBEDDED) $(TEST) --tag once --part $(@:test-once-%=%)/2

test-browser: $(VENV)/.dev
	@$(PY) -m tests.programs
	@echo "Tests of pages in a browser:"
	@$(EMBEDDED) $(TEST) --tag browser

# $(1) says which tests; status 69 says that PostgreSQL or Redis can't be provided here.
define on_real_servers
@status=0; $(PY) -m tests.provision env $(TEST) $(1) || status=$$?; \
if [ $$status -eq 69 ] && [ -z "$$CI" ]; then echo "So these tests were skipped."; \
else exit $$status; fi
endef

test-real: test-real-1 test-real-2

# Each half has servers of its own.
test-real-1 test-real-2: $(VENV)/.dev
	@echo "Tests on PostgreSQL and Redis, half $(@:test-real-%=%):"
	$(call on_real_servers,$(ON_EITHER) --part $(@:test-real-%=%)/2)

# Apart from the others, since they take long and need nothing from them.
test-races: $(VENV)/.dev
	@echo "Races on PostgreSQL:"
	$(call on_real_servers,--tag race)

test-abuse: $(VENV)/.dev
	@echo "Attacks on a deployment:"
	$(call on_real_servers,--tag abuse)

test-js:
	@if command -v node >/dev/null; then echo "Tests of the browser's code:"; node --test $(wildcard tests/js/*.test.*js); \
	elif [ -n "$$CI" ]; then echo "node is missing, and CI needs it."; exit 1; \
	else echo "No node on this machine: the tests of the browser's code were skipped."; fi

lint: lint-py lint-js

lint-py: $(VENV)/.dev
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/codespell

# npm brings the linters alone: what is served has no build step.
lint-js:
	@if command -v npm >/dev/null; then $(MAKE) --silent node_modules/.installed && npx eslint . && npx tsc; \
	elif [ -n "$$CI" ]; then echo "npm is missing, and CI needs it."; exit 1; \
	else echo "No npm on this machine: ESLint and tsc were skipped."; fi

node_modules/.installed: package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

check: test lint ready audit

audit: $(VENV)/.dev
	@$(PY) .ci/audit.py

# What is shipped stays as it is locked; this says early what will not go on as it does.
check-next:
	@test -n "$(NEXT_PYTHON)" || { \
		echo "$(NEXT_DJANGO) needs Python 3.12 or newer. Say where one is: make check-next NEXT_PYTHON=/path/to/python3"; \
		exit 1; }
	@$(NEXT_PYTHON) -m venv --clear $(NEXT)
	@sed -e '/^-r /d' -e 's/^Django==.*/$(NEXT_DJANGO)/' requirements.txt requirements-dev.txt >$(NEXT)/requirements.txt
	@$(NEXT)/bin/python -m pip install --quiet --disable-pip-version-check -r $(NEXT)/requirements.txt
	@touch $(NEXT)/.runtime $(NEXT)/.dev
	@$(NEXT)/bin/python -VV && $(NEXT)/bin/python -m django --version
	@PYTHONWARNINGS=default::DeprecationWarning,default::PendingDeprecationWarning \
		$(MAKE) --no-print-directory test-embedded VENV=$(NEXT)

# What a release needs beyond its tests: migrations that are written, production settings without a
# warning, a schema that holds. That static files can be collected, each test of a deployment shows.
ready: $(VENV)/.dev
	$(MANAGE) makemigrations --check --dry-run
	$(PRODUCTION) $(MANAGE) check --deploy --fail-level WARNING
	$(MANAGE) spectacular --validate --fail-on-warn --file /dev/null

# What /api/schema/ serves; a test compares it with the code.
schema: $(VENV)/.dev
	$(MANAGE) makeschema

# Each attack for 20 seconds, some half an hour in all; or some: make abuse ATTACKS="pages pings".
abuse: $(VENV)/.dev
	$(PY) -m tests.abuse $(ATTACKS)

# All attacks in four rounds on one deployment; or some, or for longer: make soak MINUTES=60.
MINUTES ?= 20
soak: $(VENV)/.dev
	$(PY) -m tests.abuse --soak $(MINUTES) $(ATTACKS)

# What a deployment of a new version does to people: some ten bookings a second, and SOCKETS=500.
SOCKETS ?= 500
ROLLING = tests.deploy.test_by_hand.ByHandTests.test_processes_are_replaced_without_a_failed_request_or_a_gap
rolling: $(VENV)/.dev
	$(PY) -m tests.provision env SOCKETS=$(SOCKETS) $(TEST) $(ROLLING)

# On a Docker daemon of its own, which ends with it. Status 69 says that this machine can't.
containers: $(VENV)/.dev
	@$(PY) -m tests.containers

# One after the other: two at once would measure each other.
bench: $(VENV)/.dev
	for each in $(BENCHMARKS) documents; do $(PY) -m benchmarks.$$each || exit; done

$(addprefix bench-,$(BENCHMARKS)): bench-%: $(VENV)/.dev
	$(PY) -m benchmarks.$*
