# SPDX-License-Identifier: Apache-2.0
"""Measures contenders in interleaved rounds. Their processes live side by side; one at a time runs."""
import json
import os
import random
import select
import signal
import subprocess
import time
from statistics import median

import environment
from machine import busy_seconds, session_seconds
from stats import QUIET

LONGEST = 900  # limit in seconds for a request: compiling, or a block of the slowest contender


class Worker:
    """A contender's process, the leader of its own session. It is stopped (SIGSTOP) between requests, so that no thread pool
    of it spins on a core while another contender is measured."""

    def __init__(self, name, contender, python, cpus):
        self.cpus = cpus
        self.log = environment.HOME / "log" / f"{name}.txt"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [python, environment.HERE / "worker.py", contender.module], env=environment.variables(contender),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, bufsize=1, start_new_session=True)
        self.signal(signal.SIGSTOP)

    def signal(self, number):
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass  # it has ended; ask() reports that

    def alive(self):
        return self.process.poll() is None

    def ask(self, **request):
        """Sends a request and returns the reply; the process runs only during that time."""
        self.signal(signal.SIGCONT)
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            ready, _, _ = select.select([self.process.stdout], [], [], LONGEST)
            line = self.process.stdout.readline() if ready else ""
        except BrokenPipeError:
            ready, line = True, ""
        if line:
            self.signal(signal.SIGSTOP)
            return json.loads(line)
        self.end()
        return {"error": (f"its process ended, see {self.log}" if ready else f"no answer within {LONGEST} s")}

    def measure(self):
        """The reply to a block, with the share of the cpus that other processes used during it."""
        others = busy_seconds(self.cpus) - session_seconds(self.process.pid)
        start = time.perf_counter()
        reply = self.ask(measure=True)
        elapsed = time.perf_counter() - start
        others = busy_seconds(self.cpus) - session_seconds(self.process.pid) - others
        return reply | {"foreign": round(max(0.0, others / elapsed / len(self.cpus)), 4)}

    def end(self):
        self.signal(signal.SIGKILL)
        self.process.wait()


class Session:
    """The workers of one run. `patience`: seconds that the whole run may wait for other load to pass."""

    def __init__(self, contenders, python, cpus, patience, say):
        self.contenders, self.python, self.cpus, self.patience, self.say = contenders, python, cpus, patience, say
        self.workers = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for worker in self.workers.values():
            worker.end()

    def worker(self, name):
        if name not in self.workers or not self.workers[name].alive():
            contender = self.contenders[name]
            python = environment.own_environment(contender) if contender.requirements else self.python
            self.workers[name] = Worker(name, contender, python, self.cpus)
        return self.workers[name]

    def wait_for_quiet(self, sample=0.2):
        """Returns when other processes use hardly any of the cpus, or when patience is used up."""
        while self.patience > 0:
            busy = busy_seconds(self.cpus)
            time.sleep(sample)
            if (busy_seconds(self.cpus) - busy) / sample / len(self.cpus) <= QUIET:
                return
            self.patience -= sample

    def measure(self, task, rounds, requests):
        """Prepares every contender with requests[name] and measures them in rounds, each in a new random order.

        Returns for each either "skip" or "error" with the reason, or "us", the median microseconds of a step in each
        round's block, "foreign", the load of other processes in it, and the notes of the contender.
        """
        results, ready = {}, []
        for name, request in requests.items():
            self.say(f"{task}: preparing {name}")
            results[name] = self.worker(name).ask(**request)
            if "ready_seconds" in results[name]:
                results[name] |= {"us": [], "foreign": []}
                ready.append(name)
        for turn in range(rounds):
            for name in random.Random(turn).sample(ready, len(ready)):
                self.say(f"{task}: round {turn + 1} of {rounds}, {name}")
                self.wait_for_quiet()
                block = self.worker(name).measure() if "error" not in results[name] else {}
                results[name] |= {"error": block["error"]} if "error" in block else {}
                results[name]["us"].append(median(block["us"]) if "us" in block else None)
                results[name]["foreign"].append(block.get("foreign"))
        for name in ready:
            if "error" not in results[name]:
                results[name] |= self.worker(name).ask(loss=True)
        return results
