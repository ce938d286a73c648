// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "cli/settings/command_line.hpp"
#include "cli/settings/config.hpp"
#include "cli/settings/config_text.hpp"
#include "fuzz/harness.hpp"
#include "fuzz/models/models.hpp"
#include "millrace/error.hpp"

namespace millrace::fuzz {

namespace {

using cli::TrainConfig;

bool same_layers(const std::vector<GraphLayer>& a, const std::vector<GraphLayer>& b) {
  return std::ranges::equal(a, b, [](const GraphLayer& one, const GraphLayer& other) {
    return one.layer == other.layer && one.name == other.name && one.inputs == other.inputs &&
           one.trainable == other.trainable;
  });
}

bool same_run(const TrainConfig& a, const TrainConfig& b) {
  return a.data.paths == b.data.paths && a.target == b.target && a.features == b.features && a.ignore == b.ignore &&
         a.classes == b.classes && a.sample_weight == b.sample_weight && a.class_weight == b.class_weight &&
         a.fit.balanced == b.fit.balanced && a.task == b.task && a.scale_target == b.scale_target &&
         same_layers(a.graph.layers, b.graph.layers) && a.semantics == b.semantics &&
         a.outputs.size() == b.outputs.size() && a.loss == b.loss && a.optimizer == b.optimizer &&
         a.schedule == b.schedule && a.metrics == b.metrics && a.fit.callbacks == b.fit.callbacks &&
         a.fit.epochs == b.fit.epochs && a.batch == b.batch && a.validation == b.validation &&
         a.validation_file == b.validation_file && a.split == b.split && a.group == b.group && a.time == b.time &&
         a.fit.seed == b.fit.seed && a.fit.threads == b.fit.threads && a.fit.shuffle == b.fit.shuffle &&
         a.fit.gemm == b.fit.gemm && a.fit.kernels == b.fit.kernels && a.isa == b.isa && a.threshold == b.threshold &&
         a.fit.checkpoint_steps == b.fit.checkpoint_steps && a.fit.checkpoint_seconds == b.fit.checkpoint_seconds &&
         a.fit.keep_checkpoints == b.fit.keep_checkpoints && a.freeze == b.freeze && a.memory == b.memory &&
         a.cache == b.cache && a.init == b.init && a.out == b.out;
}

}  // namespace

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
  const std::string told = config_text(config.settings, *line.command);
  if (told.starts_with("#")) return;  // words that are no UTF-8 cannot stand in it
  try {
    const CommandLine again = read_command_line({"train", "--config", file_of(told, ".run.toml")}, commands);
    const TrainConfig repeated = read_train_config(again.settings, *again.command);
    require(config_text(repeated.settings, *again.command) == told, "run.toml repeats the settings");
    require(same_run(repeated, config), "run.toml repeats the run");
  } catch (const Error& error) {
    require(false, error.what());  // a refusal would count as good
  }
}

}  // namespace millrace::fuzz
