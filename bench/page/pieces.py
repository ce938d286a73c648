# SPDX-License-Identifier: Apache-2.0
"""The measurements that the page needs, in pieces: each is one call of bench/contenders/run, a minute or two.

Contenders are compared within a piece, so each piece includes millrace. How the others are grouped only matters for the
duration. A piece is done if a saved run of the same program has everything that it asks for.
"""
from dataclasses import dataclass

NAMED = ("classroom", "tabular", "mnist", "wide")
GROUPS = (("keras", "keras-jax", "sklearn"), ("torch", "torch-compile", "jax"))
EVERYONE = sum(GROUPS, ())
WIDTHS, BATCHES = (16, 64, 256, 1024), (8, 32, 128, 512)
THREADED = ("torch", "jax")


def network(width=256, batch=128):
    return f"64-{width}-{width}-10@{batch}"


GRID = tuple(dict.fromkeys([network(width=w) for w in WIDTHS] + [network(batch=b) for b in BATCHES]))
SCALED = ("classroom", "tabular", "mnist", network(width=1024))
JOBS = (1, 100)  # epochs: starting up, and the classroom's job


@dataclass(frozen=True)
class Piece:
    workload: str
    contenders: tuple
    mode: str = "steps"
    threads: int = 0      # 0: all
    epochs: int = 0       # of a process
    flags: tuple = ()     # how long, how often

    def command(self):
        words = ["--workloads", self.workload, "--contenders", ",".join(("millrace", *self.contenders)), "--save"]
        words += ["--process", "--epochs", str(self.epochs)] if self.mode == "process" else []
        return words + (["--threads", str(self.threads)] if self.threads else []) + list(self.flags)

    def is_in(self, run, cpus):
        """Whether a saved run has this piece."""
        results = run["results"].get(self.workload, {})
        return (run["mode"] == self.mode and run["threads"] == (self.threads or cpus) and run.get("epochs", 0) == self.epochs
                and all(name in results for name in ("millrace", *self.contenders)))


def all_pieces():
    patience = ("--patience", "20")
    brief, quick = ("--rounds", "5", "--seconds", "0.5", *patience), ("--quick", *patience)
    pieces = [Piece(name, group, flags=brief) for name in NAMED[:3] for group in GROUPS]
    pieces += [Piece("wide", (name,), flags=quick) for name in EVERYONE]  # an epoch of it takes seconds
    pieces += [Piece(name, THREADED, threads=1, flags=quick) for name in SCALED]
    pieces += [Piece("classroom", group, "process", epochs=epochs, flags=("--rounds", "2")) for epochs in JOBS for group in GROUPS]
    pieces += [Piece(name, tuple(c for c in EVERYONE if c != "keras-jax"), flags=quick) for name in GRID]
    return pieces
