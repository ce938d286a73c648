// SPDX-License-Identifier: Apache-2.0
#include "cli/settings/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/names.hpp"
#include "cli/screen/wrap.hpp"
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

Setting flag_setting(const Command& command, std::string_view name, std::string value) {
  return {std::string(command.name), "", "--" + std::string(name), std::move(value)};
}

// "optimizer.momentum" where `name` stands for an option of an operation, else empty.
std::string option_key(const Command& command, std::string_view name) {
  for (const Flag& flag : command.flags) {
    if (flag.name == name && flag.key != flag.name) return std::string(flag.key);
  }
  const auto dot = name.find('.');
  if (dot == std::string_view::npos ||
      std::find(command.ops.begin(), command.ops.end(), name.substr(0, dot)) == command.ops.end())
    return "";
  return std::string(name.substr(0, dot + 1)) + option_name(name.substr(dot + 1));
}

// Options of operations are not known to CLI11, which asks to have every flag declared: they go from `words` into
// `settings`. An option without a value is switched on.
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
    settings.set(key, flag_setting(command, name, value));
    if (value_follows) ++i;
  }
  words = std::move(rest);
}

[[noreturn]] void refuse_word(const Command& command, const std::string& word) {
  if (!word.starts_with("-")) {
    fail(ErrorKind::usage, command.name,
         "unexpected '" + word + "', expected " +
             (command.argument.empty() ? "flags only" : "one " + std::string(command.argument)));
  }
  std::vector<std::string> flags{"--help"};
  for (const Flag& flag : command.flags) flags.push_back("--" + std::string(flag.name));
  fail(ErrorKind::usage, command.name,
       unknown_name("flag", word.substr(0, word.find('=')), {flags.begin(), flags.end()}));
}

// "--shuffle" "false" is one thing said in two words for a flag with a value, and a switch is no worse: "--json=false".
std::vector<std::string> with_joined_switches(const Command& command, const std::vector<std::string>& words) {
  std::vector<std::string> joined;
  for (const std::string& word : words) {
    const auto is_last = [&](const Flag& flag) {
      return flag.value.empty() && !joined.empty() && joined.back() == "--" + std::string(flag.name);
    };
    if ((word == "true" || word == "false") && std::any_of(command.flags.begin(), command.flags.end(), is_last))
      joined.back() += "=" + word;
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

Declared declare(CLI::App& program_app, const Command& command, std::string& ignored) {
  CLI::App* const app = program_app.add_subcommand(std::string(command.name), std::string(command.summary));
  Declared declared{&command, app, nullptr, {}};
  app->allow_extras();  // what is left over gets a better message than CLI11's
  app->footer(command.notes);
  if (!command.argument.empty()) {
    // Not "required": then help would be the only way to be told what is missing.
    declared.argument = app->add_option(std::string(command.argument), ignored)->type_name("");
  }
  for (const Flag& flag : command.flags) {
    const std::string name = "--" + std::string(flag.name), help = wrap(flag.help, help_width, 0);
    CLI::Option* const option = flag.value.empty()
                                    ? app->add_flag(name, help)
                                    : app->add_option(name, ignored, help)->type_name(std::string(flag.value));
    option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)->group(std::string(flag.group));
    declared.flags.push_back(option);
  }
  return declared;
}

CommandLine read(const Declared& declared, Settings settings) {
  const Command& command = *declared.command;
  for (std::size_t i = 0; i < command.flags.size(); ++i) {
    if (declared.flags[i]->count() == 0) continue;
    const Flag& flag = command.flags[i];
    settings.set(std::string(flag.key), flag_setting(command, flag.name, declared.flags[i]->results().back()));
  }
  if (const auto left = declared.app->remaining(); !left.empty()) refuse_word(command, left.front());
  if (declared.argument != nullptr) {
    if (declared.argument->count() == 0)
      fail(ErrorKind::usage, command.name, "no file, expected " + std::string(command.argument));
    settings.argument = declared.argument->results().back();
  }
  return {&command, std::move(settings), ""};
}

}  // namespace

CommandLine read_command_line(const std::vector<std::string>& words, std::span<const Command> commands) {
  Settings settings;
  std::vector<std::string> rest = words;
  const Command* const named = words.empty() ? nullptr : find_command(commands, words[0]);
  settings.who = named != nullptr ? named->name : program;
  if (named != nullptr) {
    rest = with_joined_switches(*named, rest);
    take_options(*named, rest, settings);
  }

  CLI::App app("Trains dense neural networks on multicore CPUs and exports them to ONNX.", std::string(program));
  app.require_subcommand(0, 1);
  app.allow_extras();
  app.get_formatter()->column_width(help_column);
  app.set_version_flag("--version", version_text, "The version, and those of the libraries it runs on");
  std::string ignored;  // values are read from the options, as text
  std::vector<Declared> all;
  for (const Command& command : commands) all.push_back(declare(app, command, ignored));
  app.footer("millrace COMMAND --help tells what a command takes.");  // last, or the commands would inherit it

  std::reverse(rest.begin(), rest.end());  // CLI11 takes words from the back
  try {
    app.parse(rest);
  } catch (const CLI::CallForHelp&) {
    return {nullptr, settings, app.help()};
  } catch (const CLI::CallForVersion&) {
    return {nullptr, settings, version_text() + "\n"};
  } catch (const CLI::ParseError& error) {
    fail(ErrorKind::usage, settings.who, std::string(error.what()) + ", expected what --help tells");
  }
  for (const Declared& declared : all) {
    if (declared.app->parsed()) return read(declared, std::move(settings));
  }
  std::vector<std::string_view> known;
  for (const Command& command : commands) known.push_back(command.name);
  const std::vector<std::string> left = app.remaining();
  if (left.empty())
    fail(ErrorKind::usage, program, "no command, expected one of: " + join(known) + "; millrace --help tells more");
  if (left[0].starts_with("-")) fail(ErrorKind::usage, program, unknown_name("flag", left[0], {"--help", "--version"}));
  fail(ErrorKind::usage, program, unknown_name("command", left[0], known));
}

}  // namespace millrace::cli
