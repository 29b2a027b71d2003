# What this project can do for you; every target sets up what it needs by itself, without root.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
# The practice node keeps its things apart from those of a real one.
DATA := $(or $(XDG_DATA_HOME),$(HOME)/.local/share)/mule-practice
NEIGHBOURS := 24
# The tests of the core, those that take long, those in a browser, and what trial can run.
CORE := tests/kad tests/selfcheck tests/simulation
LONG := tests/network tests/contract tests/mutants tests/probing tests/audit tests/studies
BROWSER := tests/browser
UNITS = $(filter-out $(LONG) $(BROWSER),$(patsubst %/__init__.py,%,$(wildcard tests/*/__init__.py))) \
	$(wildcard tests/test_*.py)

INSTALL = $(BIN)/python -m pip install --disable-pip-version-check --editable
# Twisted reads its plugins once now, so that no later start has to write its cache.
PRIME = $(BIN)/python -c "from twisted.plugin import IPlugin, getPlugins; list(getPlugins(IPlugin))"

.PHONY: help run messages test long trial lint types check routers browser live readers bench wheel clean

help:  ## Say what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

run: $(VENV)/installed  ## Start a node on the practice network; it prints its dashboard's address
	@exec $(BIN)/twistd --nodaemon --pidfile= mule --practice $(NEIGHBOURS) --data "$(DATA)" $(ARGS)

test: $(VENV)/installed-test $(VENV)/installed-audit $(VENV)/installed-simulate  ## Run the tests, in two processes
	@$(BIN)/python -m pytest $(CORE) >$(VENV)/core.log 2>&1 & core=$$!; \
	$(BIN)/python -m pytest $(addprefix --ignore=,$(CORE) $(LONG) $(BROWSER)) $(ARGS); rest=$$?; \
	wait $$core; kad=$$?; \
	echo "The tests of the core:"; tail -n +7 $(VENV)/core.log; exit $$((rest + kad))

long: $(VENV)/installed-test $(VENV)/installed-audit  ## Run the tests of hours of virtual time (a quarter of an hour)
	$(BIN)/python -m pytest $(LONG) $(ARGS)

trial: $(VENV)/installed-test $(VENV)/installed-audit $(VENV)/installed-simulate  ## Run the unit tests under Twisted's own runner
	$(BIN)/python -b -m twisted.trial $(or $(ARGS),$(UNITS))

lint: $(VENV)/installed-check  ## Check style and layout
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/installed-check $(VENV)/installed-test $(VENV)/installed-browser $(VENV)/installed-audit $(VENV)/installed-simulate  ## Check types
	$(BIN)/mypy

check: lint types test long  ## Everything to run before a commit

routers: $(VENV)/installed-test  ## Run the tests on real routers (root, i2pd, iproute2; ten minutes)
	$(BIN)/python -m pytest -m routers tests/routers $(ARGS)

browser: $(VENV)/installed-test $(VENV)/installed-browser  ## Look at every page in Chromium (chromium, chromium-driver)
	$(BIN)/python -m pytest -m browser $(BROWSER) $(ARGS)

LOCALE = -d twisted_mule/locale -D dashboard
messages: $(VENV)/installed-test  ## Collect the dashboard's texts, and compile their translations
	$(BIN)/pybabel -q extract -F babel.cfg -k mark -k plural:1,2 --no-location -o $(VENV)/dashboard.pot .
	$(BIN)/pybabel -q update $(LOCALE) -i $(VENV)/dashboard.pot --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date -w 100
	$(BIN)/pybabel -q compile $(LOCALE)

live: $(VENV)/installed-test  ## Measure send times against the schedule on a running node (40 minutes)
	$(BIN)/python -m tests.live.run $(ARGS)

readers: $(VENV)/installed-test $(VENV)/installed-browser  ## Compare what leaves with the dashboard read and unread (an hour)
	$(BIN)/python -m tests.live.readers $(ARGS)

bench: $(VENV)/installed-test $(VENV)/installed-bench  ## Measure speed and memory against the budgets (a minute or two)
	$(BIN)/python -m pytest -q -p no:cacheprovider -o python_files="bench_*.py" \
		--benchmark-quiet --benchmark-json=bench.json tests/bench $(ARGS)

wheel: $(VENV)/installed-check  ## Build the wheel into dist/
	rm -rf build dist
	$(BIN)/python -m build

clean:  ## Remove everything that was made here
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis _trial_temp*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	rm -f twisted/plugins/dropin.cache bench.json

# Stamps: set up once, and again only when the requirements have changed.
$(VENV)/installed: setup.cfg pyproject.toml
	@sh .ci/venv $(VENV)
	@echo "Installing twisted_mule into $(VENV); the first time takes about a minute ..."
	@$(INSTALL) .
	@$(PRIME)
	@touch $@

$(VENV)/installed-%: $(VENV)/installed
	@echo "Installing what '$*' needs ..."
	@$(INSTALL) ".[$*]"
	@touch $@
