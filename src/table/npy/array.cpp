// SPDX-License-Identifier: Apache-2.0
#include "table/npy/array.hpp"
#include "base/fail.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/finite.hpp"
#include "base/formatted.hpp"
#include "base/text.hpp"
#include "table/matrix.hpp"

namespace millrace {

namespace {

// Items of any type, byte order and storage order to row-major floats; 64-bit integers are rounded to the nearest.
template <class Item>
Matrix converted(const char* items, const NpyHeader& header) {
  Matrix matrix = unfilled_matrix(header.rows, header.columns);
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
    default:  // u, and b: a byte that is 0 or 1
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
void check_finite(const MatrixView& view, const std::string& name, std::string_view who) {
  for (std::int64_t r = 0; r < view.rows; ++r) {
    const float* const row = view.row(r);
    if (all_finite(row, view.columns)) continue;
    const auto bad = std::find_if(row, row + view.columns, [](float x) { return !std::isfinite(x); });
    fail(ErrorKind::data, who,
         name + " row " + std::to_string(r + 1) + ", column " + std::to_string(bad - row + 1) + " (counted from 1): " +
             number_text(*bad) + " as fp32, expected finite numbers: fill in or remove that row");
  }
}

}  // namespace

NumberArray array_of(const SourceText& source, NpyHeader header, std::string_view who, ArrayMemory memory) {
  const char* const items = source.bytes.data() + header.offset;
  if (header.rows == 1 || header.columns == 1) header.by_columns = false;  // both orders are the same

  NumberArray array{.name = source.path, .view = {}, .owner = nullptr};
  const bool aligned = std::bit_cast<std::uintptr_t>(items) % alignof(float) == 0;
  const bool usable = header.kind == 'f' && header.item_bytes == 4 && !header.swapped && !header.by_columns && aligned;
  if (usable && memory == ArrayMemory::mapped) {
    const void* const floats = items;
    array.view = {static_cast<const float*>(floats), header.rows, header.columns, header.columns};
    array.owner = source.owner;
  } else {
    const Matrix matrix = convert(items, header);
    array.view = matrix.view();
    array.owner = matrix.owner();
  }
  check_finite(array.view, array.name, who);
  return array;
}

NumberArray npy_array(const SourceText& source, ArrayMemory memory) {
  if (source.bytes.empty()) fail(ErrorKind::data, "npy", source.path + " is empty, expected a .npy file");
  return array_of(source, read_npy_header(source.bytes, source.path), "npy", memory);
}

Dataset dataset_of(const NumberArray& features, const std::optional<NumberArray>& targets, std::string_view who) {
  Dataset data;
  data.features = features.view;
  data.owners.push_back(features.owner);
  data.source = features.name;
  if (!targets) return data;
  if (targets->view.rows != features.view.rows) {
    fail(ErrorKind::data, who,
         targets->name + " has " + counted(targets->view.rows, "row") + ", expected " +
             std::to_string(features.view.rows) + " as in " + features.name);
  }
  data.targets = targets->view;
  data.owners.push_back(targets->owner);
  data.source += " with targets " + targets->name;
  return data;
}

}  // namespace millrace
