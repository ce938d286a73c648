# SPDX-License-Identifier: Apache-2.0
"""Makes the golden curves: runs the real libraries on the cases and writes keras.json, torch.json and sklearn.json.

    make.py [LIBRARY ...]           make the files (all three without a name)
    make.py --verify [LIBRARY ...]  make them again and compare with the files; exits non-zero if they differ
    make.py --check [LIBRARY ...]   replay the files in float64 NumPy, with the files as only input

Every case runs twice, in float32 and in float64. The file holds the float32 run; how far the two are apart is the case's
"noise". A case with more noise than LIMIT is refused: an engine with sums in another order could not repeat it.
"""

import argparse
import importlib
import json
import os
import pathlib
import pickle
import subprocess
import sys
import tempfile

import common
import replay

HERE = pathlib.Path(__file__).parent
LIBRARIES = ["keras", "torch", "sklearn"]
LIMIT = 3e-5


def work(library, precision, only, path):
    """In a process of its own, for precision is a global setting of Keras and PyTorch: results of all cases."""
    runner = importlib.import_module(f"run_{library}")
    runner.use(precision)
    results = {}
    for case in importlib.import_module(f"{library}_cases").cases():
        if only in case["name"]:
            results[case["name"]] = (case, runner.run(case))
    path.write_bytes(pickle.dumps((runner.LIBRARY, results)))


def results(library, precision, only):
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("OPENBLAS_", "OMP_"))}
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "results"
        command = [sys.executable, __file__, "--work", precision, "--only", only, "--out", str(path), library]
        subprocess.run(command, check=True, env=clean | {"OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"})
        return pickle.loads(path.read_bytes())


def assemble(case, single, double):
    noise = common.difference(single, double)
    whole = case | {"defaults": single["defaults"], "loss_curve": common.shortest(single["loss_curve"])}
    if "learning_rates" in single:
        whole["learning_rates"] = common.shortest(single["learning_rates"])
    whole["final"] = {name: common.shortest(value) for name, value in single["final"].items()}
    whole["noise"] = {kind: float(f"{value:.1e}") for kind, value in noise.items()}
    return whole


def made(library, only):
    """What the library is, its complete cases, and the names of those that are too noisy or whose loss vanishes."""
    info, single = results(library, "float32", only)
    double = results(library, "float64", only)[1]
    bad, cases = [], []
    for name, (case, result) in single.items():
        whole = assemble(case, result, double[name][1])
        cases.append(whole)
        curve, noise = whole["loss_curve"], max(whole["noise"].values())
        fine = noise <= LIMIT and min(map(abs, curve)) > 1e-3
        epoch = -(-case["rows"] // case["batch"])
        first, last = sum(curve[:epoch]) / epoch, sum(curve[-epoch:]) / epoch
        print(f"{name:50} {first:8.4f} -> {last:8.4f}  noise {noise:.1e}{'' if fine else '  BAD'}", flush=True)
        if not fine:
            bad.append(name)
    return info, cases, bad


def make(library, path, only):
    info, cases, bad = made(library, only)
    path.write_text(common.text_of(info, cases))
    print(f"{path.name}: {len(cases)} cases, {path.stat().st_size / 1024:.0f} KiB")
    return bad


def verify(library, path, only):
    """The same bytes, or at least the same numbers: another processor may round the last digits differently."""
    info, cases, bad = made(library, only)
    kept = json.loads(path.read_text())
    known = {case["name"]: case for case in kept["cases"]}
    if not only and path.read_text() == common.text_of(info, cases):
        print(f"{path.name}: identical")
        return bad
    measured = ("loss_curve", "learning_rates", "final", "noise")
    for case in cases:
        old = known.pop(case["name"], {})
        same = all(old.get(key) == value for key, value in case.items() if key not in measured)
        if not same or max(common.difference(case, old).values()) > LIMIT:
            bad.append(case["name"])
    gone = [] if only else list(known)
    print(f"{path.name}: {len(bad) + len(gone)} cases differ, made with {kept['library']}, now {info}")
    return bad + gone


def check(library, path, only):
    return replay.check(path, only)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("libraries", nargs="*", default=LIBRARIES, metavar="LIBRARY", help=", ".join(LIBRARIES))
    parser.add_argument("--verify", action="store_true", help="compare with the files instead of writing them")
    parser.add_argument("--check", action="store_true", help="replay the files in NumPy")
    parser.add_argument("--only", default="", metavar="TEXT", help="only cases whose name holds TEXT")
    parser.add_argument("--out", type=pathlib.Path, default=HERE, metavar="FOLDER", help="where the files are")
    parser.add_argument("--work", metavar="PRECISION", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        return work(given.libraries[0], given.work, given.only, given.out)
    for name in set(given.libraries) - set(LIBRARIES):
        parser.error(f"no library '{name}', known: {', '.join(LIBRARIES)}")
    if given.only and given.out == HERE and not (given.verify or given.check):
        parser.error("--only would leave the other cases out of the files: name a folder with --out")
    action = check if given.check else verify if given.verify else make
    failed = [name for library in given.libraries for name in action(library, given.out / f"{library}.json", given.only)]
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
