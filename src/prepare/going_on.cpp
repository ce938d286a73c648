// SPDX-License-Identifier: Apache-2.0
#include "prepare/going_on.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "base/excerpt.hpp"
#include "base/formatted.hpp"
#include "base/names.hpp"
#include "table/columns_named.hpp"

namespace millrace {

namespace {

// A column of its own that says where a value was missing.
bool gains_indicator(const PreparedColumn& from, const PreparedColumn& to) {
  return to.kind() != ColumnKind::category && to.width() > from.width();
}

bool same_ways(const PreparedColumn& earlier, const PreparedColumn& now, const ColumnOptions& asked) {
  if (earlier.kind() != now.kind()) return false;
  if (gains_indicator(now, earlier) && !asked.indicator) return false;
  // "auto" encodes by the number of levels.
  if (now.kind() == ColumnKind::category && asked.encode == "auto") return true;
  // New rows may show an order that those before did not, or none, and earlier versions did not say which columns hold
  // times of a day: only a contradiction is another way.
  if (now.kind() == ColumnKind::date) {
    const auto agree = [](const auto& before, const auto& after) { return !before || !after || *before == *after; };
    return agree(earlier.date_order(), now.date_order()) && agree(earlier.times(), now.times());
  }
  return earlier.record().words == now.record().words;
}

// The columns of a preparation by name: there may be thousands.
class ColumnsByName {
 public:
  explicit ColumnsByName(const TablePreparation& preparation) {
    for (const auto& column : preparation.columns()) columns_.emplace(column->name(), column.get());
  }
  [[nodiscard]] const PreparedColumn* find(const std::string& name) const {
    const auto found = columns_.find(name);
    return found == columns_.end() ? nullptr : found->second;
  }

 private:
  std::unordered_map<std::string_view, const PreparedColumn*> columns_;
};

void note_new_levels(const PreparedColumn& before, std::vector<std::string> levels, std::vector<ColumnNote>& notes) {
  const std::vector<std::string> known = before.levels();
  std::erase_if(levels, [&](const std::string& level) { return std::ranges::binary_search(known, level); });
  if (levels.empty()) return;
  notes.push_back({before.name(), counted(std::ssize(levels), "level that the checkpoint does not know counts",
                                          "levels that the checkpoint does not know count") +
                                      " as unseen: " + some_names(levels)});
}

}  // namespace

bool goes_on(const TablePreparation& earlier, const TablePreparation& now, const Table& table,
             const PrepareOptions& options) {
  const ColumnsByName of_now(now);
  return std::ranges::all_of(earlier.columns(), [&](const auto& before) {
    const PreparedColumn* const after = of_now.find(before->name());
    return after == nullptr ? read_column(table, before->name()) != nullptr
                            : same_ways(*before, *after, options_of(options, before->name()));
  });
}

std::vector<ColumnNote> what_is_new(const TablePreparation& earlier, const TablePreparation& now, const Table& table) {
  std::vector<ColumnNote> notes;
  const ColumnsByName of_earlier(earlier), of_now(now);
  for (const auto& after : now.columns()) {
    const PreparedColumn* const before = of_earlier.find(after->name());
    if (before == nullptr) {
      notes.push_back(
          {after->name(),
           "the rows of the checkpoint did not have it, or not with values that vary, and the network has no "
           "input for it",
           true});
      continue;
    }
    note_new_levels(*before, after->levels(), notes);
    if (gains_indicator(*before, *after))
      notes.push_back({after->name(), "values are missing, and none was before: they count as its usual value"});
  }
  // A column that no longer varies may have a value that is new.
  for (const auto& before : earlier.columns()) {
    if (of_now.find(before->name()) != nullptr) continue;
    const TableColumn* const column = read_column(table, before->name());
    if (column != nullptr && column->kind == ColumnKind::category) note_new_levels(*before, column->levels, notes);
  }
  return notes;
}

}  // namespace millrace
