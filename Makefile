# SPDX-License-Identifier: Apache-2.0
# Short names for the presets in CMakePresets.json and the programs in scripts/ and bench/. Works on an empty Debian 12
# or 13 with make.
.DEFAULT_GOAL := build
.NOTPARALLEL:
.PHONY: help packages python python-others build mpi demo consumers test check format tidy reference docs pages deb wheel torture torture-hosts memory bench microbench instructions gate performance fuzz clean

help:      ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

packages:  ## install those Debian packages of packages.txt that are missing
	@scripts/packages.sh

python:    ## make build/python: ONNX Runtime and the libraries that tests compare with
	@scripts/packages.sh
	@scripts/python_env.sh

build: packages   ## build the program, build/release/millrace
	@scripts/build.sh release millrace_cli

mpi: packages   ## build the program and what it needs to train on several machines; installs Open MPI
	@scripts/packages.sh mpi
	@scripts/build.sh release millrace_cli

python-others: python  ## test the Python package with the real Keras and PyTorch; installs them (5 GB)
	@scripts/build.sh release millrace_python
	@scripts/python_others.sh

demo:      ## train three networks on real data and run them in ONNX Runtime
	@scripts/demo.sh

test: python  ## build everything and run every test
	@scripts/build.sh release
	@ctest --preset release
	@ls build/release/libmillrace-*.so >/dev/null 2>&1 || echo "test: without the tests of mpirun, which need: make mpi"

check:     ## run before a commit: format, warnings as errors, every test
	@scripts/packages.sh check
	@scripts/format.sh --check || [ $$? -eq 77 ]
	@$(MAKE) --no-print-directory test

fuzz: packages  ## run every reader of files under libFuzzer, SECONDS=600 each
	@scripts/packages.sh fuzz
	@scripts/fuzz.sh $(or $(SECONDS),600)

format:    ## format the C++ sources (clang-format 14)
	@scripts/packages.sh check
	@scripts/format.sh

reference: packages  ## rewrite docs/reference from the options and the public headers
	@scripts/build.sh release millrace_reference
	@scripts/reference.sh

docs: packages  ## make a site of the documentation, in build/docs/site; installs Sphinx
	@scripts/docs.sh

pages: build docs  ## open pages of millrace and of the documentation in Chromium, check them and take pictures
	@scripts/packages.sh pages
	@scripts/pages.sh

wheel: packages  ## make a Python wheel that carries its libraries, in build/wheel, and try it in an empty environment
	@scripts/wheel.sh

deb: packages  ## make Debian packages in build/deb: the program, the shared library, the development files, a module for each MPI
	@scripts/packages.sh deb
	@scripts/deb.sh

tidy: packages  ## run clang-tidy 14 over the library and the program (minutes)
	@scripts/packages.sh tidy
	@scripts/tidy.sh || [ $$? -eq 77 ]

consumers: build python  ## try every layer in every program that reads ONNX; installs them one by one (half an hour)
	@tests/consumers/run
	@build/python/bin/python tests/consumers/tables
	@build/python/bin/python tests/consumers/makers

torture: packages  ## make every system call of the program fail, one at a time, and kill trainings (an hour)
	@scripts/build.sh release millrace_cli faulty_calls
	@tests/torture/torture.py

torture-hosts: mpi  ## break trainings on two hosts, which are network namespaces; as root (minutes)
	@tests/torture/hosts.py

memory: python  ## train, evaluate, export and predict in one process for MINUTES=120; its memory must not grow
	@scripts/build.sh release millrace_python
	@PYTHONPATH=build/release/python build/python/bin/python tests/torture/memory_run.py --minutes $(or $(MINUTES),120) --out build/memory.csv

bench: build  ## compare training speed with Keras, PyTorch, JAX and scikit-learn; installs them (8 GB)
	@bench/contenders/run

microbench: packages  ## run every benchmark of the library (minutes)
	@scripts/build.sh release millrace_bench
	@build/release/millrace_bench

instructions: packages  ## rewrite the instruction counts that `make test` compares with
	@scripts/build.sh release millrace_bench
	@bench/instructions/run --update

gate: packages  ## compare the speed of the working tree with BASE (default main): make gate BASE=HEAD~3
	@bench/gate $(or $(BASE),main) .

performance: build  ## measure this program on this processor and redraw docs/performance.md
	@bench/performance

clean:     ## remove build/
	rm -rf build
