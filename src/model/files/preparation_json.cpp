// SPDX-License-Identifier: Apache-2.0
#include "model/files/preparation_json.hpp"

#include <array>
#include <nlohmann/json.hpp>

#include "base/fail.hpp"
#include "base/names.hpp"

namespace millrace {

namespace {

using nlohmann::json;

ColumnKind kind_from(const std::string& word) {
  std::vector<std::string_view> known;
  for (const ColumnRow& row : column_table()) {
    if (kind_name(row.kind) == word) return row.kind;
    known.push_back(kind_name(row.kind));
  }
  fail(ErrorKind::usage, "columns", unknown_name("kind of column", word, known));
}

ColumnRecord record_from(const json& from) {
  ColumnRecord record{.name = from.at("name").get<std::string>(),
                      .kind = kind_from(from.at("kind").get<std::string>()),
                      .words = {},
                      .numbers = {},
                      .texts = {}};
  record.words = from.at("words").get<std::map<std::string, std::string>>();
  record.numbers = from.at("numbers").get<std::map<std::string, std::vector<double>>>();
  record.texts = from.at("texts").get<std::map<std::string, std::vector<std::string>>>();
  return record;
}

}  // namespace

json preparation_to_json(const TablePreparation& preparation) {
  json columns = json::array();
  for (const auto& column : preparation.columns()) {
    const ColumnRecord record = column->record();
    columns.push_back({{"name", record.name},
                       {"kind", kind_name(record.kind)},
                       {"words", record.words},
                       {"numbers", record.numbers},
                       {"texts", record.texts}});
  }
  const TableRoles& roles = preparation.roles();
  json all{{"columns", std::move(columns)},
           {"target", roles.target},
           {"classes", roles.classes},
           {"weight", roles.weight},
           {"hidden_categories", roles.hidden_categories}};
  if (!roles.target_classes.empty()) all["target_classes"] = roles.target_classes;
  return all;
}

TablePreparation preparation_from_json(const json& from) {
  std::vector<std::unique_ptr<PreparedColumn>> columns;
  for (const json& column : from.at("columns")) columns.push_back(restore_column(record_from(column)));
  return {std::move(columns),
          {.target = from.at("target").get<std::vector<std::string>>(),
           .classes = from.at("classes").get<std::vector<std::string>>(),
           .weight = from.at("weight").get<std::string>(),
           .hidden_categories = from.at("hidden_categories").get<double>(),
           .target_classes = from.value("target_classes", std::vector<std::vector<std::string>>())}};
}

json target_scale_to_json(const TargetScale& scale) { return {{"way", scale.way()}, {"numbers", scale.numbers()}}; }

TargetScale target_scale_from_json(const json& from) {
  return TargetScale::restore(from.at("way").get<std::string>(),
                              from.at("numbers").get<std::vector<std::vector<double>>>());
}

}  // namespace millrace
