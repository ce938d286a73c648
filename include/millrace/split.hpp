// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   Split parts = split_last(data, 0.2);                     // parts.train, parts.validation: Datasets
//   const Table table = read_table("visits.csv", {.target = "returned"});
//   const RowSplit rows = split_rows(table, {.way = SplitWay::group, .column = "patient"});
//   const Table training = select_rows(table, rows.train);
//
// An ensemble whose five members each hold out a different fifth of the rows:
//   Model model(ensemble({.layers = layers}, 5));
//   data.folds = fold_rows(data, {.way = SplitWay::stratified}, 5);
//   model.fit(data, {.validation = &data});
//
// Which rows train, and which are held out to validate.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "millrace/data.hpp"
#include "millrace/table.hpp"

namespace millrace {

struct Split {
  Dataset train, validation;
};

/// Makes the last `fraction` of the rows the validation set, cut before any shuffling at
/// floor(rows * (1 - fraction)), as Keras's validation_split does. fraction in [0, 1); 0: no validation rows.
/// Throws Error{usage} if a fraction above 0 leaves a part without rows.
[[nodiscard]] Split split_last(const Dataset& data, double fraction);

/// Draws round(rows * fraction) validation rows at random, at least one. Both parts keep the order of the table, and the
/// same seed gives the same split. Each class (distinct target row) keeps its share up to rounding. With more than
/// max(20, rows / 10) distinct targets these are measurements, not classes, and rows are drawn without regard to them.
/// Fraction 0 and parts without rows are treated as in split_last.
[[nodiscard]] Split split_stratified(const Dataset& data, double fraction, std::uint64_t seed);

enum class SplitWay : std::uint8_t {
  last,        ///< the last rows validate, as in split_last
  stratified,  ///< a random share of each class, as in split_stratified
  random,      ///< a random share of all rows
  group,       ///< whole groups validate: no group has rows in both parts. A row without a group is its own group
  time         ///< the latest rows validate; rows of the same time stay together
};

struct SplitOptions {
  SplitWay way = SplitWay::last;
  double fraction = 0.2;   ///< of the rows that validate, in [0, 1); 0: none
  std::uint64_t seed = 0;  ///< for stratified, random and group
  std::string target{};    ///< for stratified: the column of classes
  std::string column{};    ///< for group and time: the column of groups, or of dates or numbers
};

/// Indices of rows, from 0, each list in ascending order.
struct RowSplit {
  std::vector<std::int64_t> train, validation;
};

/// Splits the rows of a table. Groups are drawn at random until the validation rows are as near to the fraction as the
/// next group allows.
/// Throws Error{usage} for an unknown or ignored column, a column of texts as time, a fraction out of range, and if a
/// fraction above 0 leaves a part without rows; Error{data} for a row without a time.
[[nodiscard]] RowSplit split_rows(const Table& table, const SplitOptions& options);
/// The same for the rows of a data set; classes are its targets. It has no columns of groups or times: Error{usage}.
[[nodiscard]] RowSplit split_rows(const Dataset& data, const SplitOptions& options);

/// Cuts the rows into `parts` parts of nearly equal size, and returns the part of each row, from 0: Dataset::folds of an
/// ensemble. `stratified` gives each part its share of every class, `group` keeps the rows of a group together; the
/// fraction is not used.
/// Throws as split_rows(); Error{usage} for `last` and `time`, for fewer than 2 or more than 100 parts, and for more parts
/// than rows or groups.
[[nodiscard]] std::vector<std::uint8_t> fold_rows(const Table& table, const SplitOptions& options, std::int64_t parts);
[[nodiscard]] std::vector<std::uint8_t> fold_rows(const Dataset& data, const SplitOptions& options, std::int64_t parts);

/// These rows of a table, copied, in the order given; columns keep their kinds and levels. Throws Error{usage} for a
/// number that is no row.
[[nodiscard]] Table select_rows(const Table& table, std::span<const std::int64_t> rows);
/// These rows of a data set, in the order given; the table is shared. Throws Error{usage} as above, and for no rows.
[[nodiscard]] Dataset select_rows(const Dataset& data, std::span<const std::int64_t> rows);

}  // namespace millrace
