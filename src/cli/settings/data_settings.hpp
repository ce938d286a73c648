// SPDX-License-Identifier: Apache-2.0
//
// Which table a command reads or writes, and in which format.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/settings/command.hpp"
#include "millrace/data.hpp"
#include "table/file_format.hpp"

namespace millrace::cli {

/// The table of a command: the files that --data names, or patterns of files, and how they are written.
struct DataFiles {
  std::vector<std::string> paths;
  TextFormat format;
  FileFormat type = FileFormat::text;
  std::string array{};  ///< the array of a .npz archive that FILE.npz:ARRAY names; empty: one with a usual name

  /// Whether it is numbers in columns without names, not text with named columns (.csv, .tsv). Standard input and pipes
  /// are text, whatever their name.
  [[nodiscard]] bool is_array() const { return type != FileFormat::text; }
  /// Whether the file of the features can have the targets, too: .npz and LIBSVM.
  [[nodiscard]] bool may_have_targets() const { return type == FileFormat::npz || type == FileFormat::libsvm; }
  /// For messages: "people.csv", or "a.csv and 2 more".
  [[nodiscard]] std::string name() const;
};

/// --data and every flag about the text in it. Throws Error{usage} for a format that is not known, and for a flag about
/// text that is given for an array.
[[nodiscard]] DataFiles data_setting(const Settings& settings);

/// --memory in bytes: "2GiB", "800MB"; 0 if it is not set. Throws Error{usage}.
[[nodiscard]] std::int64_t memory_setting(const Settings& settings);

/// The flags about how the text of a table is written, beside --data.
[[nodiscard]] std::vector<Flag> text_flags();

/// The delimiter of a table that is written: a tab for .tsv; a comma for .csv, for names without an ending, and for
/// stdout ("-"). Throws Error{usage} for other endings: nobody expects commas in a file called .parquet; `who` and `flag`
/// begin the message, `expected` ends it.
[[nodiscard]] char delimiter_of_output(const std::string& path, std::string_view who, const std::string& flag,
                                       const std::string& expected);

/// One file. Throws Error{usage} for a format that is not known.
[[nodiscard]] DataFiles data_file(const std::string& path);

/// A file of rows to hold out beside `data`, written in the same form, that the setting names. Throws Error{usage} if one
/// of the two is text and the other an array, and for an array whose file cannot have targets.
[[nodiscard]] DataFiles held_out_file(const Setting& setting, const std::string& path, const DataFiles& data);

/// Whether a file that is written is an array, by the ending .npy of its name.
[[nodiscard]] bool is_array_name(const std::string& path);

/// Throws Error{usage} for a page whose name does not end in .html or .htm: it would often be another file.
void require_page_name(std::string_view who, const std::string& flag, const std::string& path);

/// --out of a command that writes a model: a name that ends in .onnx, or "-" for stdout. Throws Error{usage}.
[[nodiscard]] std::string onnx_output_setting(const Settings& settings);

}  // namespace millrace::cli
