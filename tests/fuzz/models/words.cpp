// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "cli/settings/command_line.hpp"
#include "cli/settings/config.hpp"
#include "fuzz/harness.hpp"
#include "fuzz/models/models.hpp"

namespace millrace::fuzz {

// Everything that the program decides from its words alone. Settings that were accepted are written as run.toml, which
// has to mean the same.
void fuzz_words(std::string_view text) {
  using namespace millrace::cli;
  static const std::array commands{Command{.name = "train",
                                           .summary = "",
                                           .argument = "",
                                           .flags = train_flags(),
                                           .notes = [] { return std::vector<HelpSection>{}; },
                                           .run = nullptr,
                                           .tables = {"inputs", "columns"}}};
  const std::size_t end = std::min(text.find('\0'), text.size());
  std::vector<std::string> words{"train"};
  for (const std::string& word : split_text(std::string(text.substr(0, end)), '\n')) words.push_back(word);
  // Files that the fuzzer names are none of ours.
  if (std::ranges::any_of(words, [](const std::string& word) { return word.find("config") != std::string::npos; }))
    return;
  if (end < text.size()) words.insert(words.end(), {"--config", file_of(text.substr(end + 1), ".toml")});
  const CommandLine line = read_command_line(words, commands);
  if (line.command == nullptr) return;
  const TrainConfig config = read_train_config(line.settings, *line.command);
  if (config.text.starts_with("#")) return;  // words that are no UTF-8 cannot stand in it
  const CommandLine again = read_command_line({"train", "--config", file_of(config.text, ".run.toml")}, commands);
  require(read_train_config(again.settings, *again.command).text == config.text, "run.toml repeats the settings");
}

}  // namespace millrace::fuzz
