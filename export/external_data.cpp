// SPDX-License-Identifier: Apache-2.0
#include "export/external_data.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <string_view>

#include "base/fail.hpp"

namespace millrace {

namespace {

namespace fs = std::filesystem;

std::string text_of(const onnx::TensorProto& tensor, std::string_view key) {
  const auto& entries = tensor.external_data();
  const auto at = std::ranges::find_if(entries, [&](const auto& entry) { return entry.key() == key; });
  return at == entries.end() ? "" : at->value();
}

// Nothing if the text is no number of bytes.
std::optional<std::uint64_t> bytes_of(const std::string& text, std::uint64_t otherwise) {
  if (text.empty()) return otherwise;
  std::uint64_t bytes = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  return code == std::errc() && end == text.data() + text.size() ? std::optional(bytes) : std::nullopt;
}

bool is_inside(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
}

}  // namespace

void ExternalData::refuse(const std::string& name, const std::string& text) const {
  fail(ErrorKind::data, "onnx", owner_ + " constant '" + name + "' " + text);
}

const MappedFile& ExternalData::open(const std::string& location, const std::string& name) {
  if (const auto known = files_.find(location); known != files_.end()) return known->second;
  const std::string where = "keeps its numbers in '" + location + "', ";
  const fs::path relative(location);
  if (location.empty() || location.find('\0') != std::string::npos || relative.is_absolute())
    refuse(name, where + "expected a file in the folder of the model");
  std::error_code code;
  const fs::path folder = fs::canonical(folder_, code), path = fs::weakly_canonical(folder / relative, code);
  if (code || !is_inside(path, folder))
    refuse(name, where + "which is outside the folder of the model, expected a file in it");
  if (!fs::is_regular_file(path, code))
    refuse(name, where + (fs::exists(path, code) ? "which is no regular file" : "which does not exist") +
                     ", expected the file that belongs to the model in the same folder");
  return files_.emplace(location, MappedFile(path.string(), "onnx")).first->second;
}

void ExternalData::load(onnx::TensorProto& tensor) {
  if (tensor.data_location() != onnx::TensorProto_DataLocation_EXTERNAL) return;
  const std::string name = tensor.name();
  if (folder_.empty())
    refuse(name, "keeps its numbers in another file, expected them inside: save the model without external data");
  const std::string location = text_of(tensor, "location");
  const std::string_view all = open(location, name).bytes();
  const std::optional<std::uint64_t> offset = bytes_of(text_of(tensor, "offset"), 0);
  const std::optional<std::uint64_t> length =
      offset && *offset <= all.size() ? bytes_of(text_of(tensor, "length"), all.size() - *offset) : std::nullopt;
  if (!length || *length > all.size() - *offset)
    refuse(name, "takes '" + text_of(tensor, "length") + "' bytes from byte '" + text_of(tensor, "offset") + "' of '" +
                     location + "', expected bytes that the file has: it has " + std::to_string(all.size()));
  tensor.set_raw_data(std::string(all.substr(*offset, *length)));
  tensor.clear_external_data();
  tensor.clear_data_location();
}

}  // namespace millrace
