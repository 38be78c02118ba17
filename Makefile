# Martlet's front door. Every target does its own set-up: it says what it installs, and installs nothing that is there.
#
#   make run      build, and serve 127.0.0.1:9092            make run ARGS="--port 9192 --data-dir /tmp/m"
#   make test     everything that can be checked             make test PARTS="swift interop"
#   make soak     thousands of crashes                       make soak ARGS="--histories 0 --kills 50"
#   make bench    this broker beside Apache Kafka            make bench ROW=produce-1k-acks-all-1p
#
# Apache Kafka, where a test or the benchmark wants it, is taken from KAFKA_HOME, else from ../shared/kafka.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help build run test soak bench bench-quick format clean setup-build setup-test

SWIFT ?= swift
VENV := .venv
export PYTHONDONTWRITEBYTECODE := 1

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: setup-build ## the release binary, at .build/release/martlet
	$(SWIFT) build -c release --static-swift-stdlib -debug-info-format none --product martlet
	@echo "The broker is at .build/release/martlet"

run: build ## build and serve 127.0.0.1:9092; ARGS="--port 0 --ephemeral" goes to the broker
	@exec .build/release/martlet $(ARGS)

test: setup-test ## every test; PARTS="swift interop" runs only those, FUZZ_SECONDS=600 fuzzes for longer
	@$(VENV)/bin/python Tests/run.py $(PARTS)

soak: setup-test build ## 10,000 simulated crashes and 500 kill -9 under load; writes Documentation/SOAK.md
	@$(VENV)/bin/python Interop/soak $(ARGS)

bench: setup-test build ## Martlet beside Apache Kafka, three rounds; ROW="name …" for some rows, ROW=list names them
	@$(VENV)/bin/python Benchmarks/bench.py $(ROW)

bench-quick: setup-test build ## one round of smaller loads, printed only; ROW="name …" as above
	@$(VENV)/bin/python Benchmarks/bench.py --quick $(ROW)

format: ## swift format over everything written by hand
	$(SWIFT) format --in-place --parallel --recursive Package.swift Sources Tests Plugins Benchmarks

clean: ## removes what was built, the Python environment too
	rm -rf .build $(VENV) Benchmarks/work

setup-build:
	@Setup/debian-packages build

setup-test: setup-build
	@Setup/debian-packages python kcat java
	@Setup/python-environment $(VENV)
