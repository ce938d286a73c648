// SPDX-License-Identifier: Apache-2.0
//
// The files that --data names: what holds for those to train on and those for a model. Reads arrays to train on.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/commands/file_stamp.hpp"
#include "cli/commands/named_file.hpp"
#include "cli/settings/config.hpp"
#include "cli/settings/data_settings.hpp"
#include "millrace/arrays.hpp"
#include "millrace/unread_cells.hpp"

namespace millrace::cli {

/// The file of the targets that --target names beside a .npy or IDX file; empty: it names none.
[[nodiscard]] std::string target_file(const DataFiles& data, const std::vector<std::string>& target);

/// All files that a flag names, for keep_apart(): those that match a pattern, too. Throws Error{data} for a pattern that
/// no file matches.
[[nodiscard]] std::vector<NamedFile> read_files(std::string_view who, const std::string& flag, const DataFiles& data);
/// The same of --data and --target.
[[nodiscard]] std::vector<NamedFile> read_files(std::string_view who, const DataFiles& data,
                                                const std::vector<std::string>& target = {});

/// The files of a table, which nobody may change while they are in use. Patterns and pipes are not watched.
class InputFiles {
 public:
  InputFiles(const DataFiles& data, const std::vector<std::string>& target);
  /// Throws Error{data} naming a file that has changed since.
  void require_unchanged(std::string_view who) const;

 private:
  std::vector<FileStamp> stamps_;
};

/// What --target says of an array: the file of its targets, or the array with them; empty: nothing. Throws Error{usage}.
[[nodiscard]] std::string array_target(const DataFiles& data, const std::vector<std::string>& target,
                                       const std::string& who);
/// Features and targets of an array; `target` as array_target() gives it. sparse: of LIBSVM files; memory: of .npy files.
[[nodiscard]] Dataset read_array(const DataFiles& data, const std::string& target, const LibsvmOptions& sparse,
                                 ArrayMemory memory = ArrayMemory::copied);

/// Reads a table of numbers in columns without names, with its targets. numbers: labels are to be numbers, not classes.
/// Throws Error{usage} for settings about columns.
[[nodiscard]] Dataset read_training_array(const TrainConfig& config, bool numbers);
/// The rows of --validation for a model that was built for such a table.
[[nodiscard]] Dataset read_validation_array(const TrainConfig& config, const Dataset& training);

/// "3 rows have no target and are left out"
[[nodiscard]] std::string rows_without_target(std::int64_t rows, const std::string& marks = {});
/// Which words make cells of the target missing, and how to make them a class: "196 cells say 'None'; if that is a class:
/// --classes 'Insomnia,None'". Empty: none.
[[nodiscard]] std::string said_marks(const TableColumn& target);
/// For each column with cells that could not be read, and are missing therefore: how many, and where the first one is.
[[nodiscard]] std::vector<std::string> stray_cell_notes(const std::vector<UnreadCell>& unread);

}  // namespace millrace::cli
