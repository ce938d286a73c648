# SPDX-License-Identifier: Apache-2.0
# Thin: what happens is in CMakePresets.json and scripts/. Works in a bare Debian 12 or 13 that has make.
.DEFAULT_GOAL := build
.NOTPARALLEL:
.PHONY: help packages python build demo test check format bench microbench instructions gate performance clean

help:      ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

packages:  ## install the Debian packages that are missing (packages.txt); nothing is asked when all are there
	@scripts/packages.sh

python:    ## make build/python: ONNX Runtime and what the tests compare with
	@scripts/packages.sh
	@scripts/python_env.sh

build: packages   ## the program, build/release/millrace
	@scripts/build.sh release millrace_cli

demo: build python  ## train three networks on real data and run them in ONNX Runtime
	@scripts/demo.sh

test: python  ## every test
	@scripts/build.sh release
	@ctest --preset release

check:     ## what has to hold before a commit: format, warnings as errors, every test
	@scripts/packages.sh check
	@scripts/format.sh --check || [ $$? -eq 77 ]
	@$(MAKE) --no-print-directory test

format:    ## bring the sources into the form of .clang-format
	@scripts/packages.sh check
	@scripts/format.sh

bench: build  ## microseconds a step next to Keras, PyTorch, JAX and scikit-learn, which it installs: 8 GB
	@bench/contenders/run

microbench: packages  ## every benchmark of the library, build/release/millrace_bench: minutes
	@scripts/build.sh release millrace_bench
	@build/release/millrace_bench

instructions: packages  ## rewrite the baseline of instruction counts (bench/instructions), which `make test` compares with
	@scripts/build.sh release millrace_bench
	@bench/instructions/run --update

gate: packages  ## is the working tree slower than BASE (default: main)? make gate BASE=HEAD~3
	@bench/gate $(or $(BASE),main) .

performance: build  ## measure what docs/performance.md does not know of this program and processor, and draw it anew
	@bench/performance

clean:     ## remove build/, with everything that was made
	rm -rf build
