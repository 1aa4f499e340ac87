# Two commands: `make plan` runs the main job on the embedded real town, `make test` checks everything.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: plan test lint bench docs clean

plan: $(VENV)/.plan
	$(BIN)/gridkit run configs/cambridge.toml --out out/cambridge --overwrite

test: $(VENV)/.test lint
	npm --prefix frontend --silent test
	$(BIN)/python -m pytest -n 2 --benchmark-disable

lint: $(VENV)/.test frontend/node_modules/.package-lock.json
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	npm --prefix frontend --silent run lint

bench: $(VENV)/.test
	$(BIN)/python -m pytest tests/bench --benchmark-only -n 0

# The documentation site with executed notebooks: docs/_build/html/docs/index.html
docs: $(VENV)/.test
	$(BIN)/sphinx-build -W --keep-going -q -c docs . docs/_build/html

clean:
	rm -rf $(VENV) out gridkit/maps/assets frontend/node_modules docs/_build

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# Sources are used in place; the page bundle is built by npm in the same step (hatch_build.py).
$(VENV)/.plan: $(BIN)/python pyproject.toml constraints.txt $(wildcard frontend/package-lock.json frontend/src/*.ts frontend/src/*/*.ts)
	$(PIP) install -c constraints.txt -e .
	$(BIN)/gridkit warm
	@touch $@

frontend/node_modules/.package-lock.json: frontend/package-lock.json
	npm --prefix frontend --silent ci

$(VENV)/.test: $(VENV)/.plan
	$(PIP) install -c constraints.txt -e '.[dev]'
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	  { [ -n "$$CI" ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq chromium >/dev/null; } || \
	  echo "no Chromium found: the browser tests will be skipped (install chromium to run them)"
	@touch $@
