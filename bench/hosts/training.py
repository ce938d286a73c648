# SPDX-License-Identifier: Apache-2.0
"""Trainings of the workloads by the program, on rows that are made here."""
import array
import json
import random
import subprocess
import sys


def write_npy(path, rows, columns, block):
    """A matrix of float32 in which the rows of the block repeat."""
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}"
    header += " " * (-(10 + len(header) + 1) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode())
        values = array.array("f", block).tobytes()
        size, whole = rows * columns * 4, len(values)
        for _ in range(size // whole):
            file.write(values)
        file.write(values[: size % whole])


def write_data(workload, folder):
    """Rows of the shape of the workload's, with labels by chance: they are for times, and need no NumPy."""
    draw = random.Random(1)
    columns, classes = workload.widths[0], max(2, workload.widths[-1])
    write_npy(folder / f"{workload.name}.npy", workload.rows, columns, [draw.gauss(0, 1) for _ in range(256 * columns)])
    write_npy(folder / f"{workload.name}_y.npy", workload.rows, 1, [draw.randrange(classes) for _ in range(256)])


def words(program, workload, folder, batch, *more):
    """The command line of a training on one thread."""
    *hidden, outputs = workload.widths[1:]
    layers = ",".join([*(f"{units}:{workload.hidden}" for units in hidden), f"{outputs}:{workload.output}"])
    return [program, "train", "--data", folder / f"{workload.name}.npy", "--target", folder / f"{workload.name}_y.npy", "--layers", layers,
            "--loss", workload.loss, "--validation", 0, "--batch", batch, "--threads", 1, "--out", folder / "out",
            "--quiet", "--json", *more]


def report(command):
    """The JSON object in the output of a command. Skips the lines that mpirun adds."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\nended with {done.returncode}: {done.stderr.strip()[-2000:]}")
    return json.loads(next(line for line in done.stdout.splitlines() if line.startswith("{")))
