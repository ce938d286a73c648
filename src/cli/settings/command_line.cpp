// SPDX-License-Identifier: Apache-2.0
#include "cli/settings/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "base/fail.hpp"
#include "base/names.hpp"
#include "base/option_text.hpp"
#include "base/text.hpp"
#include "cli/settings/flag_rules.hpp"
#include "cli/settings/foreign_flags.hpp"
#include "cli/settings/help.hpp"
#include "cli/settings/op_settings.hpp"
#include "millrace/version.hpp"

namespace millrace::cli {

namespace {

constexpr std::string_view program = "millrace";

std::string version_text() {
  std::string text = std::string(program) + " " + version();
  const char* separator = " (";
  for (const std::string& library : library_versions()) {
    text += separator + library;
    separator = ", ";
  }
  return text + ")";
}

const Command* find_command(std::span<const Command> commands, std::string_view name) {
  const auto found = std::find_if(commands.begin(), commands.end(), [&](const Command& c) { return c.name == name; });
  return found == commands.end() ? nullptr : &*found;
}

// The words as a shell takes them.
std::string quoted(const std::vector<std::string>& words) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:,=+@%-";
  std::string line(program);
  for (const std::string& word : words) {
    line += ' ';
    if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) {
      line += word;
      continue;
    }
    line += '\'';
    for (const char c : word) line += c == '\'' ? "'\\''" : std::string(1, c);
    line += '\'';
  }
  return line;
}

Setting flag_setting(const Command& command, std::string_view name, std::string value) {
  return {std::string(command.name), "", "--" + std::string(name), std::move(value)};
}

// "optimizer.momentum" for a word that sets an option of an operation, else empty.
std::string option_key(const Command& command, std::string_view name) {
  if (const Flag* const flag = command.find_flag(name); flag != nullptr && flag->key != flag->name) return flag->key;
  const auto dot = name.find('.');
  const Flag* const flag = dot == std::string_view::npos ? nullptr : command.find_flag(name.substr(0, dot));
  if (flag == nullptr || flag->options.empty()) return "";
  return flag->name + "." + option_name(name.substr(dot + 1));
}

// Options of operations go from `words` into `settings`: CLI11 would need a declaration of each. An option without a
// value is switched on.
void take_options(const Command& command, std::vector<std::string>& words, Settings& settings) {
  std::vector<std::string> rest;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const auto equals = word.find('=');
    const std::string_view name =
        word.starts_with("--") ? std::string_view(word).substr(0, equals).substr(2) : std::string_view();
    const std::string key = option_key(command, name);
    if (key.empty()) {
      rest.push_back(word);
      continue;
    }
    const bool value_follows = equals == std::string::npos && i + 1 < words.size() && !words[i + 1].starts_with("--");
    const std::string value = equals != std::string::npos ? word.substr(equals + 1)
                              : value_follows             ? words[i + 1]
                                                          : "true";
    Setting setting = flag_setting(command, name, value);
    if (const Setting* const earlier = settings.find(key); earlier != nullptr &&
                                                           option_name(earlier->name) != option_name(setting.name) &&
                                                           earlier->value != setting.value)
      settings.notes.push_back(earlier->name + " and " + setting.name +
                               " set the same option, and the last one counts: " + value);
    settings.set(key, std::move(setting));
    if (value_follows) ++i;
  }
  words = std::move(rest);
}

// A flag that takes a value must have one; CLI11 would say "1 required TEXT missing".
void require_values(const Command& command, const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const Flag* const flag = words[i].starts_with("--") ? command.find_flag(words[i].substr(2)) : nullptr;
    const bool is_last = i + 1 == words.size() || words[i + 1].starts_with("--");
    if (flag != nullptr && !flag->value.empty() && is_last)
      fail(ErrorKind::usage, command.name, words[i] + " has no value, expected " + flag->value);
  }
}

// The flag that the word at `place` follows, with the words between them: --layers 8:relu 1:sigmoid.
struct Follows {
  const Flag* flag = nullptr;  // null: none that takes a value
  std::vector<std::string> values;
};

Follows followed_flag(const Command& command, const std::vector<std::string>& words, std::size_t place) {
  std::size_t first = place;
  while (first > 0 && !words[first].starts_with("--")) --first;
  if (first == place || !words[first].starts_with("--")) return {};
  const Flag* const flag = command.find_flag(words[first].substr(2));
  if (flag == nullptr || flag->value.empty()) return {};
  std::size_t last = place;
  while (last + 1 < words.size() && !words[last + 1].starts_with("-")) ++last;
  return {
      flag,
      {words.begin() + static_cast<std::ptrdiff_t>(first) + 1, words.begin() + static_cast<std::ptrdiff_t>(last) + 1}};
}

// What was likely meant by a word that is neither a flag nor a value; empty: unknown.
std::string likely_meaning(const Command& command, const std::vector<std::string>& words, const std::string& word) {
  if (word.ends_with(".onnx")) return "";
  const auto place = static_cast<std::size_t>(std::ranges::find(words, word) - words.begin());
  const Follows follows = place < words.size() ? followed_flag(command, words, place) : Follows();
  if (follows.flag != nullptr && follows.flag->value.ends_with(",...")) {
    std::string list;
    for (const std::string& value : follows.values) list += (list.empty() ? "" : ",") + value;
    return "a list with commas: --" + follows.flag->name + " " + list;
  }
  const bool is_file = word == "-" || word.find_first_of("./*") != std::string::npos;
  if (!is_file || command.find_flag("data") == nullptr) return "";
  if (follows.flag != nullptr && follows.flag->name == "data")
    return "one file; a pattern in quotes reads several: --data 'part-*.csv'";
  return contains(words, "--data") ? "" : "--data " + word;
}

// --model m.onnx: the argument as a flag, by the name that help texts give it.
bool names_argument(const Command& command, std::string_view flag) {
  for (const std::string& part : split_text(command.argument, '|')) {
    if ("--" + in_lower_case(part.substr(0, part.find('.'))) == flag) return true;
  }
  return false;
}

[[noreturn]] void refuse_word(const Command& command, const std::vector<std::string>& words, const std::string& word) {
  if (!word.starts_with("-") || word == "-") {
    const std::string likely = likely_meaning(command, words, word);
    fail(ErrorKind::usage, command.name,
         "unexpected '" + word + "', expected " +
             (!likely.empty()            ? likely
              : command.argument.empty() ? "flags only"
                                         : "one " + std::string(command.argument)));
  }
  const std::string flag = word.substr(0, word.find('='));
  if (names_argument(command, flag))
    fail(ErrorKind::usage, command.name,
         "unknown flag '" + flag + "', expected " + std::string(command.argument) + " without a flag: " +
             std::string(program) + " " + std::string(command.name) + " " + std::string(command.argument));
  if (const std::string own = own_flag(command, std::string_view(flag).substr(flag.starts_with("--") ? 2 : 1));
      !own.empty())
    fail(ErrorKind::usage, command.name, "unknown flag '" + flag + "', expected " + own);
  std::vector<std::string> flags{"--help"};
  for (const Flag& known : command.flags) flags.push_back("--" + known.name);
  fail(ErrorKind::usage, command.name, unknown_name("flag", flag, {flags.begin(), flags.end()}));
}

// Whether an option can have this value, going by the type of its default.
bool takes_value(const OperationOption& option, const std::string& value) {
  const std::optional<double> number = parse_number(value);
  if (std::holds_alternative<std::int64_t>(option.fallback)) return number && *number == std::floor(*number);
  return std::holds_alternative<double>(option.fallback)
             ? number.has_value()
             : std::holds_alternative<std::string>(option.fallback) && !number;
}

// --early-stopping 10: most likely one of the switch's options.
[[noreturn]] void refuse_value(const Command& command, const Flag& flag, const std::string& value) {
  std::string likely;
  for (const OperationOption& option : flag.options) {
    if (!takes_value(option, value)) continue;
    likely += (likely.empty() ? "--" : " or --") + flag.name + "." + std::string(option.name) + " " + value;
    if (parse_number(value)) break;
  }
  fail(ErrorKind::usage, command.name,
       "unexpected '" + value + "' after --" + flag.name + ", which takes no value" +
           (likely.empty() ? ", expected a flag" : "; did you mean " + likely + "?"));
}

// Joins "--json" "false" to "--json=false", which CLI11 takes for a switch. 0 and 1 may be meant for one of its options.
std::vector<std::string> with_joined_switches(const Command& command, const std::vector<std::string>& words) {
  std::vector<std::string> joined;
  for (const std::string& word : words) {
    const Flag* const last =
        joined.empty() || !joined.back().starts_with("--") ? nullptr : command.find_flag(joined.back().substr(2));
    const bool after_switch = last != nullptr && last->value.empty();
    if (after_switch && as_bool(word) && !parse_number(word))
      joined.back() += "=" + word;
    else if (after_switch && !last->options.empty() && !word.starts_with("-"))
      refuse_value(command, *last, word);
    else
      joined.push_back(word);
  }
  return joined;
}

struct Declared {
  const Command* command;
  CLI::App* app;
  CLI::Option* argument = nullptr;
  std::vector<CLI::Option*> flags;
};

// Bound to the options, but not read: read() takes the values from the options, as text.
struct Ignored {
  std::string value;
  std::vector<std::string> list;
};

Declared declare(CLI::App& program_app, const Command& command, Ignored& ignored) {
  CLI::App* const app = program_app.add_subcommand(std::string(command.name), std::string(command.summary));
  Declared declared{&command, app, nullptr, {}};
  app->allow_extras();  // refuse_word() has better messages for them
  // Not "required": read() says what is missing.
  const std::string argument(command.argument);
  if (!argument.empty())
    declared.argument =
        command.takes_several() ? app->add_option(argument, ignored.list) : app->add_option(argument, ignored.value);
  for (const Flag& flag : command.flags) {
    CLI::Option* const option =
        flag.value.empty() ? app->add_flag("--" + flag.name) : app->add_option("--" + flag.name, ignored.value);
    option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    declared.flags.push_back(option);
  }
  return declared;
}

// Whether a flag that is given again adds to its list. A second network or target is as likely meant instead of the
// first.
bool adds(const Flag& flag) {
  constexpr std::array<std::string_view, 3> instead = {"layers", "target", "classes"};
  return flag.value.ends_with(",...") && std::ranges::find(instead, flag.name) == instead.end();
}

// Of a flag that is given several times.
Setting repeated_setting(const Command& command, const Flag& flag, const std::vector<std::string>& values,
                         std::vector<std::string>& notes) {
  Setting setting = flag_setting(command, flag.name, values.back());
  const bool data = flag.name == "data", target = flag.name == "target";
  if (adds(flag)) {
    std::string joined;
    for (const std::string& value : values) joined += (joined.empty() ? "" : ",") + value;
    setting.value = joined;
  } else if ((data || target) && std::ranges::count(values, values.back()) < std::ssize(values)) {
    notes.push_back(setting.name + " is given " + std::to_string(values.size()) +
                    " times, and the last one counts: " + values.back() +
                    (data ? "; a pattern in quotes reads several files" : "; A,B predicts two columns"));
  }
  return setting;
}

CommandLine read(const Declared& declared, const std::vector<std::string>& words, Settings settings) {
  const Command& command = *declared.command;
  for (std::size_t i = 0; i < command.flags.size(); ++i) {
    const std::vector<std::string> values = declared.flags[i]->results();
    if (values.empty()) continue;
    const Flag& flag = command.flags[i];
    settings.set(flag.key, values.size() == 1 ? flag_setting(command, flag.name, values[0])
                                              : repeated_setting(command, flag, values, settings.notes));
  }
  if (const auto left = declared.app->remaining(); !left.empty()) refuse_word(command, words, left.front());
  if (declared.argument != nullptr) {
    if (declared.argument->count() == 0)
      fail(ErrorKind::usage, command.name, "no argument, expected " + std::string(command.argument));
    settings.arguments = declared.argument->results();
    settings.argument = settings.arguments.back();
  }
  check_flag_rules(settings, command);
  return {&command, std::move(settings), ""};
}

// What other programs have for --help and --version: help, help COMMAND, version, -v, -V.
std::vector<std::string> with_usual_words(const std::vector<std::string>& words, std::span<const Command> commands) {
  const std::string first = words.empty() ? "" : words[0];
  if (first == "version" || first == "-v" || first == "-V") return {"--version"};
  if (first != "help") return words;
  if (words.size() == 1) return {"--help"};
  if (find_command(commands, words[1]) == nullptr) return {words[1]};  // which is refused
  return {words[1], "--help"};
}

}  // namespace

CommandLine read_command_line(const std::vector<std::string>& given, std::span<const Command> commands) {
  Settings settings;
  settings.command_line = quoted(given);
  const std::vector<std::string> words = with_usual_words(given, commands);
  std::vector<std::string> rest = words;
  const Command* const named = words.empty() ? nullptr : find_command(commands, words[0]);
  settings.who = named != nullptr ? named->name : program;
  if (named != nullptr) {
    require_values(*named, words);
    rest = with_joined_switches(*named, rest);
    take_options(*named, rest, settings);
  }

  CLI::App app("", std::string(program));
  app.require_subcommand(0, 1);
  app.allow_extras();
  app.set_version_flag("--version", version_text);
  Ignored ignored;
  std::vector<Declared> all;
  for (const Command& command : commands) all.push_back(declare(app, command, ignored));

  std::reverse(rest.begin(), rest.end());  // CLI11 takes words from the back
  try {
    app.parse(rest);
  } catch (const CLI::CallForHelp&) {
    return {nullptr, settings, named != nullptr ? command_help(*named) : program_help(commands)};
  } catch (const CLI::CallForVersion&) {
    return {nullptr, settings, version_text() + "\n"};
  } catch (const CLI::ParseError& error) {
    fail(ErrorKind::usage, settings.who, std::string(error.what()) + "; --help lists the flags");
  }
  for (const Declared& declared : all) {
    if (declared.app->parsed()) return read(declared, words, std::move(settings));
  }
  std::vector<std::string_view> known;
  for (const Command& command : commands) known.push_back(command.name);
  const std::vector<std::string> left = app.remaining();
  if (left.empty())
    fail(ErrorKind::usage, program, "no command, expected one of: " + join(known) + "; millrace --help says more");
  if (left[0].starts_with("-")) fail(ErrorKind::usage, program, unknown_name("flag", left[0], {"--help", "--version"}));
  fail(ErrorKind::usage, program, unknown_name("command", left[0], known));
}

}  // namespace millrace::cli
