# What a person types. Every target installs what it needs, once: a stamp in .venv remembers it until
# pyproject.toml or constraints.txt change. PORT, HOST and HEADWAY_* of the caller reach the commands unchanged.

PYTHON ?= python3
BIN := .venv/bin
JOBS ?= 4

# Everything that a HEADWAY_* setting can ask for.
UP := postgres-gemini-openai

empty :=
space := $(empty) $(empty)
comma := ,
# $(call install,extras joined by a dash): the package itself, editable, with those extras, at the pinned versions.
install = $(BIN)/python -m pip install --quiet --disable-pip-version-check \
	--constraint constraints.txt --editable ".[$(subst -,$(comma),$(1))]"

# Child processes by the hundred would each compile the package anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: up test test-all bench check screenshots
.DELETE_ON_ERROR:

up: .venv/.stamp-$(UP)
	@exec $(BIN)/headway up

test: .venv/.stamp-dev .venv/.stamp-chromium
	@$(call pytest,-m "not long")

test-all: .venv/.stamp-dev-bench .venv/.stamp-chromium
	@$(call pytest,)

screenshots: .venv/.stamp-dev .venv/.stamp-chromium
	@$(BIN)/python -m tests.web.pictures $(ARGS)

bench: .venv/.stamp-dev-bench
	@$(call in_own_tmpdir,$(BIN)/python -m bench $(ARGS))

check: .venv/.stamp-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@if command -v npm >/dev/null && [ -f clients/js/package.json ]; then \
		npm --prefix clients/js ci --silent && npm --prefix clients/js run check; \
	else echo "Node is not installed: the JavaScript type check was left out."; fi

# $(call in_own_tmpdir,command): runs it with a TMPDIR of its own, which is deleted afterwards. The name is short, since a
# PostgreSQL socket's path may have 107 bytes at most; open to others, since PostgreSQL runs as another user when we are root.
in_own_tmpdir = tmp=$$(mktemp -d /tmp/hw.XXXXXX) && chmod 755 "$$tmp" && trap 'rm -rf "$$tmp"' EXIT INT TERM && TMPDIR="$$tmp" $(1)
pytest = $(call in_own_tmpdir,$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(1) $(ARGS))

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Headway needs Python 3.11 or later; name one with: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "No virtual environment could be made. On Debian: apt-get install python3-venv"; exit 1; }

.venv/.stamp-chromium: | $(BIN)/python
	@.ci/chromium
	@touch $@

.venv/.stamp-%: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Headway ($*) into .venv …"
	@$(call install,$*)
	@touch $@
