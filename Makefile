# On a fresh machine (CPython 3.11 or newer with venv, make): `make demo` runs the main job,
# `make test` the tests, `make check` everything that must pass before a change lands.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --constraint constraints.txt
# Tests run in so many processes of one thread each, a file's in one; WORKERS=0: in pytest itself.
WORKERS ?= 2
SPREAD := -n $(WORKERS) --dist loadfile

.PHONY: demo test test-browser check docs pins screenshots clean

demo: $(VENV)/.installed
	$(BIN)/modiste demo --out demo $(ARGS)

test: $(VENV)/.installed-dev
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(SPREAD) $(ARGS)

# The studio page in a real Chromium; installs Debian's where there is none.
test-browser: $(VENV)/.installed-dev
	scripts/install_chromium
	MODISTE_CHROMIUM=required $(BIN)/python -m pytest tests/browser $(ARGS)

check: $(VENV)/.installed-dev
	PATH="$(abspath $(BIN)):$$PATH" OMP_NUM_THREADS=1 scripts/check $(SPREAD)

docs: $(VENV)/.installed-dev
	$(BIN)/python scripts/generate_cli_docs.py
	$(BIN)/python scripts/generate_api_docs.py

# After a change of versions in the environment: pin what is installed now.
pins: $(VENV)/.installed-dev
	$(BIN)/python scripts/pin_constraints.py

clean:
	rm -rf $(VENV) demo build dist

# A stamp says that an installation went through; it is made again when what to install changes.
$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) --editable .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(PIP) --editable '.[dev]'
	touch $@
