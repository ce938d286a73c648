// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <new>
#include <string>

#include "millrace/data.hpp"
#include "millrace/error.hpp"

namespace millrace {

namespace {

constexpr std::align_val_t alignment{64};

std::string shape_text(std::int64_t rows, std::int64_t columns) {
  return std::to_string(rows) + "x" + std::to_string(columns);
}

}  // namespace

Matrix::Matrix(std::int64_t rows, std::int64_t columns) : rows_(rows), columns_(columns) {
  std::int64_t bytes = 0;
  if (rows < 0 || columns < 0 || __builtin_mul_overflow(rows, columns, &bytes) ||
      __builtin_mul_overflow(bytes, std::int64_t{sizeof(float)}, &bytes)) {
    fail(ErrorKind::usage, "matrix",
         "the shape is " + shape_text(rows, columns) + ", expected one that fits into memory");
  }
  const auto count = static_cast<std::size_t>(bytes) / sizeof(float);
  float* const data = static_cast<float*>(::operator new[](static_cast<std::size_t>(bytes), alignment));
  std::fill_n(data, count, 0.0F);
  data_ = std::shared_ptr<float[]>(data, [](float* p) { ::operator delete[](p, alignment); });
}

Dataset Dataset::view(const float* x, std::int64_t rows, std::int64_t columns, const float* y, std::int64_t outputs) {
  if (rows < 1 || columns < 1 || outputs < 0) {
    fail(ErrorKind::usage, "dataset",
         "x is " + shape_text(rows, columns) + " and y is " + shape_text(rows, outputs) +
             ", expected at least one row and one column of x");
  }
  if (x == nullptr || (y == nullptr) != (outputs == 0)) {
    fail(ErrorKind::usage, "dataset",
         std::string(x == nullptr ? "x" : "y") + " is " +
             (x != nullptr && y != nullptr ? "given for 0 outputs" : "null") +
             ", expected an array for x, and one for y where there are outputs");
  }
  Dataset data;
  data.features = {x, rows, columns, columns};
  if (outputs > 0) data.targets = {y, rows, outputs, outputs};
  data.source = "array";
  return data;
}

}  // namespace millrace
