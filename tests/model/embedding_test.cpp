// SPDX-License-Identifier: Apache-2.0
//
// Training a model with an embedding: which numbers it takes, and sparse updates.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "export/graph_evaluator.hpp"
#include "export/onnx_file.hpp"
#include "model/models.hpp"
#include "support/expect_error.hpp"

namespace millrace::test {
namespace {

Model compiled(Model model) {
  model.compile({.optimizer = Adam{.learning_rate = 0.02}, .loss = BinaryCrossentropy{}});
  return model;
}

TEST(Embedding, RefusesNumbersThatAreNotItsCategories) {
  Dataset data = people();
  Model model = compiled(Model(input("city", {"city"}) | Embedding{.input_dim = 4, .output_dim = 2} | Flatten{} |
                               Dense{.units = 1, .activation = "sigmoid"}));
  expect_error(ErrorKind::data,
               {"[fit] column 'city' of row 5 of people.csv is 4", "'city', a whole number from 0 to 3"},
               [&] { model.fit(data); });
  model.build(data);
  expect_error(ErrorKind::data, {"[predict]", "row 5"}, [&] { static_cast<void>(model.predict(data)); });
  Model inner{Dense{.units = 3}, Embedding{.input_dim = 4, .output_dim = 2}};
  expect_error(ErrorKind::usage, {"[embedding_1]", "expected an input of the model"}, [&] { inner.build(3); });
  expect_error(ErrorKind::usage, {"input_dim is 16777217"},
               [&] { static_cast<void>(Model{Embedding{.input_dim = 16777217, .output_dim = 2}}); });
}

TEST(Embedding, ItsGraphHasNoRowForNumbersThatAreNotItsCategories) {
  const Dataset data = people();
  const Model model = [&] {
    Model built(input("city", {"city"}) | Embedding{.input_dim = 5, .output_dim = 2} | Flatten{} | Dense{.units = 1});
    built.build(data, 1);
    return built;
  }();
  const std::vector<std::byte> bytes = model.onnx_bytes();
  const PlainGraph graph = parse_onnx({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, "m.onnx");
  const auto answer = [&](double city) { return evaluate_graph(graph, {{"city", {{1, 1}, {city}}}}); };
  for (const double city : {0.0, -0.0, 1.0, 4.0}) EXPECT_NO_THROW(static_cast<void>(answer(city))) << city;
  for (const double city : {-1.0, -5.0, 2.7, -0.5, 5.0, 1e9, std::nan("")})
    expect_error(ErrorKind::data, {"Gather", "of a table of 5"}, [&] { return answer(city); });
}

// 96 rows of 2 categories out of 3000; batches repeat categories.
std::vector<float> few_categories() {
  std::vector<float> x(96 * 2);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>((i * i * 31 + i / 9) % 127 * 23);
  return x;
}

std::vector<float> trained(bool sparse, const OptimizerConfig& optimizer, std::int64_t epochs, int threads = 1,
                           double embeddings_l2 = 0, const UpdateOptions& update = {}) {
  const std::vector<float> x = few_categories();
  std::vector<float> y(96);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = static_cast<float>(i % 2);
  const Dataset data = Dataset::view(x, 2, y);
  Model model{Embedding{.input_dim = 3000, .output_dim = 40, .sparse = sparse, .embeddings_l2 = embeddings_l2},
              Flatten{}, Dense{.units = 1, .activation = "sigmoid"}};
  model.compile({.optimizer = optimizer, .loss = BinaryCrossentropy{}, .update = update});
  model.fit(data, {.epochs = epochs, .batch_size = 32, .threads = threads});
  return weights_of(model);
}

TEST(Embedding, SparseUpdatesEqualDenseOnesIfAZeroGradientChangesNothing) {
  EXPECT_TRUE(trained(true, Sgd{.learning_rate = 0.1}, 3) == trained(false, Sgd{.learning_rate = 0.1}, 3));
  EXPECT_TRUE(trained(true, Adagrad{}, 3) == trained(false, Adagrad{}, 3));
}

// SparseAdam written out for two categories of one number each, which is the output. The moments of the category that a
// batch does not have stay, but the count of steps increases.
TEST(Embedding, SparseAdamCountsEveryStep) {
  const std::vector<float> x{0, 1, 1, 0, 0, 1}, y{1, -2, 3, 0.5F, -1, 2};
  Model model{Embedding{.input_dim = 2, .output_dim = 1, .sparse = true}, Flatten{}};
  model.build(1, 3);
  std::vector<double> w{static_cast<double>(weights_of(model)[0]), static_cast<double>(weights_of(model)[1])}, m(2),
      v(2);
  model.compile({.optimizer = Adam{.learning_rate = 0.1}, .loss = MeanSquaredError{}});
  model.fit(Dataset::view(x, 1, y), {.epochs = 1, .batch_size = 1, .shuffle = false});
  for (std::size_t t = 1; t <= x.size(); ++t) {
    const auto at = static_cast<std::size_t>(x[t - 1]);
    const double g = 2 * (w[at] - static_cast<double>(y[t - 1])), step = static_cast<double>(t);
    m[at] += (g - m[at]) * 0.1;
    v[at] += (g * g - v[at]) * 0.001;
    w[at] -= 0.1 * std::sqrt(1 - std::pow(0.999, step)) / (1 - std::pow(0.9, step)) * m[at] / (std::sqrt(v[at]) + 1e-7);
  }
  EXPECT_NEAR(weights_of(model)[0], w[0], 1e-5);
  EXPECT_NEAR(weights_of(model)[1], w[1], 1e-5);
}

TEST(Embedding, SparseUpdatesChangeOnlyRowsOfTheBatch) {
  const std::vector<float> before = trained(true, Adam{}, 0), after = trained(true, Adam{}, 2),
                           dense = trained(false, Adam{}, 2);
  std::size_t moved = 0;
  for (std::size_t row = 0; row < 3000; ++row) moved += before[row * 40] != after[row * 40] ? 1 : 0;
  const std::vector<float> x = few_categories();
  EXPECT_EQ(moved, std::set<float>(x.begin(), x.end()).size());
  EXPECT_TRUE(after != dense);
  EXPECT_TRUE(after == trained(true, Adam{}, 2, 3)) << "three threads";
  expect_error(ErrorKind::usage, {"embedding_1/embeddings", "sparse=false"}, [] {
    Model model{Embedding{.input_dim = 3, .output_dim = 4, .sparse = true}, Flatten{}, Dense{.units = 1}};
    model.compile({.loss = MeanSquaredError{}, .update = {.global_clipnorm = 1}});
    const std::vector<float> rows{0, 1, 2}, numbers{1, 2, 3};
    model.fit(Dataset::view(rows, 1, numbers), {.batch_size = 3});
  });
}

TEST(Embedding, PenaltiesMakeUpdatesDense) {
  const std::vector<float> before = trained(true, Sgd{.learning_rate = 0.1}, 0),
                           after = trained(true, Sgd{.learning_rate = 0.1}, 1, 1, 0.25);
  // A row in no batch changes in each of the three steps by -0.1 * 2 * 0.25 w.
  const std::vector<float> x = few_categories();
  std::int64_t unseen = 0;
  for (std::size_t row = 0; row < 3000; ++row) {
    if (std::find(x.begin(), x.end(), static_cast<float>(row)) != x.end()) continue;
    ++unseen;
    for (std::size_t c = 0; c < 40; ++c)
      EXPECT_NEAR(after[row * 40 + c], before[row * 40 + c] * 0.857375F, 1e-7) << row;
  }
  EXPECT_GT(unseen, 2800);
  EXPECT_TRUE(after == trained(false, Sgd{.learning_rate = 0.1}, 1, 1, 0.25)) << "the option sparse has no effect";
  EXPECT_TRUE(after == trained(true, Sgd{.learning_rate = 0.1}, 1, 3, 0.25)) << "three threads";
  // Clipping, which needs the gradient of every row, works with dense updates.
  EXPECT_NO_THROW(trained(true, Adam{}, 1, 1, 0.25, {.global_clipnorm = 1}));
}

}  // namespace
}  // namespace millrace::test
