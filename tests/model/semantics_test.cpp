// SPDX-License-Identifier: Apache-2.0
//
// The semantics of a model: the library whose defaults and formulas apply. tests/golden has curves of these libraries.
#include <gtest/gtest.h>

#include <cmath>

#include "base/random.hpp"
#include "model/models.hpp"
#include "support/expect_error.hpp"

namespace millrace::test {
namespace {

Model built(const std::vector<LayerConfig>& layers, Semantics semantics, std::int64_t inputs = 20) {
  Model model(layers, semantics);
  model.build(inputs, 5);
  return model;
}

double largest(const Model& model, const Parameter& parameter) {
  double most = 0;
  for (const float value : model.weights(parameter.name)) most = std::max(most, std::abs(static_cast<double>(value)));
  return most;
}

LayerConfig dense(std::int64_t units, const std::string& activation) {
  LayerConfig config("dense");
  config.options = {{"units", units}, {"activation", activation}};
  return config;
}

template <class T>
T option(const Model& model, std::size_t layer, const std::string& name) {
  return std::get<T>(model.layers().at(layer).options.at(name));
}

TEST(Semantics, SetsTheDefaultsOfLayersGivenByName) {
  const std::vector<LayerConfig> layers{dense(6, "tanh"), "batch_normalization", "layer_normalization",
                                        "rms_normalization", "prelu"};
  const Model keras = built(layers, Semantics::keras), torch = built(layers, Semantics::torch),
              sklearn = built(layers, Semantics::sklearn);
  EXPECT_EQ(option<double>(keras, 1, "epsilon"), 1e-3);
  EXPECT_EQ(option<double>(torch, 1, "epsilon"), 1e-5);
  EXPECT_EQ(option<double>(keras, 1, "momentum"), 0.99);
  EXPECT_EQ(option<double>(torch, 1, "momentum"), 0.9);
  EXPECT_TRUE(option<bool>(torch, 1, "unbiased"));
  EXPECT_EQ(option<double>(torch, 2, "epsilon"), 1e-5);
  EXPECT_NEAR(option<double>(torch, 3, "epsilon"), std::pow(2.0, -23), 1e-13);
  EXPECT_FALSE(option<bool>(keras, 4, "shared"));
  EXPECT_TRUE(option<bool>(torch, 4, "shared"));
  EXPECT_EQ(option<double>(keras, 0, "kernel_l2"), 0);
  EXPECT_EQ(option<double>(sklearn, 0, "kernel_l2"), 1e-4);
}

TEST(Semantics, DoesNotChangeOptionStructs) {
  const Model model = built({Dense{.units = 6}, BatchNormalization{}}, Semantics::torch);
  EXPECT_EQ(option<double>(model, 1, "epsilon"), 1e-3) << "the struct's default";
  auto torch = BatchNormalization::defaults(Semantics::torch);
  torch.center = false;
  EXPECT_EQ(option<double>(built({Dense{.units = 6}, torch}, Semantics::torch), 1, "epsilon"), 1e-5);
}

TEST(Semantics, SetsTheInitialWeights) {
  const auto limits = [](Semantics semantics, const std::string& hidden, double kernel, double bias, double last) {
    Model model = built({dense(200, hidden), dense(30, "linear")}, semantics);
    const auto parameters = model.parameters();
    // The largest of these many uniform draws is close to the limit.
    EXPECT_LE(largest(model, parameters[0]), kernel);
    EXPECT_GT(largest(model, parameters[0]), 0.99 * kernel);
    EXPECT_LE(largest(model, parameters[1]), bias);
    EXPECT_GE(largest(model, parameters[1]), 0.9 * bias);
    EXPECT_LE(largest(model, parameters[2]), last);
    EXPECT_GT(largest(model, parameters[2]), 0.99 * last);
  };
  limits(Semantics::keras, "relu", std::sqrt(6.0 / 220), 0, std::sqrt(6.0 / 230));
  limits(Semantics::torch, "relu", std::sqrt(1.0 / 20), std::sqrt(1.0 / 20), std::sqrt(1.0 / 200));
  limits(Semantics::sklearn, "relu", std::sqrt(6.0 / 220), std::sqrt(6.0 / 220), std::sqrt(6.0 / 230));
  // In scikit-learn the activation of the hidden layers decides, for the output layer too.
  limits(Semantics::sklearn, "sigmoid", std::sqrt(2.0 / 220), std::sqrt(2.0 / 220), std::sqrt(2.0 / 230));
}

// nn.Conv2d draws kernel and bias within 1 / sqrt(height * width * channels / groups).
TEST(Semantics, SetsTheInitialWeightsOfConvolutions) {
  const auto largest_of = [](Semantics semantics, std::int64_t groups) {
    LayerConfig conv("conv2d");
    conv.options = {{"filters", std::int64_t{64}}, {"groups", groups}};
    const Model model = built({Reshape{.shape = {4, 4, 4}}, conv}, semantics, 64);
    const auto parameters = model.parameters();
    return std::pair{largest(model, parameters[0]), largest(model, parameters[1])};
  };
  const auto near = [](double found, double limit) { return found <= limit && found >= 0.9 * limit; };
  const auto keras = largest_of(Semantics::keras, 1), torch = largest_of(Semantics::torch, 1),
             groups = largest_of(Semantics::torch, 4);
  EXPECT_TRUE(near(keras.first, std::sqrt(6.0 / (9 * 4 + 9 * 64)))) << keras.first;
  EXPECT_EQ(keras.second, 0);
  EXPECT_TRUE(near(torch.first, 1.0 / 6)) << torch.first;
  EXPECT_TRUE(near(torch.second, 1.0 / 6)) << torch.second;
  EXPECT_TRUE(near(groups.first, 1.0 / 3)) << groups.first;
  EXPECT_TRUE(near(groups.second, 1.0 / 3)) << groups.second;
}

TEST(Semantics, SetsTheDefaultsOfActivations) {
  const std::vector<float> x{-2};
  for (const auto& [semantics, slope] : {std::pair{Semantics::keras, 0.2F}, {Semantics::torch, 0.01F}}) {
    LayerConfig layer = dense(1, "leaky_relu"), by_itself("activation");
    layer.options["kernel_initializer"] = std::string("ones");
    layer.options["bias_initializer"] = std::string("zeros");
    by_itself.options["activation"] = std::string("leaky_relu");
    LayerConfig convolution("conv2d");
    convolution.options = layer.options;
    convolution.options.erase("units");
    convolution.options.insert({{"filters", std::int64_t{1}}, {"kernel_size", std::int64_t{1}}});
    const Dataset data = Dataset::view(x, 1);
    for (const std::vector<LayerConfig>& layers :
         {std::vector<LayerConfig>{layer}, {by_itself}, {Reshape{.shape = {1, 1, 1}}, convolution, Flatten{}}}) {
      const Model model = built(layers, semantics, 1);
      EXPECT_FLOAT_EQ(*model.predict(data).row(0), -2 * slope);
      EXPECT_FLOAT_EQ(*Model::load_checkpoint(model.checkpoint_bytes()).predict(data).row(0), -2 * slope);
    }
  }
}

TEST(Semantics, SklearnHalvesThePenaltyAndDividesItByTheRows) {
  const std::vector<float> x{1, 2, 3}, y{0, 0, 0};
  Dense layer{.units = 1, .use_bias = false, .kernel_initializer = "ones", .kernel_l2 = 0.3};
  for (const auto& [semantics, expected] : {std::pair{Semantics::keras, (1 + 4 + 9) / 3.0 + 0.3},
                                            {Semantics::torch, (1 + 4 + 9) / 3.0 + 0.3},
                                            {Semantics::sklearn, (1 + 4 + 9) / 6.0 + 0.3 / 2 / 3}}) {
    Model model = built({layer}, semantics, 1);
    model.compile({.optimizer = Sgd{.learning_rate = 0}, .loss = MeanSquaredError{}});
    const Dataset data = Dataset::view(x, 1, y);
    EXPECT_NEAR(model.evaluate(data).loss, expected, 1e-6);
    EXPECT_NEAR(model.fit(data, {.batch_size = 3}).epochs[0].loss, expected, 1e-6);
  }
}

TEST(Averages, DoNotIncludeMovingStatistics) {
  std::vector<float> x(64 * 3), y(64, 0.5F);
  Random random(2, RandomStream::noise);
  for (float& value : x) value = static_cast<float>(3 + random.normal());
  Model model({BatchNormalization{}, Dense{.units = 1}});
  model.build(3, 1);
  model.compile({.optimizer = Sgd{}, .loss = MeanSquaredError{}, .update = {.use_ema = true}});
  model.fit(Dataset::view(x, 3, y), {.epochs = 5, .threads = 1});
  for (const Parameter& parameter : model.parameters()) {
    if (parameter.name.ends_with("moving_mean")) {
      EXPECT_GT(model.weights(parameter.name)[0], 0.1F);
    }
    if (parameter.name.ends_with("moving_variance")) {
      EXPECT_GT(model.weights(parameter.name)[0], 0.5F);
    }
  }
}

TEST(PRelu, RefusesAxesThatTheInputDoesNotHave) {
  expect_error(ErrorKind::usage, {"[prelu] shared_axes is 2, expected axes of (4)"},
               [&] { return built({PRelu{.shared_axes = {2}}}, Semantics::keras, 4).input_width(); });
  for (const char* axes : {"0", "1.5", "a"}) {
    expect_error(ErrorKind::usage, {"[prelu] shared_axes is '" + std::string(axes) + "', expected positive whole"},
                 [&] { return built({"prelu:shared_axes=" + std::string(axes)}, Semantics::keras, 4).input_width(); });
  }
  Model image = built({Reshape{.shape = {2, 3, 2}}, PRelu{.shared_axes = {1, 2}}}, Semantics::keras, 12);
  EXPECT_EQ(image.parameters()[0].shape, (std::vector<std::int64_t>{1, 1, 2}));
}

}  // namespace
}  // namespace millrace::test
