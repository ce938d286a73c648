// SPDX-License-Identifier: Apache-2.0
//
// Tables by the ending of their name, read for training or as a model takes them.
#pragma once

#include <string>
#include <vector>

#include "cli/settings/config.hpp"
#include "millrace/model.hpp"

namespace millrace::cli {

/// The file that --data names; - is standard input.
[[nodiscard]] std::string data_setting(const Settings& settings);

/// --delimiter of a command that reads a table.
inline constexpr Flag delimiter_flag{"delimiter", "CHARACTER|tab", "Data",
                                     "Between the cells of the table; default: tab for .tsv, else a comma"};
/// What it says separates the cells of that file; 0: what its name says.
[[nodiscard]] char delimiter_setting(const Settings& settings, const std::string& path);

/// --no-header of a command that reads a table.
inline constexpr Flag no_header_flag{"no-header", "", "Data",
                                     "The table has no header line; its columns are called 1, 2, 3 and so on"};
/// Whether that file has a header line. Throws Error{usage} if the flag is given for an array.
[[nodiscard]] bool header_setting(const Settings& settings, const std::string& path);

/// What separates the cells of a table that is written: a tab in .tsv, a comma in .csv, in what has no ending, and on
/// stdout (-). Throws Error{usage} for other names: nobody should find commas in a file called .parquet.
[[nodiscard]] char delimiter_of_output(const std::string& path);

/// Whether the file is an array (.npy), not a table with named columns (.csv, .tsv). What is no file, as standard input
/// and pipes, has a name that tells nothing: a table. Throws Error{usage} for files of other names.
[[nodiscard]] bool is_array(const std::string& path);

/// The rows to train on. What is not said of columns and classes is taken from `start`, where there is one: its weights
/// belong to its columns.
[[nodiscard]] Dataset read_training_data(const TrainConfig& config, const Model* start);

struct ModelData {
  std::string who;  ///< the command, for messages
  std::string model_path, path;
  bool targets = false;             ///< whether targets are read
  std::vector<std::string> target;  ///< where the file calls them by other names, or of an array the file of targets
  std::string weight;
  char delimiter = 0;
  bool header = true;
  int threads = 0;  ///< to read with; 0: one per processor
};

/// The rows of a file as `model` takes them: columns by name, in its own order; arrays, and models that know no names,
/// by position. Throws Error{data} where they do not fit the model.
[[nodiscard]] Dataset read_model_data(const Model& model, const ModelData& asked);

}  // namespace millrace::cli
