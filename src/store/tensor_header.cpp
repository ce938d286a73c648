// SPDX-License-Identifier: Apache-2.0
#include "store/tensor_header.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/fail.hpp"
#include "base/names.hpp"

namespace millrace {

namespace {

using nlohmann::json;

// Parses one header. Every error names the file.
class HeaderParser {
 public:
  explicit HeaderParser(const std::string& path) : path_(path) {}

  [[nodiscard]] TensorHeader parse(std::string_view text, std::uint64_t data_size) const {
    TensorHeader header;
    const json root = parse_json(text);
    for (const auto& [name, value] : root.items()) {
      if (name == metadata_key)
        header.metadata = parse_metadata(value);
      else
        header.tensors.push_back(parse_tensor(name, value));
    }
    auto place = [](const TensorPlace& tensor) { return std::pair(tensor.begin, tensor.end); };
    std::ranges::stable_sort(header.tensors, {}, place);
    std::uint64_t filled = 0;
    for (const TensorPlace& tensor : header.tensors) {
      if (tensor.begin != filled)
        refuse("begins tensor '" + tensor.name + "' at byte " + std::to_string(tensor.begin) + ", expected " +
               std::to_string(filled) + ", where the one before ends");
      filled = tensor.end;
    }
    if (filled != data_size)
      refuse("holds " + std::to_string(data_size) + " bytes of tensors, expected " + std::to_string(filled) +
             ": it is cut short or has something appended");
    return header;
  }

 private:
  [[noreturn]] void refuse(const std::string& text) const {
    fail(ErrorKind::data, "safetensors", "'" + path_ + "' " + text);
  }

  [[nodiscard]] json parse_json(std::string_view text) const {
    std::set<std::string> names;
    const auto unique_names = [&](int depth, json::parse_event_t event, json& parsed) {
      if (event == json::parse_event_t::key && depth == 1 && !names.insert(parsed.get<std::string>()).second)
        refuse("has two tensors '" + parsed.get<std::string>() + "', expected one of each name");
      return true;
    };
    try {
      json root = json::parse(text, unique_names);
      if (root.is_object()) return root;
    } catch (const json::exception&) {
    }
    refuse("has a header that is not a JSON object, expected a safetensors file");
  }

  [[nodiscard]] std::map<std::string, std::string> parse_metadata(const json& value) const {
    if (!value.is_object()) refuse("has metadata that is not a JSON object, expected texts by name");
    std::map<std::string, std::string> metadata;
    for (const auto& [key, text] : value.items()) {
      if (!text.is_string()) refuse("has metadata '" + key + "' that is not a text, expected texts only");
      metadata[key] = text.get<std::string>();
    }
    return metadata;
  }

  [[nodiscard]] TensorPlace parse_tensor(const std::string& name, const json& value) const {
    const std::string tensor = "tensor '" + name + "'";
    if (!value.is_object() || value.size() != 3 || !value.contains("dtype") || !value["dtype"].is_string())
      refuse("describes " + tensor + " in an unknown way, expected dtype, shape and data_offsets");
    TensorPlace place{name, parse_dtype(tensor, value["dtype"].get<std::string>()), {}};
    for (const std::uint64_t extent : parse_numbers(tensor, value, "shape"))
      place.shape.push_back(static_cast<std::int64_t>(extent));
    const std::vector<std::uint64_t> offsets = parse_numbers(tensor, value, "data_offsets");
    if (offsets.size() != 2 || offsets[0] > offsets[1])
      refuse("has data_offsets of " + tensor + " that are not two ascending numbers, expected begin and end");
    place.begin = offsets[0];
    place.end = offsets[1];
    const std::optional<std::uint64_t> size = byte_count(place.dtype, place.shape);
    if (size != place.end - place.begin)
      refuse("gives " + std::to_string(place.end - place.begin) + " bytes to " + tensor + " of shape " +
             shape_text(place.shape) + ", expected " + (size ? std::to_string(*size) : "a shape that fits 64 bits"));
    return place;
  }

  [[nodiscard]] Dtype parse_dtype(const std::string& tensor, const std::string& text) const {
    if (const std::optional<Dtype> dtype = dtype_from(text)) return *dtype;
    refuse("has " + tensor + " of type '" + text + "', expected one of " + join(dtype_names()));
  }

  [[nodiscard]] std::vector<std::uint64_t> parse_numbers(const std::string& tensor, const json& value,
                                                         const char* key) const {
    const auto found = value.find(key);
    const auto whole = [](const json& number) {
      return number.is_number_unsigned() && number <= std::uint64_t{INT64_MAX};
    };
    if (found == value.end() || !found->is_array() || !std::all_of(found->begin(), found->end(), whole))
      refuse("has no usable " + std::string(key) + " for " + tensor + ", expected a list of whole numbers");
    return found->get<std::vector<std::uint64_t>>();
  }

  const std::string& path_;
};

}  // namespace

std::optional<std::uint64_t> byte_count(Dtype dtype, const Shape& shape) {
  std::uint64_t count = size_of(dtype);
  for (const std::int64_t extent : shape)
    if (extent < 0 || __builtin_mul_overflow(count, static_cast<std::uint64_t>(extent), &count)) return std::nullopt;
  return count;
}

std::string header_text(const TensorHeader& header) {
  nlohmann::ordered_json root;
  root[metadata_key] = header.metadata;
  for (const TensorPlace& tensor : header.tensors)
    root[tensor.name] = {
        {"dtype", dtype_text(tensor.dtype)}, {"shape", tensor.shape}, {"data_offsets", {tensor.begin, tensor.end}}};
  std::string text = root.dump();
  const std::uint64_t whole = (length_bytes + text.size() + data_alignment - 1) / data_alignment * data_alignment;
  text.resize(whole - length_bytes, ' ');
  return text;
}

TensorHeader parse_header(const std::string& path, std::string_view text, std::uint64_t data_size) {
  return HeaderParser(path).parse(text, data_size);
}

}  // namespace millrace
