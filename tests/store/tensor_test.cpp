// SPDX-License-Identifier: Apache-2.0
#include "store/tensor.hpp"

#include <gtest/gtest.h>

#include "support/expect_error.hpp"

namespace millrace {
namespace {

using test::expect_error;

TEST(Tensor, EveryTypeHasItsNameAndSize) {
  const auto of_both = [](Dtype dtype) { return std::pair(dtype_text(dtype), size_of(dtype)); };
  EXPECT_EQ(of_both(Dtype::f32), (std::pair<std::string_view, std::size_t>{"F32", 4}));
  EXPECT_EQ(of_both(Dtype::f64), (std::pair<std::string_view, std::size_t>{"F64", 8}));
  EXPECT_EQ(of_both(Dtype::i64), (std::pair<std::string_view, std::size_t>{"I64", 8}));
  EXPECT_EQ(of_both(Dtype::u64), (std::pair<std::string_view, std::size_t>{"U64", 8}));
  EXPECT_EQ(of_both(Dtype::u8), (std::pair<std::string_view, std::size_t>{"U8", 1}));
  for (const std::string_view name : dtype_names()) EXPECT_EQ(dtype_text(dtype_from(name).value()), name);
  EXPECT_EQ(dtype_from("F16"), std::nullopt);
}

TEST(Tensor, RefusesNumbersOfAnotherTypeOrCount) {
  const std::vector<float> values = {1.0F, 2.0F};
  const NamedTensor tensor{"w", Dtype::f32, {2}, bytes_of(values)};
  std::vector<float> three(3);
  expect_error(ErrorKind::data, {"'w' is F32 of shape (2), expected 3 numbers of type F32"},
               [&] { copy_values(tensor, std::span(three)); });
  expect_error(ErrorKind::data, {"'w' is F32 of shape (2), expected 1 number of type I64"},
               [&] { (void)values_of<std::int64_t>(tensor); });
}

}  // namespace
}  // namespace millrace
