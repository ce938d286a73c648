// SPDX-License-Identifier: Apache-2.0
//
// Layers whose weights stay as they are, and an optimizer's state that comes from a checkpoint.
#include <gtest/gtest.h>

#include "model/models.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

class Freeze : public ::testing::Test {
 protected:
  [[nodiscard]] Dataset data() const { return table_.view(); }
  [[nodiscard]] static Model model(const CompileOptions& options) {
    Model model{Dense{.units = 5, .activation = "tanh"}, Dense{.units = 4, .activation = "tanh"}, Dense{.units = 1}};
    model.compile(options);
    model.build(2, 3);
    return model;
  }
  static constexpr std::int64_t rows = 64;
  const NormalTable table_{rows, 2, 7};
};

TEST_F(Freeze, KeepsTheWeightsOfTheNamedLayersOnly) {
  for (const UpdateOptions& update :
       {UpdateOptions{}, UpdateOptions{.weight_decay = 0.1}, UpdateOptions{.global_clipnorm = 1},
        UpdateOptions{.weight_decay = 0.1, .gradient_accumulation_steps = 2}}) {
    for (const OptimizerConfig& optimizer : {OptimizerConfig(Adam{}), OptimizerConfig(Lamb{})}) {
      Model model = this->model({.optimizer = optimizer, .loss = MeanSquaredError{}, .update = update});
      const auto weights = [&](const char* name) { return model.weights(name); };
      const std::vector<float> first = weights("dense_1/kernel"), bias = weights("dense_1/bias"),
                               second = weights("dense_2/kernel"), third = weights("dense_3/kernel");
      model.freeze({"dense_1", "dense_3"});
      model.fit(data(), {.epochs = 2, .threads = 2});
      EXPECT_EQ(weights("dense_1/kernel"), first);
      EXPECT_EQ(weights("dense_1/bias"), bias);
      EXPECT_EQ(weights("dense_3/kernel"), third);
      EXPECT_NE(weights("dense_2/kernel"), second);
      model.freeze({});
      model.fit(data(), {.epochs = 1});
      EXPECT_NE(weights("dense_1/kernel"), first);
    }
  }
}

TEST_F(Freeze, RefusesAnUnknownLayer) {
  Model adam = model({.optimizer = Adam{}, .loss = MeanSquaredError{}});
  adam.freeze({"dense_1"});
  expect_error(ErrorKind::usage, {"[freeze]", "'dense_9'", "dense_1"}, [&] { adam.freeze({"dense_9"}); });
  EXPECT_FALSE(adam.graph().layers[0].trainable);
  EXPECT_TRUE(adam.graph().layers[1].trainable);
}

TEST_F(Freeze, OfAModelThatIsNotBuiltHoldsWhenItIs) {
  Model model{Dense{.units = 5}, Dense{.units = 1}};
  model.compile({.optimizer = Adam{}, .loss = MeanSquaredError{}});
  model.freeze({"dense_1"});
  model.build(2, 3);
  const std::vector<float> first = model.weights("dense_1/kernel"), second = model.weights("dense_2/kernel");
  model.fit(data(), {.epochs = 2});
  EXPECT_EQ(model.weights("dense_1/kernel"), first);
  EXPECT_NE(model.weights("dense_2/kernel"), second);
}

// The reference learns from what the frozen layers make of the rows.
TEST_F(Freeze, LeavesConstantsToLbfgs) {
  Model whole{BatchNormalization{}, Dense{.units = 5, .activation = "tanh"}, Dense{.units = 1}};
  whole.build(2, 3);
  whole.set_weights("batch_normalization_1/moving_mean", std::vector<float>{0.5F, -0.25F});
  whole.set_weights("batch_normalization_1/moving_variance", std::vector<float>{4, 0.25F});
  whole.freeze({"batch_normalization_1", "dense_1"});
  Model first{BatchNormalization{}, Dense{.units = 5, .activation = "tanh"}}, last{Dense{.units = 1}};
  first.build(2, 3);
  last.build(5, 3);
  for (const char* name :
       {"batch_normalization_1/moving_mean", "batch_normalization_1/moving_variance", "dense_1/kernel"})
    first.set_weights(name, whole.weights(name));
  last.set_weights("dense_1/kernel", whole.weights("dense_2/kernel"));
  const CompileOptions compiled{.optimizer = Lbfgs{}, .loss = MeanSquaredError{}};
  whole.compile(compiled);
  last.compile(compiled);
  const std::vector<float> kernel = whole.weights("dense_1/kernel");

  const Dataset table = data();
  Matrix features = first.predict(table);
  Dataset outputs = table;
  outputs.features = features.view();
  whole.fit(table, {.epochs = 3, .batch_size = rows});
  last.fit(outputs, {.epochs = 3, .batch_size = rows});
  EXPECT_EQ(whole.weights("dense_1/kernel"), kernel);
  EXPECT_EQ(whole.weights("batch_normalization_1/moving_mean"), (std::vector<float>{0.5F, -0.25F}));
  const std::vector<float> found = whole.weights("dense_2/kernel"), wanted = last.weights("dense_1/kernel");
  for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_NEAR(found[i], wanted[i], 1e-4) << i;
}

TEST_F(Freeze, IsPartOfTheIdentityOfARun) {
  const TemporaryDirectory folder;
  FitOptions options{.epochs = 1, .checkpoint = folder.file("run"), .resume = true};
  const CompileOptions compiled{.optimizer = Adam{}, .loss = MeanSquaredError{}};
  model(compiled).fit(data(), options);
  options.epochs = 2;
  Model frozen = model(compiled);
  frozen.freeze({"dense_1"});
  expect_error(ErrorKind::usage, {"frozen layers (none in the checkpoint", "dense_1", "--change"},
               [&] { frozen.fit(data(), options); });
  options.change = true;
  frozen.fit(data(), options);
  EXPECT_EQ(frozen.weights("dense_1/kernel"), Model::load_checkpoint(folder.file("run")).weights("dense_1/kernel"));
}

TEST_F(Freeze, AnOptimizerGoesOnWithTheStateOfACheckpoint) {
  const TemporaryDirectory folder;
  const CompileOptions compiled{.optimizer = Adam{}, .loss = MeanSquaredError{}};
  Model once = model(compiled);
  once.fit(data(), {.epochs = 2, .shuffle = false, .checkpoint = folder.file("run")});
  Model with_state = Model::load_checkpoint(folder.file("run")), without = Model::load_checkpoint(folder.file("run"));
  once.fit(data(), {.epochs = 1, .shuffle = false});
  with_state.fit(data(), {.epochs = 1, .shuffle = false, .optimizer_state = folder.file("run")});
  without.fit(data(), {.epochs = 1, .shuffle = false});
  EXPECT_EQ(weights_of(with_state), weights_of(once));
  EXPECT_NE(weights_of(without), weights_of(once));
}

}  // namespace
}  // namespace millrace::test
