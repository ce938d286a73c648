// SPDX-License-Identifier: Apache-2.0
//
// Which table a command reads or writes, and in which format: by the ending of its name.
#pragma once

#include <string>

#include "cli/settings/command.hpp"

namespace millrace::cli {

/// The file that --data names; "-" is standard input.
[[nodiscard]] std::string data_setting(const Settings& settings);

/// --delimiter of a command that reads a table.
[[nodiscard]] Flag delimiter_flag();
/// The character that separates the cells of the table at `path`; 0: the one of its ending.
[[nodiscard]] char delimiter_setting(const Settings& settings, const std::string& path);

/// --no-header of a command that reads a table.
[[nodiscard]] Flag no_header_flag();
/// Whether the table at `path` has a header line. Throws Error{usage} if the flag is given for an array.
[[nodiscard]] bool header_setting(const Settings& settings, const std::string& path);

/// The delimiter of a table that is written: a tab for .tsv; a comma for .csv, for names without an ending, and for
/// stdout ("-"). Throws Error{usage} for other endings: nobody expects commas in a file called .parquet.
[[nodiscard]] char delimiter_of_output(const std::string& path);

/// Whether the file is an array (.npy), not a table with named columns (.csv, .tsv). Standard input and pipes are
/// tables, whatever their name. Throws Error{usage} for files of other endings.
[[nodiscard]] bool is_array(const std::string& path);

/// --out of a command that writes a model: a name that ends in .onnx, or "-" for stdout. Throws Error{usage}.
[[nodiscard]] std::string onnx_output_setting(const Settings& settings);

}  // namespace millrace::cli
