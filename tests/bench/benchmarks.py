# SPDX-License-Identifier: Apache-2.0
"""Shared by these tests: the path to bench/, and a program that answers like Google Benchmark, from made-up timings."""
import json
import os
import stat
import sys
from pathlib import Path

ROOT = Path(os.environ.get("MILLRACE_ROOT", Path(__file__).resolve().parents[2]))
BENCH = ROOT / "bench"
sys.path.insert(0, str(BENCH))

PROGRAM = '''#!/usr/bin/env python3
import json, math, random, re, sys
from pathlib import Path
here = Path(__file__).resolve()
plan = json.loads(here.with_suffix(".json").read_text())
flags = dict(word[len("--benchmark_"):].split("=", 1) for word in sys.argv[1:])
names = [name for name in plan["us"] if re.search(flags.get("filter", "."), name)]
if "list_tests" in flags:
    print("\\n".join(names))
    sys.exit()
clock = here.parent / "clock"   # blocks that either program has run: the machine's time, along which it drifts
block = int(clock.read_text()) if clock.exists() else 0
clock.write_text(str(block + 1))
random = random.Random(f"{plan['seed']} {here.name} {block}")
entries = []
for name in names:
    drift = 1 + 0.2 * math.sin(block / 9)
    for repetition in range(int(flags["repetitions"])):
        us = plan["us"][name] * drift * math.exp(random.gauss(0, plan["noise"]))
        entries.append({"name": name, "run_name": name, "run_type": "iteration", "repetition_index": repetition,
                        "real_time": us, "cpu_time": us, "time_unit": "us"})
        if name in plan.get("errors", {}):
            entries[-1] |= {"error_occurred": True, "error_message": plan["errors"][name]}
    entries.append({"name": name + "_median", "run_name": name, "run_type": "aggregate", "real_time": -1, "time_unit": "us"})
Path(flags["out"]).write_text(json.dumps({"context": {}, "benchmarks": entries}))
'''


def replaying(file, us, noise=0.01, seed=1, **more):
    """Writes an executable that reports {benchmark: microseconds} with seeded noise and a drift that all programs of its folder
    share."""
    file.write_text(PROGRAM)
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    file.with_suffix(".json").write_text(json.dumps({"us": us, "noise": noise, "seed": seed} | more))
    return file
