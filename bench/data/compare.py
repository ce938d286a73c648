#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads the same text with millrace, Polars, pandas and DuckDB, in one run, in turns.

Needs the PyPI packages polars, pandas and duckdb, and millrace's own (PYTHONPATH=build/release/python); one that is not
installed is left out.

Usage:  compare.py [--program build/release/millrace] [--megabytes 300] [--rounds 5] [--threads 1 2]

Two tables: `numbers` has 60 columns of fp32 numbers, `mixed` has 8 columns of numbers and 8 of texts with 4 to 50 000
levels. Contenders are told the types of columns where they can be told. Each round is a process of its own per contender.
The time is that of the call that makes a table in memory. "program" is all of `millrace train --epochs 0`: start, checks
of every cell, preparation and a model file. Rows and the least number of the first column are compared.
"""
import argparse
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

MILLRACE = """
import json, millrace, sys, time
begin = time.perf_counter()
table = millrace.read_table(sys.argv[1])
seconds = time.perf_counter() - begin
print(json.dumps([seconds, table.rows, float(table.describe()[0]["least"])]))
"""
POLARS = """
import polars, json, sys, time
begin = time.perf_counter()
schema = {name: polars.Float32 if name.startswith("n") else polars.Categorical for name in json.loads(sys.argv[2])}
table = polars.read_csv(sys.argv[1], schema=schema)
print(json.dumps([time.perf_counter() - begin, len(table), float(table["n0"].min())]))
"""
PANDAS = """
import pandas, json, sys, time
begin = time.perf_counter()
types = {name: "float32" if name.startswith("n") else "category" for name in json.loads(sys.argv[2])}
table = pandas.read_csv(sys.argv[1], dtype=types)
print(json.dumps([time.perf_counter() - begin, len(table), float(table["n0"].min())]))
"""
DUCKDB = """
import duckdb, json, sys, time
connection = duckdb.connect(config={"threads": int(sys.argv[3])})
begin = time.perf_counter()
types = {name: "FLOAT" if name.startswith("n") else "VARCHAR" for name in json.loads(sys.argv[2])}
connection.execute(f"create table t as select * from read_csv('{sys.argv[1]}', header=true, columns={types})")
seconds = time.perf_counter() - begin
print(json.dumps([seconds, *connection.execute("select count(*), min(n0) from t").fetchall()[0]]))
"""
CONTENDERS = {"millrace": MILLRACE, "polars": POLARS, "pandas": PANDAS, "duckdb": DUCKDB}


def write_table(path, kind, megabytes):
    """Returns names, rows and the least number of the first column. Ten thousand rows are drawn and repeated."""
    draw = random.Random(1)
    numbers, texts = (60, []) if kind == "numbers" else (8, [4, 12, 50, 200, 1000, 5000, 20000, 50000])
    names = [f"n{i}" for i in range(numbers)] + [f"t{i}" for i in range(len(texts))]
    block, least = [], 0.0
    for _ in range(10000):
        cells = [f"{draw.gauss(0, 1):.7f}" for _ in range(numbers)]
        least = min(least, float(cells[0]))
        block.append(",".join(cells + [f"level {draw.randrange(levels)}" for levels in texts]))
    text = "\n".join(block) + "\n"
    repeats = max(1, megabytes * 1_000_000 // len(text))
    with open(path, "w") as file:
        file.write(",".join(names) + "\n")
        for _ in range(repeats):
            file.write(text)
    return names, 10000 * repeats, least


def run_millrace(program, path, names, threads, folder):
    command = [program, "train", "--data", path, "--target", "n0", "--task", "regression", "--layers", "1", "--epochs", "0",
               "--out", f"{folder}/out", "--overwrite", "--quiet", "--json", "--threads", str(threads)]
    begin = time.perf_counter()
    result = subprocess.run(command, capture_output=True, text=True)
    seconds = time.perf_counter() - begin
    if result.returncode != 0:
        sys.exit(result.stderr)
    return seconds, json.loads(result.stdout)["peak_rss_mib"]


def run_contender(name, path, names, threads):
    """Seconds, rows and the least number, or None: not installed."""
    environment = dict(os.environ, POLARS_MAX_THREADS=str(threads))
    command = ["taskset", "-c", ",".join(map(str, sorted(os.sched_getaffinity(0))[:threads])), sys.executable, "-c",
               CONTENDERS[name], path, json.dumps(names), str(threads)]
    result = subprocess.run(command, capture_output=True, text=True, env=environment)
    if "ModuleNotFoundError" in result.stderr:
        return None
    if result.returncode != 0:
        sys.exit(result.stderr)
    return json.loads(result.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/release/millrace")
    parser.add_argument("--megabytes", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    arguments = parser.parse_args()
    program = str(pathlib.Path(arguments.program).resolve())
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("numbers", "mixed"):
            path = f"{folder}/{kind}.csv"
            names, rows, least = write_table(path, kind, arguments.megabytes)
            size = os.path.getsize(path)
            print(f"{kind}: {rows} rows, {len(names)} columns, {size / 1e6:.0f} MB")
            for threads in arguments.threads:
                seconds = {}
                for _ in range(arguments.rounds):
                    seconds.setdefault("program", []).append(run_millrace(program, path, names, threads, folder)[0])
                    for name in CONTENDERS:
                        answer = run_contender(name, path, names, threads)
                        if answer is None:
                            continue
                        if answer[1] != rows or abs(answer[2] - least) > 1e-6:
                            sys.exit(f"{name}: {answer[1]} rows, least number {answer[2]}, expected {rows} and {least}")
                        seconds.setdefault(name, []).append(answer[0])
                for name, times in seconds.items():
                    middle = statistics.median(times)
                    print(f"  {threads} threads  {name:9} {middle:6.3f} s  {size / middle / 1e9:5.2f} GB/s"
                          f"  (fastest {min(times):.3f} s)")


if __name__ == "__main__":
    main()
