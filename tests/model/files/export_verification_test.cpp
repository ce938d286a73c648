// SPDX-License-Identifier: Apache-2.0
//
// Which differences between a model and its graph are those of fp32, and which are not.
#include "model/files/export_verification.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "base/random.hpp"
#include "export/onnx_file.hpp"
#include "model/files/onnx.hpp"
#include "model/models.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

class ExportVerification : public ::testing::Test {
 protected:
  const TemporaryDirectory folder_;
  const std::string file_ = folder_.file("model.onnx");

  // Sets the weights, kernel and bias of one layer after the other, and exports.
  void export_with(Model model, std::int64_t inputs, const std::vector<std::vector<float>>& weights) {
    model.build(inputs);
    const std::vector<Parameter> parameters = model.parameters();
    ASSERT_EQ(parameters.size(), weights.size());
    for (std::size_t i = 0; i < weights.size(); ++i) {
      model.set_weights(parameters[i].name, weights[i]);
    }
    model.export_onnx(file_);
  }
  // What the verification says of the exported model and its graph, changed.
  void verify(const std::function<void(PlainGraph&)>& change) const {
    Model::State state;
    read_model(file_, state);
    verify_export(state, [&] {
      PlainGraph graph = read_onnx(file_);
      change(graph);
      return graph;
    });
  }
  void refuses(const std::function<void(PlainGraph&)>& change) const {
    verify([](PlainGraph&) {});
    expect_error(ErrorKind::mismatch, {"[export]", "differs from the model by", "expected at most"}, [&] {
      verify(change);
      return 0;
    });
  }
};

Model two_layers() { return Model{Dense{.units = 2}, Dense{.units = 1}}; }

TEST_F(ExportVerification, FindsAWeightThatIsATenthOfAPercentOff) {
  export_with(two_layers(), 1, {{1, 2}, {0, 0}, {3, 1}, {0.5F}});
  refuses([](PlainGraph& graph) { graph.constants.at("dense_1/kernel").values[0] *= 1.001F; });
}

// 1e4 x - 1e4 (1.001 x): in fp32 the difference has four digits.
TEST_F(ExportVerification, AllowsWhatCancellationLeavesOfDigits) {
  const std::vector<std::vector<float>> weights{{1, 1.001F}, {0, 0}, {1e4F, -1e4F}, {0}};
  export_with(two_layers(), 1, weights);
  refuses([](PlainGraph& graph) { graph.constants.at("dense_2/kernel").values[1] = 1e4F; });
  refuses([](PlainGraph& graph) { graph.constants.at("dense_1/kernel").values[1] = 1.003F; });
}

// Each output is a sum of 64 numbers of about 1e10. In one row or another of so many models they cancel out, and by chance
// the error of rounding to nearest, too.
TEST_F(ExportVerification, AllowsRoundingWhereManyNumbersCancel) {
  constexpr int inputs = 8, units = 64;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Random random(seed, RandomStream::noise);
    const auto numbers = [&](int count, double size) {
      std::vector<float> all;
      for (int i = 0; i < count; ++i) all.push_back(static_cast<float>(size * random.normal()));
      return all;
    };
    Model model{Dense{.units = units}, Dense{.units = units}, Dense{.units = 1}};
    export_with(std::move(model), inputs,
                {numbers(inputs * units, 1e10), numbers(units, 1), numbers(units * units, 1), numbers(units, 1),
                 numbers(units, 1), numbers(1, 1)});
  }
}

// Outputs near 0 are differences of numbers as large as the targets' deviation, 1e5, whose rounding is 0.01.
TEST_F(ExportVerification, MeasuresScaledTargetsByTheirDeviation) {
  Model model{Dense{.units = 64}, Dense{.units = 1}};
  model.build(1);
  const std::vector<float> x{0, 1}, y{0, 2e5F};
  model.scale_target(Dataset::view(x, 1, y), "standard");
  std::vector<float> slopes, signs;
  for (int u = 0; u < 64; ++u) {
    slopes.push_back(1 + static_cast<float>(u / 2) / 7);
    signs.push_back(u % 2 == 0 ? 1 : -1);
  }
  model.set_weights("dense_1/kernel", slopes);
  model.set_weights("dense_2/kernel", signs);
  model.set_weights("dense_2/bias", std::vector<float>{-1});
  model.export_onnx(file_);
  refuses([](PlainGraph& graph) { graph.constants.at("dense_2/kernel").values[1] = -1.01F; });
}

// The rows of training may all be small; random ones are not.
TEST_F(ExportVerification, AllowsThatSomeRowsOverflow) {
  export_with(Model{Dense{.units = 1, .activation = "exponential"}}, 1, {{100}, {0}});
  refuses([](PlainGraph& graph) { graph.constants.at("dense_1/kernel").values[0] = 99; });
}

TEST_F(ExportVerification, RefusesWhatOverflowsEverywhere) {
  expect_error(ErrorKind::non_finite, {"[export]", "of 256 random rows", "standardise the features"}, [&] {
    export_with(Model{Dense{.units = 1, .activation = "exponential"}}, 1, {{0}, {1000}});
    return 0;
  });
}

}  // namespace
}  // namespace millrace::test
