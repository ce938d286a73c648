// SPDX-License-Identifier: Apache-2.0
//
// The three example tables and a model for each.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "millrace/millrace.hpp"

namespace millrace::test {

struct Example {
  std::string name, file, target;
  std::vector<LayerConfig> layers;
  LossConfig loss;
  std::int64_t batch = 32;
  friend std::ostream& operator<<(std::ostream& out, const Example& e) { return out << e.name; }
};

inline std::vector<Example> examples() {
  return {{"digits01",
           "digits01.csv",
           "digit",
           {Dense{.units = 25, .activation = "sigmoid"}, Dense{.units = 15, .activation = "sigmoid"},
            Dense{.units = 1, .activation = "sigmoid"}},
           BinaryCrossentropy{}},
          {"digits",
           "digits.csv",
           "digit",
           {Dense{.units = 64, .activation = "relu"}, Dense{.units = 10, .activation = "softmax"}},
           SparseCategoricalCrossentropy{}},
          {"breast_cancer",
           "breast_cancer.csv",
           "diagnosis",
           {Dense{.units = 16, .activation = "tanh"}, Dense{.units = 1, .activation = "sigmoid"}},
           BinaryCrossentropy{}}};
}

inline Dataset read_example(const Example& example) {
  return read_csv(std::string(MILLRACE_DATA_DIR) + "/" + example.file, {.target = {example.target}});
}

inline Model compiled_model(const Example& example, const Dataset& training) {
  Model model(example.layers);
  model.compile({.optimizer = Adam{}, .loss = example.loss, .metrics = {"accuracy"}});
  model.standardize(training);
  return model;
}

/// All parameters, one after the other.
inline std::vector<float> weights_of(const Model& model) {
  std::vector<float> all;
  for (const Parameter& parameter : model.parameters()) {
    const std::vector<float> of_one = model.weights(parameter.name);
    all.insert(all.end(), of_one.begin(), of_one.end());
  }
  return all;
}

}  // namespace millrace::test
