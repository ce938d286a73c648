// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/model_file.hpp"

#include <array>
#include <cstddef>
#include <filesystem>
#include <system_error>

#include "base/fail.hpp"
#include "base/input_file.hpp"
#include "model/files/checkpoint_format.hpp"
#include "store/tensor_file.hpp"

namespace millrace::cli {

namespace {

// Who names the folder of a run means the model in it.
void refuse_folder(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code unknown;
  if (!fs::is_directory(path, unknown)) return;
  const fs::path model = fs::path(path) / "model.onnx";
  fail(ErrorKind::data, "model",
       "'" + path + "' is a folder, expected a file" +
           (fs::exists(model, unknown) ? ": the model in it is " + model.string() : ""));
}

}  // namespace

bool is_checkpoint(const std::string& path) {
  refuse_folder(path);
  // A checkpoint begins with the length of its header in 8 bytes, the last of them 0, and a header of JSON.
  InputFile file(path, "model");
  std::array<std::byte, 9> head{};
  if (file.size() < head.size()) return false;
  file.read(head);
  return head.back() == std::byte{'{'} && head[7] == std::byte{0};
}

Model load_model(const std::string& path) {
  refuse_weights(path);
  if (is_checkpoint(path))
    fail(ErrorKind::data, "model",
         "'" + path + "' is a checkpoint, expected an ONNX model: millrace export writes one from a checkpoint");
  return Model::load_onnx(path);
}

bool is_weights_file(const std::string& path) {
  if (!is_checkpoint(path)) return false;
  const std::map<std::string, std::string> metadata = read_tensor_metadata(path);
  const auto format = metadata.find(ecosystem_key);
  const bool first_format = format != metadata.end() && format->second == checkpoint_1;
  return !first_format && !metadata.contains(checkpoint_key);
}

void refuse_weights(const std::string& path) {
  if (!is_weights_file(path)) return;
  fail(ErrorKind::data, "model",
       "'" + path + "' holds weights of another program without a network, expected a model: millrace train --init " +
           path + " --layers ... --loss ... --data TABLE makes one, and --epochs 0 leaves the weights as they are");
}

std::optional<Model> load_start(const std::string& path) {
  if (is_weights_file(path)) return std::nullopt;
  return is_checkpoint(path) ? Model::load_checkpoint(path) : Model::load_onnx(path);
}

Model load_checkpoint(const std::string& path) {
  if (!is_checkpoint(path))
    fail(ErrorKind::data, "checkpoint",
         "'" + path + "' is not a checkpoint, or is cut short, expected a checkpoint of millrace train");
  refuse_weights(path);
  return Model::load_checkpoint(path);
}

}  // namespace millrace::cli
