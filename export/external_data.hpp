// SPDX-License-Identifier: Apache-2.0
//
// Numbers of an ONNX model that are in other files. PyTorch writes them so: model.onnx and model.onnx.data.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "base/mapped_file.hpp"
#include "export/onnx_proto.hpp"

namespace millrace {

/// The files beside one model.
class ExternalData {
 public:
  /// `owner` begins messages: "'model.onnx':". `folder` has the other files; empty: the model is not a file, and has none.
  ExternalData(std::string owner, std::string folder) : owner_(std::move(owner)), folder_(std::move(folder)) {}

  /// Moves the numbers of a tensor into it, if they are in another file. Throws Error{data} if that file is missing, is
  /// no regular file, or lies outside the folder, also by a symbolic link, and if it ends before the numbers do.
  void load(onnx::TensorProto& tensor);

 private:
  [[nodiscard]] const MappedFile& open(const std::string& location, const std::string& name);
  [[noreturn]] void refuse(const std::string& name, const std::string& text) const;

  std::string owner_, folder_;
  std::map<std::string, MappedFile> files_;  // by location
};

}  // namespace millrace
