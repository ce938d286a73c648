# SPDX-License-Identifier: Apache-2.0
"""The procedure from rounds to verdicts, many times on a simulated machine: how often it errs, and how it ends."""
import random
import unittest
from math import exp

import benchmarks  # noqa: F401
from regression import session
from regression.decision import NOT_SLOWER, SLOWER, UNDECIDED, Rules


class Machine:
    """Blocks of 0.1 s on a machine that drifts, with noise and occasional other load."""

    def __init__(self, seed, slowdown=1.0, noise=0.01, disturbed=0.1):
        self.source, self.slowdown, self.noise, self.disturbed = random.Random(seed), slowdown, noise, disturbed
        self.time, self.drift, self.blocks = 0.0, 0.0, []

    def clock(self):
        return self.time

    def run(self, program, name, length):
        self.time += 0.1
        self.drift += self.source.gauss(0, 0.003)
        self.blocks.append((program, name))
        disturbance = self.source.expovariate(5) if self.source.random() < self.disturbed else 0
        slowdown = self.slowdown if program == "head" else 1
        return slowdown * exp(self.drift + disturbance + self.source.gauss(0, self.noise))

    def compare(self, names=("a", "b", "c"), budget=60.0, seed=1, **more):
        return session.compare("base", "head", list(names), Rules(), budget=budget, seed=seed, run=self.run, clock=self.clock, **more)


def runs(count, **machine):
    return [Machine(seed, **machine).compare(seed=seed) for seed in range(count)]


class ErrorRates(unittest.TestCase):
    def test_unchanged_programs_are_not_reported(self):
        outcomes = runs(100)
        self.assertEqual(sum(bool(o.of(SLOWER)) for o in outcomes), 0)
        self.assertGreaterEqual(sum(len(o.of(NOT_SLOWER)) == 3 for o in outcomes), 98)

    def test_a_slowdown_of_five_percent_is_caught_in_every_benchmark(self):
        outcomes = runs(100, slowdown=1.05)
        self.assertGreaterEqual(sum(len(o.of(SLOWER)) == 3 for o in outcomes), 98)
        self.assertEqual(sum(bool(o.of(NOT_SLOWER)) for o in outcomes), 0)

    def test_a_busy_machine_leads_to_no_false_verdict(self):
        for slowdown, false in ((1.0, SLOWER), (1.05, NOT_SLOWER)):
            outcomes = runs(30, slowdown=slowdown, noise=0.05, disturbed=0.5)
            self.assertEqual(sum(bool(o.of(false)) for o in outcomes), 0)


class Course(unittest.TestCase):
    def test_it_ends_when_all_is_decided(self):
        machine = Machine(1, disturbed=0)
        outcome = machine.compare()
        self.assertEqual({v.pairs for v in outcome.verdicts.values()}, {Rules().looks[0]})
        self.assertEqual(len(machine.blocks), 3 * 2 * Rules().looks[0])

    def test_it_ends_with_its_budget_and_says_so(self):
        machine = Machine(1, noise=0.3)
        outcome = machine.compare(budget=5.0)
        self.assertLessEqual(machine.time, 5.0)
        self.assertEqual({v.verdict for v in outcome.verdicts.values()}, {UNDECIDED})

    def test_it_ends_after_the_last_look(self):
        outcome = Machine(1, noise=0.3).compare(budget=1e9)
        self.assertEqual({v.pairs for v in outcome.verdicts.values()}, {Rules().looks[-1]})

    def test_decided_benchmarks_are_not_measured_any_longer(self):
        machine = Machine(1, noise=0.001, disturbed=0)
        calm = machine.run
        def run(program, name, length):
            return calm(program, name, length) * (exp(machine.source.gauss(0, 0.2)) if name == "wild" else 1)
        outcome = session.compare("base", "head", ["calm", "wild"], Rules(), budget=8.0, seed=1, run=run, clock=machine.clock)
        self.assertEqual(outcome.verdicts["calm"].verdict, NOT_SLOWER)
        self.assertEqual(outcome.verdicts["calm"].pairs, Rules().looks[0])
        self.assertEqual(machine.blocks[-1][1], "wild")

    def test_the_blocks_of_a_benchmark_follow_each_other(self):
        machine = Machine(1)
        machine.compare()
        self.assertEqual([name for _, name in machine.blocks[:12]], 4 * ["a"] + 4 * ["b"] + 4 * ["c"])

    def test_either_program_runs_as_often_and_the_seed_repeats_the_order(self):
        first, second = Machine(1), Machine(1)
        first.compare(seed=5)
        second.compare(seed=5)
        self.assertEqual(first.blocks, second.blocks)
        programs = [program for program, _ in first.blocks]
        self.assertEqual(programs.count("base"), programs.count("head"))


if __name__ == "__main__":
    unittest.main()
