// SPDX-License-Identifier: Apache-2.0
#include "cli/settings/column_roles.hpp"

#include <algorithm>
#include <map>

#include "base/excerpt.hpp"

namespace millrace::cli {

namespace {

struct Role {
  const char* flag;
  const char* what;  // its column is
  std::vector<std::string> columns;
};

std::vector<std::string> named(const std::string& column) {
  return column.empty() ? std::vector<std::string>() : std::vector{column};
}

}  // namespace

void check_column_roles(const Settings& settings, const TrainConfig& config) {
  if (config.data.is_array()) return;  // its columns have no names
  const std::vector<Role> roles{
      {"target", "the target", config.target},     {"features", "a feature", config.features},
      {"ignore", "left out", config.ignore},       {"sample-weight", "the row weight", named(config.sample_weight)},
      {"group", "the group", named(config.group)}, {"time", "the time", named(config.time)}};
  std::map<std::string, const Role*> taken;
  for (const Role& role : roles) {
    const Setting* const setting = settings.find(role.flag);
    if (setting == nullptr) continue;  // targets of [outputs.NAME] are compared there
    for (const std::string& column : role.columns) {
      const auto [known, is_new] = taken.emplace(column, &role);
      if (is_new) continue;
      const std::string other = known->second->flag, own = role.flag;
      // A group is a feature only if it is named, and leaving it out twice does no harm.
      if (own == "group" && (other == "ignore" || other == "features")) continue;
      if (own == "ignore" && other == "ignore") continue;
      // The column of times may have any other role, but the target is not known beforehand.
      if (own == "time" && other != "target") continue;
      if (other == own) setting->fail_with(excerpt(column) + " is given twice, expected different columns");
      setting->fail_with("column " + excerpt(column) + " is " + known->second->what + " by --" + other +
                         ", expected another column, or --" + other + " without it");
    }
  }
}

}  // namespace millrace::cli
