# SPDX-License-Identifier: Apache-2.0
"""The signed-rank distribution against all signs written out, and intervals against what they promise."""
import itertools
import math
import random
import unittest

import benchmarks  # noqa: F401  the way to bench/
from regression.wilcoxon import interval, lower_tail, probability_above, walsh_averages


class SignedRanks(unittest.TestCase):
    def test_distribution_is_that_of_all_signs(self):
        for n in range(1, 9):
            sums = [sum(rank for rank, taken in zip(range(1, n + 1), signs) if taken)
                    for signs in itertools.product((0, 1), repeat=n)]
            for w, probability in enumerate(lower_tail(n)):
                self.assertAlmostEqual(probability, sum(s <= w for s in sums) / len(sums), places=12)

    def test_tabulated_critical_values(self):
        # One-sided 2.5 % and 0.5 % of the usual tables.
        for n, error, critical in ((10, 0.025, 8), (20, 0.025, 52), (20, 0.005, 37), (50, 0.025, 434)):
            self.assertLessEqual(lower_tail(n)[critical], error)
            self.assertGreater(lower_tail(n)[critical + 1], error)

    def test_probability_counts_positive_ranks(self):
        # Ranks of 1, -2, 3, 4: 1 + 3 + 4 = 8 of 10; 3 of 16 sign patterns reach 8, 9 or 10.
        self.assertAlmostEqual(probability_above([1, -2, 3, 4], 0), 3 / 16)

    def test_equal_values_are_no_evidence(self):
        self.assertEqual(probability_above([0.0] * 20, 0.0), 1)


class Intervals(unittest.TestCase):
    def test_textbook_interval(self):
        self.assertEqual(interval(list(range(1, 11)), 0.025), (3.0, 5.5, 8.0))

    def test_too_few_values_say_nothing(self):
        self.assertEqual(interval([1.0, 2.0], 0.1), (-math.inf, 1.5, math.inf))
        self.assertEqual(interval([], 0.1), (-math.inf, 0.0, math.inf))

    def test_interval_is_the_test_turned_round(self):
        values = [random.Random(3).gauss(1, 2) for _ in range(15)]
        for error in (0.001, 0.01, 0.1):
            low, _, high = interval(values, error)
            self.assertLessEqual(probability_above(values, low - 1e-9), error)
            self.assertGreater(probability_above(values, low), error)
            self.assertLessEqual(probability_above([-v for v in values], -high - 1e-9), error)

    def test_estimate_hardly_moves_with_a_few_wild_values(self):
        calm = [random.Random(5).gauss(0, 1) for _ in range(40)]
        wild = calm[:36] + [1e6] * 4
        self.assertLess(abs(interval(wild, 0.01)[1] - interval(calm, 0.01)[1]), 0.5)

    def test_an_end_errs_as_often_as_it_says(self):
        # Symmetric and heavy-tailed: the difference of two exponential times to the power of three.
        source, error, wrong = random.Random(7), 0.05, 0
        for _ in range(1000):
            values = [source.expovariate(1) ** 3 - source.expovariate(1) ** 3 for _ in range(12)]
            wrong += interval(values, error)[0] > 0
        self.assertLess(wrong, 1000 * error + 3 * math.sqrt(1000 * error))

    def test_walsh_averages(self):
        self.assertEqual(walsh_averages([1, 3, 8]), [1, 2, 3, 4.5, 5.5, 8])


if __name__ == "__main__":
    unittest.main()
