# Needs Python 3.11 or newer with venv, and make. Everything else is fetched into .venv by set-up.
export UV_SYSTEM_CERTS = 1
V := .venv
PY := $(V)/bin/python
UV := VIRTUAL_ENV=$(V) $(V)/bin/uv
WORKERS ?= auto

.PHONY: run setup check test test-long test-fast fix docs bench bench-peers crash race soak fuzz tamper drill load lock words openapi clean

run: $(V)/.ok ## build the demo company and serve it
	@$(V)/bin/huikuan demo

setup: $(V)/.ok ## install, nothing else

$(V)/.uv:
	@test -x $(PY) || python3 -m venv $(V)
	@$(PY) -m pip install -q --disable-pip-version-check "uv==0.13.*"
	@touch $@

$(V)/.ok: $(V)/.uv requirements.lock pyproject.toml package.json tools/frontend.py $(wildcard src/huikuan/*/locale/*/LC_MESSAGES/*.po src/huikuan/*/*/locale/*/LC_MESSAGES/*.po)
	@echo "Installing Huikuan into $(V) ..."
	@test -e $(V)/.dev || $(UV) pip sync -q --require-hashes requirements.lock
	@$(UV) pip install -q --no-deps -e .
	@$(PY) tools/frontend.py
	@$(PY) tools/words.py compile
	@touch $@

$(V)/.dev: $(V)/.ok requirements-dev.lock
	@$(UV) pip sync -q --require-hashes requirements-dev.lock
	@$(UV) pip install -q --no-deps -e .
	@touch $@

check: $(V)/.dev ## lint, types, layers, migrations, OpenAPI snapshot, both languages
	$(V)/bin/ruff check .
	$(V)/bin/ruff format --check .
	$(V)/bin/lint-imports
	$(PY) tools/lint.py
	$(PY) -m bandit -q -c pyproject.toml -r src
	$(PY) tools/words.py check
	$(V)/bin/djlint src --lint --quiet
	HUIKUAN_HOME=$(V)/check $(PY) manage.py makemigrations --check --dry-run
	HUIKUAN_HOME=$(V)/check $(PY) tools/openapi.py --check
	HUIKUAN_HOME=$(V)/check $(V)/bin/mypy

# What no database changes (pure readers), or what is long: run once, on SQLite; all of it with test-long.
ONCE := --ignore=tests/fuzz --ignore=tests/test_contract.py --ignore=tests/tampering --ignore=tests/test_house.py --ignore=src/huikuan/connectors --ignore=src/huikuan/kit

test: $(V)/.dev ## the whole suite on SQLite and on PostgreSQL
	$(PY) -m pytest -n $(WORKERS) --dist worksteal
	HUIKUAN_TEST_DB=postgres $(PY) -m pytest -n $(WORKERS) --dist worksteal -m "not browser and not slow" $(ONCE)

test-long: $(V)/.dev ## what `test` leaves out: the harness's short forms on PostgreSQL, planted bugs in crash
	HUIKUAN_LONG=1 $(PY) -m pytest -m slow
	HUIKUAN_LONG=1 HUIKUAN_TEST_DB=postgres $(PY) -m pytest -m slow
	HUIKUAN_LONG=1 HUIKUAN_TEST_DB=postgres $(PY) -m pytest tests/test_contract.py tests/tampering

test-fast: $(V)/.dev ## SQLite, no browser
	$(PY) -m pytest -n $(WORKERS) --dist worksteal -m "not browser"

fix: $(V)/.dev ## what can be put right by machine
	$(V)/bin/ruff check --fix .
	$(V)/bin/ruff format .
	$(PY) tools/words.py update
	$(PY) tools/openapi.py

openapi: $(V)/.dev
	$(PY) tools/openapi.py

words: $(V)/.dev
	$(PY) tools/words.py update

docs: $(V)/.dev ## figures in docs, made by commands
	$(PY) tools/docs.py
	$(PY) tools/results.py

bench: $(V)/.dev ## speed, as ratios against a baseline of the same run
	$(PY) -m benchmarks $(ARGS)

bench-peers: $(V)/.dev ## the same work by Tryton from PyPI, in a venv of its own, in the same run
	$(PY) -m benchmarks.peers $(ARGS)

# The harness: each prints one JSON line and exits 1 on a violation. ARGS="--database postgres --write" and the like.
crash race soak fuzz tamper drill load: $(V)/.dev
	$(PY) -m harness.$@ $(ARGS)

lock: $(V)/.uv
	$(UV) export -q --no-emit-project --no-dev --no-annotate --no-header -o requirements.lock
	$(UV) export -q --no-emit-project --all-groups --no-annotate --no-header -o requirements-dev.lock
	rm -f uv.lock

clean:
	rm -rf $(V) var node_modules src/huikuan/web/static/vendor src/huikuan/web/fonts
