// SPDX-License-Identifier: Apache-2.0
//
// Every row of every table: loss and gradient against the reference in double, and the same bits for any thread count.
#include <gtest/gtest.h>

#include "base/random.hpp"
#include "network/network.hpp"
#include "support/reference.hpp"

#include "conformance/cases.hpp"

namespace millrace::test {
namespace {

class Conformance : public ::testing::TestWithParam<Case> {};

TEST_P(Conformance, LossAndGradientAreThoseOfTheReference) {
  const TestNetwork network = network_of(GetParam(), 7);
  const auto loss = make_loss(parse_loss(GetParam().loss));
  for (const bool weighted : {false, true}) {
    const ReferenceBatch batch = random_batch(network, *loss, 13, 3, weighted);
    const std::vector<double> parameters(network.weights.begin(), network.weights.end());
    const EngineResult engine = engine_gradient(network, *loss, batch, 1);
    EXPECT_NEAR(engine.loss, reference_loss(network, *loss, parameters, batch),
                2e-6 * std::max(1.0, std::abs(engine.loss)));
    EXPECT_LT(relative_difference(engine.gradient, reference_gradient(network, *loss, parameters, batch), 1e-3), 2e-5);
  }
}

// The rows' weights divide the loss there.
TEST_P(Conformance, LossAndGradientAreThoseOfTheReferenceInTorch) {
  const TestNetwork network = network_of(GetParam(), 17, Semantics::torch);
  const auto loss = make_loss(parse_loss(GetParam().loss), Semantics::torch);
  const ReferenceBatch batch = random_batch(network, *loss, 13, 3, true);
  const std::vector<double> parameters(network.weights.begin(), network.weights.end());
  const EngineResult engine = engine_gradient(network, *loss, batch, 1);
  EXPECT_NEAR(engine.loss, reference_loss(network, *loss, parameters, batch),
              2e-6 * std::max(1.0, std::abs(engine.loss)));
  EXPECT_LT(relative_difference(engine.gradient, reference_gradient(network, *loss, parameters, batch), 1e-3), 2e-5);
}

TEST_P(Conformance, EveryThreadCountGivesTheSameBits) {
  const TestNetwork network = network_of(GetParam(), 11);
  const auto loss = make_loss(parse_loss(GetParam().loss));
  // Enough rows for several shards, and a number that no shard size divides.
  const ReferenceBatch batch = random_batch(network, *loss, 1003, 5, true);
  const EngineResult one = engine_gradient(network, *loss, batch, 1);
  for (const int threads : {2, 3, 8}) {
    const EngineResult several = engine_gradient(network, *loss, batch, threads);
    EXPECT_EQ(one.loss, several.loss) << threads << " threads";
    EXPECT_EQ(one.gradient, several.gradient) << threads << " threads";
  }
}

TEST_P(Conformance, ManyRowsGiveTheMeanOfTheirParts) {
  const TestNetwork network = network_of(GetParam(), 13);
  const auto loss = make_loss(parse_loss(GetParam().loss));
  const ReferenceBatch whole = random_batch(network, *loss, 1003, 9);
  const EngineResult engine = engine_gradient(network, *loss, whole, 2);
  const std::vector<double> parameters(network.weights.begin(), network.weights.end());
  EXPECT_NEAR(engine.loss, reference_loss(network, *loss, parameters, whole),
              2e-6 * std::max(1.0, std::abs(engine.loss)));
}

INSTANTIATE_TEST_SUITE_P(Tables, Conformance, ::testing::ValuesIn(conformance_cases()),
                         [](const auto& value) { return value.param.name; });

}  // namespace
}  // namespace millrace::test
