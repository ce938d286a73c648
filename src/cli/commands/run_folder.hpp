// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const RunFolder run = open_run("report", "out/a");
//   const report::RunReport report = describe_run(run, Paths::hidden);
//
// A folder of results of millrace train, read back.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/commands/named_file.hpp"
#include "cli/settings/config.hpp"
#include "cli/settings/settings.hpp"
#include "millrace/checkpoint.hpp"
#include "millrace/model.hpp"
#include "model/files/checkpoint.hpp"
#include "model/state.hpp"
#include "report/run_report.hpp"

namespace millrace::cli {

struct RunFolder {
  std::string path;
  std::string model_path;               ///< the checkpoint, or the ONNX model where there is none
  std::unique_ptr<Model::State> state;  ///< of that file
  CheckpointRun run{};                  ///< empty without a checkpoint
  RunOrigin origin{};                   ///< likewise
  std::string version{};                ///< of the millrace that wrote the checkpoint
  std::optional<Settings> settings{};   ///< of run.toml; nothing: it is missing or cannot be read
  std::optional<TrainConfig> config{};  ///< the same, checked; nothing also if its files are gone
  std::vector<std::string> notes{};     ///< what is missing or could not be read, as sentences
  std::string failure{};                ///< a sentence about the step that ended the run; empty: none did

  [[nodiscard]] Model model() const;
};

/// who: the command, for messages. Throws Error: usage (no such folder), data (no run in it, a damaged file).
[[nodiscard]] RunFolder open_run(const std::string& who, const std::string& path);

/// The files that describe_run() and RunFolder::model() read, for keep_apart().
[[nodiscard]] std::vector<NamedFile> read_files(const RunFolder& run);

enum class Paths : std::uint8_t { hidden, shown };

/// All that a report says of the run without its rows. Hidden paths lose their folders, and the command line and the
/// working folder are left out.
[[nodiscard]] report::RunReport describe_run(const RunFolder& run, Paths paths);

/// Settings as texts by key; paths as above.
[[nodiscard]] std::vector<report::Fact> settings_of(const Settings& settings, Paths paths);
/// Those of run.toml.
[[nodiscard]] std::vector<report::Fact> settings_of(const RunFolder& run, Paths paths);

}  // namespace millrace::cli
