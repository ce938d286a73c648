// SPDX-License-Identifier: Apache-2.0
//
// Counts between round numbers, which are nobody's cells.
#pragma once

#include <cstddef>
#include <vector>

#include "report/run_report.hpp"

namespace millrace::report {

/// Interpolated between neighbours, as NumPy's quantile does; 0 without values. share in [0, 1].
[[nodiscard]] double quantile(const std::vector<double>& sorted, double share);

/// About `bins` bins between round numbers that have 98 % of the values between them; empty without values.
[[nodiscard]] std::vector<double> round_edges(std::vector<double> values, std::size_t bins);
/// The bin of a value; the first and the last one have everything beyond them, too.
[[nodiscard]] std::size_t bin_of(const std::vector<double>& edges, double value);
/// weights: one a value, or empty.
[[nodiscard]] Histogram histogram_of(const std::vector<double>& values, const std::vector<double>& weights,
                                     std::size_t bins);

}  // namespace millrace::report
