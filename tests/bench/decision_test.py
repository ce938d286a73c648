# SPDX-License-Identifier: Apache-2.0
"""Verdicts on made-up ratios: which slowdowns are found, which are not reported, and how benchmarks and looks share the
allowed errors."""
import random
import unittest
from dataclasses import replace
from math import log

import benchmarks  # noqa: F401
from regression.decision import NOT_SLOWER, SLOWER, UNDECIDED, Rules, look, noise_floor
from regression.pairs import BASE, HEAD, order, ratios

RULES = Rules()


def pairs(ratio, noise, count, seed=1):
    """(head over base, a program over itself), logarithms."""
    source = random.Random(seed)
    return [log(ratio) + source.gauss(0, noise) for _ in range(count)], [source.gauss(0, noise) for _ in range(count)]


def verdict(ratio, noise, count, rules=RULES):
    return look({"step": pairs(ratio, noise, count)}, {}, rules)["step"]


class Verdicts(unittest.TestCase):
    def test_a_planted_slowdown_is_caught(self):
        self.assertEqual(verdict(1.05, 0.01, 20).verdict, SLOWER)

    def test_an_unchanged_program_passes(self):
        self.assertEqual(verdict(1.0, 0.01, 20).verdict, NOT_SLOWER)

    def test_a_faster_program_passes(self):
        self.assertEqual(verdict(0.8, 0.01, 20).verdict, NOT_SLOWER)

    def test_noise_is_no_verdict(self):
        self.assertEqual(verdict(1.0, 0.2, 20).verdict, UNDECIDED)
        self.assertEqual(verdict(1.05, 0.2, 20).verdict, UNDECIDED)

    def test_too_few_pairs_are_no_verdict(self):
        self.assertEqual(verdict(2.0, 0.0001, 6).verdict, UNDECIDED)

    def test_what_code_placement_does_is_not_reported(self):
        self.assertEqual(verdict(1.01, 0.001, 112).verdict, NOT_SLOWER)
        self.assertEqual(verdict(1.01, 0.001, 112, replace(RULES, least=0.005, tolerated=0.04)).verdict, SLOWER)

    def test_what_a_program_does_to_itself_is_not_reported(self):
        ratio = pairs(1.05, 0.001, 40)[0]
        shifted = [value + 0.06 for value in pairs(1, 0.001, 40)[1]]  # another half of the machine's time, 6 % slower
        self.assertEqual(look({"step": (ratio, shifted)}, {}, RULES)["step"].verdict, UNDECIDED)

    def test_noise_floor_is_the_outer_end_of_the_interval(self):
        values = pairs(1, 0.01, 40)[1]
        self.assertAlmostEqual(noise_floor(values), noise_floor([-v for v in values]))
        self.assertGreater(noise_floor(values), 0.001)

    def test_the_interval_holds_the_slowdown(self):
        v = verdict(1.05, 0.01, 40)
        self.assertTrue(v.low < 1.05 < v.high and v.low < v.ratio < v.high)

    def test_wrong_lines_are_refused(self):
        with self.assertRaisesRegex(ValueError, "expected 0 <= least < tolerated"):
            Rules(least=0.05)


class SeveralBenchmarks(unittest.TestCase):
    def test_each_is_judged_by_its_own_ratios(self):
        samples = {"a": pairs(1, 0.01, 28, 1), "b": pairs(1.06, 0.01, 28, 2), "c": pairs(1, 0.2, 28, 3)}
        self.assertEqual({b: v.verdict for b, v in look(samples, {}, RULES).items()}, {"a": NOT_SLOWER, "b": SLOWER, "c": UNDECIDED})

    def test_verdicts_that_have_fallen_stand(self):
        samples = {"a": pairs(1, 0.01, 28)}
        known = look(samples, {}, RULES)
        self.assertIs(look({"a": pairs(2, 0.01, 28)}, known, RULES)["a"], known["a"])

    def test_more_benchmarks_need_more_evidence(self):
        # 16 pairs, all above the line: a probability of 2^-16, enough for one benchmark but not for a hundred.
        clear = ([0.1] * 16, [0.0] * 16)
        alone = look({"a": clear}, {}, RULES)["a"]
        among = look({"a": clear} | {f"b{i}": pairs(1, 0.01, 16, i) for i in range(99)}, {}, RULES)["a"]
        self.assertEqual((alone.verdict, among.verdict), (SLOWER, UNDECIDED))

    def test_what_was_found_slower_leaves_its_share_to_the_others(self):
        # A look's share is 81 times 2^-16: of 82 equally clear slowdowns Holm finds none, of 81 all.
        clear = ([0.1] * 16, [0.0] * 16)
        for count, word in ((81, SLOWER), (82, UNDECIDED)):
            words = {v.verdict for v in look({f"b{i}": clear for i in range(count)}, {}, RULES).values()}
            self.assertEqual(words, {word})
        found = look({"a": clear}, {}, RULES)
        both = look({"a": clear} | {f"b{i}": clear for i in range(81)}, found, RULES)
        self.assertEqual({v.verdict for v in both.values()}, {SLOWER})


class Rounds(unittest.TestCase):
    def test_every_order_of_neighbouring_pairs_occurs(self):
        source = random.Random(1)
        self.assertEqual(len({tuple(order(source)) for _ in range(1000)}), 8)

    def test_ratios_of_a_round(self):
        slow = {(BASE, 0): 1.0, (HEAD, 0): 1.1, (BASE, 1): 2.0, (HEAD, 1): 2.2}
        head, same = ratios(slow)
        for value in head:
            self.assertAlmostEqual(value, log(1.1))
        self.assertEqual([round(v, 9) for v in same], [round(log(2), 9)] * 2)


if __name__ == "__main__":
    unittest.main()
