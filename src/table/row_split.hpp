// SPDX-License-Identifier: Apache-2.0
//
// Which rows train, and which validate: algorithms that know nothing of tables. Each takes what a row is judged by, its
// key, and returns numbers of rows in ascending order. All keep floor- and rounding rules of split.hpp.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "millrace/split.hpp"

namespace millrace {

/// Throws Error{usage} unless fraction is in [0, 1) and there are rows.
void check_split(std::int64_t rows, double fraction);

[[nodiscard]] RowSplit last_rows(std::int64_t rows, double fraction);
/// classes: the index of each row's class, from 0 without gaps. One class: any rows.
[[nodiscard]] RowSplit stratified_rows(std::span<const std::int64_t> classes, double fraction, std::uint64_t seed);
/// groups: the index of each row's group, from 0 without gaps.
[[nodiscard]] RowSplit grouped_rows(std::span<const std::int64_t> groups, double fraction, std::uint64_t seed);
/// times: one finite number a row.
[[nodiscard]] RowSplit timed_rows(std::span<const double> times, double fraction);

/// The part of each row, from 0. The rows of each class are dealt out to the parts in turn, in random order.
[[nodiscard]] std::vector<std::uint8_t> stratified_parts(std::span<const std::int64_t> classes, std::int64_t parts,
                                                         std::uint64_t seed);
/// Whole groups, in random order, each to the part that has the fewest rows.
[[nodiscard]] std::vector<std::uint8_t> grouped_parts(std::span<const std::int64_t> groups, std::int64_t parts,
                                                      std::uint64_t seed);

/// Indices from 0 of the distinct values, in the order in which they first appear; each NaN is a value by itself.
[[nodiscard]] std::vector<std::int64_t> indices_of(std::span<const double> values);

}  // namespace millrace
