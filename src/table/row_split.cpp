// SPDX-License-Identifier: Apache-2.0
#include "table/row_split.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "base/fail.hpp"
#include "base/random.hpp"
#include "base/text.hpp"

namespace millrace {

namespace {

using Rows = std::vector<std::int64_t>;

std::int64_t rounded_share(std::int64_t rows, double fraction) {
  return std::max<std::int64_t>(1, std::lround(static_cast<double>(rows) * fraction));
}

RowSplit parted(const std::vector<bool>& validates, double fraction, const char* hint = "") {
  RowSplit split;
  for (std::int64_t r = 0; r < std::ssize(validates); ++r) (validates[r] ? split.validation : split.train).push_back(r);
  if (split.train.empty() || split.validation.empty()) {
    fail(ErrorKind::usage, "split",
         "a validation fraction of " + number_text(fraction) + " leaves " + std::to_string(split.train.size()) +
             " rows for training and " + std::to_string(split.validation.size()) + " for validation of " +
             std::to_string(validates.size()) + ", expected at least one in each" + hint);
  }
  return split;
}

RowSplit all_train(std::int64_t rows) {
  RowSplit split;
  split.train.resize(rows);
  std::iota(split.train.begin(), split.train.end(), std::int64_t{0});
  return split;
}

// The rows of each index, in order.
std::vector<Rows> rows_by(std::span<const std::int64_t> indices) {
  std::vector<Rows> groups;
  for (std::int64_t r = 0; r < std::ssize(indices); ++r) {
    if (indices[r] >= std::ssize(groups)) groups.resize(indices[r] + 1);
    groups[indices[r]].push_back(r);
  }
  return groups;
}

// `total` shared out in proportion to the sizes: each part is rounded down, and the rest goes to the parts that lost
// most by that (the first of equals).
std::vector<std::int64_t> share_out(std::int64_t total, const std::vector<Rows>& groups, std::int64_t all) {
  std::vector<std::int64_t> shares(groups.size()), lost(groups.size()), order(groups.size());
  for (std::int64_t g = 0; g < std::ssize(groups); ++g) {
    shares[g] = std::ssize(groups[g]) * total / all;
    lost[g] = std::ssize(groups[g]) * total % all;
  }
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) { return lost[a] > lost[b]; });
  const std::int64_t left = total - std::accumulate(shares.begin(), shares.end(), std::int64_t{0});
  for (std::int64_t i = 0; i < left; ++i) ++shares[order[i]];
  return shares;
}

}  // namespace

void check_split(std::int64_t rows, double fraction) {
  if (!(fraction >= 0 && fraction < 1)) {
    fail(ErrorKind::usage, "split",
         "the validation fraction is " + number_text(fraction) + ", expected 0 or more and below 1");
  }
  if (rows == 0) fail(ErrorKind::usage, "split", "the data set has no rows, expected some to split");
}

RowSplit last_rows(std::int64_t rows, double fraction) {
  check_split(rows, fraction);
  if (fraction == 0) return all_train(rows);
  const auto cut = static_cast<std::int64_t>(std::floor(static_cast<double>(rows) * (1.0 - fraction)));
  std::vector<bool> validates(rows);
  std::fill(validates.begin() + cut, validates.end(), true);
  return parted(validates, fraction);
}

RowSplit stratified_rows(std::span<const std::int64_t> classes, double fraction, std::uint64_t seed) {
  const std::int64_t rows = std::ssize(classes);
  check_split(rows, fraction);
  if (fraction == 0) return all_train(rows);
  std::vector<Rows> groups = rows_by(classes);
  const std::vector<std::int64_t> shares = share_out(rounded_share(rows, fraction), groups, rows);
  std::vector<bool> validates(rows);
  for (std::int64_t g = 0; g < std::ssize(groups); ++g) {
    shuffle(groups[g], Random(seed, RandomStream::split, g));
    for (std::int64_t i = 0; i < shares[g]; ++i) validates[groups[g][i]] = true;
  }
  return parted(validates, fraction);
}

RowSplit grouped_rows(std::span<const std::int64_t> groups, double fraction, std::uint64_t seed) {
  const std::int64_t rows = std::ssize(groups);
  check_split(rows, fraction);
  if (fraction == 0) return all_train(rows);
  const std::vector<Rows> members = rows_by(groups);
  std::vector<std::int64_t> order(members.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  shuffle(order, Random(seed, RandomStream::split, 0));
  const std::int64_t total = rounded_share(rows, fraction);
  const auto smallest = std::min_element(order.begin(), order.end(),
                                         [&](auto a, auto b) { return members[a].size() < members[b].size(); });
  std::vector<bool> validates(rows);
  std::int64_t taken = 0;
  const auto take = [&](std::int64_t group) {
    for (const std::int64_t row : members[group]) validates[row] = true;
    taken += std::ssize(members[group]);
  };
  for (const std::int64_t group : order) {
    // Passed over if the number of validation rows would be further off than without it.
    if (2 * (total - taken) >= std::ssize(members[group])) take(group);
  }
  if (taken == 0) take(*smallest);
  return parted(validates, fraction, ": there is a single group");
}

RowSplit timed_rows(std::span<const double> times, double fraction) {
  const std::int64_t rows = std::ssize(times);
  check_split(rows, fraction);
  if (fraction == 0) return all_train(rows);
  std::vector<double> sorted(times.begin(), times.end());
  std::sort(sorted.begin(), sorted.end());
  const auto cut = static_cast<std::int64_t>(std::floor(static_cast<double>(rows) * (1.0 - fraction)));
  double first = sorted[std::min(cut, rows - 1)];
  // Where the cut is within the earliest time, the rows after that time validate.
  if (first == sorted.front()) {
    const auto later = std::upper_bound(sorted.begin(), sorted.end(), first);
    if (later != sorted.end()) first = *later;
  }
  std::vector<bool> validates(rows);
  for (std::int64_t r = 0; r < rows; ++r) validates[r] = times[r] >= first;
  return parted(validates, fraction, ": all rows have the same time");
}

std::vector<std::uint8_t> stratified_parts(std::span<const std::int64_t> classes, std::int64_t parts,
                                           std::uint64_t seed) {
  std::vector<Rows> groups = rows_by(classes);
  std::vector<std::uint8_t> part(classes.size());
  std::int64_t next = 0;
  for (std::int64_t g = 0; g < std::ssize(groups); ++g) {
    shuffle(groups[g], Random(seed, RandomStream::split, g));
    for (const std::int64_t row : groups[g]) part[row] = static_cast<std::uint8_t>(next++ % parts);
  }
  return part;
}

std::vector<std::uint8_t> grouped_parts(std::span<const std::int64_t> groups, std::int64_t parts, std::uint64_t seed) {
  const std::vector<Rows> members = rows_by(groups);
  if (std::ssize(members) < parts)
    fail(ErrorKind::usage, "split",
         std::to_string(members.size()) + " groups for " + std::to_string(parts) + " parts, expected a group for each");
  std::vector<std::int64_t> order(members.size()), sizes(parts);
  std::iota(order.begin(), order.end(), std::int64_t{0});
  shuffle(order, Random(seed, RandomStream::split, 0));
  // The largest first, so that the parts become even.
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return members[a].size() > members[b].size(); });
  std::vector<std::uint8_t> part(groups.size());
  for (const std::int64_t group : order) {
    const auto smallest = std::min_element(sizes.begin(), sizes.end());
    *smallest += std::ssize(members[group]);
    for (const std::int64_t row : members[group]) part[row] = static_cast<std::uint8_t>(smallest - sizes.begin());
  }
  return part;
}

std::vector<std::int64_t> indices_of(std::span<const double> values) {
  std::vector<std::int64_t> indices;
  std::unordered_map<double, std::int64_t> known;
  std::int64_t next = 0;
  for (const double value : values) {
    if (std::isnan(value)) {
      indices.push_back(next++);
      continue;
    }
    const auto [at, added] = known.emplace(value, next);
    next += added ? 1 : 0;
    indices.push_back(at->second);
  }
  return indices;
}

}  // namespace millrace
