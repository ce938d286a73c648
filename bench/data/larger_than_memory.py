#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains on a file of four times the memory limit, with and without the limit, and prints time and peak memory.

Usage:  larger_than_memory.py [--program build/release/millrace] [--limit-mib 512] [--columns 60] [--epochs 5]
                              [--layers 64:relu,1]

The text has columns of numbers. Runs: in memory, from the text with --memory, from the cache with --memory. Exits with
1 if a run with a limit used more.
"""
import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

def write_table(path, size, columns):
    """Returns the number of rows. Ten thousand rows are drawn and repeated."""
    draw = random.Random(1)
    block = "".join(",".join(f"{draw.gauss(0, 1):.7f}" for _ in range(columns)) + "\n" for _ in range(10000))
    repeats = -(-size // len(block))
    with open(path, "w") as file:
        file.write(",".join(f"n{i}" for i in range(columns)) + "\n")
        for _ in range(repeats):
            file.write(block)
    return 10000 * repeats


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/release/millrace")
    parser.add_argument("--limit-mib", type=int, default=512)
    parser.add_argument("--columns", type=int, default=60)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--layers", default="64:relu,1")
    arguments = parser.parse_args()
    program = str(pathlib.Path(arguments.program).resolve())
    failed = False
    with tempfile.TemporaryDirectory(dir=".") as folder:
        rows = write_table(f"{folder}/t.csv", 4 * arguments.limit_mib * 2**20, arguments.columns)
        print(f"{rows} rows, {arguments.columns} columns: {rows * arguments.columns * 4 / 2**20:.0f} MiB of numbers, "
              f"{pathlib.Path(folder, 't.csv').stat().st_size / 2**20:.0f} MiB of text; limit {arguments.limit_mib} MiB")
        limit = ["--memory", f"{arguments.limit_mib}MiB", "--cache", f"{folder}/t.cache"]
        for name, flags in (("in memory", []), ("limit, from the text", limit), ("limit, from the cache", limit)):
            command = [program, "train", "--data", f"{folder}/t.csv", "--target", "n0", "--task", "regression", "--layers",
                       arguments.layers, "--batch", "256", "--epochs", str(arguments.epochs), "--out", f"{folder}/out",
                       "--overwrite", "--quiet", "--json"] + flags
            result = subprocess.run(command, capture_output=True, text=True)
            if result.returncode != 0:
                sys.exit(result.stderr)
            report = json.loads(result.stdout)
            print(f"  {name:22} {report['seconds']:7.2f} s of training  {report['step_us']:7.1f} us a step  "
                  f"peak {report['peak_rss_mib']:7.1f} MiB")
            failed |= bool(flags) and report["peak_rss_mib"] > arguments.limit_mib
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
