# SPDX-License-Identifier: Apache-2.0
"""The sign test against all enumerated outcomes, and intervals against their promised coverage."""
import itertools
import math
import random
import unittest

import benchmarks  # noqa: F401  the way to bench/
from regression.signs import interval, lower_tail, probability_above


class Signs(unittest.TestCase):
    def test_distribution_is_that_of_all_outcomes(self):
        for n in range(1, 9):
            heads = [sum(coins) for coins in itertools.product((0, 1), repeat=n)]
            for k, probability in enumerate(lower_tail(n)):
                self.assertAlmostEqual(probability, sum(h <= k for h in heads) / len(heads), places=12)

    def test_tabulated_critical_values(self):
        # One-sided 2.5 % and 0.5 % of the usual tables.
        for n, error, critical in ((10, 0.025, 1), (20, 0.025, 5), (20, 0.005, 3), (50, 0.025, 17)):
            self.assertLessEqual(lower_tail(n)[critical], error)
            self.assertGreater(lower_tail(n)[critical + 1], error)

    def test_probability_counts_those_above(self):
        self.assertAlmostEqual(probability_above([1, -2, 3, 4], 0), 5 / 16)  # 3 or 4 of 4

    def test_equal_values_are_no_evidence(self):
        self.assertEqual(probability_above([0.0] * 20, 0.0), 1)


class Intervals(unittest.TestCase):
    def test_textbook_interval(self):
        # Second from either end of ten: 1 % on either side.
        self.assertEqual(interval(list(range(1, 11)), 0.025), (2, 5.5, 9))

    def test_too_few_values_say_nothing(self):
        self.assertEqual(interval([1.0, 2.0], 0.1), (-math.inf, 1.5, math.inf))
        self.assertEqual(interval([], 0.1), (-math.inf, 0.0, math.inf))

    def test_interval_is_the_test_turned_round(self):
        source = random.Random(3)
        values = [source.gauss(1, 2) for _ in range(15)]
        for error in (0.001, 0.01, 0.1):
            low, _, high = interval(values, error)
            self.assertLessEqual(probability_above(values, low - 1e-9), error)
            self.assertGreater(probability_above(values, low), error)
            self.assertLessEqual(probability_above([-v for v in values], -high - 1e-9), error)

    def test_wild_values_do_not_widen_it(self):
        source = random.Random(5)
        calm = [source.gauss(0, 1) for _ in range(60)]
        wild = [value if place % 3 else 1e6 * value for place, value in enumerate(calm)]  # a third of them
        low, estimate, high = interval(wild, 0.01)
        self.assertLess(max(-low, high, abs(estimate)), 1)

    def test_an_end_errs_as_often_as_it_says(self):
        # Two speeds of the machine, switched at random, as well as noise: the differences of neighbours.
        source, error, wrong = random.Random(7), 0.05, 0
        speed = lambda: source.choice((0, 0.5)) + source.gauss(0, 0.02)  # noqa: E731
        for _ in range(1000):
            wrong += interval([speed() - speed() for _ in range(16)], error)[0] > 0
        self.assertLess(wrong, 1000 * error + 3 * math.sqrt(1000 * error))


if __name__ == "__main__":
    unittest.main()
