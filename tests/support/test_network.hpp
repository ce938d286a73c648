// SPDX-License-Identifier: Apache-2.0
//
// A network together with values for its parameters, which tests read and change at will. The product keeps values in a
// ParameterStore instead: store.load(ParameterStore::weights, network.weights).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "network/network.hpp"

namespace millrace::test {

struct TestNetwork : Network {
  /// With initial values drawn from `seed`.
  explicit TestNetwork(const NetworkDescription& description, std::uint64_t seed = 0) : Network(description) {
    for (int i = 0; i < static_cast<int>(parameters().size()); ++i) {
      const std::vector<float> drawn = initial_values(i, seed);
      weights.insert(weights.end(), drawn.begin(), drawn.end());
    }
  }

  /// Moves every value a little. Biases and the like start at constants, where a wrong sign would not show.
  void shake(std::uint64_t seed) {
    Random random(seed, RandomStream::noise, 1);
    for (float& value : weights) value += 0.2F * (random.uniform() - 0.5F);
  }

  [[nodiscard]] std::span<float> values(const NetworkParameter& parameter) {
    return std::span(weights).subspan(static_cast<std::size_t>(parameter.offset),
                                      static_cast<std::size_t>(parameter.size));
  }
  [[nodiscard]] std::span<const float> values(const NetworkParameter& parameter) const {
    return std::span(weights).subspan(static_cast<std::size_t>(parameter.offset),
                                      static_cast<std::size_t>(parameter.size));
  }

  std::vector<float> weights;  ///< of all parameters, one after the other, each row-major
};

/// Layers one after the other, behind an input of this shape; values drawn from `seed`.
inline TestNetwork chain_of(const std::vector<LayerConfig>& layers, const Shape& input, std::uint64_t seed = 3,
                            Semantics semantics = Semantics::keras) {
  Graph graph;
  for (const LayerConfig& layer : layers) graph.layers.push_back({.layer = layer});
  graph = ordered(graph);
  return TestNetwork({{{graph.inputs[0].name, input}}, graph.layers, semantics}, seed);
}

/// Layers in the form of --layers, behind an input of `inputs` features.
inline TestNetwork chain_of(const std::vector<std::string>& layers, std::int64_t inputs, std::uint64_t seed = 3,
                            Semantics semantics = Semantics::keras) {
  std::vector<LayerConfig> parsed;
  for (const std::string& layer : layers) parsed.push_back(parse_layer(layer));
  return chain_of(parsed, {inputs}, seed, semantics);
}

}  // namespace millrace::test
