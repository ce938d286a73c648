// SPDX-License-Identifier: Apache-2.0
#include "export/onnx_tensor.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "millrace/error.hpp"

namespace millrace {

static_assert(std::endian::native == std::endian::little, "raw_data is little-endian");

namespace {

class TensorReader {
 public:
  TensorReader(const std::string& file, const std::string& name, const onnx::TensorProto& tensor)
      : file_(file), name_(name), tensor_(tensor) {}

  [[nodiscard]] GraphTensor read() {
    if (tensor_.data_location() == onnx::TensorProto_DataLocation_EXTERNAL || tensor_.external_data_size() > 0)
      refuse("keeps its numbers in another file, expected them inside: save the model without external data");
    if (tensor_.has_segment()) refuse("is in segments, expected one piece");
    GraphTensor result{read_shape(), {}, {}};
    switch (tensor_.data_type()) {
      case onnx::TensorProto_DataType_FLOAT:
        result.values = numbers<float>(tensor_.float_data());
        break;
      case onnx::TensorProto_DataType_INT64:
        result.integers = numbers<std::int64_t>(tensor_.int64_data());
        break;
      case onnx::TensorProto_DataType_INT32:
        for (const std::int32_t value : numbers<std::int32_t>(tensor_.int32_data())) result.integers.push_back(value);
        break;
      case onnx::TensorProto_DataType_FLOAT16:
        for (const std::uint16_t value : numbers<std::uint16_t>(tensor_.int32_data()))
          result.values.push_back(from_half(value));
        break;
      case onnx::TensorProto_DataType_DOUBLE:
        for (const double value : numbers<double>(tensor_.double_data())) result.values.push_back(exact(value));
        break;
      default:
        refuse("is " + type_text(tensor_.data_type()) + ", expected FLOAT, INT64, FLOAT16, DOUBLE or INT32");
    }
    return result;
  }

 private:
  [[noreturn]] void refuse(const std::string& text) const {
    fail(ErrorKind::data, "onnx", "'" + file_ + "': constant '" + name_ + "' " + text);
  }

  [[nodiscard]] Shape read_shape() {
    Shape shape(tensor_.dims().begin(), tensor_.dims().end());
    for (const std::int64_t extent : shape)
      if (extent < 0 || __builtin_mul_overflow(count_, static_cast<std::uint64_t>(extent), &count_))
        refuse("has the impossible shape " + shape_text(shape) + ", expected extents of at least 0 that fit 64 bits");
    return shape;
  }

  // A tensor has its numbers in raw_data or in the field of their type.
  template <class Number, class Field>
  [[nodiscard]] std::vector<Number> numbers(const Field& field) const {
    const std::string& raw = tensor_.raw_data();
    const std::uint64_t found =
        tensor_.has_raw_data() ? raw.size() / sizeof(Number) : static_cast<std::uint64_t>(field.size());
    if (found != count_ || (tensor_.has_raw_data() && raw.size() % sizeof(Number) != 0))
      refuse("has " + std::to_string(found) + " numbers, expected " + std::to_string(count_) + " by its shape");
    if (!tensor_.has_raw_data()) return {field.begin(), field.end()};
    std::vector<Number> result(found);
    if (found > 0) std::memcpy(result.data(), raw.data(), raw.size());
    return result;
  }

  [[nodiscard]] float exact(double value) const {
    const float nearest = std::abs(value) <= std::numeric_limits<float>::max() || !std::isfinite(value)
                              ? static_cast<float>(value)
                              : 0.0F;
    if (static_cast<double>(nearest) != value && !std::isnan(value))
      refuse("is DOUBLE and holds " + number_text(value) + ", which no float equals, expected numbers that fit float");
    return nearest;
  }

  const std::string& file_;
  const std::string& name_;
  const onnx::TensorProto& tensor_;
  std::uint64_t count_ = 1;
};

template <class Number>
void set_numbers(onnx::TensorProto_DataType type, const std::vector<Number>& numbers, onnx::TensorProto& to) {
  to.set_data_type(type);
  to.set_raw_data(numbers.data(), numbers.size() * sizeof(Number));
}

}  // namespace

void write_tensor(const std::string& name, const GraphTensor& from, onnx::TensorProto& to) {
  const std::size_t count = from.values.size() + from.integers.size();
  if ((!from.values.empty() && !from.integers.empty()) || std::cmp_not_equal(element_count(from.shape), count))
    fail(ErrorKind::internal, "onnx",
         "constant '" + name + "' has " + std::to_string(from.values.size()) + " values and " +
             std::to_string(from.integers.size()) + " integers, expected " + std::to_string(element_count(from.shape)) +
             " of one kind for shape " + shape_text(from.shape));
  to.set_name(name);
  for (const std::int64_t extent : from.shape) to.add_dims(extent);
  if (from.integers.empty())
    set_numbers(onnx::TensorProto_DataType_FLOAT, from.values, to);
  else
    set_numbers(onnx::TensorProto_DataType_INT64, from.integers, to);
}

GraphTensor read_tensor(const std::string& file, const std::string& name, const onnx::TensorProto& tensor) {
  return TensorReader(file, name, tensor).read();
}

// sign 1 | exponent 5, bias 15 | fraction 10
float from_half(std::uint16_t half) {
  const std::uint32_t sign = (half & 0x8000U) << 16, exponent = half >> 10 & 31U, fraction = half & 1023U;
  if (exponent == 0)
    return std::copysign(std::ldexp(static_cast<float>(fraction), -24), std::bit_cast<float>(sign | 0x3F800000U));
  const std::uint32_t widened = exponent == 31 ? 255 : exponent + 127 - 15;
  return std::bit_cast<float>(sign | widened << 23 | fraction << 13);
}

}  // namespace millrace
