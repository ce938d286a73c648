// SPDX-License-Identifier: Apache-2.0
//
// The plain reference with which the engine is compared: a whole batch in double, layer after layer, by the reference
// formulas of the operations. It has no kernels, shards or threads.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "network/network.hpp"
#include "ops/losses/loss.hpp"
#include "ops/optimizers/optimizer.hpp"
#include "step/step.hpp"
#include "support/test_network.hpp"

namespace millrace::test {

/// A batch in double: x [rows x inputs], y [rows x target width], weights [rows] or empty.
struct ReferenceBatch {
  std::int64_t rows = 0;
  std::vector<double> x, y, weights;
};

/// The outputs of the last layer [rows x outputs], with the values of all parameters, one after the other.
[[nodiscard]] std::vector<double> reference_outputs(const Network& network, std::span<const double> parameters,
                                                    const ReferenceBatch& batch);

/// The mean loss of the batch, penalties included.
[[nodiscard]] double reference_loss(const Network& network, const Loss& loss, std::span<const double> parameters,
                                    const ReferenceBatch& batch);

/// d(reference_loss)/d(parameter) by central differences.
[[nodiscard]] std::vector<double> reference_gradient(const Network& network, const Loss& loss,
                                                     std::span<const double> parameters, const ReferenceBatch& batch);

/// The engine's results for the same batch: the mean loss, and the gradients of all parameters, one after the other.
struct EngineResult {
  double loss = 0;
  std::vector<float> gradient;
};
[[nodiscard]] EngineResult engine_gradient(const TestNetwork& network, const Loss& loss, const ReferenceBatch& batch,
                                           int threads, KernelChoice kernels = KernelChoice::automatic,
                                           ProductPrecision precision = ProductPrecision::fp32);

/// Random rows with targets that the loss accepts.
[[nodiscard]] ReferenceBatch random_batch(const Network& network, const Loss& loss, std::int64_t rows,
                                          std::uint64_t seed, bool weighted = false);

/// |a - b| relative to the largest of `b`'s size and `floor`.
[[nodiscard]] double relative_difference(std::span<const float> a, std::span<const double> b, double floor);

}  // namespace millrace::test
