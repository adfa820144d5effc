# The commands of this repository. `make run` and `make test` install what they need: system
# packages by .ci/setup-system (which says what and why), everything Python into .venv.

PYTHON ?= python3
BIN := .venv/bin
PYTEST_ARGS ?=
SOAK ?=
MUTATION ?=

# stage(name, command): run it, and say how long it took.
define stage
	@echo "== $(1)"; start=$$(date +%s%N); $(2) || exit 1; \
	echo "== $(1) took $$(( ($$(date +%s%N) - start) / 1000000 )) ms"
endef

.PHONY: run test soak mutation test-kasan corpus verify-all update fmt bench clean

run: ## build the vault's driver, load it in Wine and call it
	.ci/setup-system run
	@$(MAKE) --no-print-directory .venv/installed
	$(BIN)/python examples/vault/run.py

test: ## every check and every test
	$(call stage,system packages,.ci/setup-system test)
	$(call stage,Python packages,$(MAKE) --no-print-directory .venv/installed)
	$(call stage,ruff,$(BIN)/ruff check .)
	$(call stage,ruff format,$(BIN)/ruff format --check .)
	$(call stage,mypy,$(BIN)/mypy)
	$(call stage,kgen fmt,$(BIN)/kgen fmt --check)
	$(call stage,kgen check,$(BIN)/kgen check --full)
	$(call stage,kgen verify,$(BIN)/kgen verify -q schemas/vault.yaml schemas/tour.yaml)
	$(call stage,pytest,$(BIN)/python -m pytest -n 2 --dist loadfile --cov=kgen $(PYTEST_ARGS))

corpus: ## import every header with codes that Debian has, and make each anew: minutes; the result goes to docs/corpus.md
	.ci/setup-system test
	@$(MAKE) --no-print-directory .venv/installed
	$(BIN)/python -m benchmarks.corpus --write docs/corpus.md

verify-all: .venv/installed ## prove the core of every example; the result goes to docs/verified.md
	$(BIN)/python -m tests.verified --write docs/verified.md

soak: ## the differential run for longer: minutes; the result goes to docs/soak.md
	.ci/setup-system test
	@$(MAKE) --no-print-directory .venv/installed
	$(BIN)/python -m tests.soak --write docs/soak.md $(SOAK)

mutation: ## take back each check of the generated core, one at a time: minutes; the result goes to docs/mutation.md
	.ci/setup-system test
	@$(MAKE) --no-print-directory .venv/installed
	$(BIN)/python -m tests.mutation --write docs/mutation.md $(MUTATION)

test-kasan: ## hostile calls to the Linux module in a kernel that checks itself: minutes; the result goes to docs/kasan.md
	.ci/setup-system kasan
	@$(MAKE) --no-print-directory .venv/installed
	$(BIN)/python -m tests.kasan --write docs/kasan.md

update: .venv/installed ## write generated/, and the goldens and renderings of tests/unit, anew
	$(BIN)/kgen build --force
	$(BIN)/python -m pytest -q -n 0 --update tests/unit tests/importer

fmt: .venv/installed ## format the Python
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

bench: .venv/installed ## measure kgen, and hold it against the goals of docs/performance.md
	$(BIN)/python benchmarks/run.py

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

# pip is quiet unless something is wrong. --no-build-isolation: the build back-end is pinned too.
.venv/installed: requirements-dev.txt requirements-verify.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q --disable-pip-version-check -r requirements-dev.txt
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements-verify.txt
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
