// SPDX-License-Identifier: Apache-2.0
#include "cli/settings/config_file.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/fail.hpp"
#include "base/mapped_file.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "cli/settings/op_settings.hpp"

namespace millrace::cli {

namespace {

constexpr std::string_view outputs_key = "outputs";  // its tables have arrays of texts, and operations as tables

// A file cannot say which file to read, or which processes train together: they have been started already.
bool is_of_command_line(std::string_view flag) { return flag == "config" || flag == "hosts" || flag == "alone"; }

std::string place_of(const toml::source_region& source) {
  return "line " + std::to_string(source.begin.line) + ", column " + std::to_string(source.begin.column);
}

MappedFile open_file(const std::string& path) {
  try {
    return MappedFile(path, "config");
  } catch (const Error& error) {
    // A missing configuration file is a wrong flag, not bad data.
    throw Error(ErrorKind::usage, error.what());
  }
}

// The end of the comment or of the text in quotes that begins at `at`; elsewhere `at` itself.
std::size_t end_of_words(std::string_view toml, std::size_t at) {
  if (toml[at] == '#') return std::min(toml.find('\n', at), toml.size());
  if (toml[at] != '"' && toml[at] != '\'') return at;
  const bool has_escapes = toml[at] == '"';
  const std::string_view three = has_escapes ? "\"\"\"" : "'''";
  const bool has_lines = toml.substr(at).starts_with(three);
  const std::string_view quotes = has_lines ? three : three.substr(0, 1);
  for (std::size_t i = at + quotes.size(); i < toml.size(); ++i) {
    if (toml[i] == '\n' && !has_lines) return i;  // which the parser refuses
    if (toml[i] == '\\' && has_escapes) {
      ++i;
      continue;
    }
    if (!toml.substr(i).starts_with(quotes)) continue;
    // Behind three quotes that end a text up to two more are part of it.
    const std::size_t end = std::min(toml.find_first_not_of(three[0], i), toml.size());
    return has_lines ? std::min(end, i + 5) : i + 1;
  }
  return toml.size();
}

// The parser limits the depth of nested brackets, but not of a.b.c, and destroys such tables recursively.
void check_depth(std::string_view toml, const std::string& path) {
  constexpr int most = 1000;
  int parts = 0;
  for (std::size_t at = 0; at < toml.size();) {
    if (const std::size_t end = end_of_words(toml, at); end > at) {
      at = end;
      continue;
    }
    if (std::string_view("\n=,[]{}").find(toml[at]) != std::string_view::npos) parts = 0;
    if (toml[at] == '.' && ++parts > most)
      fail(ErrorKind::usage, path,
           "line " + std::to_string(1 + std::ranges::count(toml.substr(0, at), '\n')) + ": a key has more than " +
               std::to_string(most) + " parts, expected fewer");
    ++at;
  }
}

toml::table parse(const std::string& path) {
  const MappedFile file = open_file(path);
  check_depth(file.bytes(), path);
  try {
    return toml::parse(file.bytes(), path);
  } catch (const toml::parse_error& error) {
    fail(ErrorKind::usage, path,
         place_of(error.source()) + ": " + std::string(error.description()) + ", expected TOML");
  }
}

class Reader {
 public:
  Reader(const std::string& path, const Command& command) : path_(path), command_(command) {}

  Settings read(const toml::table& table) {
    for (const auto& [key, node] : table) {
      const std::string written(key.str());
      std::string name = written;
      std::replace(name.begin(), name.end(), '_', '-');
      if (contains(command_.tables, name)) {
        read_tables(name, node);
        continue;
      }
      if (name == changes_key && command_.find_flag("resume") != nullptr) {
        read_texts(name, written, node);
        continue;
      }
      const Flag* const flag = command_.find_flag(name);
      if (flag == nullptr) refuse_key(key);
      if (is_of_command_line(name))
        fail(ErrorKind::usage, path_,
             place_of(key.source()) + ": '" + written + "' is no key of a file, expected --" + name +
                 " on the command line");
      if (!flag->options.empty() && node.is_table())
        read_op(name, *node.as_table());
      else if (flag->value.find('=') != std::string::npos && node.is_table())
        read_pairs(name, written, *node.as_table());
      else
        set(flag->key, written, node);
    }
    return std::move(settings_);
  }

 private:
  [[noreturn]] void refuse_key(const toml::key& key) const {
    std::vector<std::string_view> known;
    for (const Flag& flag : command_.flags) {
      if (!is_of_command_line(flag.name)) known.push_back(flag.name);
    }
    known.insert(known.end(), command_.tables.begin(), command_.tables.end());
    fail(ErrorKind::usage, path_, place_of(key.source()) + ": " + unknown_name("key", key.str(), known));
  }

  // optimizer = { op = "sgd", momentum = 0.9 }, or [optimizer] with these keys. Earlier files have "name" for "op".
  void read_op(const std::string& op, const toml::table& table) {
    for (const auto& [key, node] : table) {
      const std::string option = option_name(key.str());
      set(option == "name" || option == "op" ? op : op + "." + option, op + "." + std::string(key.str()), node);
    }
  }

  // [class-weight] yes = 3, which is yes=3 for the flag.
  void read_pairs(const std::string& key, const std::string& written, const toml::table& table) {
    Setting setting{path_, place_of(table.source()), written, {}};
    setting.list.emplace();
    for (const auto& [name, value] : table) {
      const std::string text(name.str());
      const std::optional<double> number = value.value<double>();
      if (!number)
        Setting{path_, place_of(value.source()), written + "." + text, {}}.fail_with("not a number, expected one");
      setting.list->push_back({place_of(value.source()), OpConfig(text + "=" + number_text(*number))});
    }
    settings_.set(key, std::move(setting));
  }

  // A toml::table is in alphabetical order; the order of the file may matter.
  static std::vector<std::pair<std::string, const toml::node*>> in_order_of_file(const toml::table& table) {
    std::vector<std::pair<std::string, const toml::node*>> entries;
    for (const auto& [name, node] : table) entries.emplace_back(std::string(name.str()), &node);
    const auto place = [](const auto& entry) {
      const toml::source_position begin = entry.second->source().begin;
      return std::pair(begin.line, begin.column);
    };
    std::stable_sort(entries.begin(), entries.end(), [&](auto& a, auto& b) { return place(a) < place(b); });
    return entries;
  }

  // [inputs.wide] columns = ["age", "income"]: one entry per table, whose operation is the table's name. An array of an
  // output is an entry of its own ahead of it, with the name of its key.
  void read_tables(const std::string& key, const toml::node& node) {
    Setting setting{path_, place_of(node.source()), key, {}};
    if (!node.is_table()) setting.fail_with("not a table, expected [" + key + ".NAME] with its keys");
    setting.list.emplace();
    for (const auto& [name, table] : in_order_of_file(*node.as_table())) {
      const std::string written = key + "." + name;
      if (!table->is_table()) setting.fail_with(written + " is not a table, expected [" + written + "] with its keys");
      const std::string at = place_of(table->source());
      Entry entry{at, OpConfig(name)};
      for (const auto& [option, value] : *table->as_table()) {
        const std::string own = option_name(option.str()), place = written + "." + std::string(option.str());
        if (own == "columns")
          entry.takes = texts_of(value, place);
        else if (key == outputs_key && value.is_array())
          setting.list->push_back({at, OpConfig(name), own, texts_of(value, place)});
        else if (key == outputs_key)
          entry.op.options.emplace(own, option_value_of(value, place));
        else
          entry.op.options.emplace(own, value_of(value, place));
      }
      setting.list->push_back(std::move(entry));
    }
    settings_.set(key, std::move(setting));
  }

  void read_texts(const std::string& key, const std::string& written, const toml::node& node) {
    Setting setting{path_, place_of(node.source()), written, {}};
    setting.list.emplace();
    for (const std::string& text : texts_of(node, written)) setting.list->push_back({setting.place, OpConfig(text)});
    settings_.set(key, std::move(setting));
  }

  [[nodiscard]] std::vector<std::string> texts_of(const toml::node& node, const std::string& written) const {
    std::vector<std::string> texts;
    if (const toml::array* const array = node.as_array()) {
      for (const toml::node& text : *array) {
        if (text.is_string()) texts.push_back(*text.value_exact<std::string>());
      }
      if (texts.size() == array->size() && !texts.empty()) return texts;
    }
    fail(ErrorKind::usage, path_, place_of(node.source()) + ": " + written + " is not an array of names, expected one");
  }

  void set(const std::string& key, const std::string& written, const toml::node& node) {
    Setting setting{path_, place_of(node.source()), written, {}};
    if (settings_.has(key))
      setting.fail_with(settings_.find(key)->name + " at " + settings_.find(key)->place +
                        " sets the same, expected one of them");
    if (const toml::array* const array = node.as_array()) {
      setting.list.emplace();
      for (const toml::node& entry : *array) setting.list->push_back(entry_of(entry, written));
    } else {
      setting.value = value_of(node, written, "a text, a number, true, false or an array");
    }
    settings_.set(key, std::move(setting));
  }

  // The system would cut a path at a character 0.
  [[nodiscard]] std::optional<std::string> text_of(const toml::node& node, const std::string& written) const {
    std::optional<std::string> text = node.value_exact<std::string>();
    if (text && text->find('\0') != std::string::npos)
      fail(ErrorKind::usage, path_,
           place_of(node.source()) + ": " + written + " contains a character 0, expected text without it");
    return text;
  }

  [[nodiscard]] OptionValue value_of(const toml::node& node, const std::string& written,
                                     const std::string& expected = "a text, a number, true or false") const {
    if (const auto text = text_of(node, written)) return *text;
    if (const auto whole = node.value_exact<std::int64_t>()) return *whole;
    if (const auto number = node.value_exact<double>()) return *number;
    if (const auto yes = node.value_exact<bool>()) return *yes;
    fail(ErrorKind::usage, path_,
         place_of(node.source()) + ": " + written + " is " +
             (node.is_table()   ? "a table"
              : node.is_array() ? "an array"
                                : "a date or a time") +
             ", expected " + expected);
  }

  // kernel_size = [3, 5]
  [[nodiscard]] OptionValue list_of(const toml::array& list, const std::string& written) const {
    std::vector<std::int64_t> whole;
    std::vector<double> numbers;
    for (const toml::node& entry : list) {
      if (const auto value = entry.value_exact<std::int64_t>()) whole.push_back(*value);
      if (const auto number = entry.value<double>()) numbers.push_back(*number);
    }
    if (numbers.size() != list.size())
      fail(ErrorKind::usage, path_,
           place_of(list.source()) + ": " + written +
               " is an array, expected a text, a number, true or false, or an array of numbers");
    return whole.size() == list.size() ? OptionValue(whole) : OptionValue(numbers);
  }

  // The value of an option, which may be an operation with options of its own: { op = "leaky_relu", alpha = 0.1 }.
  [[nodiscard]] OptionValue option_value_of(const toml::node& node, const std::string& written) const {
    if (const toml::array* const list = node.as_array()) return list_of(*list, written);
    const toml::table* const table = node.as_table();
    if (table == nullptr) return value_of(node, written);
    const std::string_view key_of_op = table->contains("op") ? "op" : "name";
    const auto op = (*table)[key_of_op].value_exact<std::string>();
    if (!op)
      Setting{path_, place_of(node.source()), written, {}}.fail_with(
          "a table without op, expected { op = \"NAME\", OPTION = VALUE }");
    OpConfig config(*op);
    for (const auto& [key, value] : *table) {
      if (key.str() != key_of_op)
        config.options.emplace(option_name(key.str()), value_of(value, std::string(key.str())));
    }
    return full_text(config);
  }

  // An entry of an array: a text, a number, or a layer as { op = "dense", units = 25 }.
  [[nodiscard]] Entry entry_of(const toml::node& node, const std::string& written) const {
    Entry entry{place_of(node.source()), {}};
    if (const auto text = text_of(node, written)) {
      entry.op = OpConfig(*text);
      return entry;
    }
    if (const auto whole = node.value_exact<std::int64_t>()) {
      entry.op = OpConfig(std::to_string(*whole));
      return entry;
    }
    if (const auto number = node.value_exact<double>()) {
      entry.op = OpConfig(number_text(*number));
      return entry;
    }
    const toml::table* const table = node.as_table();
    const auto op = table != nullptr ? (*table)["op"].value_exact<std::string>() : std::nullopt;
    if (!op)
      fail(ErrorKind::usage, path_,
           place_of(node.source()) + ": an entry of " + written +
               " that is neither a text nor a table with op, expected one of them");
    entry.op = OpConfig(*op);
    for (const auto& [key, value] : *table) {
      const std::string name(key.str());
      if (name == "name") {
        if (!value.is_string()) Setting{path_, place_of(value.source()), written + ".name", {}}.refuse("a text");
        entry.name = *value.value_exact<std::string>();
      } else if (name == "inputs") {
        entry.takes = texts_of(value, written + ".inputs");
      } else if (name != "op") {
        entry.op.options.emplace(name, option_value_of(value, name));
      }
    }
    return entry;
  }

  const std::string& path_;
  const Command& command_;
  Settings settings_;
};

}  // namespace

Settings read_config_file(const std::string& path, const Command& command) {
  return Reader(path, command).read(parse(path));
}

}  // namespace millrace::cli
