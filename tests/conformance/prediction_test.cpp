// SPDX-License-Identifier: Apache-2.0
//
// Every row of the tables predicts: a table's row has the same bits whichever rows are around it, and how many.
#include <gtest/gtest.h>

#include "conformance/cases.hpp"
#include "millrace/model.hpp"
#include "support/reference.hpp"

namespace millrace::test {
namespace {

class Predictions : public ::testing::TestWithParam<Case> {};

TEST_P(Predictions, OfARowDependOnNoOther) {
  const Case& c = GetParam();
  constexpr std::int64_t rows = 20;
  const Network network = network_of(c, 1);
  const ReferenceBatch batch = random_batch(network, *make_loss(parse_loss(c.loss)), rows, 21);
  const std::vector<float> x(batch.x.begin(), batch.x.end());
  std::vector<LayerConfig> layers;
  for (const std::string& layer : c.layers) layers.push_back(parse_layer(layer));
  Model model(layers);
  model.build(c.inputs, 9);
  const auto of = [&](std::int64_t first, std::int64_t count) {
    const auto from = static_cast<std::size_t>(first * c.inputs), size = static_cast<std::size_t>(count * c.inputs);
    return model.predict(Dataset::view(std::span(x).subspan(from, size), c.inputs), 1);
  };
  const Matrix all = of(0, rows);
  for (const std::int64_t count : {1, 3, 13}) {
    for (std::int64_t first = 0; first + count <= rows; first += count) {
      const Matrix some = of(first, count);
      for (std::int64_t r = 0; r < count; ++r) {
        for (std::int64_t i = 0; i < all.columns(); ++i)
          ASSERT_EQ(some.row(r)[i], all.row(first + r)[i]) << count << " rows, row " << first + r << ", output " << i;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Tables, Predictions, ::testing::ValuesIn(conformance_cases()),
                         [](const auto& value) { return value.param.name; });

}  // namespace
}  // namespace millrace::test
