#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Breaks trainings on two hosts, which are network namespaces of this machine (bench/hosts/run): all processes must end within
seconds, and a run that goes on from the checkpoint must give the model of a run without a fault.

Usage:  sudo tests/torture/hosts.py [--fault killed|cut-off|disk-full ...] [--seconds 30]
        needs root, iproute2 and openmpi-bin

killed: SIGKILL to the rank on the second host. cut-off: its link goes down in the middle of a step. disk-full: the file system of
rank 0's folder has no room for another checkpoint. After each, one process and three ranks on one machine go on, each from a copy
of the checkpoint. Prints how many seconds the end took, and exits with 1 if it took more than --seconds or a model is another one.
"""
import argparse
import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench/contenders"), str(ROOT / "bench/hosts")]
from training import words, write_data  # noqa: E402
from workloads import NAMED  # noqa: E402

PROGRAM = Path(os.environ.get("MILLRACE_PROGRAM", ROOT / "build/release/millrace"))
RUN = [ROOT / "bench/hosts/run", "1gbit"]
SLICES, EPOCHS, CHECKPOINT_STEPS = 6, 4, 10
ENVIRONMENT_FAILED = 7


def processes():
    """The millrace processes of this torture."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            if (entry / "exe").readlink() == PROGRAM.resolve():
                found.append(int(entry.name))
    return found


def on_host(name):
    """All processes there."""
    done = subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True)
    return set(map(int, done.stdout.split()))


def wait_until(true, seconds):
    """Seconds until it was true; None if that took too long."""
    begin = time.monotonic()
    while not true():
        if time.monotonic() - begin > seconds:
            return None
        time.sleep(0.02)
    return time.monotonic() - begin


class Torture:
    def __init__(self, folder, seconds):
        self.folder, self.seconds = folder, seconds
        self.findings = 0
        self.workload = NAMED["mnist"]
        write_data(self.workload, folder)
        self.run([PROGRAM, *self.train(folder / "whole")])
        self.expected = self.model(folder / "whole")

    def train(self, out, *more):
        command = words(PROGRAM, self.workload, self.folder, self.workload.batch, "--slices", SLICES, "--epochs", EPOCHS, "--checkpoint-every",
                        CHECKPOINT_STEPS, *more)[1:]
        command[command.index("--out") + 1] = out
        return command

    def run(self, command):
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(map(str, command))}\nended with {done.returncode}: {done.stderr.strip()[-2000:]}")
        return done

    @staticmethod
    def model(out):
        return hashlib.sha256((out / "model.onnx").read_bytes()).hexdigest()

    def report(self, fault, text):
        self.findings += 1
        print(f"FOUND {fault}: {text}", flush=True)

    def torture(self, fault):
        out = self.folder / fault
        out.mkdir()
        if fault == "disk-full":
            # Room for the first checkpoint, and not for the next one beside it.
            size = (self.folder / "whole/checkpoint.safetensors").stat().st_size * 3 // 2
            self.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", out])
        try:
            self.break_run(fault, out)
        finally:
            if fault == "disk-full":
                saved = self.folder / "saved"
                shutil.copytree(out, saved)
                self.run(["umount", out])
                shutil.copytree(saved, out, dirs_exist_ok=True)
        self.go_on(fault, out)

    def break_run(self, fault, out):
        checkpoint = out / "checkpoint.safetensors"
        run = subprocess.Popen([str(word) for word in [*RUN, PROGRAM, *self.train(out)]], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if wait_until(lambda: checkpoint.exists() or run.poll() is not None, 60) is None:
            self.report(fault, "no checkpoint after a minute")
        begin = time.monotonic()
        if fault == "killed":
            for process in on_host("mill-b") & set(processes()):
                os.kill(process, signal.SIGKILL)
        elif fault == "cut-off":
            subprocess.run(["ip", "-n", "mill-b", "link", "set", "mill0", "down"], check=True)
        late = wait_until(lambda: not processes() and run.poll() is not None, self.seconds) is None
        took = time.monotonic() - begin
        if late:
            for process in on_host("mill-a") | on_host("mill-b"):
                os.kill(process, signal.SIGKILL)  # bench/hosts/run then takes the namespaces away
            self.report(fault, f"processes were there after {self.seconds} seconds")
        text, _ = run.communicate(timeout=30)
        code = run.returncode
        print(f"{fault:10} {took:5.1f} s, exit code {code}: " + next((line for line in text.splitlines() if line.startswith("[")), "-"), flush=True)
        if code == 0 or (out / "model.onnx").exists():
            self.report(fault, "the run ended well, expected the fault before its end")
        if fault == "disk-full" and code != ENVIRONMENT_FAILED:
            self.report(fault, f"exit code {code}, expected {ENVIRONMENT_FAILED}: {text}")

    def go_on(self, fault, out):
        root = ["--allow-run-as-root"] if os.geteuid() == 0 else []
        for name, start in (("one process", []), ("three ranks", ["mpirun.openmpi", *root, "--oversubscribe", "--bind-to", "none", "-n", 3])):
            copy = self.folder / "copy"
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(out, copy)
            self.run([*start, PROGRAM, *self.train(copy, "--resume")])
            if self.model(copy) != self.expected:
                self.report(fault, f"{name} that went on gave another model")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fault", action="append", choices=("killed", "cut-off", "disk-full"), help="default: all of them")
    parser.add_argument("--seconds", type=float, default=30)
    arguments = parser.parse_args()
    if os.geteuid() != 0 or shutil.which("mpirun.openmpi") is None or shutil.which("ip") is None:
        sys.exit("hosts.py: network namespaces need root, iproute2 and openmpi-bin, expected sudo tests/torture/hosts.py")
    with tempfile.TemporaryDirectory() as name:
        torture = Torture(Path(name), arguments.seconds)
        for fault in arguments.fault or ("killed", "cut-off", "disk-full"):
            torture.torture(fault)
    sys.exit(1 if torture.findings else 0)


if __name__ == "__main__":
    main()
