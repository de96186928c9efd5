# One command each; the first that needs it builds .venv from constraints.txt.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help demo run test test-fast check fix bench torture soak check-mail clean

help:  ## these lines
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("Stet needs Python 3.11 or newer; this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@echo "building $(VENV) (once; about a minute)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: $(STAMP)  ## the main job on loopback: no account, no network
	@$(BIN)/stet demo

run: $(STAMP)  ## the service, on config.toml where there is one, else on embedded defaults
	@$(BIN)/stet run

test: $(STAMP)  ## everything, in a few minutes on two cores
	@$(BIN)/python -m pytest -n 2

test-fast: $(STAMP)  ## what takes seconds
	@$(BIN)/python -m pytest -n 2 -m "not slow" tests/core tests/jobs

check: $(STAMP)  ## ruff, mypy --strict, import-linter
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

fix: $(STAMP)  ## what ruff can mend by itself
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(STAMP)  ## speed and memory, as ratios in one run
	@$(BIN)/python -m benchmarks

torture: $(STAMP)  ## kill the service with -9 two hundred times and read the books
	@$(BIN)/python -m tests.acceptance.torture --kills $${KILLS:-200}

soak: $(STAMP)  ## a day of five thousand watches in half an hour: memory, growth, lateness, losses
	@$(BIN)/python -m benchmarks.soak

check-mail: $(STAMP)  ## the sample mails before SpamAssassin, caniemail, the Nu checker and axe
	@$(BIN)/python -m tests.check_mail

clean:  ## forget the virtual environment
	@rm -rf $(VENV)
