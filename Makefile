# Every task of the project, by name; `make` alone lists them.

VENV ?= .venv
PY := $(VENV)/bin/python
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore

help:    ## list these tasks
	@sed -n 's/^\([a-z]*:\).*## /make \1 /p' Makefile

demo: $(VENV)/.run    ## show wesretain at work on a database made for the purpose
	$(VENV)/bin/wesretain demo "$$(mktemp -d)/wesretain-demo"

test: lint    ## run every check and test (installs the database servers where they are missing)
	sh scripts/test-services.sh
	$(PY) -m pytest -n 2 --dist loadgroup

lint: $(VENV)/.dev    ## check style and types
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy

mutants: $(VENV)/.dev    ## break the product in one place at a time, and see that a test notices each time
	sh scripts/test-services.sh
	PYTHONPATH=tests $(PY) scripts/mutants.py

mutation: $(VENV)/.dev    ## the same at places drawn at random (AREA=standing, apply or ledger; SAMPLE, SEED); survivors must be explained
	sh scripts/test-services.sh
	$(PY) scripts/mutation.py $${AREA:-standing}

cases: $(VENV)/.dev    ## scan and apply the rules of the sample databases, and compare with SQL written by hand
	sh scripts/test-services.sh
	$(PY) -m pytest -n 2 -vv --no-header tests/cases

wild: $(VENV)/.dev    ## the same on schemas of other people, fetched from Debian and PyPI (needs the network the first time)
	sh scripts/test-services.sh
	$(PY) wild/fetch.py
	$(PY) -m pytest -n 2 -vv --no-header wild

faults: $(VENV)/.dev    ## kill, cut, block and fill up all that `apply` stands on, and see that what was promised holds
	sh scripts/test-services.sh
	FAULTS=all TAMPERED=5000 MUTANTS=20000 $(PY) -m pytest -n 2 --dist loadgroup --timeout 14400 \
		tests/faults tests/ledger/test_tampering.py tests/hostile/test_files.py

fuzz: $(VENV)/.dev    ## feed it 20,000 mutated files and 1,000 strings of injection, then let its own code lead a fuzzer
	sh scripts/test-services.sh
	python3 -m pip --python $(PY) install -q -e '.[fuzz]'
	MUTANTS=$${MUTANTS:-20000} STRINGS=$${STRINGS:-1000} $(PY) -m pytest -s --timeout 7200 tests/hostile
	PYTHONPATH=tests $(PY) tests/hostile/guided.py $${GUIDED:-300}

bench: $(VENV)/.dev    ## measure everything that is said of speed, against rivals and SQL by hand (ONLY="delete held": some rows)
	sh scripts/test-services.sh
	sh scripts/bench-tools.sh
	$(PY) bench/measure.py

docs: $(VENV)/.dev    ## write the generated pages of the manual anew
	$(PY) scripts/docs.py

PICTURE = PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(PY) scripts/picture.py
MAKE_DEMO = from datetime import date; from pathlib import Path; from wesretain.demo import make; make(Path("."), date.today())

pictures: $(VENV)/.run    ## take the pictures of the README anew, in a real terminal (needs tmux)
	$(PICTURE) --columns 110 --lines 80 --title "wesretain scan" docs/scan.svg -- \
		'cd "$$(mktemp -d)" && python -c '\''$(MAKE_DEMO)'\'' && wesretain scan'
	$(PICTURE) --columns 110 --lines 62 --title "wesretain demo" docs/demo.svg -- \
		'cd "$$(mktemp -d)" && wesretain demo'
	sed -i 's#/tmp/tmp[.][A-Za-z0-9]*#/home/you#' docs/demo.svg

# Without pip inside, so that Debian's python3-venv is not needed; the system's pip installs into it from outside.
$(PY):
	python3 -m venv --without-pip $(VENV)

$(VENV)/.run: pyproject.toml | $(PY)
	python3 -m pip --python $(PY) install -q -e '.[discovery]'
	touch $@

$(VENV)/.dev: pyproject.toml | $(PY)
	python3 -m pip --python $(PY) install -q -e '.[dev]'
	touch $@ $(VENV)/.run

.PHONY: help demo test lint mutants mutation cases wild faults fuzz bench docs pictures
