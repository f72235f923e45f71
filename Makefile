# Each target sets itself up from nothing: a virtual environment, the package and what the target needs.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SETUP := setup.cfg pyproject.toml Makefile

.PHONY: demo test check fuzz test-lowest clean

demo: $(VENV)/.ready
	$(BIN)/dtfviz demo

test: $(VENV)/.ready-test
	$(BIN)/python -m pytest

check: $(VENV)/.ready-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy --strict
	$(BIN)/lint-imports
	$(BIN)/python -m build --wheel --outdir build/wheel
	$(BIN)/python .ci/check_wheel.py build/wheel

# ten thousand cases that must not hurt; SEED=1 for others
fuzz: $(VENV)/.ready-test
	OMP_NUM_THREADS=1 PYTHONPATH=tests:tests/golden:benchmarks $(BIN)/python -m fuzz --seed $(or $(SEED),0) --into docs/security.md

# every lower bound of setup.cfg at once
test-lowest:
	$(PYTHON) -m venv --clear $(VENV)-lowest
	sed -n 's/^    \([a-z0-9-]*\)>=\([0-9.]*\)$$/\1==\2/p' setup.cfg | grep -v -e cupy -e ruff -e mypy -e import-linter -e build > $(VENV)-lowest/bounds.txt
	$(VENV)-lowest/bin/pip install --quiet -c $(VENV)-lowest/bounds.txt -e '.[test]'
	$(VENV)-lowest/bin/python -m pytest

$(VENV)/.ready: $(SETUP)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet -e .
	touch $@

$(VENV)/.ready-test: $(VENV)/.ready
	$(BIN)/pip install --quiet -e '.[test]'
	touch $@

$(VENV)/.ready-dev: $(VENV)/.ready-test
	$(BIN)/pip install --quiet -e '.[test,dev]'
	touch $@

clean:
	rm -rf $(VENV) $(VENV)-lowest build *.egg-info .mypy_cache .ruff_cache .pytest_cache
