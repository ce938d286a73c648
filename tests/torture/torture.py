#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes calls of the program fail, one at a time, and kills it; afterwards every file must be whole.

Usage:  tests/torture/torture.py [--sample] [--part calls|limits|power|kills ...] [--command NAME ...] [--stacks own|all] [--jobs N]
        default: all parts, all commands, own stacks, a job for each processor

For train, resume, export and predict: every open, write, fsync, rename, mmap and creation of a thread, and one
allocation of each distinct call stack, fails once, or from then on. Own stacks differ in functions of the program, or in
the function of a library that these call; most others come from onnx, which describes its operations. Then trainings are
killed at random moments, run under limits (address space, processes, open files, stack, size of files), and lose their
power: their writes are repeated up to some moment, without those that had not reached the disk. Prints a table of what
happened and exits with 1 if a file is damaged, a result is wrong, or a process hangs. --sample takes a few of each kind.

Environment: MILLRACE_PROGRAM (build/release/millrace), MILLRACE_FAULTS (the library of faulty_calls.cpp).
"""
import argparse
import collections
import concurrent.futures
import os
import pathlib
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("MILLRACE_PROGRAM", str(ROOT / "build/release/millrace"))
FAULTS = os.environ.get("MILLRACE_FAULTS", str(ROOT / "build/release/libfaulty_calls.so"))
CALLS = ("open", "write", "fsync", "rename", "mmap", "pthread_create", "thread_exit", "malloc")
# Calls that libraries make too, which then end the process in ways of their own.
OF_LIBRARIES = ("mmap", "malloc", "pthread_create")
SECONDS = 60
PARTS = ("calls", "limits", "power", "kills")

TRAIN = ["train", "--data", "t.csv", "--target", "y", "--layers", "8:tanh,1", "--loss", "mse", "--epochs", "3", "--batch", "16",
         "--validation", "0.2", "--best", "--threads", "2", "--out", "out", "--quiet"]
COMMANDS = {
    "train": TRAIN,
    "resume": [*TRAIN, "--epochs", "5", "--resume"],
    "export": ["export", "out/checkpoint.safetensors", "--out", "out/model.onnx"],
    "predict": ["predict", "out/model.onnx", "--data", "t.csv", "--out", "p.csv"],
}
RESULTS = {"train": "out/model.onnx", "resume": "out/model.onnx", "export": "out/model.onnx", "predict": "p.csv"}


def table(path):
    draws = random.Random(1)
    with open(path, "w", encoding="ascii") as file:
        file.write("a,b,y\n")
        for _ in range(100):
            a, b = draws.random(), draws.random()
            file.write(f"{a:.6f},{b:.6f},{2 * a - b:.6f}\n")


class Torture:
    def __init__(self, folder, sample, commands, stacks, jobs):
        self.folder, self.sample, self.commands, self.stacks, self.jobs = pathlib.Path(folder), sample, commands, stacks, jobs
        self.outcomes = collections.Counter()
        self.findings = []
        self.sound = set()  # bytes of files that were found whole: nearly all faults leave the same ones
        self.lock = threading.Lock()  # of the three above
        self.clean = self.folder / "clean"
        self.clean.mkdir()
        table(self.clean / "t.csv")
        self.whole = {}
        for name in commands:
            self.prepare(name)
            done, _ = self.run(COMMANDS[name])
            if done.returncode != 0:
                sys.exit(f"{name} fails without a fault:\n{done.stderr}")
            self.whole[name] = (self.work / RESULTS[name]).read_bytes()

    @property
    def work(self):
        """The folder in which this thread runs commands."""
        return self.folder / f"work-{threading.get_ident()}"

    def prepare(self, name):
        """Fills the folder with what the command needs."""
        shutil.rmtree(self.work, ignore_errors=True)
        if name != "train" and not (self.clean / "out").exists():
            subprocess.run([PROGRAM, *TRAIN], cwd=self.clean, check=True, capture_output=True)
        shutil.copytree(self.clean, self.work)
        if name == "train":
            shutil.rmtree(self.work / "out", ignore_errors=True)

    def run(self, words, **environment):
        try:
            done = subprocess.run([PROGRAM, *words], cwd=self.work, capture_output=True, text=True, timeout=SECONDS,
                                  env={**os.environ, **{key: str(value) for key, value in environment.items()}})
            return done, False
        except subprocess.TimeoutExpired as late:
            return late, True

    def places(self, name, call):
        """Which calls fail: all, but of allocations the first from each call stack."""
        self.prepare(name)
        numbers = self.folder / "count"
        self.run(COMMANDS[name], LD_PRELOAD=FAULTS, FAULT_CALL=call, FAULT_AT=-1, FAULT_COUNT=numbers)
        (count,), *firsts = (line.split() for line in numbers.read_text(encoding="ascii").splitlines())
        if call == "malloc":
            places = sorted(int(number) for number, *own in firsts if own or self.stacks == "all")
        else:
            places = list(range(int(count)))
        most = 3
        if not self.sample or len(places) <= most:
            return places
        return [places[round(i * (len(places) - 1) / (most - 1))] for i in range(most)]

    def count(self, name, what, outcome):
        with self.lock:
            self.outcomes[name, what, outcome] += 1

    def report(self, what, text):
        with self.lock:
            self.findings.append(f"{what}: {text}")
            print(f"FOUND {what}: {text}", flush=True)

    def check_files(self, what):
        """Every file that has its name is whole."""
        for path in sorted((self.work / "out").glob("*")) if (self.work / "out").exists() else []:
            if path.suffix in (".onnx", ".safetensors"):
                content = path.read_bytes()
                if content in self.sound:
                    continue
                done = subprocess.run([PROGRAM, "inspect", str(path)], capture_output=True, text=True)
                if done.returncode != 0:
                    self.report(what, f"{path.name} is damaged: {done.stderr.strip()}")
                else:
                    with self.lock:
                        self.sound.add(content)

    def check(self, name, call, what, done, late):
        if late:
            self.count(name, call, "hangs")
            return self.report(what, f"it did not end within {SECONDS} seconds")
        code = done.returncode
        self.count(name, call, "done" if code == 0 else f"exit {code}" if code > 0 else f"signal {-code}")
        if code == 0 and name in RESULTS and (self.work / RESULTS[name]).read_bytes() != self.whole[name]:
            self.report(what, "it ended well with another result")
        # A lack of memory says nothing about files, options or models.
        allowed = (0, 7) if call == "malloc" else (0, 2, 3, 4, 6, 7)
        if (code not in allowed and code > 0) or (code < 0 and call not in OF_LIBRARIES):
            self.report(what, f"exit code {code}: {done.stderr.strip()}")
        if code > 0 and "expected" not in done.stderr:
            self.report(what, f"no message: {done.stderr.strip()}")
        self.check_files(what)

    def calls(self):
        for name in self.commands:
            for call in CALLS:
                begin, places = time.monotonic(), self.places(name, call)
                faults = [(place, always) for place in places for always in ((False,) if self.sample else (False, True))]
                with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
                    for done in [pool.submit(self.fault, name, call, *fault) for fault in faults]:
                        done.result()
                print(f"{name}, {call}: {len(faults)} faults, {time.monotonic() - begin:.0f} s", file=sys.stderr, flush=True)

    def fault(self, name, call, place, always):
        self.prepare(name)
        extra = {"FAULT_ALWAYS": 1} if always else {}
        done, late = self.run(COMMANDS[name], LD_PRELOAD=FAULTS, FAULT_CALL=call, FAULT_AT=place, **extra)
        self.check(name, call, f"{name}, {call} {place}{' and later' if always else ''}", done, late)

    def kills(self):
        """Kills trainings at random moments; each goes on from its checkpoint to the same result."""
        self.kill_trainings("fp32", ["--epochs", "300"])
        # A hidden layer that is large enough to be rounded.
        self.kill_trainings("mixed_bfloat16", ["--epochs", "60", "--layers", "256:tanh,128:tanh,1"])

    def kill_trainings(self, precision, words):
        self.prepare("train")
        words = [*TRAIN, *words, "--precision", precision, "--checkpoint-every", "2", "--keep-checkpoints", "2"]
        begin = time.monotonic()
        whole = subprocess.run([PROGRAM, *words, "--out", "whole"], cwd=self.work, capture_output=True, text=True)
        seconds = time.monotonic() - begin
        if whole.returncode != 0:
            sys.exit(whole.stderr)
        expected = (self.work / "whole/model.onnx").read_bytes()
        draws = random.Random(2)
        kill, fresh = 0, True
        while kill < (20 if self.sample else 500):
            begin = time.monotonic()
            process = subprocess.Popen([PROGRAM, *words, "--resume"], cwd=self.work, stderr=subprocess.DEVNULL)
            try:
                process.wait(draws.random() * seconds)
            except subprocess.TimeoutExpired:
                process.kill()
            ended = process.wait() == 0  # before the signal
            if ended and fresh:
                seconds = time.monotonic() - begin  # the machine may have been busier when it was measured
            fresh = False
            self.count("train", f"kill {precision}", "done" if ended else "killed")
            kill += not ended
            self.check_files(f"kill {kill}, {precision}")
            if ended or kill % 20 == 0:
                done = subprocess.run([PROGRAM, *words, "--resume"], cwd=self.work, capture_output=True, text=True)
                if done.returncode != 0 or (self.work / "out/model.onnx").read_bytes() != expected:
                    self.report(f"kill {kill}, {precision}", f"the run gave another result: {done.stderr.strip()}")
                shutil.rmtree(self.work / "out")
                fresh = True

    def limits(self):
        """Trainings under limits of the system; they work, or end soon and name the limit."""
        kib = 1 << 10
        sweeps = {
            "address space": (resource.RLIMIT_AS, [size * kib for size in range(60_000, 600_001, 5_000)], "ulimit -v"),
            "open files": (resource.RLIMIT_NOFILE, range(3, 21), "ulimit -n"),
            "stack": (resource.RLIMIT_STACK, [size * kib for size in (64, 128, 200, 256, 512, 1023, 1024, 2048, 8192)], "ulimit -s"),
            "size of files": (resource.RLIMIT_FSIZE, [0, 1, 100, 1000, 2000, 5000, 10_000, 100_000], "file"),
            "processes": (resource.RLIMIT_NPROC, range(1, 7), "ulimit -u"),
        }
        for name, (limit, values, words) in sweeps.items():
            if name == "processes" and os.geteuid() != 0:
                continue  # the system counts those of the user, who has others
            for value in list(values)[::20] if self.sample else values:
                self.prepare("train")
                self.limited(name, limit, value, words)

    def limited(self, name, limit, value, words):
        what = f"train under a limit of {value} for {name}"

        def restrict():
            if limit == resource.RLIMIT_NPROC:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            resource.setrlimit(limit, (value, value))

        if limit == resource.RLIMIT_NPROC:
            for path in (self.folder, self.work, *self.work.rglob("*")):
                path.chmod(0o777)
        try:
            done = subprocess.run([PROGRAM, *TRAIN, "--threads", "4"], cwd=self.work, capture_output=True, text=True,
                                  timeout=SECONDS, preexec_fn=restrict)
        except subprocess.TimeoutExpired:
            self.count("train", name, "hangs")
            return self.report(what, f"it did not end within {SECONDS} seconds")
        except (OSError, subprocess.SubprocessError):
            self.count("train", name, "no start")  # the system itself could not start it
            return None
        code = done.returncode
        loader = code in (127, -9) or "error while loading shared libraries" in done.stderr
        self.count("train", name, "done" if code == 0 else "loader" if loader else f"exit {code}")
        if code != 0 and not loader and (code != 7 or words not in done.stderr):
            self.report(what, f"exit code {code}, expected 7 and '{words}': {done.stderr.strip()}")
        return self.check_files(what)

    def power(self):
        """Repeats the writes of a training up to each moment; what was not brought to the disk may be missing."""
        self.prepare("train")
        record = self.folder / "record"
        done, _ = self.run([*TRAIN, "--checkpoint-every", "3", "--keep-checkpoints", "2"], LD_PRELOAD=FAULTS, FAULT_RECORD=record)
        if done.returncode != 0:
            sys.exit(done.stderr)
        calls = recorded_calls(record.read_bytes(), str(self.work / "out"))
        draws = random.Random(3)
        moments = range(0, len(calls) + 1, 25 if self.sample else 1)
        for moment in moments:
            for way in range(2 if self.sample else 6):
                shutil.rmtree(self.work / "out", ignore_errors=True)
                (self.work / "out").mkdir()
                for name, content in disk_after(calls[:moment], draws if way > 0 else None).items():
                    (self.work / "out" / name).write_bytes(content)
                what = f"power lost after call {moment}, way {way}"
                self.count("train", "power", "replayed")
                self.check_files(what)


NOBODY = 54321


def recorded_calls(data, folder):
    """The calls of a record on files of a folder: (operation, file, rest)."""
    calls, names = [], {}
    at = 0
    while at < len(data):
        end = data.index(b"\n", at)
        operation, file, size, name = data[at:end].decode().split(" ", 3)
        body = data[end + 1:end + 1 + int(size)]
        at = end + 1 + int(size)
        if operation in ("create", "open"):
            names[file] = os.path.abspath(os.path.join(os.path.dirname(folder), name))
            name = names[file]
        elif operation in ("write", "fsync"):
            name = names.get(file, "")
        if os.path.dirname(name) == folder or name == folder:
            calls.append((operation, os.path.basename(name) if name != folder else ".", body))
    return calls


def disk_after(calls, draws):
    """What a disk may hold after these calls. A write reaches it by fsync of its file, a name by fsync of the folder; what
    was not brought there is on it, or not, or in part (draws; None: nothing of it is)."""
    contents, safe = {}, {}  # by file, which keeps its identity when it is renamed
    names, safe_names = {}, {}
    changes = []  # to names, since the folder was brought to the disk
    for number, (operation, name, body) in enumerate(calls):
        if operation == "create":
            contents[number], safe[number] = b"", b""
            names[name] = number
            changes.append((name, number))
        elif operation == "write" and name in names:
            contents[names[name]] += body
        elif operation == "fsync" and name == ".":
            safe_names, changes = dict(names), []
        elif operation == "fsync" and name in names:
            safe[names[name]] = contents[names[name]]
        elif operation == "rename" and name in names:
            new = os.path.basename(body.decode())
            names[new] = names.pop(name)
            changes += [(new, names[new]), (name, None)]
        elif operation == "unlink":
            names.pop(name, None)
            changes.append((name, None))
    found = dict(safe_names)
    for name, file in changes:
        if draws is not None and draws.random() < 0.5:
            found[name] = file
    disk = {}
    for name, file in found.items():
        if file is None:
            continue
        kept = len(safe[file])
        if draws is not None:
            kept += draws.randint(0, len(contents[file]) - kept)
        disk[name] = contents[file][:kept]
    return disk


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", action="store_true", help="a few faults of each kind")
    parser.add_argument("--part", action="append", choices=PARTS, help="run this part; default all")
    parser.add_argument("--command", action="append", choices=COMMANDS, help="whose calls fail; default all")
    parser.add_argument("--stacks", choices=("own", "all"), default="own", help="whose allocations fail; default own")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), help="commands that run at once while calls fail")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        torture = Torture(folder, arguments.sample, arguments.command or list(COMMANDS), arguments.stacks, arguments.jobs)
        for part in arguments.part or PARTS:
            getattr(torture, part)()
    for (name, call, outcome), number in sorted(torture.outcomes.items()):
        print(f"{name:8} {call:20} {outcome:10} {number:6}")
    print(f"{sum(torture.outcomes.values())} faults and kills, {len(torture.findings)} findings")
    sys.exit(1 if torture.findings else 0)


if __name__ == "__main__":
    main()
