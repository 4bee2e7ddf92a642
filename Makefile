# One command each. `make` alone prints them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench docs experts clean

help:  ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.demo  ## the whole system on this machine, with its own small experts
	@$(BIN)/expert-router demo

test: $(STAMP) lint  ## every check and test
	@$(BIN)/python -m pytest

lint: $(STAMP)  ## style, types, layers
	@$(BIN)/ruff check --no-cache .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(STAMP)  ## what a routing decision costs, beside scikit-learn's
	@$(BIN)/python benchmarks/decision.py

docs: $(STAMP)  ## build the documentation into site/
	@$(BIN)/mkdocs build --strict

experts: $(STAMP)  ## train the demo's experts again (needs torch; about 40 minutes on 2 cores)
	@$(BIN)/pip install --quiet -e '.[experts]'
	@$(BIN)/python -m tools.experts.train --out src/expert_router/demo/models
	@$(BIN)/python -m tools.experts.evaluate src/expert_router/demo/models

clean:  ## remove what these commands made
	rm -rf $(VENV) site dist build .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Expert Router needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { echo "On Debian or Ubuntu: apt install python3-venv"; exit 2; }

# The demo needs less than the tests, so it is ready sooner.
$(VENV)/.demo: pyproject.toml | $(BIN)/python
	@echo "Installing Expert Router and the demo's parts into $(VENV) (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[demo]'
	@touch $@

$(STAMP): pyproject.toml | $(BIN)/python
	@echo "Installing Expert Router and its development tools into $(VENV) (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/.demo
