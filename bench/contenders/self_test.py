# SPDX-License-Identifier: Apache-2.0
"""Tests of bench/contenders/run: statistics, tables, workloads, and workers that are stopped and resumed."""
import math
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import environment
import machine
import operations
import stats
import table
import whole_process
import workloads
from job import fastest_threads, time_epochs
from millrace_train import command
from roster import CONTENDERS, IN_BFLOAT16, OPERATORS, PREDICTORS, Contender
from session import Session

try:
    import numpy as np
except ImportError:
    np = None
needs_numpy = unittest.skipIf(np is None, "needs NumPy: make the environment first, bench/contenders/run --install")


class Statistics(unittest.TestCase):
    def test_ratios_pair_rounds_and_leave_out_failed_blocks(self):
        self.assertEqual(stats.ratio_summary([20, 90, None, 40], [10, 30, 5, None]), {"median": 2.5, "min": 2, "max": 3})

    def test_ratio_of_medians_and_median_of_ratios_differ_when_the_machine_drifts(self):
        # Both take twice as long in the last two rounds: within a round the ratio stays 2.
        self.assertEqual(stats.ratio_summary([20, 20, 40, 40], [10, 10, 20, 20]), {"median": 2, "min": 2, "max": 2})

    def test_no_common_round_has_no_ratio(self):
        self.assertIsNone(stats.ratio_summary([None, 1], [1, None]))

    def test_rounds_are_judged_by_load_of_others(self):
        self.assertEqual(stats.quiet_rounds({"a": [0, 0.5, 0, 0.01], "b": [0, 0, 0.01, 0]}), [0, 2, 3])

    def test_all_rounds_count_when_too_few_are_quiet(self):
        self.assertEqual(stats.quiet_rounds({"a": [0, 0.5, 0.5, 0.5], "b": [0, 0, 0, 0]}), [0, 1, 2, 3])

    def test_fastest_threads_tries_powers_of_two_and_all(self):
        tried = []
        self.assertEqual(fastest_threads(6, lambda n: tried.append(n) or abs(n - 4)), 4)
        self.assertEqual(sorted(set(tried)), [1, 2, 4, 6])

    def test_time_epochs_leaves_out_the_first(self):
        calls = []
        self.assertEqual(len(time_epochs(lambda: calls.append(1), 3)), 3)
        self.assertEqual(len(calls), 4)


class Tables(unittest.TestCase):
    def test_figures_have_three_digits(self):
        self.assertEqual([table.figure(v) for v in (18.64, 1841.2, 156814, 0.4567, 239.6, 2.0, 999.9)],
                         ["18.6", "1840", "157000", "0.457", "240", "2.00", "1000"])

    def result(self, us, **more):
        return {"us": us, "foreign": [0.0] * len(us), **more}

    def test_table_shows_times_ratios_and_who_is_missing(self):
        text = table.render({"classroom": {"millrace": self.result([10, 10, 10]), "torch": self.result([200, 220, 240]),
                                           "jax": {"skip": "not here"}, "keras": {"error": "boom"}}}, "millrace", "us")
        self.assertIn("22.0 [20.0..24.0]", text)
        self.assertIn("jax: not here", text)
        self.assertIn("keras: failed, boom", text)

    def test_the_lead_is_over_the_fastest_contender_and_over_fp32(self):
        results = {"millrace": self.result([20, 20, 20]), "millrace-bf16": self.result([10, 10, 10]),
                   "torch": self.result([40, 40, 40]), "torch-bf16": self.result([15, 15, 15]), "jax": {"skip": "not here"}}
        text = table.render_lead({"wide": results, "mnist": {"millrace-bf16": {"error": "boom"}}}, "millrace-bf16", "millrace")
        self.assertRegex(text, r"wide +2\.00 +1\.50 +torch-bf16")
        self.assertRegex(text, r"mnist +- +- +-")

    def test_a_missing_reference_is_said(self):
        text = table.render({"classroom": {"millrace": {"skip": "no program"}, "jax": self.result([1])}}, "millrace", "us")
        self.assertIn("no ratios: millrace was not measured", text)

    def test_a_failure_after_some_rounds_is_no_figure(self):
        text = table.render({"t": {"millrace": self.result([1, 1]), "jax": self.result([7, None], error="x")}}, "millrace", "us")
        self.assertNotIn("7.00", text)

    def test_noise_is_said(self):
        noisy = {"us": [1, 1, 1], "foreign": [0.3, 0.2, 0.4]}
        self.assertIn("others used up to 40%", table.render({"t": {"millrace": noisy}}, "millrace", "us"))

    def test_whole_processes(self):
        empty = {"seconds": [], "cpu_seconds": [], "peak_mib": []}
        text = whole_process.render({"classroom": {
            "millrace": {**empty, "skip": "no program"},
            "torch": {"seconds": [3.0, 3.5, 9.0], "cpu_seconds": [4.0], "peak_mib": [805.0], "installed_mib": 5000, "cuda_mib": 4000},
        }}, 100)
        self.assertRegex(text, r"torch +3.50 +4.00 +805 +5000 +4000")
        self.assertIn("millrace: no program", text)

    def test_a_failing_process_is_reported(self):
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "log.txt"
            usage = whole_process.run_once([sys.executable, "-c", "x = bytearray(50 << 20)"], dict(os.environ), log)
            self.assertGreater(usage["peak_mib"], 50)
            with self.assertRaisesRegex(RuntimeError, "ended with 3"):
                whole_process.run_once([sys.executable, "-c", "raise SystemExit(3)"], dict(os.environ), log)


class Machine(unittest.TestCase):
    def test_slug(self):
        self.assertEqual(machine.slug("Intel(R) Xeon(R) Gold 6130 CPU @ 2.10GHz"), "intel-xeon-gold-6130-cpu-2-10ghz")

    def test_quota_is_floored_and_at_least_one(self):
        with tempfile.TemporaryDirectory() as folder:
            for text, cpus in (("250000 100000", 2), ("50000 100000", 1), ("max 100000", None)):
                (Path(folder) / "cpu.max").write_text(text)
                self.assertEqual(machine.cpu_quota(folder), cpus)

    def test_busy_loop_shows_in_both_counters(self):
        busy, own = machine.busy_seconds(range(os.cpu_count())), machine.session_seconds(os.getsid(0))
        end = time.process_time() + 0.3
        while time.process_time() < end:
            pass
        self.assertGreater(machine.busy_seconds(range(os.cpu_count())) - busy, 0.2)
        self.assertGreater(machine.session_seconds(os.getsid(0)) - own, 0.2)


class Workloads(unittest.TestCase):
    def test_steps_count_the_smaller_last_batch(self):
        self.assertEqual({w.name: w.steps for w in workloads.NAMED.values()},
                         {"classroom": 32, "tabular": 79, "mnist": 100, "wide": 8, "square": 16, "matexp": 1})

    def test_parameters_and_flops(self):
        w = workloads.parse("classroom")
        self.assertEqual(w.parameters, 401 * 25 + 26 * 15 + 16)
        self.assertAlmostEqual(w.flops, 2 * 1000 / 32 * (3 * (400 * 25 + 25 * 15 + 15) - 400 * 25))

    def test_any_network(self):
        w = workloads.parse("768-512-256-64@128")
        self.assertEqual((w.widths, w.batch, w.hidden, w.output), ((768, 512, 256, 64), 128, "relu", "softmax"))
        self.assertEqual(w.rows % w.batch, 0)
        for bad in ("nonsense", "30@5", "30-1", "30-0@4", "30-1@0"):
            with self.assertRaisesRegex(ValueError, r"\[workload\]"):
                workloads.parse(bad)

    @needs_numpy
    def test_data_is_the_same_every_time_and_fits_the_description(self):
        for name, kind in (("classroom", np.float32), ("16-8-10@32", np.int32)):
            w = workloads.parse(name)
            (x, y), (again, _) = workloads.generate(w), workloads.generate(w)
            self.assertTrue((x == again).all())
            self.assertEqual((x.shape, y.shape, x.dtype, y.dtype), ((w.rows, w.widths[0]), (w.rows,), np.float32, kind))
            self.assertLess(abs(float(x.mean())), 0.02)
            self.assertLess(abs(float(x.std()) - 1), 0.02)
            self.assertEqual(set(np.unique(y)), set(range(max(w.widths[-1], 2))))

    @needs_numpy
    def test_labels_follow_a_linear_rule(self):
        x, y = workloads.generate(workloads.parse("30-8-1@64"))
        rule, *_ = np.linalg.lstsq(x, 2 * y - 1, rcond=None)
        self.assertGreater(((x @ rule > 0) == (y > 0)).mean(), 0.95)

    @needs_numpy
    def test_matexp_learns_exponentials_of_matrices(self):
        w = workloads.parse("matexp")
        self.assertEqual((w.loss, w.output, w.batch), ("mean_squared_error", "linear", w.rows))
        x, y = workloads.exponentials(np.array([[[0, 0], [0, 0]], [[1, 0], [0, -1]], [[0, 1], [-1, 0]]], float))
        turn = [math.cos(1), math.sin(1), -math.sin(1), math.cos(1)]
        np.testing.assert_allclose(y, [[1, 0, 0, 1], [math.e, 0, 0, 1 / math.e], turn], atol=1e-6)
        self.assertEqual(workloads.mean_loss(w, y + 0.5, y), 0.25)
        self.assertAlmostEqual(workloads.guessing_loss(w), float((workloads.generate(w)[1] ** 2).mean()), 3)

    @needs_numpy
    def test_files_hold_the_data(self):
        w = workloads.parse("8-4-1@16")
        with tempfile.TemporaryDirectory() as folder:
            for loaded, generated in zip(workloads.load(w, folder), workloads.generate(w)):
                self.assertTrue((loaded == generated).all())
            self.assertEqual(sorted(p.name for p in (Path(folder) / w.name).iterdir()), ["x.npy", "y.npy"])

    @needs_numpy
    def test_mean_loss(self):
        two, ten = workloads.parse("8-1@16"), workloads.parse("8-10@16")
        self.assertAlmostEqual(workloads.mean_loss(two, np.array([0.5, 0.5]), np.array([0.0, 1.0])), math.log(2))
        self.assertAlmostEqual(workloads.mean_loss(two, np.array([0.2, 0.9]), np.array([0.0, 1.0])), -math.log(0.72) / 2)
        self.assertAlmostEqual(workloads.mean_loss(ten, np.full((3, 10), 0.1), np.array([0, 4, 9])), math.log(10))


class Operations(unittest.TestCase):
    def test_every_operation_of_the_program_is_there(self):
        program = os.environ.get("MILLRACE_PROGRAM") or machine.ROOT / "build/release/millrace"
        if not os.access(program, os.X_OK):
            self.skipTest("needs the program: make build")
        text = subprocess.run([program, "train", "--help"], capture_output=True, text=True, check=True).stdout
        part = text[text.index("Layers ("):text.index("Schedules (")]
        part = part[:part.index("Initializers:")] + part[part.index("Losses ("):]
        known = set(re.findall(r"^  (?!any of)([a-z][a-z0-9_]*)(?: +\S|$)", part, re.MULTILINE))
        self.assertEqual(known - operations.WITHOUT_ARITHMETIC, {o.op for o in operations.NAMED.values()})

    def test_choosing(self):
        self.assertEqual([o.name for o in operations.chosen("losses/hinge,lion")], ["losses/hinge", "optimizers/lion"])
        self.assertEqual(len(operations.chosen("activations")), len(operations.ACTIVATIONS))
        with self.assertRaisesRegex(ValueError, "'hing' is neither a kind"):
            operations.chosen("hing")

    @needs_numpy
    def test_targets_are_what_the_loss_takes(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, low, high in (("poisson", 0, 99), ("hinge", -1, 1), ("kl_divergence", 0, 1),
                                    ("sparse_categorical_crossentropy", 0, 63)):
                x, y = (np.load(path) for path in operations.files(operations.parse(f"losses/{name}"), folder))
                self.assertEqual((x.dtype, y.dtype, len(y)), (np.float32, np.float32, len(x)))
                self.assertTrue(y.min() >= low and y.max() <= high, name)

    def test_the_slowest_come_first(self):
        def result(us):
            return {"us": [us] * 3, "foreign": [0.0] * 3}
        text = table.render_operations({"a/quick": {"millrace": result(10), "torch": result(40)},
                                        "a/slow": {"millrace": result(20), "torch": result(10)},
                                        "a/alone": {"millrace": result(5), "torch": {"skip": "none there"}}}, "millrace", "torch")
        order = [text.index(name) for name in ("a/slow", "a/quick", "a/alone")]
        self.assertEqual(order, sorted(order))
        self.assertIn("0.500 [0.500..0.500]", text)
        self.assertIn("torch: none there", text)


class Commands(unittest.TestCase):
    def test_every_contender_has_its_file(self):
        for contender in [*CONTENDERS.values(), *IN_BFLOAT16.values(), *OPERATORS.values(), *PREDICTORS.values()]:
            self.assertTrue((environment.HERE / f"{contender.module}.py").exists(), contender.module)
            if contender.requirements:
                self.assertTrue((environment.HERE / contender.requirements).exists(), contender.requirements)

    def test_columns_in_bfloat16_say_so(self):
        self.assertFalse(CONTENDERS.keys() & IN_BFLOAT16.keys())
        for name, contender in IN_BFLOAT16.items():
            self.assertTrue(name.endswith("-bf16") and contender.options, name)
        self.assertFalse(any(contender.options for contender in CONTENDERS.values()))

    @needs_numpy
    def test_millrace_command_line(self):
        before = os.environ.get("MILLRACE_PROGRAM")
        os.environ["MILLRACE_PROGRAM"] = sys.executable
        try:
            with tempfile.TemporaryDirectory() as folder:
                text = " ".join(command(workloads.parse("8-4-1@16"), folder, 2, 5, "out"))
        finally:
            del os.environ["MILLRACE_PROGRAM"]
            os.environ |= {"MILLRACE_PROGRAM": before} if before else {}
        self.assertIn("--layers 4:relu,1:sigmoid --loss binary_crossentropy --optimizer adam", text)
        self.assertIn("--scale none --threads 2 --out out --precision fp32 --json", text)

    def test_contenders_do_not_see_the_callers_thread_settings(self):
        os.environ["OMP_PROC_BIND"] = "true"
        self.addCleanup(os.environ.pop, "OMP_PROC_BIND")
        seen = environment.variables(CONTENDERS["torch"])
        self.assertFalse([name for name in seen if name.startswith(("OMP_", "OPENBLAS_", "MKL_"))])


class Workers(unittest.TestCase):
    """With contenders that only sleep, fail or spin, in a temporary folder."""

    SOURCE = """
import threading, time
from job import Job, Skip, time_epochs
def spin():
    while True: pass
def prepare(workload, data, threads, kind):
    if kind == "skip": raise Skip("not today")
    if kind == "die": import os; os._exit(3)
    if kind == "spin": threading.Thread(target=spin, daemon=True).start()
    runs = []
    def run(epochs):
        runs.append(epochs)
        if kind == "fail" and len(runs) == 4: raise RuntimeError("broken")
        return time_epochs(lambda: time.sleep(0.01), epochs)
    return Job(10, run, lambda: 0.25, notes={"kind": kind})
"""

    def measure(self, *kinds, rounds=3):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "pretend.py").write_text(self.SOURCE)
            contender = Contender("pretend", environment={"PYTHONPATH": folder})
            requests = {k: {"prepare": "classroom", "data": folder, "threads": 1, "seconds": 0.05, "options": {"kind": k}}
                        for k in kinds}
            with Session(dict.fromkeys(kinds, contender), sys.executable, machine.usable_cpus(), 0, lambda text: None) as s:
                results = s.measure("task", rounds, requests)
                pids = [w.process.pid for w in s.workers.values()]
                used = [machine.session_seconds(pid) for pid in pids]
                time.sleep(0.3)
                self.assertEqual(used, [machine.session_seconds(pid) for pid in pids], "a waiting worker uses the processor")
            for pid in pids:
                with self.assertRaises(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)
            return results

    def test_workers_end_with_the_run_however_it_ends(self):
        with tempfile.TemporaryDirectory() as folder:
            script = ("import sys, machine, session; from roster import Contender\n"
                      "w = session.Worker('pretend', Contender('pretend', environment={'PYTHONPATH': sys.argv[1]}), sys.executable, [0])\n"
                      "w.ask(loss=True); print(w.process.pid, flush=True); import os; os.kill(os.getpid(), 9)")
            (Path(folder) / "pretend.py").write_text(self.SOURCE)
            done = subprocess.run([sys.executable, "-c", script, folder], cwd=environment.HERE, capture_output=True, text=True)
            self.assertEqual(done.returncode, -signal.SIGKILL)
            for _ in range(50):
                stat = Path(f"/proc/{done.stdout.strip()}/stat")
                if not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z":
                    return
                time.sleep(0.1)
            self.fail("the worker outlived the run")

    def test_microseconds_a_step_in_every_round(self):
        result = self.measure("sleep")["sleep"]
        self.assertEqual(len(result["us"]), 3)
        self.assertGreaterEqual(min(result["us"]), 1000)   # 0.01 s an epoch, 10 steps in it
        self.assertLess(min(result["us"]), 5000)
        self.assertEqual((result["loss"], result["notes"]), (0.25, {"kind": "sleep"}))

    def test_a_spinning_thread_is_stopped_between_its_turns(self):
        self.assertEqual(set(self.measure("spin", "sleep")), {"spin", "sleep"})

    def test_a_block_that_fails_is_reported_and_no_figure(self):
        result = self.measure("fail")["fail"]
        self.assertEqual(result["error"], "RuntimeError: broken")
        self.assertEqual([us is None for us in result["us"]], [False, True, True])

    def test_absent_and_dying_contenders_leave_the_others_alone(self):
        results = self.measure("skip", "die", "sleep")
        self.assertEqual(results["skip"], {"skip": "not today"})
        self.assertIn("process ended", results["die"]["error"])
        self.assertEqual(len(results["sleep"]["us"]), 3)


if __name__ == "__main__":
    unittest.main()
