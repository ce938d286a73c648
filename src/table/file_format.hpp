// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   if (format_of("digits.bin") == FileFormat::idx) ...
//
// What kind of file a table is in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace millrace {

enum class FileFormat : std::uint8_t {
  text,    ///< CSV with any delimiter
  npy,     ///< a NumPy array
  npz,     ///< several of them in a zip archive
  idx,     ///< an array as the MNIST database has it
  libsvm,  ///< lines of a label and index:value
};

/// A name that ends in .csv or .tsv, with .gz or .zst behind it or not, is text, .npy and .npz are what they say, and the
/// first bytes decide about all others, also if they are compressed: LIBSVM and other text are told apart. A zip archive
/// without arrays is text, as is what is no regular file, such as a pipe. Nothing if the bytes are of no known kind.
[[nodiscard]] std::optional<FileFormat> format_of(const std::string& path);

/// ".csv" of people.CSV, ".gz" of people.csv.gz; empty: the name has no ending.
[[nodiscard]] std::string ending_of(const std::string& path);

}  // namespace millrace
