# Everything a developer or operator types. Each target first makes what it needs; a bare machine with python3 and make will do.

export HUB_PORT ?= 8400
export HUB_HOME ?= var/demo
export KEEP ?=
WORKERS ?= 2

PYTHON_CODE = $(wildcard hub channels web migrations tests bench)
RUN = .venv/bin/python -m
TSC = PATH="$$PATH:$(CURDIR)/.venv/bin" node node_modules/typescript/bin/tsc

.PHONY: help demo test check format bench torture screens lock clean environment environment-dev environment-node

help:
	@echo "make demo      start a working product with a small demo bank (HUB_PORT, HUB_HOME, KEEP=1)"
	@echo "make test      run the whole suite on SQLite, PostgreSQL, Redis and a real browser"
	@echo "make check     formatter, linter, types of Python and JavaScript"
	@echo "make format    let the formatter and the linter repair what they can"
	@echo "make bench     print the benchmark table"
	@echo "make torture   the reliability tests at full size"
	@echo "make screens   take the pictures in docs/screens"
	@echo "make lock      renew requirements/*.txt from pyproject.toml"
	@echo "make clean     remove everything that was made, the demo's data too"

demo: environment
	@$(RUN) hub demo --ready $(HUB_HOME)/ready.json

test: environment-dev environment-node
	@$(RUN) pytest -n $(WORKERS) --dist loadfile $(PYTEST_ARGS)

# All four always run, so that one look shows everything that is wrong.
check: environment-dev environment-node
	@failed=0; \
	try() { echo "check: $$1"; shift; "$$@" || failed=1; }; \
	try format $(RUN) ruff format --check .; \
	try lint $(RUN) ruff check .; \
	try "types of Python" $(RUN) mypy $(PYTHON_CODE); \
	try "types of JavaScript" env $(TSC) -p tsconfig.json; \
	exit $$failed

format: environment-dev
	$(RUN) ruff check --fix .
	$(RUN) ruff format .

bench torture screens: environment-dev

bench:
	@$(RUN) bench $(ARGS)

torture:
	@$(RUN) tests.torture $(ARGS)

screens:
	@$(RUN) tests.screens $(ARGS)

lock: environment-dev
	tools/lock

clean:
	rm -rf .venv node_modules var .pytest_cache .mypy_cache .ruff_cache .hypothesis

environment:
	@tools/environment base

environment-dev:
	@tools/environment dev

environment-node: environment-dev
	@tools/environment node
