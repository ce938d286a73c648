# SPDX-License-Identifier: Apache-2.0
"""Makes the contenders' Python environment in build/contenders, and the environment variables of their processes."""
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from machine import ROOT

HERE = Path(__file__).resolve().parent
HOME = ROOT / "build" / "contenders"
DATA = HOME / "data"
PYTHONS = ("python3.13", "python3.12", "python3.11")  # the newest first: JAX's newest release wants 3.12
KEPT = ("PATH", "HOME", "TMPDIR", "LANG", "LD_LIBRARY_PATH", "CC", "CXX", "MILLRACE_PROGRAM", "MILLRACE_PREDICT")


def interpreter():
    """The newest suitable Python of this machine."""
    for name in PYTHONS:
        path = shutil.which(name)
        if path and subprocess.run([path, "-c", "import ensurepip, venv"], capture_output=True).returncode == 0:
            return path
    raise SystemExit(f"[contenders] found none of {', '.join(PYTHONS)} with its venv module; name one with --python")


def ensure(python=None, extra_index=None, remake=False):
    """The environment's Python. Makes the environment if it does not exist or if the pins have changed."""
    files = [HERE / name for name in ("requirements.txt", "torch_requirements.txt")]
    pins = b"".join(file.read_bytes() for file in files)
    wanted = hashlib.sha256(pins).hexdigest()
    folder = HOME / "venv"
    stamp, inside = folder / "pins.sha256", folder / "bin" / "python"
    if remake or not stamp.exists() or stamp.read_text() != wanted:
        print(f"[contenders] making the Python environment in {folder}: several GB, once", file=sys.stderr, flush=True)
        subprocess.run([python or interpreter(), "-m", "venv", "--clear", folder], check=True)
        install = [inside, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        hashed = [*install, "--require-hashes", "--only-binary", ":all:"]
        if extra_index:
            subprocess.run([*hashed, "-r", files[0]], check=True)
            # Its files have other hashes than PyPI's.
            torch = re.search(r"^torch==\S+", files[1].read_text(), re.MULTILINE).group()
            subprocess.run([*install, "--no-deps", "--index-url", extra_index, torch], check=True)
        else:
            subprocess.run([*hashed, "-r", files[0], "-r", files[1]], check=True)
        stamp.write_text(wanted)
    return inside


def own_environment(contender, python=None):
    """The Python of a contender with pins of its own; made like ensure()'s if it does not exist."""
    pins = HERE / contender.requirements
    folder = HOME / pins.stem
    stamp, inside = folder / "pins.sha256", folder / "bin" / "python"
    wanted = hashlib.sha256(pins.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        subprocess.run([python or interpreter(), "-m", "venv", "--clear", folder], check=True)
        subprocess.run([inside, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes",
                        "--only-binary", ":all:", "-r", pins], check=True)
        stamp.write_text(wanted)
    return inside


def variables(contender):
    """A clean environment for a contender's process.

    Thread and BLAS settings of the caller's shell (OMP_*, MKL_*, OPENBLAS_*, XLA_FLAGS ...) would favour one contender and
    slow another down, so none is passed on: OMP_PROC_BIND pins all threads to one core, OPENBLAS_CORETYPE takes the packages'
    OpenBLAS off its kernels for this processor.
    """
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return kept | {
        "CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu", "TF_CPP_MIN_LOG_LEVEL": "3",
        "KERAS_HOME": str(HOME / "keras"),                    # ignore the caller's keras.json
        "TORCHINDUCTOR_CACHE_DIR": str(HOME / "inductor"), "TORCHINDUCTOR_COMPILE_THREADS": "1",  # leave no helper processes behind
    } | contender.environment


def versions(python, contenders):
    """Versions of the distributions that the contenders name, and of Python."""
    names = sorted({package for contender in contenders for package in contender.packages})
    script = ("import json, sys, importlib.metadata as m\n"
              "print(json.dumps({'python': sys.version.split()[0]} | {n: m.version(n) for n in sys.argv[1:]}))")
    return json.loads(subprocess.run([python, "-c", script, *names], check=True, capture_output=True, text=True).stdout)


def make_data(python, tasks, module="workloads"):
    """Writes the arrays of workloads or operations if they do not exist. Runs in the environment, which has NumPy."""
    script = f"import sys, {module} as m\nfor name in sys.argv[2:]: m.files(m.parse(name), sys.argv[1])"
    subprocess.run([python, "-c", script, DATA, *(task.name for task in tasks)], check=True, cwd=HERE)


def installed(python, contenders):
    """{contender: {"installed_mib", "cuda_mib"}}: disk space of its packages and everything they require, and the part
    of it that is for GPUs. Empty for a contender without packages."""
    def size(packages):
        done = subprocess.run([python, HERE / "installed.py", *packages], check=True, capture_output=True, text=True)
        mib = json.loads(done.stdout)
        cuda = sum(size for name, size in mib.items() if name.startswith(("nvidia-", "cuda-")) or name == "triton")
        return {"installed_mib": sum(mib.values()), "cuda_mib": cuda}
    return {name: size(c.packages) if c.packages else {} for name, c in contenders.items()}
