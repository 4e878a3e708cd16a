# Two commands for a newcomer: `make run` and `make test`. The rest is in CONTRIBUTING.md.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SEEDS ?= 1000

# An environment that was moved or copied, or whose Python is gone, is made anew.
ifneq ($(wildcard $(VENV)/.runtime),)
ifneq ($(shell $(BIN)/python tools/check_environment.py 2>/dev/null),good)
$(info the environment in $(VENV) is of another place or Python: it is made anew)
$(shell rm -rf $(VENV))
endif
endif

.PHONY: run test format lint types web unit bench bench-peers simulate faults generate picture example dist deb docs lock clean

run: $(VENV)/.runtime
	@$(BIN)/python tools/build_web.py
	@exec env XR_CONFIG="$${XR_CONFIG-}" $(BIN)/xr serve

test: $(VENV)/.development
	@$(BIN)/python tools/build_web.py
	@$(BIN)/python tools/ensure_chromium.py
	@$(MAKE) --no-print-directory lint types web unit

lint: $(VENV)/.development
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/lint-imports

types: $(VENV)/.development
	$(BIN)/mypy

web: $(VENV)/.development
	$(BIN)/python tools/build_web.py --check

unit: $(VENV)/.development
	$(BIN)/coverage erase
	$(BIN)/python tools/run_tests.py
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under=90

format: $(VENV)/.development
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

simulate: $(VENV)/.development
	$(BIN)/python -m tests.simulation --seeds $(SEEDS)

faults: $(VENV)/.development
	$(BIN)/python -m tests.faults

BENCH_BOUNDS = $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(MINUTES),--minutes $(MINUTES))

bench: $(VENV)/.development
	@$(BIN)/python tools/build_web.py
	$(BIN)/python benchmarks/bench.py --all $(BENCH_BOUNDS)

bench-peers: $(VENV)/.development
	@$(BIN)/python tools/build_web.py
	$(BIN)/python benchmarks/bench.py --all --peers $(BENCH_BOUNDS)

generate: $(VENV)/.development
	$(BIN)/python -m tools.generate_wire
	$(BIN)/python -m tools.generate_commands

picture: $(VENV)/.development
	@$(BIN)/python tools/build_web.py
	@$(BIN)/python tools/ensure_chromium.py
	$(BIN)/python tools/picture.py

dist: $(VENV)/.development
	$(BIN)/python -m hatchling build

deb: dist
	$(BIN)/python -m tools.build_deb

docs: .venv-docs/.installed
	NO_MKDOCS_2_WARNING=1 .venv-docs/bin/python tools/docs_site.py

example: $(VENV)/.development
	$(BIN)/python -m tools.example_database

lock: $(VENV)/.development
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile $(LOCK_FLAGS) -o requirements.lock pyproject.toml
	$(BIN)/uv pip compile $(LOCK_FLAGS) --group pyproject.toml:build -o requirements-build.lock
	$(BIN)/uv pip compile $(LOCK_FLAGS) --group dev -o requirements-dev.lock pyproject.toml
	$(BIN)/uv pip compile $(LOCK_FLAGS) --group pyproject.toml:docs -o requirements-docs.lock
	$(BIN)/uv pip compile $(LOCK_FLAGS) -o benchmarks/peers/picows.lock benchmarks/peers/picows.in

LOCK_FLAGS := --quiet --upgrade --generate-hashes --no-emit-index-url --no-header --no-annotate \
	--python-version 3.11

# A stamp is written last, so an interrupted install is begun again.
$(VENV)/.runtime: requirements.lock requirements-build.lock pyproject.toml
	@$(call install,requirements.lock -r requirements-build.lock)
	@touch $@

$(VENV)/.development: requirements-dev.lock pyproject.toml
	@$(call install,requirements-dev.lock)
	@touch $@ $(VENV)/.runtime

.venv-docs/.installed: requirements-docs.lock
	$(PYTHON) -m venv .venv-docs
	.venv-docs/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

define install
	$(PYTHON) tools/check_python.py && \
	$(PYTHON) -m venv $(VENV) && \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1) && \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
endef

clean:
	rm -rf $(VENV) .venv-docs build/docs build/site .node .cache .tmp web/dist web/node_modules artifacts .coverage* .mypy_cache .ruff_cache .pytest_cache
