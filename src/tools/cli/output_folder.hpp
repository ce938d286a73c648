// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const OutputFolder folder("runs/1");              // there and writable, or Error{usage}
//   model.export_onnx(folder.file("model.onnx"));
#pragma once

#include <string>
#include <vector>

namespace millrace::cli {

/// Creates the folder where it is missing, and the folders above it. What it created and nobody wrote to is gone again
/// when it is.
class OutputFolder {
 public:
  /// Also tries whether a file can be written: hours of training shall not end with that news.
  explicit OutputFolder(const std::string& path);
  ~OutputFolder();
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;

  [[nodiscard]] std::string file(const std::string& name) const;

 private:
  void remove_created() noexcept;

  std::string path_;
  std::vector<std::string> created_;  // the deepest first
};

}  // namespace millrace::cli
