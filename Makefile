# Everything a newcomer runs. Each target does its own set-up.
UV_VERSION := 0.13.9
UV := .venv/bin/uv
RUN := .venv/bin
# The programs that interop tests talk to (Debian 12's packages).
PEERS := dcmtk dicom3tools sane-utils orthanc orthanc-dicomweb strace fuse3 btrfs-progs xfsprogs smartmontools mdadm chromium fonts-dejavu-core

.PHONY: demo test check lint chaos explore bench sim setup lock clean

demo: .venv/ready ## scan a real digitized film on simulated devices, end to end
	$(RUN)/sapi-node demo

test: setup ## every test; of the proof of the store, a bounded part
	$(RUN)/pytest --ignore=tests/chaos/test_mdadm_qemu.py

check: .venv/ready lint ## the fast half: lint, types, unit, properties
	$(RUN)/pytest -q tests/unit tests/properties tests/conformance

lint: .venv/ready
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/mypy
	$(RUN)/lint-imports

chaos: setup ## the proof of the store at length: crash states, kills, planted mistakes, arrays
	tools/fetch-guest-kernel
	$(RUN)/python -m tests.chaos

explore: .venv/ready ## 1,000 simulated years of a node's life with every fault, from numbers that repeat them
	$(RUN)/sapi-node explore --seeds 12170 --days 30

bench: setup ## figures beside their references, as a table and bench/results.json
	$(RUN)/python -m bench

sim: .venv/ready ## the whole node on simulated devices, with its page and a drawer of faults
	$(RUN)/sapi-node sim node --web 127.0.0.1:8080

setup: .venv/ready
	@tools/install-peers $(PEERS)

.venv/ready: requirements.lock pyproject.toml
	python3 -m venv .venv
	$(RUN)/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(UV) pip sync --quiet --python .venv/bin/python --require-hashes requirements.lock
	$(UV) pip install --quiet --python .venv/bin/python --no-deps --editable .
	@touch $@

lock: .venv/ready ## take newer versions
	$(UV) pip compile --quiet --universal --upgrade --generate-hashes --python-version 3.11 \
	    --no-emit-index-url --extra sim --group dev --output-file requirements.lock pyproject.toml

clean:
	rm -rf .venv bench/results.json
