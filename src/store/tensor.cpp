// SPDX-License-Identifier: Apache-2.0
#include "store/tensor.hpp"

#include <algorithm>
#include <array>

#include "base/fail.hpp"
#include "base/formatted.hpp"

namespace millrace {

namespace {

struct DtypeRow {
  Dtype dtype;
  std::string_view text;
  std::size_t size;
};
constexpr std::array dtypes = {DtypeRow{Dtype::f32, "F32", 4}, DtypeRow{Dtype::f64, "F64", 8},
                               DtypeRow{Dtype::i64, "I64", 8}, DtypeRow{Dtype::u64, "U64", 8},
                               DtypeRow{Dtype::u8, "U8", 1}};

const DtypeRow& row_of(Dtype dtype) {
  return *std::find_if(dtypes.begin(), dtypes.end(), [&](const DtypeRow& row) { return row.dtype == dtype; });
}

}  // namespace

std::size_t size_of(Dtype dtype) { return row_of(dtype).size; }
std::string_view dtype_text(Dtype dtype) { return row_of(dtype).text; }

std::optional<Dtype> dtype_from(std::string_view text) {
  for (const DtypeRow& row : dtypes) {
    if (row.text == text) return row.dtype;
  }
  return std::nullopt;
}

std::vector<std::string_view> dtype_names() {
  std::vector<std::string_view> names;
  for (const DtypeRow& row : dtypes) names.push_back(row.text);
  return names;
}

void detail::require_numbers(const NamedTensor& tensor, Dtype dtype, std::size_t count) {
  if (tensor.dtype == dtype && tensor.bytes.size() == count * size_of(dtype)) return;
  fail(ErrorKind::data, "safetensors",
       "tensor '" + tensor.name + "' is " + std::string(dtype_text(tensor.dtype)) + " of shape " +
           shape_text(tensor.shape) + ", expected " + counted(count, "number") + " of type " +
           std::string(dtype_text(dtype)));
}

}  // namespace millrace
