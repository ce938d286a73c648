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
  std::string name;  ///< what the user knows it by: "--data", "model"
  std::string path;  ///< empty: none
};

/// Before any work: throws Error{usage} where a file that is written is one that is read, or another one that is
/// written, under whatever name and through whatever link.
void keep_apart(std::string_view who, const std::vector<NamedFile>& read, const std::vector<NamedFile>& written);

}  // namespace millrace::cli
