// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const OutputFolder folder("runs/1");              // exists and is writable, or an Error
//   model.export_onnx(folder.file("model.onnx"));
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/commands/file_state.hpp"

namespace millrace::cli {

/// Creates the folder, with the folders above it, if it does not exist. The destructor removes any folder it created
/// that is still empty. While it lives, no other process can have an OutputFolder of the same folder, if the file system
/// has locks.
class OutputFolder {
 public:
  /// Also tries to write a file, so that this does not fail after hours of training. Throws Error.
  explicit OutputFolder(const std::string& path);
  /// The same folder for a process that only reads in it, while another one holds it: creates and locks nothing.
  [[nodiscard]] static OutputFolder to_read(const std::string& path) { return {path, Reading{}}; }
  ~OutputFolder();
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;

  [[nodiscard]] std::string file(const std::string& name) const;
  /// Whether the folder has a file of this name that is not empty.
  [[nodiscard]] bool holds(const std::string& name) const;
  /// The folders that the constructor created, the deepest first.
  [[nodiscard]] const std::vector<std::string>& created() const { return created_; }
  /// Throws Error{environment} if the folder has been removed, moved or replaced since.
  void require_in_place() const;

 private:
  struct Reading {};
  OutputFolder(const std::string& path, Reading /*unused*/) : path_(path) {}
  void lock();
  void leave() noexcept;

  std::string path_;
  int descriptor_ = -1;               // of the folder, locked; -1: none
  std::vector<std::string> created_;  // the deepest first
};

/// Tells when another file has taken the place of the one that has this name now, or of none.
class SeenFile {
 public:
  explicit SeenFile(std::filesystem::path path);
  ~SeenFile() { release(); }
  SeenFile(const SeenFile&) = delete;
  SeenFile& operator=(const SeenFile&) = delete;
  /// Does not allocate.
  [[nodiscard]] bool replaced() noexcept;

 private:
  void release() noexcept;
  std::filesystem::path path_;
  FileState state_;
  int descriptor_ = -1;  // holds the inode, which the system would give to the file after the next; -1: none
  bool replaced_ = false;
};

/// The files that an earlier run left in a folder where a new run starts. They belong to the earlier checkpoint: beside
/// the checkpoint of a new run that is interrupted, they would be mistaken for its results.
class EarlierRun {
 public:
  /// products: names of the files, besides the checkpoint.
  EarlierRun(const OutputFolder& folder, SeenFile& checkpoint, const std::vector<std::string>& products);
  ~EarlierRun() { discard_outdated(); }
  EarlierRun(const EarlierRun&) = delete;
  EarlierRun& operator=(const EarlierRun&) = delete;

  /// As soon as the checkpoint has been replaced: removes every product that has not been replaced too. A symbolic link
  /// and a file with permissions or a group of its own are emptied instead, so that the new file keeps them.
  void discard_outdated() noexcept;

 private:
  struct Product {
    std::filesystem::path path;
    FileState state;
    bool plain = true;  // neither a link nor a file with permissions or a group of its own
  };
  std::vector<Product> products_;
  SeenFile& checkpoint_;
};

}  // namespace millrace::cli
