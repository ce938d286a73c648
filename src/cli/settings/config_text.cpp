// SPDX-License-Identifier: Apache-2.0
#include "cli/settings/config_text.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "base/names.hpp"
#include "base/option_text.hpp"
#include "base/utf8.hpp"
#include "cli/settings/config_file.hpp"

namespace millrace::cli {

namespace {

// Settings that do not belong to the run itself.
constexpr std::array<std::string_view, 14> left_out{
    "config",  "alone", "hosts",   "resume", "change",    "allow-other-bits", "overwrite",
    "dry-run", "json",  "verbose", "quiet",  "processes", "profile",          changes_key};

template <class Place>
void put(const OptionValue& value, const Place& place) {
  if (const auto* const yes = std::get_if<bool>(&value)) return place(*yes);
  if (const auto* const whole = std::get_if<std::int64_t>(&value)) return place(*whole);
  if (const auto* const number = std::get_if<double>(&value)) return place(*number);
  place(value_text(value));
}

toml::array texts(const std::vector<std::string>& list) {
  toml::array array;
  for (const std::string& text : list) array.push_back(text);
  return array;
}

// An entry of an array: a text, or a layer as { op = "dense", units = 25 }.
void append(toml::array& array, const Entry& entry) {
  if (entry.name.empty() && entry.takes.empty() && entry.op.options.empty()) {
    array.push_back(entry.op.op);
    return;
  }
  toml::table table{{"op", entry.op.op}};
  if (!entry.name.empty()) table.insert("name", entry.name);
  if (!entry.takes.empty()) table.insert("inputs", texts(entry.takes));
  for (const auto& option : entry.op.options)
    put(option.second, [&](const auto& plain) { table.insert(option.first, plain); });
  array.push_back(std::move(table));
}

// [inputs.wide] columns = ["age", "income"], [columns.age] missing = "median"
toml::table named_tables(const std::vector<Entry>& entries) {
  toml::table all;
  for (const Entry& entry : entries) {
    if (!all.contains(entry.op.op)) all.insert(entry.op.op, toml::table{});
    toml::table& one = *all[entry.op.op].as_table();
    if (!entry.takes.empty()) one.insert(entry.name.empty() ? "columns" : entry.name, texts(entry.takes));
    for (const auto& option : entry.op.options)
      put(option.second, [&](const auto& plain) { one.insert(option.first, plain); });
  }
  return all;
}

bool is_text_of_toml(const Setting& setting) {
  const auto* const text = std::get_if<std::string>(&setting.value);
  if (!setting.list) return text == nullptr || is_utf8(*text);
  return std::all_of(setting.list->begin(), setting.list->end(),
                     [](const Entry& entry) { return is_utf8(entry.op.op) && is_utf8(entry.name); });
}

void insert(toml::table& table, const std::string& key, const Setting& setting) {
  if (!setting.list) {
    put(setting.value, [&](const auto& plain) { table.insert(key, plain); });
    return;
  }
  toml::array array;
  for (const Entry& entry : *setting.list) append(array, entry);
  table.insert(key, std::move(array));
}

}  // namespace

std::string changes_text(const std::vector<std::string>& changes) {
  if (changes.empty()) return "";
  std::ostringstream text;
  text << toml::default_formatter(toml::table{{changes_key, texts(changes)}}) << "\n";
  return text.str();
}

std::string config_text(const Settings& settings, const Command& command) {
  toml::table file;
  std::ostringstream comments;
  for (const auto& [key, setting] : settings.all()) {
    if (std::ranges::find(left_out, key) != left_out.end()) continue;
    if (!is_text_of_toml(setting)) {
      comments << "# " << key << " is no UTF-8 and cannot stand here\n";
      continue;
    }
    const std::size_t dot = key.find('.');
    const std::string op = key.substr(0, dot);
    if (contains(command.tables, key)) {
      file.insert(key, named_tables(*setting.list));
    } else if (dot == std::string::npos && settings.options_of(key).empty()) {
      insert(file, key, setting);
    } else {
      // [optimizer] op = "sgd", momentum = 0.9
      if (!file.contains(op)) file.insert(op, toml::table{});
      insert(*file[op].as_table(), dot == std::string::npos ? "op" : key.substr(dot + 1), setting);
    }
  }
  std::ostringstream text;
  text << comments.str() << toml::default_formatter(file) << "\n";
  return text.str();
}

}  // namespace millrace::cli
