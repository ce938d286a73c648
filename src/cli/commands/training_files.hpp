// SPDX-License-Identifier: Apache-2.0
//
// The files of a training: which ones it reads and writes, and that these differ.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/named_file.hpp"
#include "cli/commands/output_folder.hpp"
#include "cli/settings/config.hpp"

namespace millrace::cli {

/// The callbacks of the run. Files that the user has not named are in the folder.
[[nodiscard]] std::vector<CallbackConfig> callbacks_in(const OutputFolder& folder, const TrainConfig& config);

/// The files that the command writes and names at its end.
[[nodiscard]] std::vector<NamedFile> products(const TrainConfig& config, const std::vector<CallbackConfig>& callbacks,
                                              const OutputFolder& folder);

/// The files of a run besides its checkpoint, by their names in its folder.
[[nodiscard]] std::vector<std::string> names_beside(const std::string& checkpoint);

/// Whether the run goes on from a checkpoint; without one, --resume begins a run.
[[nodiscard]] bool goes_on(const FitOptions& options);

/// Throws Error{usage} if the folder has the results of another run, unless the user knows of it.
void check_folder(const OutputFolder& folder, const TrainConfig& config);

/// Throws Error: usage (a file is read and written, or written twice), data (a pattern that no file matches).
void keep_files_apart(const TrainConfig& config, const std::vector<NamedFile>& products, const OutputFolder& folder);

/// Tries to write the products and what a training writes beside them. Throws Error{usage} and Error{environment}.
void require_writable_products(const TrainConfig& config, const std::vector<NamedFile>& products,
                               const std::vector<CallbackConfig>& callbacks, const OutputFolder& folder);

}  // namespace millrace::cli
