// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const OutputFolder folder("runs/1");              // there and writable, or Error{usage}
//   model.export_onnx(folder.file("model.onnx"));
#pragma once

#include <filesystem>
#include <map>
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

/// What a run that starts anew finds in its folder: products of an earlier one, which belong to a checkpoint that will
/// be replaced. An old model beside the checkpoint of a new run that is interrupted would pass for its model.
class EarlierRun {
 public:
  /// products: names in the folder that belong to the run whose checkpoint is there.
  EarlierRun(const OutputFolder& folder, const std::string& checkpoint, const std::vector<std::string>& products);
  /// However the run ended.
  ~EarlierRun() { remove_outdated(); }
  EarlierRun(const EarlierRun&) = delete;
  EarlierRun& operator=(const EarlierRun&) = delete;

  /// Once the checkpoint is another than at the beginning: removes the products that are not.
  void remove_outdated() noexcept;

 private:
  std::map<std::string, std::filesystem::file_time_type> products_;  // by path
  std::string checkpoint_;
  std::filesystem::file_time_type checkpoint_time_;
};

}  // namespace millrace::cli
