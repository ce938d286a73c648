# SPDX-License-Identifier: Apache-2.0
"""Facts about the machine that figures depend on: processor, cores, load of other processes, revision."""
import os
import platform
import re
import subprocess
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TICK = os.sysconf("SC_CLK_TCK")


def processor(cpuinfo="/proc/cpuinfo"):
    """The model name in /proc/cpuinfo. If a virtual machine hides it, family and model."""
    try:
        fields = dict(re.findall(r"^(model name|cpu family|model)\s*:\s*(.+)$", Path(cpuinfo).read_text(), re.M))
    except OSError:
        fields = {}
    if "model name" not in fields:
        return platform.machine()
    return f"{fields['model name']} (family {fields.get('cpu family', '?')} model {fields.get('model', '?')})"


def slug(text):
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"\((r|tm)\)", "", text.lower())).strip("-")


def cpu_quota(cgroup="/sys/fs/cgroup"):
    """Whole cpus that the control group allows, at least 1; None if there is no limit."""
    try:
        quota, period = (Path(cgroup) / "cpu.max").read_text().split()
    except (OSError, ValueError):
        return None
    return None if quota == "max" else max(1, int(quota) // int(period))


def usable_cpus():
    """The cpus this process may run on, at most as many as its quota allows."""
    cpus = sorted(os.sched_getaffinity(0))
    return cpus[:cpu_quota()]


def describe():
    return {"processor": processor(), "cpus": os.cpu_count(), "kernel": platform.release(), "system": platform.machine(),
            "memory_mib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20}


def git(*words):
    done = subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def commit():
    """The revision, with -dirty if files other than results differ from it."""
    revision = git("rev-parse", "--short=12", "HEAD") or "unknown"
    return revision + ("-dirty" if git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!bench/results") else "")


def now():
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def busy_seconds(cpus):
    """Busy seconds of these cpus since the machine started, including stolen time."""
    total = 0
    for line in Path("/proc/stat").read_text().splitlines():
        name, *ticks = line.split()
        if re.fullmatch(r"cpu\d+", name) and int(name[3:]) in cpus:
            user, nice, system, _idle, _wait, irq, softirq, steal = map(int, ticks[:8])
            total += user + nice + system + irq + softirq + steal
    return total / TICK


def session_seconds(session):
    """Processor seconds that a session of processes has used, including children that have ended."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended in the meantime
        if int(fields[3]) == session:
            total += sum(map(int, fields[11:15]))
    return total / TICK
