// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <string>
#include <unordered_map>

#include "base/random.hpp"
#include "base/text.hpp"
#include "millrace/data.hpp"
#include "millrace/error.hpp"

namespace millrace {

namespace {

using Rows = std::vector<std::int64_t>;

void check(const Dataset& data, double fraction) {
  if (!(fraction >= 0 && fraction < 1)) {
    fail(ErrorKind::usage, "split",
         "the validation fraction is " + number_text(fraction) + ", expected 0 or more and below 1");
  }
  if (data.rows() == 0) fail(ErrorKind::usage, "split", "the data set has no rows, expected some to split");
}

// rows: positions in `data`, which may itself be a selection of its table.
Dataset selected(const Dataset& data, const Rows& rows) {
  Dataset part = data;
  part.selection.resize(rows.size());
  std::transform(rows.begin(), rows.end(), part.selection.begin(), [&](std::int64_t r) { return data.table_row(r); });
  return part;
}

Split parted(const Dataset& data, const Rows& train, const Rows& validation, double fraction) {
  if (train.empty() || validation.empty()) {
    fail(ErrorKind::usage, "split",
         "a validation fraction of " + number_text(fraction) + " leaves " + std::to_string(train.size()) +
             " rows for training and " + std::to_string(validation.size()) + " for validation of " +
             std::to_string(data.rows()) + ", expected at least one in each");
  }
  return {selected(data, train), selected(data, validation)};
}

// The positions of each class in order, classes in the order in which they first appear. One group where the targets
// are no classes: none there, or too many different ones to be anything but measurements.
std::vector<Rows> group_by_target(const Dataset& data) {
  std::vector<Rows> groups;
  std::unordered_map<std::string, std::size_t> known;
  const std::int64_t rows = data.rows();
  const auto most_classes = static_cast<std::size_t>(std::max<std::int64_t>(20, rows / 10));
  const auto width = static_cast<std::size_t>(data.targets.columns);
  std::string key(width * sizeof(float), '\0');
  for (std::int64_t r = 0; r < rows && data.targets.rows > 0; ++r) {
    const float* const target = data.targets.row(data.table_row(r));
    for (std::size_t c = 0; c < width; ++c) {
      const float value = target[c] + 0.0F;  // -0 becomes 0: equal targets have equal bytes
      std::memcpy(key.data() + c * sizeof(float), &value, sizeof value);
    }
    const std::size_t group = known.emplace(key, groups.size()).first->second;
    if (group == most_classes) break;
    if (group == groups.size()) groups.emplace_back();
    groups[group].push_back(r);
  }
  if (!groups.empty() && known.size() <= most_classes) return groups;
  groups.assign(1, Rows(static_cast<std::size_t>(rows)));
  std::iota(groups[0].begin(), groups[0].end(), std::int64_t{0});
  return groups;
}

// `total` shared out in proportion to the sizes: each part rounded down, and what is left goes to those that lost most
// by that (the first of equals).
std::vector<std::size_t> share_out(std::size_t total, const std::vector<Rows>& groups, std::size_t all) {
  std::vector<std::size_t> shares(groups.size()), lost(groups.size()), order(groups.size());
  for (std::size_t g = 0; g < groups.size(); ++g) {
    shares[g] = groups[g].size() * total / all;
    lost[g] = groups[g].size() * total % all;
  }
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return lost[a] > lost[b]; });
  const std::size_t left = total - std::accumulate(shares.begin(), shares.end(), std::size_t{0});
  for (std::size_t i = 0; i < left; ++i) ++shares[order[i]];
  return shares;
}

}  // namespace

Split split_last(const Dataset& data, double fraction) {
  check(data, fraction);
  if (fraction == 0) return {data, {}};
  Rows train(static_cast<std::size_t>(data.rows()));
  std::iota(train.begin(), train.end(), std::int64_t{0});
  const auto cut = static_cast<std::ptrdiff_t>(std::floor(static_cast<double>(data.rows()) * (1.0 - fraction)));
  const Rows validation(train.begin() + cut, train.end());
  train.resize(static_cast<std::size_t>(cut));
  return parted(data, train, validation, fraction);
}

Split split_stratified(const Dataset& data, double fraction, std::uint64_t seed) {
  check(data, fraction);
  if (fraction == 0) return {data, {}};
  const auto all = static_cast<std::size_t>(data.rows());
  const std::size_t total =
      std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(static_cast<double>(all) * fraction)));
  std::vector<Rows> groups = group_by_target(data);
  const std::vector<std::size_t> shares = share_out(total, groups, all);

  std::vector<bool> drawn(all);
  for (std::size_t g = 0; g < groups.size(); ++g) {
    shuffle(groups[g], Random(seed, RandomStream::split, g));
    for (std::size_t i = 0; i < shares[g]; ++i) drawn[static_cast<std::size_t>(groups[g][i])] = true;
  }
  Rows train, validation;
  for (std::size_t r = 0; r < all; ++r) (drawn[r] ? validation : train).push_back(static_cast<std::int64_t>(r));
  return parted(data, train, validation, fraction);
}

}  // namespace millrace
