// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   keep_apart("predict", {{"MODEL.onnx", model}, {"--data", data}}, {{"--out", out}});
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace::cli {

struct NamedFile {
  std::string name;  ///< its name for the user: "--data", "model"
  std::string path;  ///< empty: none
};

/// Throws Error{usage} if a file to be written is also read, or is written twice, under any name and through any link.
void keep_apart(std::string_view who, const std::vector<NamedFile>& read, const std::vector<NamedFile>& written);

/// Tries to write each file, and leaves it as it is: what cannot be written at the end of a command is reported at its
/// begin. Empty paths are no files. Throws as AtomicFile.
void require_writable(const std::vector<NamedFile>& files);

}  // namespace millrace::cli
