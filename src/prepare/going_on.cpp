// SPDX-License-Identifier: Apache-2.0
#include "prepare/going_on.hpp"

#include <algorithm>

#include "base/excerpt.hpp"
#include "base/formatted.hpp"
#include "base/names.hpp"

namespace millrace {

namespace {

// A column of its own that says where a value was missing.
bool gains_indicator(const PreparedColumn& from, const PreparedColumn& to) {
  return to.kind() != ColumnKind::category && to.width() > from.width();
}

bool same_ways(const PreparedColumn& earlier, const PreparedColumn& now, const ColumnOptions& asked) {
  if (earlier.name() != now.name() || earlier.kind() != now.kind()) return false;
  if (gains_indicator(now, earlier) && !asked.indicator) return false;
  // "auto" encodes by the number of levels.
  if (now.kind() == ColumnKind::category && asked.encode == "auto") return true;
  return earlier.record().words == now.record().words;
}

}  // namespace

bool goes_on(const TablePreparation& earlier, const TablePreparation& now, const PrepareOptions& options) {
  return std::ranges::equal(earlier.columns(), now.columns(), [&](const auto& before, const auto& after) {
    return same_ways(*before, *after, options_of(options, after->name()));
  });
}

std::vector<ColumnNote> what_is_new(const TablePreparation& earlier, const TablePreparation& now) {
  std::vector<ColumnNote> notes;
  for (std::size_t c = 0; c < now.columns().size(); ++c) {
    const PreparedColumn &before = *earlier.columns()[c], &after = *now.columns()[c];
    const std::vector<std::string> known = before.levels();
    std::vector<std::string> levels = after.levels();
    std::erase_if(levels, [&](const std::string& level) { return std::ranges::binary_search(known, level); });
    if (!levels.empty())
      notes.push_back({after.name(), counted(std::ssize(levels), "level that the checkpoint does not know counts",
                                             "levels that the checkpoint does not know count") +
                                         " as unseen: " + some_names(levels)});
    if (gains_indicator(before, after))
      notes.push_back({after.name(), "values are missing, and none was before: they count as its usual value"});
  }
  return notes;
}

}  // namespace millrace
