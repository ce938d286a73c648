// SPDX-License-Identifier: Apache-2.0
#include <sys/mman.h>

#include <algorithm>
#include <new>
#include <string>

#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "millrace/data.hpp"
#include "table/matrix.hpp"

namespace millrace {

namespace {

std::string shape_text(std::int64_t rows, std::int64_t columns) {
  return std::to_string(rows) + "x" + std::to_string(columns);
}

// Asks for huge pages if they replace many normal ones. Most systems provide them on request; without them the memory
// works as well.
std::shared_ptr<float[]> unfilled_memory(std::int64_t rows, std::int64_t columns) {
  std::int64_t bytes = 0;
  if (rows < 0 || columns < 0 || __builtin_mul_overflow(rows, columns, &bytes) ||
      __builtin_mul_overflow(bytes, std::int64_t{sizeof(float)}, &bytes)) {
    fail(ErrorKind::usage, "matrix",
         "the shape is " + shape_text(rows, columns) + ", expected one that fits into memory");
  }
  constexpr std::size_t huge_page = std::size_t{2} << 20;
  const bool huge = bytes >= std::int64_t{2 * huge_page};
  const std::align_val_t alignment{huge ? huge_page : std::size_t{64}};
  float* const data = static_cast<float*>(::operator new[](bytes, alignment));
  if (huge) (void)madvise(data, bytes, MADV_HUGEPAGE);
  return {data, [alignment](float* p) { ::operator delete[](p, alignment); }};
}

}  // namespace

Matrix::Matrix(std::int64_t rows, std::int64_t columns) : Matrix(unfilled_memory(rows, columns), rows, columns) {
  std::fill_n(data_.get(), rows * columns, 0.0F);
}

Matrix unfilled_matrix(std::int64_t rows, std::int64_t columns) {
  return {unfilled_memory(rows, columns), rows, columns};
}

Dataset Dataset::view(std::span<const float> x, std::int64_t columns, std::span<const float> y, std::int64_t outputs) {
  if (columns < 1 || outputs < 1) {
    fail(ErrorKind::usage, "dataset",
         "x has " + counted(columns, "column") + " and y has " + std::to_string(outputs) +
             ", expected at least one column each");
  }
  if (x.empty() || std::ssize(x) % columns != 0) {
    fail(ErrorKind::usage, "dataset",
         "x has " + counted(x.size(), "number") + ", expected whole rows of " + counted(columns, "column") +
             ", one row or more");
  }
  const std::int64_t rows = std::ssize(x) / columns;
  if (!y.empty() && (std::ssize(y) % outputs != 0 || std::ssize(y) / outputs != rows)) {
    fail(ErrorKind::usage, "dataset",
         "y has " + counted(y.size(), "number") + ", expected " + shape_text(rows, outputs) + " for the " +
             counted(rows, "row") + " of x");
  }
  Dataset data;
  data.features = {x.data(), rows, columns, columns};
  if (!y.empty()) data.targets = {y.data(), rows, outputs, outputs};
  data.source = "array";
  return data;
}

}  // namespace millrace
