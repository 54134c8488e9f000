.PHONY: demo test faults

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
	then $(CARGO) nextest run --workspace; \
	else $(CARGO) test --workspace; fi

# Deliberate faults, which the tests must catch: docs/faults.md.
faults:
	@python3 tools/faults.py
