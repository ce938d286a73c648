// SPDX-License-Identifier: Apache-2.0
#include "cli/settings/help.hpp"

#include <algorithm>
#include <array>

#include "base/names.hpp"
#include "cli/screen/wrap.hpp"

namespace millrace::cli {

namespace {

std::string section_text(const HelpSection& section) {
  std::string text = "\n";
  if (!section.title.empty()) text += help_lines(section.title + ":", 0);
  if (!section.text.empty()) text += help_lines(section.text, 0);
  for (const HelpSection::Entry& entry : section.entries) {
    text += help_entry(entry.name, entry.text);
    if (!entry.options.empty()) text += help_lines(entry.options, help_column + 2);
  }
  return text;
}

}  // namespace

std::string usage_line(const Command& command) {
  return "millrace " + std::string(command.name) +
         (command.argument.empty() ? "" : " " + std::string(command.argument)) + " [FLAGS]";
}

std::string flag_text(const Flag& flag) { return "--" + flag.name + (flag.value.empty() ? "" : " " + flag.value); }

std::vector<std::string> flag_groups(const Command& command) {
  std::vector<std::string> groups;
  for (const Flag& flag : command.flags) {
    if (!contains(groups, flag.group)) groups.push_back(flag.group);
  }
  return groups;
}

std::span<const ExitCode> exit_codes() {
  static constexpr std::array codes{ExitCode{"0", "success"},
                                    ExitCode{"1", "an internal error"},
                                    ExitCode{"2", "a wrong flag, option or configuration"},
                                    ExitCode{"3", "input data that cannot be used"},
                                    ExitCode{"4", "a loss, gradient or weight became infinite or not a number"},
                                    ExitCode{"5", "a check failed: the exported model disagrees"},
                                    ExitCode{"6", "interrupted by a signal; the checkpoint is saved"},
                                    ExitCode{"7", "the environment: disk, memory, threads or a library"},
                                    ExitCode{"128+N", "ended at once by a second signal N"}};
  return codes;
}

std::string program_help(std::span<const Command> commands) {
  std::string text = std::string(program_summary) + ".\n\nUsage: millrace COMMAND [FLAGS]\n\nCommands:\n";
  for (const Command& command : commands) text += help_entry(command.name, command.summary);
  text +=
      "\nFlags:\n" +
      help_entry("--help",
                 "Show this help; millrace COMMAND --help, or millrace help COMMAND, shows the flags of a command") +
      help_entry("--version, -v", "Show the version, and those of the libraries in use");
  text += "\nExit codes:\n";
  for (const ExitCode& code : exit_codes()) text += help_entry(code.code, code.meaning);
  return text;
}

std::string command_help(const Command& command) {
  std::string text = std::string(command.summary) + ".\n\nUsage: " + usage_line(command) + "\n";
  for (const std::string& group : flag_groups(command)) {
    text += "\n" + group + ":\n";
    for (const Flag& flag : command.flags) {
      if (flag.group == group) text += help_entry(flag_text(flag), flag.help);
    }
  }
  for (const HelpSection& section : command.notes()) text += section_text(section);
  return text;
}

}  // namespace millrace::cli
