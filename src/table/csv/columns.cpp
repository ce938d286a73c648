// SPDX-License-Identifier: Apache-2.0
#include "table/csv/columns.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/names.hpp"
#include "table/csv/header_hints.hpp"
#include "table/unnamed.hpp"

namespace millrace {

namespace {

constexpr std::string_view who = "csv";

// Columns by name, and each with the role it got first.
class Chooser {
 public:
  explicit Chooser(const CsvFile& file) : file_(file) {
    chosen_.uses.resize(file.names.size());
    for (std::size_t column = 0; column < file.names.size(); ++column) {
      if (!columns_.emplace(file.names[column], column).second) duplicates_.insert(file.names[column]);
    }
  }

  [[nodiscard]] bool has(const std::string& name) const { return columns_.contains(name); }

  void ignore(const std::string& name) {
    if (!has(name) || name.empty()) fail_unknown(name, CsvRole::unused);
    ignored_.insert(name);
  }

  std::size_t take(const std::string& name, CsvRole role, std::size_t index) {
    const auto found = columns_.find(name);
    if (found == columns_.end() || name.empty()) fail_unknown(name, role);
    if (duplicates_.contains(name)) file_.fail_duplicate(name);
    CsvUse& use = chosen_.uses[found->second];
    if (use.role != CsvRole::unused || ignored_.contains(name)) {
      fail(ErrorKind::usage, who,
           "column " + excerpt(name) + " is asked for as " + text(use.role) + " and as " + text(role) +
               ", expected one use of a column");
    }
    use = {role, static_cast<std::int32_t>(index)};
    return found->second;
  }

  [[nodiscard]] bool is_duplicate(const std::string& name) const { return duplicates_.contains(name); }

  CsvColumns& chosen() { return chosen_; }

 private:
  static std::string text(CsvRole role) {
    if (role == CsvRole::unused) return "ignored";
    if (role == CsvRole::weight) return "weight";
    return role == CsvRole::feature ? "feature" : "target";
  }

  [[noreturn]] void fail_unknown(const std::string& name, CsvRole role) const {
    const std::vector<std::string_view> known(file_.names.begin(), file_.names.end());
    std::string message = file_.path + ": ";
    if (constexpr std::size_t few = 20; known.size() <= few) {
      message += unknown_name(text(role) + " column", name, known);
    } else {
      message += "unknown " + text(role) + " column '" + name + "', known: " + some_names(file_.names);
      if (const auto near = nearest_name(name, known); !near.empty())
        message += "; did you mean " + excerpt(near) + "?";
    }
    fail(ErrorKind::usage, who, message + hint(name));
  }

  // The two ways in which the header is not what the user thinks it is.
  [[nodiscard]] std::string hint(const std::string& name) const {
    std::string text = header_hint(file_);
    if (text.empty()) text = missing_header_hint(file_, name);
    return text.empty() ? "" : "; " + text;
  }

  const CsvFile& file_;
  std::unordered_map<std::string_view, std::size_t> columns_;
  std::unordered_set<std::string_view> duplicates_, ignored_;
  CsvColumns chosen_;
};

// Every column that is left and has a name, in the file's order.
void take_rest_as_features(Chooser& chooser, const CsvFile& file, const CsvOptions& options) {
  CsvColumns& chosen = chooser.chosen();
  for (std::size_t column = 0; column < file.names.size(); ++column) {
    const std::string& name = file.names[column];
    const auto listed = [&](const auto& names) { return std::find(names.begin(), names.end(), name) != names.end(); };
    // A target that is there while others are missing is still no feature.
    if (listed(options.target) || listed(options.ignore)) continue;
    if (chosen.uses[column].role != CsvRole::unused) continue;
    if (is_unnamed(name)) continue;
    if (chooser.is_duplicate(name)) file.fail_duplicate(name);
    chosen.uses[column] = {CsvRole::feature, static_cast<std::int32_t>(chosen.feature_names.size())};
    chosen.feature_names.push_back(name);
  }
}

}  // namespace

CsvColumns choose_columns(const CsvFile& file, const CsvOptions& options) {
  Chooser chooser(file);
  CsvColumns& chosen = chooser.chosen();
  for (const std::string& name : options.ignore) chooser.ignore(name);
  const bool all_there =
      std::all_of(options.target.begin(), options.target.end(), [&](auto& name) { return chooser.has(name); });
  if (all_there || options.target_required) {
    const CsvRole role = options.target.size() == 1 ? CsvRole::label : CsvRole::target;
    for (const std::string& name : options.target) {
      chosen.label = chooser.take(name, role, chosen.target_names.size());
      chosen.target_names.push_back(name);
    }
  }
  if (!options.classes.empty() && options.target.size() > 1) {
    fail(ErrorKind::usage, who,
         "classes are given for " + std::to_string(options.target.size()) +
             " target columns, expected one target column");
  }
  if (!options.weight.empty()) chooser.take(options.weight, CsvRole::weight, 0);
  for (const std::string& name : options.features) {
    chooser.take(name, CsvRole::feature, chosen.feature_names.size());
    chosen.feature_names.push_back(name);
  }
  if (options.features.empty()) take_rest_as_features(chooser, file, options);
  if (chosen.feature_names.empty()) {
    fail(ErrorKind::usage, who,
         file.path + ": no column is left for the features, expected at least one beside the target: " +
             some_names(file.names));
  }
  return std::move(chosen);
}

}  // namespace millrace
