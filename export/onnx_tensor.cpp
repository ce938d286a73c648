// SPDX-License-Identifier: Apache-2.0
#include "export/onnx_tensor.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <numeric>
#include <utility>
#include <vector>

#include "base/fail.hpp"
#include "base/utf8.hpp"
#include "export/half.hpp"

namespace millrace {

static_assert(std::endian::native == std::endian::little, "raw_data is little-endian");

namespace {

class TensorReader {
 public:
  TensorReader(const std::string& owner, const std::string& name, const onnx::TensorProto& tensor)
      : owner_(owner), name_(name), tensor_(tensor) {}

  [[nodiscard]] GraphTensor read() {
    if (tensor_.external_data_size() > 0)
      refuse("names another file and keeps its numbers inside, expected one of them");
    if (tensor_.has_segment()) refuse("is in segments, expected one piece");
    GraphTensor result{.shape = read_shape()};
    switch (tensor_.data_type()) {
      case onnx::TensorProto_DataType_FLOAT:
        result.values = numbers<float>(tensor_.float_data());
        break;
      case onnx::TensorProto_DataType_INT64:
        result.integers = numbers<std::int64_t>(tensor_.int64_data());
        break;
      case onnx::TensorProto_DataType_INT32:
        read_integers<std::int32_t>(tensor_.int32_data(), ValueType::int32, result);
        break;
      case onnx::TensorProto_DataType_INT8:
        read_integers<std::int8_t>(tensor_.int32_data(), ValueType::int8, result);
        break;
      case onnx::TensorProto_DataType_UINT8:
        read_integers<std::uint8_t>(tensor_.int32_data(), ValueType::uint8, result);
        break;
      case onnx::TensorProto_DataType_INT16:
        read_integers<std::int16_t>(tensor_.int32_data(), std::nullopt, result);
        break;
      case onnx::TensorProto_DataType_UINT16:
        read_integers<std::uint16_t>(tensor_.int32_data(), std::nullopt, result);
        break;
      case onnx::TensorProto_DataType_UINT32:
        read_integers<std::uint32_t>(tensor_.uint64_data(), std::nullopt, result);
        break;
      case onnx::TensorProto_DataType_BOOL:
        read_integers<std::uint8_t>(tensor_.int32_data(), std::nullopt, result);
        break;
      case onnx::TensorProto_DataType_FLOAT16:
        for (const std::uint16_t value : numbers<std::uint16_t>(tensor_.int32_data()))
          result.values.push_back(from_half(value));
        result.smaller = ValueType::real16;
        break;
      case onnx::TensorProto_DataType_DOUBLE:
        result.doubles = numbers<double>(tensor_.double_data());
        break;
      case onnx::TensorProto_DataType_STRING:
        result.texts = texts();
        break;
      default:
        refuse("is " + type_text(tensor_.data_type()) +
               ", expected FLOAT, FLOAT16, DOUBLE, BOOL, STRING or integers of up to 64 bits");
    }
    return result;
  }

 private:
  [[noreturn]] void refuse(const std::string& text) const {
    fail(ErrorKind::data, "onnx", owner_ + " constant '" + name_ + "' " + text);
  }

  [[nodiscard]] Shape read_shape() {
    Shape shape(tensor_.dims().begin(), tensor_.dims().end());
    for (const std::int64_t extent : shape)
      if (extent < 0 || __builtin_mul_overflow(count_, static_cast<std::uint64_t>(extent), &count_))
        refuse("has the impossible shape " + shape_text(shape) + ", expected extents of at least 0 that fit 64 bits");
    return shape;
  }

  template <class Number, class Field>
  void read_integers(const Field& field, std::optional<ValueType> type, GraphTensor& to) const {
    const std::vector<Number> found = numbers<Number>(field);
    to.integers.assign(found.begin(), found.end());
    to.smaller = type;
  }

  // A tensor has its numbers in raw_data or in the field of their type.
  template <class Number, class Field>
  [[nodiscard]] std::vector<Number> numbers(const Field& field) const {
    const std::string& raw = tensor_.raw_data();
    const std::uint64_t found =
        tensor_.has_raw_data() ? raw.size() / sizeof(Number) : static_cast<std::uint64_t>(field.size());
    require_count(found, tensor_.has_raw_data() && raw.size() % sizeof(Number) != 0);
    if (!tensor_.has_raw_data()) return {field.begin(), field.end()};
    std::vector<Number> result(found);
    if (found > 0) std::memcpy(result.data(), raw.data(), raw.size());
    return result;
  }

  [[nodiscard]] std::vector<std::string> texts() const {
    const auto& found = tensor_.string_data();
    require_count(static_cast<std::uint64_t>(found.size()), tensor_.has_raw_data());
    return {found.begin(), found.end()};
  }

  void require_count(std::uint64_t found, bool damaged) const {
    if (found != count_ || damaged)
      refuse("has " + std::to_string(found) + " elements, expected " + std::to_string(count_) + " by its shape");
  }

  const std::string& owner_;
  const std::string& name_;
  const onnx::TensorProto& tensor_;
  std::uint64_t count_ = 1;
};

template <class Number>
void set_numbers(onnx::TensorProto_DataType type, const std::vector<Number>& numbers, onnx::TensorProto& to) {
  to.set_data_type(type);
  to.set_raw_data(numbers.data(), numbers.size() * sizeof(Number));
}

template <class Number>
void set_integers(onnx::TensorProto_DataType type, const std::vector<std::int64_t>& from, onnx::TensorProto& to) {
  std::vector<Number> numbers;
  for (const std::int64_t number : from) numbers.push_back(static_cast<Number>(number));
  set_numbers(type, numbers, to);
}

// The elements have one type, and as many are there as the shape says.
void require_elements(const std::string& name, const GraphTensor& tensor) {
  const std::array counts{tensor.values.size(), tensor.integers.size(), tensor.doubles.size(), tensor.texts.size()};
  const std::size_t most = *std::ranges::max_element(counts);
  if (std::cmp_equal(element_count(tensor.shape), most) && std::accumulate(counts.begin(), counts.end(), 0U) == most)
    return;
  fail(ErrorKind::internal, "onnx",
       "constant '" + name + "' has " + std::to_string(counts[0]) + " floats, " + std::to_string(counts[1]) +
           " integers, " + std::to_string(counts[2]) + " doubles and " + std::to_string(counts[3]) +
           " texts, expected " + std::to_string(element_count(tensor.shape)) + " of one type for shape " +
           shape_text(tensor.shape));
}

}  // namespace

const std::string& utf8(const std::string& text) {
  if (!is_utf8(text))
    fail(ErrorKind::usage, "onnx", "'" + text + "' is not UTF-8, expected names, texts and metadata in UTF-8");
  return text;
}

void write_tensor(const std::string& name, const GraphTensor& from, onnx::TensorProto& to) {
  require_elements(name, from);
  to.set_name(name);
  for (const std::int64_t extent : from.shape) to.add_dims(extent);
  if (from.smaller == ValueType::real16) {
    std::vector<std::uint16_t> halves;
    for (const float value : from.values) halves.push_back(to_half(static_cast<double>(value)));
    set_numbers(onnx::TensorProto_DataType_FLOAT16, halves, to);
  } else if (from.smaller == ValueType::int32) {
    set_integers<std::int32_t>(onnx::TensorProto_DataType_INT32, from.integers, to);
  } else if (from.smaller == ValueType::int8) {
    set_integers<std::int8_t>(onnx::TensorProto_DataType_INT8, from.integers, to);
  } else if (from.smaller == ValueType::uint8) {
    set_integers<std::uint8_t>(onnx::TensorProto_DataType_UINT8, from.integers, to);
  } else if (!from.integers.empty()) {
    set_numbers(onnx::TensorProto_DataType_INT64, from.integers, to);
  } else if (!from.doubles.empty()) {
    set_numbers(onnx::TensorProto_DataType_DOUBLE, from.doubles, to);
  } else if (!from.texts.empty()) {
    to.set_data_type(onnx::TensorProto_DataType_STRING);
    for (const std::string& text : from.texts) to.add_string_data(utf8(text));
  } else {
    set_numbers(onnx::TensorProto_DataType_FLOAT, from.values, to);
  }
}

GraphTensor read_tensor(const std::string& owner, const std::string& name, const onnx::TensorProto& tensor) {
  return TensorReader(owner, name, tensor).read();
}

onnx::TensorProto_DataType onnx_type(ValueType type) {
  switch (type) {
    case ValueType::real64:
      return onnx::TensorProto_DataType_DOUBLE;
    case ValueType::int64:
      return onnx::TensorProto_DataType_INT64;
    case ValueType::text:
      return onnx::TensorProto_DataType_STRING;
    default:
      return onnx::TensorProto_DataType_FLOAT;
  }
}

std::optional<ValueType> value_type(int onnx_type) {
  switch (onnx_type) {
    case onnx::TensorProto_DataType_FLOAT:
      return ValueType::real32;
    case onnx::TensorProto_DataType_DOUBLE:
      return ValueType::real64;
    case onnx::TensorProto_DataType_FLOAT16:
      return ValueType::real16;
    case onnx::TensorProto_DataType_INT64:
    case onnx::TensorProto_DataType_INT32:
    case onnx::TensorProto_DataType_INT16:
    case onnx::TensorProto_DataType_INT8:
    case onnx::TensorProto_DataType_UINT32:
    case onnx::TensorProto_DataType_UINT16:
    case onnx::TensorProto_DataType_UINT8:
    case onnx::TensorProto_DataType_BOOL:
      return ValueType::int64;
    case onnx::TensorProto_DataType_STRING:
      return ValueType::text;
    default:
      return std::nullopt;
  }
}

}  // namespace millrace
