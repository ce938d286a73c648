// SPDX-License-Identifier: Apache-2.0
//
// Weights of PyTorch behind a flattened image, which has its channels first there and last here.
#include <gtest/gtest.h>

#include <numeric>

#include "millrace/millrace.hpp"
#include "store/tensor_file.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

constexpr std::int64_t pixels = 4, channels = 3, size = pixels * channels;

std::vector<float> counted(std::int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), 1.0F);
  return values;
}

// Values of PyTorch, one for each place of a flattened image, as they lie here.
std::vector<float> turned(const std::vector<float>& torch) {
  std::vector<float> ours;
  for (std::int64_t pixel = 0; pixel < pixels; ++pixel)
    for (std::int64_t channel = 0; channel < channels; ++channel)
      ours.push_back(torch[static_cast<std::size_t>(channel * pixels + pixel)]);
  return ours;
}

class FlattenedImages : public testing::Test {
 protected:
  std::string file(const std::string& dense, const std::string& role, const std::vector<float>& unit) const {
    const std::vector<float> kernel = counted(2 * size), bias{1, 2};
    write_tensor_file(folder_.file("w.safetensors"), {{},
                                                      {{dense + "." + role, Dtype::f32, {2, size}, bytes_of(kernel)},
                                                       {dense + ".bias", Dtype::f32, {2}, bytes_of(bias)},
                                                       {"norm.weight", Dtype::f32, {size}, bytes_of(unit)},
                                                       {"norm.bias", Dtype::f32, {size}, bytes_of(unit)},
                                                       {"norm.running_mean", Dtype::f32, {size}, bytes_of(unit)},
                                                       {"norm.running_var", Dtype::f32, {size}, bytes_of(unit)}},
                                                      nullptr});
    return folder_.file("w.safetensors");
  }
  TemporaryDirectory folder_;
};

TEST_F(FlattenedImages, HaveTheirRowsAndUnitsReordered) {
  Model model{Reshape{.shape = {2, 2, 3}}, Flatten{}, BatchNormalization{}, ActivationLayer{.activation = "relu"},
              Dense{.units = 2}};
  model.build(size);
  const std::vector<float> unit = counted(size), kernel = counted(2 * size);
  const std::vector<LoadedWeight> loaded = model.load_weights(file("fc", "weight", unit));
  for (const char* const name : {"gamma", "beta", "moving_mean", "moving_variance"})
    EXPECT_EQ(model.weights("batch_normalization_1/" + std::string(name)), turned(unit)) << name;
  const std::vector<float> first = turned({kernel.begin(), kernel.begin() + size}),
                           second = turned({kernel.begin() + size, kernel.end()});
  const std::vector<float> found = model.weights("dense_1/kernel");
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(found[2 * i], first[i]);
    EXPECT_EQ(found[2 * i + 1], second[i]);
  }
  EXPECT_EQ(model.weights("dense_1/bias"), (std::vector<float>{1, 2}));
  ASSERT_EQ(loaded.size(), 6U);
  EXPECT_TRUE(loaded[0].reordered && !loaded[0].transposed);
  EXPECT_TRUE(loaded[4].reordered && loaded[4].transposed);
  EXPECT_FALSE(loaded[5].reordered);
}

TEST_F(FlattenedImages, BesideOtherNumbersAreReorderedAlone) {
  const Tensor x = input("x", ColumnRange{.first = 0, .count = size - 2}),
               others = input("others", ColumnRange{size - 2, 2});
  const Tensor image = x | Reshape{.shape = {1, 5, 2}} | Flatten{};
  Model model({x, others}, {concatenate({image, others}) | BatchNormalization{} | Dense{.units = 2}});
  model.build(size);
  model.load_weights(file("fc", "weight", counted(size)));
  EXPECT_EQ(model.weights("batch_normalization_1/gamma"), (std::vector<float>{1, 6, 2, 7, 3, 8, 4, 9, 5, 10, 11, 12}));
}

TEST_F(FlattenedImages, ThatAreAddedToOtherNumbersAreRefused) {
  const Tensor x = input("x", ColumnRange{.first = 0, .count = size});
  const Tensor image = x | Reshape{.shape = {2, 2, 3}} | Flatten{};
  Model model({x}, {add({image, x}) | BatchNormalization{} | Dense{.units = 2}});
  model.build(size);
  expect_error(ErrorKind::data,
               {"[load_weights] layer 'batch_normalization_1' reads a flattened image that is combined"},
               [&] { model.load_weights(file("fc", "weight", counted(size))); });
}

}  // namespace
}  // namespace millrace::test
