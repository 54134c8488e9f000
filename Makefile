.PHONY: demo test test-oar2 test-oar3 test-oar3-python test-pydra pydra-venv redox-venv deb faults bench benchmarks

CARGO ?= cargo
SIM := $(CARGO) run --quiet --release --package oar-scheduler-sim --bin oar-sim --

# One scheduling round, explained and drawn; then a month of work.
demo:
	$(CARGO) build --release --package oar-scheduler-sim
	@mkdir -p demo-output
	@echo
	@$(SIM) replay --explain examples/small-cluster.jsonl
	@$(SIM) gantt examples/small-cluster.jsonl --output demo-output/small-cluster.svg
	@echo
	@echo "The Gantt chart is in demo-output/small-cluster.svg: open it in a browser."
	@echo
	@echo "A month of work on 512 cores, each of its rounds decided by the engine:"
	@$(SIM) generate month --processors 512 --output demo-output/month.swf.gz --settings demo-output/month.yaml
	@$(SIM) simulate demo-output/month.swf.gz --settings demo-output/month.yaml --out demo-output/month
	@echo
	@echo "The report is demo-output/month/report.html: open it in a browser."

test:
	@if $(CARGO) nextest --version >/dev/null 2>&1; \
	then tools/with_postgres.sh $(CARGO) nextest run --workspace && $(CARGO) test --doc --workspace; \
	else tools/with_postgres.sh $(CARGO) test --workspace; fi
	python3 -m unittest discover --quiet tools
	@if [ -x $(PYDRA_VENV)/bin/pytest ]; \
	then cd python/pydra-workers-oar && $(CURDIR)/$(PYDRA_VENV)/bin/pytest --quiet --numprocesses 6; \
	else echo "the tests of python/pydra-workers-oar are skipped: they need a virtual environment with Pydra (make pydra-venv)"; fi
	@if [ -x $(REDOX_VENV)/bin/pytest ]; \
	then (cd crates/oar-scheduler-redox && $(CURDIR)/$(REDOX_VENV)/bin/pytest --quiet -rs) \
	&& for package in $(REDOX_PACKAGES); do (cd $$package && $(CURDIR)/tools/with_postgres.sh $(CURDIR)/$(REDOX_VENV)/bin/pytest --quiet) || exit 1; done; \
	else echo "the tests of the Python module, of the commands with it and of the plugin template are skipped: they need a virtual environment with it (make redox-venv)"; fi

# What the tests of python/pydra-workers-oar need, from PyPI.
PYDRA_VENV := target/pydra-venv
pydra-venv:
	python3 -m venv $(PYDRA_VENV)
	$(PYDRA_VENV)/bin/pip install --quiet --disable-pip-version-check --editable 'python/pydra-workers-oar[dev]'

# The Python module, the commands with plugins in Python and the plugin template, and what their tests need, from PyPI.
REDOX_VENV := target/redox-venv
REDOX_PACKAGES := python/oar-scheduler-kao python/oar-plugin-template
redox-venv:
	python3 -m venv $(REDOX_VENV)
	$(REDOX_VENV)/bin/pip install --quiet --disable-pip-version-check 'maturin >=1.9,<2' 'procset >=1.0' 'pytest >=8' matplotlib mypy ruff
	. $(REDOX_VENV)/bin/activate && cd crates/oar-scheduler-redox && maturin develop --release --quiet --locked
	$(REDOX_VENV)/bin/pip install --quiet --disable-pip-version-check $(REDOX_PACKAGES:%=--editable %)

# The Debian package, in target/debian: docs/installation.md.
deb:
	$(CARGO) build --release --locked --package oar-scheduler-meta --bin kamelot --bin kao --package oar-scheduler-sim --bin oar-sim \
	    --package oar-scheduler-pages --bin oar-scheduler-pages
	tools/deb.sh

# The same scenarios under Perl, kamelot and kao in a real OAR 2.5.9 server, and the commands of docs/installation.md, with the package:
# docs/oar2-scenarios.md. Needs root and Debian 12.
# To renew the tables there: make test-oar2 WRITE="--write-table docs/oar2-scenarios.md"
test-oar2:
	@python3 tools/test_oar2.py $(WRITE)

# kao inside OAR 3's own server, from a checkout: docs/oar3-server.md. Without OAR3 it says what it needs.
test-oar3:
	@tools/with_postgres.sh python3 tools/test_oar3.py $(if $(OAR3),--oar3 $(OAR3)) $(if $(PYTHON),--python $(PYTHON)) $(WRITE)

# OAR 3's own tests, with its scheduler and with the Python module, from a checkout with the branch redox: docs/oar3-python.md. Without OAR 3 it says what it needs.
# To renew the table there: make test-oar3-python OAR3=CHECKOUT WRITE="--write-table docs/oar3-python.md"
test-oar3-python:
	@tools/with_postgres.sh python3 tools/test_oar3_python.py $(if $(OAR3),--oar3 $(OAR3)) $(if $(PYTHON),--python $(PYTHON)) $(WRITE)

# Tasks of Pydra as jobs of a real OAR 2.5.9 server, with python/pydra-workers-oar as it is distributed. Needs root and Debian 12.
test-pydra:
	@python3 tools/test_pydra.py

# Deliberate faults, which the tests must catch: docs/faults.md.
faults:
	@python3 tools/faults.py

BENCH := $(CARGO) run --quiet --release --package oar-scheduler-bench --bin oar-bench --
RESULTS := docs/benchmarks

# Instructions of small workloads, compared with docs/benchmarks/instructions.json. To renew it: make bench UPDATE=--update
bench:
	@$(BENCH) instructions $(UPDATE)

# All figures and curves of BENCHMARKS.md; those of a round on a database where PostgreSQL is installed. OAR3=FOLDER compares with the OAR3 of that virtual environment.
REPEAT ?= 3
T1_JOBS ?= 1000,2000,5000,10000
T2_JOBS ?= 10000,20000,50000,100000
T3_JOBS ?= 10000,20000,50000,100000
T4_JOBS ?= 10000
T1_WORKLOADS := node-only core-only normal old-normal high-cache-hit besteffort
FEATURES := quotas temporal-quotas properties moldable dependencies timesharing containers
benchmarks:
	@mkdir -p $(RESULTS)
	$(CARGO) build --release --package oar-scheduler-bench
	@rm -f $(RESULTS)/t1.json
	for workload in $(T1_WORKLOADS); do \
	    $(BENCH) sweep $$workload --cores 10000 --jobs $(T1_JOBS) --repeat $(REPEAT) --json >> $(RESULTS)/t1.json || exit 1; done
	$(BENCH) sweep whole-nodes --cores 1000000 --jobs $(T2_JOBS) --no-reasons --json > $(RESULTS)/t2.json
	$(BENCH) sweep whole-nodes-minutes --cores 1000000 --jobs $(T2_JOBS) --no-reasons --json >> $(RESULTS)/t2.json
	$(BENCH) sweep normal --cores 100000 --jobs $(T3_JOBS) --no-reasons --json > $(RESULTS)/t3.json
	$(BENCH) run normal --cores 10000 --jobs $(T4_JOBS) --repeat $(REPEAT) --json > $(RESULTS)/t4.json
	for feature in $(FEATURES); do \
	    $(BENCH) run normal --cores 10000 --jobs $(T4_JOBS) --repeat $(REPEAT) --with $$feature --json >> $(RESULTS)/t4.json || exit 1; done
	for target in t1 t2 t3; do $(BENCH) plot $(RESULTS)/$$target.json -o $(RESULTS)/$$target.svg || exit 1; done
	$(CARGO) build --release --package oar-scheduler-meta
	tools/with_postgres.sh sh -c 'if [ -z "$$OAR_TEST_POSTGRES_PORT" ]; then echo "a round on a database is not measured" >&2; exit; fi; \
	    $(BENCH) round --repeat $(REPEAT) --binary $(or $(CARGO_TARGET_DIR),target)/release/kamelot --kao $(or $(CARGO_TARGET_DIR),target)/release/kao --json > $(RESULTS)/round.json'
	$(BENCH) tables $(RESULTS)/t1.json $(RESULTS)/t2.json $(RESULTS)/t3.json $(RESULTS)/t4.json $(RESULTS)/round.json | tee $(RESULTS)/tables.md
	$(if $(OAR3),{ for workload in node-only normal high-cache-hit besteffort; do \
	    $(BENCH) compare $$workload --jobs 100 --cores 10000 --oar3 $(OAR3); done; for workload in core-only old-normal; do \
	    $(BENCH) compare $$workload --jobs 20 --cores 10000 --oar3 $(OAR3); done; } | tee $(RESULTS)/oar3.txt)
