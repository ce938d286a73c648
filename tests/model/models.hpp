// SPDX-License-Identifier: Apache-2.0
//
// Tables and models for tests: the three example tables, and small tables in memory.
#pragma once

#include <ostream>
#include <span>
#include <string>
#include <vector>

#include "base/random.hpp"
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

/// The values of all parameters, one after the other.
inline std::vector<float> weights_of(const Model& model) {
  std::vector<float> all;
  for (const Parameter& parameter : model.parameters()) {
    const std::vector<float> of_one = model.weights(parameter.name);
    all.insert(all.end(), of_one.begin(), of_one.end());
  }
  return all;
}

/// 96 rows of 4 numbers; the target is 1 if the first number is positive, else 0.
struct SignTable {
  SignTable() {
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>((i * 37) % 101) / 50.0F - 1.0F;
    for (std::size_t r = 0; r < y.size(); ++r) y[r] = x[4 * r] > 0 ? 1.0F : 0.0F;
  }
  [[nodiscard]] Dataset view() const { return Dataset::view(x, 4, y); }
  std::vector<float> x = std::vector<float>(96 * 4), y = std::vector<float>(96);
};

/// A built and compiled model for a SignTable.
inline Model sign_model(const OptimizerConfig& optimizer) {
  Model model{Dense{.units = 5, .activation = "tanh"}, Dense{.units = 1, .activation = "sigmoid"}};
  model.compile({.optimizer = optimizer, .loss = BinaryCrossentropy{}, .metrics = {"accuracy"}});
  model.build(4, 1);
  return model;
}

/// Rows of normal numbers; the target is 1 if the first one is positive, else 0.
struct NormalTable {
  NormalTable(std::int64_t rows, std::int64_t width, std::uint64_t seed) : columns(width) {
    Random random(seed, RandomStream::noise);
    for (std::int64_t i = 0; i < columns * rows; ++i) x.push_back(static_cast<float>(random.normal()));
    for (std::int64_t r = 0; r < rows; ++r) y.push_back(x[columns * r] > 0 ? 1.0F : 0.0F);
  }
  /// The first rows, or all of them.
  [[nodiscard]] Dataset view(std::int64_t rows) const {
    return Dataset::view(std::span(x).first(columns * rows), columns, std::span(y).first(rows));
  }
  [[nodiscard]] Dataset view() const { return view(std::ssize(y)); }
  std::int64_t columns;
  std::vector<float> x, y;
};

/// Rows in memory; the target is 1 if the sum of the row is positive, else 0.
struct SumTable {
  std::vector<float> x, y;
  SumTable(std::int64_t rows, std::int64_t columns) {
    for (std::int64_t r = 0; r < rows; ++r) {
      float sum = 0;
      for (std::int64_t c = 0; c < columns; ++c)
        sum += x.emplace_back(static_cast<float>((r * 7 + c * 13) % 11) / 5.0F - 1);
      y.push_back(sum > 0 ? 1.0F : 0.0F);
    }
  }
  [[nodiscard]] Dataset view() const { return Dataset::view(x, std::ssize(x) / std::ssize(y), y); }
};

/// A compiled model for a SumTable.
inline Model sum_model(const OptimizerConfig& optimizer = Adam{}) {
  Model model{Dense{.units = 4, .activation = "tanh"}, Dense{.units = 1, .activation = "sigmoid"}};
  model.compile({.optimizer = optimizer, .loss = BinaryCrossentropy{}});
  return model;
}

/// 40 rows with the numbers a, b, c and a city (category 0 to 4); the target depends on all of them.
inline Dataset people() {
  Matrix x(40, 4), y(40, 1);
  for (std::int64_t r = 0; r < 40; ++r) {
    for (std::int64_t c = 0; c < 3; ++c) x.row(r)[c] = static_cast<float>((r * 7 + c * 11) % 13) * 3 - 10;
    x.row(r)[3] = static_cast<float>(r % 5);
    y.row(r)[0] = (r * 7) % 13 > 5 || r % 5 == 2 ? 1.0F : 0.0F;
  }
  Dataset data = Dataset::view(x.values(), 4, y.values());
  data.feature_names = {"a", "b", "c", "city"};
  data.source = "people.csv";
  data.owners = {x.owner(), y.owner()};
  return data;
}

}  // namespace millrace::test
