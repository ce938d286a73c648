// SPDX-License-Identifier: Apache-2.0
//
// millrace completion: prints the script that completes commands, flags and operations in bash.
#include <algorithm>

#include "base/fail.hpp"
#include "base/text.hpp"
#include "cli/commands/table.hpp"
#include "cli/screen/console.hpp"

namespace millrace::cli {

namespace {

// The bash function around the lists of words. Bash splits words at ':' and '=', so the flag of a value is found by
// going back over them; a list is completed behind its last comma. Without an answer bash completes names of files.
constexpr std::string_view script_begin = R"(# Completion of millrace in bash, printed by: millrace completion bash
_millrace() {
  local current=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} prefix="" words="" i=$((COMP_CWORD - 1))
  while [[ ${COMP_WORDS[i]} == : && $i -gt 2 ]]; do i=$((i - 2)); done
  [[ ${COMP_WORDS[i]} == "=" ]] && i=$((i - 1))
  [[ $current == : || $current == "=" ]] && current=""
  if [[ $COMP_CWORD -eq 1 ]]; then
    command=""
    words=$(_millrace_words commands)
  elif [[ $current == -*.* ]]; then
    words=$(_millrace_words "$command options")
  elif [[ $current == -* ]]; then
    words=$(_millrace_words "$command flags")
  else
    words=$(_millrace_words "$command ${COMP_WORDS[i]}")
    [[ $current == *,* ]] && prefix=${current%,*},
  fi
  COMPREPLY=($(compgen -P "$prefix" -W "$words" -- "${current#"$prefix"}"))
}
_millrace_words() {
  case $1 in
)";
constexpr std::string_view script_end = R"(  esac
}
complete -o default -F _millrace millrace
)";

std::string words_case(const std::string& pattern, const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return "    \"" + pattern + "\") echo \"" + text + "\" ;;\n";
}

// What can follow a flag: names of operations, or the words of a value such as last|stratified.
std::vector<std::string> values_of(const Flag& flag) {
  std::vector<std::string> values(flag.operations.begin(), flag.operations.end());
  for (const std::string& word : split_text(flag.value, '|')) {
    const auto is_placeholder = [](char c) { return (c >= 'A' && c <= 'Z') || c == '.'; };
    if (std::none_of(word.begin(), word.end(), is_placeholder)) values.push_back(word);
  }
  return values;
}

std::string cases_of(const Command& command) {
  const std::string name(command.name);
  std::vector<std::string> flags{"--help"}, options;
  std::string cases;
  for (const Flag& flag : command.flags) {
    flags.push_back("--" + flag.name);
    for (const OperationOption& option : flag.options)
      options.push_back("--" + flag.name + "." + std::string(option.name));
    if (const auto values = values_of(flag); !flag.value.empty() && !values.empty())
      cases += words_case(name + " --" + flag.name, values);
  }
  return words_case(name + " flags", flags) + words_case(name + " options", options) + cases;
}

void print_completion(const Settings& settings) {
  if (settings.argument != "bash")
    fail(ErrorKind::usage, "completion", "unknown shell '" + settings.argument + "', expected bash");
  std::vector<std::string> commands{"--help", "--version"};
  std::string cases;
  for (const Command& command : command_table()) {
    commands.emplace_back(command.name);
    cases += cases_of(command);
  }
  print_data(std::string(script_begin) + words_case("commands", commands) + cases + std::string(script_end));
}

std::vector<HelpSection> notes() {
  return {{.text = "To complete in this shell: source <(millrace completion bash). An installed millrace brings the "
                   "script in share/bash-completion/completions, where bash-completion finds it."}};
}

}  // namespace

Command completion_command() {
  return {"completion", "Prints the completion script for a shell", "bash", {}, notes, print_completion};
}

}  // namespace millrace::cli
