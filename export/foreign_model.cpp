// SPDX-License-Identifier: Apache-2.0
#include "export/foreign_model.hpp"

#include <algorithm>
#include <cctype>

#include "base/utf8.hpp"

namespace millrace {

namespace {

using namespace std::string_view_literals;

constexpr std::size_t beginning = 4096;  // the first entries of an archive, the first line of a text

bool is_text(std::string_view bytes) {
  // The beginning may end within a character.
  while (!bytes.empty() && static_cast<unsigned char>(bytes.back()) >= 0x80) bytes.remove_suffix(1);
  return !bytes.empty() && is_utf8(bytes) && std::ranges::all_of(bytes, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || std::isprint(byte) != 0 || std::isspace(byte) != 0;
  });
}

std::string archive(std::string_view bytes) {
  const auto holds = [&](std::string_view name) { return bytes.find(name) != std::string_view::npos; };
  if (holds("data.pkl") || holds("constants.pkl"))
    return "it is a PyTorch file (.pt), torch.onnx.export writes an ONNX model";
  if (holds("metadata.json") || holds("model.weights.h5"))
    return "it is a Keras model (.keras), model.export(\"model.onnx\", format=\"onnx\") writes an ONNX model";
  return "it is a zip archive, as PyTorch (.pt) and Keras (.keras) write them; torch.onnx.export or "
         "model.export(\"model.onnx\", format=\"onnx\") writes an ONNX model";
}

std::string text(std::string_view bytes) {
  constexpr const char* trees = ", whose trees are no network: train one here, on the same table";
  if (bytes.starts_with("tree\n")) return std::string("it is a LightGBM model") + trees;
  const std::size_t first = bytes.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && bytes[first] == '{') {
    if (bytes.find("\"learner\"") != std::string_view::npos) return std::string("it is an XGBoost model") + trees;
    return "it is JSON";
  }
  const std::string_view line = bytes.substr(0, bytes.find('\n'));
  if (line.find_first_of(",;\t") != std::string_view::npos) return "it is a table or another text; --data takes tables";
  return "it is a text";
}

}  // namespace

std::string foreign_model(std::string_view bytes) {
  bytes = bytes.substr(0, beginning);
  if (bytes.starts_with("PK\x03\x04"sv)) return archive(bytes);
  if (bytes.starts_with("\x89HDF\r\n\x1a\n"sv))
    return "it is an HDF5 file, as Keras writes them (.h5), model.export(\"model.onnx\", format=\"onnx\") of Keras 3 "
           "writes an ONNX model";
  if (bytes.substr(0, 8).substr(std::min<std::size_t>(4, bytes.size())) == "TFL3")
    return "it is a TensorFlow Lite model, tf2onnx writes an ONNX model of it";
  constexpr char pickle = '\x80', first_protocol = 2, last_protocol = 5;
  if (bytes.size() > 2 && bytes[0] == pickle && bytes[1] >= first_protocol && bytes[1] <= last_protocol)
    return "it is a Python pickle, as scikit-learn and PyTorch write them; skl2onnx or torch.onnx.export writes an "
           "ONNX model";
  return is_text(bytes) ? text(bytes) : "";
}

}  // namespace millrace
