// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/finite.hpp"
#include "base/mapped_file.hpp"
#include "base/text.hpp"
#include "millrace/data.hpp"
#include "millrace/error.hpp"
#include "table/npy/header.hpp"

namespace millrace {

namespace {

struct Array {
  MatrixView view;
  std::shared_ptr<const void> owner;
};

// Converts items of any type, byte order and storage order to row-major floats; 64-bit integers are rounded to nearest.
template <class Item>
Matrix converted(const char* items, const NpyHeader& header) {
  Matrix matrix(header.rows, header.columns);
  const std::int64_t row_step = header.by_columns ? 1 : header.columns;
  const std::int64_t column_step = header.by_columns ? header.rows : 1;
  for (std::int64_t r = 0; r < header.rows; ++r) {
    for (std::int64_t c = 0; c < header.columns; ++c) {
      std::array<char, sizeof(Item)> bytes;
      std::memcpy(bytes.data(), items + (r * row_step + c * column_step) * header.item_bytes, sizeof(Item));
      if (header.swapped) std::reverse(bytes.begin(), bytes.end());
      matrix.row(r)[c] = static_cast<float>(std::bit_cast<Item>(bytes));
    }
  }
  return matrix;
}

Matrix convert(const char* items, const NpyHeader& header) {
  switch (header.kind) {
    case 'f':
      return header.item_bytes == 4 ? converted<float>(items, header) : converted<double>(items, header);
    case 'i':
      switch (header.item_bytes) {
        case 1:
          return converted<std::int8_t>(items, header);
        case 2:
          return converted<std::int16_t>(items, header);
        case 4:
          return converted<std::int32_t>(items, header);
        default:
          return converted<std::int64_t>(items, header);
      }
    default:  // u, or b, a byte that is 0 or 1
      switch (header.item_bytes) {
        case 1:
          return converted<std::uint8_t>(items, header);
        case 2:
          return converted<std::uint16_t>(items, header);
        case 4:
          return converted<std::uint32_t>(items, header);
        default:
          return converted<std::uint64_t>(items, header);
      }
  }
}

// Rows and columns are counted from 1, as in every message.
void check_finite(const MatrixView& view, const std::string& path) {
  for (std::int64_t r = 0; r < view.rows; ++r) {
    const float* const row = view.row(r);
    if (all_finite(row, view.columns)) continue;
    const auto bad = std::find_if(row, row + view.columns, [](float x) { return !std::isfinite(x); });
    fail(ErrorKind::data, "npy",
         path + " row " + std::to_string(r + 1) + ", column " + std::to_string(bad - row + 1) + " (counted from 1): " +
             number_text(*bad) + " as fp32, expected finite numbers: fill in or remove that row");
  }
}

Array read_array(const std::string& path) {
  const MappedFile file(path, "npy");
  if (file.bytes().empty()) fail(ErrorKind::data, "npy", path + " is empty, expected a .npy file");
  NpyHeader header = read_npy_header(file.bytes(), path);
  const char* const items = file.bytes().data() + header.offset;
  if (header.rows == 1 || header.columns == 1) header.by_columns = false;  // both storage orders are the same

  Array array;
  const bool aligned = std::bit_cast<std::uintptr_t>(items) % alignof(float) == 0;
  if (header.kind == 'f' && header.item_bytes == 4 && !header.swapped && !header.by_columns && aligned) {
    const void* const floats = items;
    array = {{static_cast<const float*>(floats), header.rows, header.columns, header.columns}, file.owner()};
  } else {
    const Matrix matrix = convert(items, header);
    array = {matrix.view(), matrix.owner()};
  }
  check_finite(array.view, path);
  return array;
}

}  // namespace

Dataset read_npy(const std::string& features, const std::string& targets) {
  Dataset data;
  const Array x = read_array(features);
  data.features = x.view;
  data.owners.push_back(x.owner);
  if (!targets.empty()) {
    const Array y = read_array(targets);
    if (y.view.rows != x.view.rows) {
      fail(ErrorKind::data, "npy",
           targets + " has " + std::to_string(y.view.rows) + " rows, expected " + std::to_string(x.view.rows) +
               " as in " + features);
    }
    data.targets = y.view;
    data.owners.push_back(y.owner);
  }
  data.source = targets.empty() ? features : features + " with targets " + targets;
  return data;
}

}  // namespace millrace
