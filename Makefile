# All that this needs is python3 >= 3.11 and make; everything else goes into .venv.

VENV := .venv
PYTHON_IN_VENV := $(VENV)/bin/python
# The environment knows where it was made; a copy or a moved folder gets its own.
MOVED := $(shell [ "$$(cat $(VENV)/made-in 2>/dev/null)" = "$$PWD" ] || echo moved)

.PHONY: help run test check docs bench lock clean moved

help:
	@echo 'make run     play the scenarios of scenarios/ on the embedded model: transcripts in outputs/'
	@echo 'make test    run the tests'
	@echo 'make check   check format, lint and types'
	@echo 'make docs    build the documents as a site, in site/'
	@echo 'make bench   run the benchmarks'
	@echo 'make lock    renew the locked versions in requirements/ from pyproject.toml (needs uv)'
	@echo 'make clean   remove the environment and all caches; outputs/ stays'
	@echo
	@echo 'make PYTHON=/path/to/python3.12 … takes another Python for the environment.'

run: $(VENV)/run.stamp
	@$(PYTHON_IN_VENV) -m dialogs models pull >/dev/null
	@$(PYTHON_IN_VENV) -m dialogs run -m embedded scenarios

# Four workers whatever the cores: the tests wait, for servers and processes, about as long as they compute.
test: $(VENV)/dev.stamp
	@$(PYTHON_IN_VENV) -m dialogs models pull >/dev/null || echo 'Without the weights the tests on the embedded model are skipped.'
	@$(PYTHON_IN_VENV) -m pytest -n 4 --dist worksteal $(ARGS)

check: $(VENV)/dev.stamp
	@$(PYTHON_IN_VENV) -m ruff format --quiet --check --diff .
	@$(PYTHON_IN_VENV) -m ruff check --quiet .
	@$(PYTHON_IN_VENV) -m mypy --no-error-summary
	@echo 'Format, lint and types are as they should be.'

docs: $(VENV)/dev.stamp
	@$(PYTHON_IN_VENV) -m properdocs --quiet build --strict

bench: $(VENV)/dev.stamp
	@$(PYTHON_IN_VENV) bench/run.py $(ARGS)

$(VENV)/run.stamp: requirements/run.txt pyproject.toml .ci/venv $(MOVED)
	@PYTHON='$(PYTHON)' sh .ci/venv $(VENV) requirements/run.txt
	@pwd > $(VENV)/made-in
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/run.stamp
	@sh .ci/venv $(VENV) requirements/dev.txt
	@touch $@

LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --quiet \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' --group build --extra embedded
lock:
	@command -v uv >/dev/null || { echo 'make lock needs uv: pip install uv' >&2; exit 2; }
	@$(LOCK) $(ARGS) --extra azure --extra prices --group dev --output-file requirements/dev.txt
	@$(LOCK) --constraints requirements/dev.txt --no-annotate --output-file requirements/run.txt

clean:
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis site
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
