// SPDX-License-Identifier: Apache-2.0
//
// Small models made from the rows of the operation tables: a new row is a new case.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "ops/activations/activation.hpp"
#include "ops/layers/layer.hpp"
#include "ops/losses/loss.hpp"
#include "support/test_network.hpp"

namespace millrace::test {

struct Case {
  std::string name;
  std::vector<std::string> layers;
  std::string loss;
  std::int64_t inputs = 11;
  friend std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.name; }
};

inline std::string case_name(std::string text) {
  for (char& c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return text;
}

/// Every layer, activation and loss once, with the options its row gives as examples.
inline std::vector<Case> conformance_cases() {
  std::vector<Case> cases;
  for (const LayerRow& row : layer_table()) {
    for (const std::string_view example : row.examples) {
      Case& c = cases.emplace_back();
      c.name = "layer_" + case_name(std::string(example));
      c.loss = "sparse_categorical_crossentropy";
      // Categories come from the data; anything else from a layer, so that its delta is tried too.
      if (row.make(parse_layer(example), Semantics::keras)->categories() == 0) {
        c.layers.push_back("dense:" + std::to_string(element_count(row.example_input)) + ":tanh");
        if (row.example_input.size() > 1) {
          std::string shape;
          for (const std::int64_t extent : row.example_input)
            shape += (shape.empty() ? "" : "x") + std::to_string(extent);
          c.layers.push_back("reshape:" + shape);
        }
      }
      c.layers.insert(c.layers.end(), {std::string(example), "flatten", "dense:3:softmax"});
    }
  }
  // What a layer does with the axes of an image.
  cases.push_back({"prelu_of_images",
                   {"dense:12:tanh", "reshape:2x3x2", "prelu:shared_axes=1x2", "flatten", "dense:3"},
                   "mean_squared_error"});
  for (const ActivationRow& row : activation_table()) {
    const std::string name(row.name);
    cases.push_back({"activation_" + name, {"dense:8:" + name, "dense:4"}, "mean_squared_error"});
    cases.push_back({"last_activation_" + name, {"dense:5:tanh", "dense:4:" + name}, "mean_squared_error"});
    cases.push_back(
        {"separate_activation_" + name, {"dense:8", "activation:" + name, "dense:2"}, "mean_squared_error"});
  }
  for (const LossRow& row : loss_table()) {
    std::vector<std::string> texts{std::string(row.name)};
    texts.insert(texts.end(), row.examples.begin(), row.examples.end());
    for (const std::string& text : texts) {
      const bool logits = text.find("from_logits=true") != std::string::npos;
      const std::string activation = logits ? "linear" : std::string(row.output_activation);
      cases.push_back({"loss_" + case_name(text), {"dense:6:tanh", "dense:3:" + activation}, text});
      // The same activation from a layer of its own, which the loss may take over too.
      if (!logits)
        cases.push_back(
            {"loss_apart_" + case_name(text), {"dense:6:tanh", "dense:3", "activation:" + activation}, text});
    }
  }
  return cases;
}

inline TestNetwork network_of(const Case& c, std::uint64_t seed, Semantics semantics = Semantics::keras) {
  TestNetwork network = chain_of(c.layers, c.inputs, seed, semantics);
  network.shake(seed);
  return network;
}

}  // namespace millrace::test
