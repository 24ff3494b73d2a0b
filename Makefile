# Two commands do everything on a fresh machine: `make demo` and `make test`.

# macOS ships an older python3: take the newest there is.
PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3; do \
	if $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	echo $$p; break; fi; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test lint bench mac-check lock clean

demo: $(READY)
	$(BIN)/python demo/run.py

test: $(READY)
	$(BIN)/pytest -n 2 --dist worksteal

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)
	$(BIN)/python -m bench
	$(BIN)/python -m bench.compress
	$(BIN)/python -m bench.upload

# On a Mac, without a panic: all that the tests can only rehearse. sudo adds launchd's verbs.
mac-check: $(READY)
	$(BIN)/python -m mac_check

$(READY): pyproject.toml requirements.lock
	@test -n "$(PYTHON)" || { echo "panicpipe needs Python 3.11 or newer: install it, or name one with make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# After a change of the dependencies in pyproject.toml. Needs uv.
# The second lock is what an installation needs of the first; the third is uv, which makes a Python.
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url
lock:
	$(COMPILE) --group test --group lint --group build pyproject.toml -o requirements.lock
	$(COMPILE) --constraint requirements.lock pyproject.toml -o requirements/run.lock
	$(COMPILE) --group uv -o requirements/uv.lock

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
