// SPDX-License-Identifier: Apache-2.0
//
// The tables themselves: names are unique, texts are there, options read back.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "millrace/layers.hpp"
#include "ops/activations/activation.hpp"
#include "ops/initializers/initializer.hpp"
#include "ops/layers/layer.hpp"
#include "ops/losses/loss.hpp"
#include "ops/metrics/metric.hpp"
#include "ops/optimizers/optimizer.hpp"
#include "ops/schedules/schedule.hpp"
#include "run/callbacks/callback.hpp"

namespace millrace {
namespace {

template <class Table>
void check_table(const Table& table) {
  std::set<std::string_view> names;
  for (const auto& row : table) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name << " is there twice";
    EXPECT_FALSE(row.summary.empty()) << row.name;
    if constexpr (requires { row.aliases; }) {
      for (const std::string_view alias : row.aliases)
        EXPECT_TRUE(names.insert(alias).second) << alias << " is there twice";
    }
    std::set<std::string_view> options;
    for (const OptionInfo& option : row.options(Semantics::keras)) {
      EXPECT_TRUE(options.insert(option.name).second) << row.name << "." << option.name;
      EXPECT_FALSE(option.help.empty()) << row.name << "." << option.name;
    }
  }
}

TEST(Tables, HaveUniqueNamesAndTexts) {
  check_table(activation_table());
  check_table(layer_table());
  check_table(loss_table());
  check_table(optimizer_table());
  check_table(metric_table());
  check_table(initializer_table());
  check_table(schedule_table());
  check_table(callback_table());
}

TEST(Tables, UnknownNamesListTheKnownAndTheNearest) {
  try {
    static_cast<void>(make_activation("rellu"));
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    const std::string text = error.what();
    EXPECT_NE(text.find("unknown activation 'rellu'"), std::string::npos) << text;
    EXPECT_NE(text.find("sigmoid"), std::string::npos) << text;
    EXPECT_NE(text.find("did you mean 'relu'?"), std::string::npos) << text;
  }
  EXPECT_THROW(static_cast<void>(parse_layer("dens:5")), Error);
  EXPECT_THROW(static_cast<void>(parse_loss("bces")), Error);
  EXPECT_THROW(static_cast<void>(parse_optimizer("adm")), Error);
  EXPECT_THROW(static_cast<void>(parse_metric("acuracy")), Error);
  EXPECT_THROW(check_initializer("glorot"), Error);
}

TEST(Tables, TextsReadBackAsTheyWereMeant) {
  EXPECT_EQ(parse_layer("25:sigmoid").op, "dense");
  EXPECT_EQ(std::get<std::string>(parse_layer("25:sigmoid").options.at("units")), "25");
  EXPECT_EQ(std::get<std::string>(parse_layer("25:sigmoid:use_bias=false").options.at("use_bias")), "false");
  EXPECT_THROW(static_cast<void>(parse_layer("25:sigmoid:activation=relu")), Error);
  // What stands behind an operation without a key belongs to it.
  const OpConfig dense = parse_layer("25:leaky_relu:0.1:use_bias=false");
  EXPECT_EQ(std::get<std::string>(dense.options.at("activation")), "leaky_relu:0.1");
  EXPECT_EQ(std::get<std::string>(dense.options.at("use_bias")), "false");
  EXPECT_EQ(std::get<std::string>(parse_layer("dense:activation=elu:0.5:units=3").options.at("activation")), "elu:0.5");
  const std::string keyed = "dense:units=3:activation=leaky_relu:alpha=0.1:use_bias=false";
  EXPECT_EQ(std::get<std::string>(parse_layer(keyed).options.at("activation")), "leaky_relu:alpha=0.1");
  EXPECT_EQ(shortest_text(options_from<Dense>(parse_layer(keyed)), layer_row("dense").options(Semantics::keras)),
            keyed);
  EXPECT_EQ(parse_layer("batchnorm:0.9").op, "batch_normalization");
  // Blanks around names and values mean nothing.
  EXPECT_EQ(parse_layer(" 25 : leaky_relu : 0.1 : use_bias = false "), dense);
  EXPECT_EQ(parse_layer("dropout: rate =0.2"), parse_layer("dropout:rate=0.2"));
  EXPECT_THROW(static_cast<void>(parse_activation("relu:3")), Error);
  const OpConfig leaky = parse_activation("leaky_relu:0.3");
  EXPECT_EQ(shortest_text(leaky, activation_row("leaky_relu").options(Semantics::keras)), "leaky_relu:alpha=0.3");
}

TEST(Initializers, AreDeterministicAndOfTheStatedSize) {
  const InitializerSite site{{300, 200}, 300, 200};
  for (const InitializerRow& row : initializer_table()) {
    std::vector<float> a(60000), b(60000), other(60000);
    initialize(std::string(row.name), site, Random(1, RandomStream::initial_weights), a);
    initialize(std::string(row.name), site, Random(1, RandomStream::initial_weights), b);
    EXPECT_EQ(a, b) << row.name;
    for (const float value : a) ASSERT_TRUE(std::isfinite(value)) << row.name;
  }
  const auto variance = [&](const std::string& name) {
    std::vector<float> values(60000);
    initialize(name, site, Random(5, RandomStream::initial_weights), values);
    double sum = 0;
    for (const float value : values) sum += static_cast<double>(value) * static_cast<double>(value);
    return sum / 60000;
  };
  // Means over 60000 draws: within 2 %.
  EXPECT_NEAR(variance("glorot_uniform"), 2.0 / 500, 0.02 * 2 / 500);
  EXPECT_NEAR(variance("glorot_normal"), 2.0 / 500, 0.02 * 2 / 500);
  EXPECT_NEAR(variance("he_uniform"), 2.0 / 300, 0.02 * 2 / 300);
  EXPECT_NEAR(variance("he_normal"), 2.0 / 300, 0.02 * 2 / 300);
  EXPECT_NEAR(variance("lecun_uniform"), 1.0 / 300, 0.02 / 300);
  EXPECT_NEAR(variance("lecun_normal"), 1.0 / 300, 0.02 / 300);
  EXPECT_NEAR(variance("variance_scaling:scale=2:mode=fan_out"), 2.0 / 200, 0.02 * 2 / 200);
  EXPECT_NEAR(variance("variance_scaling:scale=3:mode=fan_avg:distribution=uniform"), 3.0 / 250, 0.02 * 3 / 250);
  EXPECT_NEAR(variance("random_normal"), 0.0025, 0.02 * 0.0025);
  EXPECT_NEAR(variance("random_normal:mean=1:stddev=0.5"), 1.25, 0.02 * 1.25);
  EXPECT_NEAR(variance("random_uniform:minval=-1:maxval=2"), 1, 0.02);
  // Keras cuts at two deviations and does not widen again: 0.8796 of the deviation is left.
  EXPECT_NEAR(variance("truncated_normal:stddev=1"), 0.7737, 0.02);
  EXPECT_EQ(variance("constant:0.5"), 0.25);
}

TEST(Initializers, OrthogonalVectorsAreOrthogonal) {
  for (const Shape& shape : {Shape{30, 12}, Shape{12, 30}, Shape{9, 9}}) {
    const auto rows = static_cast<std::size_t>(shape[0]), columns = static_cast<std::size_t>(shape[1]);
    std::vector<float> values(rows * columns);
    initialize("orthogonal:gain=2", {.shape = shape}, Random(3, RandomStream::initial_weights), values);
    const bool tall = rows > columns;
    const std::size_t count = std::min(rows, columns), length = std::max(rows, columns);
    for (std::size_t a = 0; a < count; ++a) {
      for (std::size_t b = 0; b < count; ++b) {
        double product = 0;
        for (std::size_t i = 0; i < length; ++i) {
          const auto at = [&](std::size_t v) {
            return static_cast<double>(values[tall ? i * columns + v : v * columns + i]);
          };
          product += at(a) * at(b);
        }
        EXPECT_NEAR(product, a == b ? 4 : 0, 1e-6);
      }
    }
  }
}

TEST(Initializers, WrongOptionsAreRefused) {
  EXPECT_THROW(check_initializer("variance_scaling:mode=fan"), Error);
  EXPECT_THROW(check_initializer("variance_scaling:distribution=normal"), Error);
  EXPECT_THROW(check_initializer("random_uniform:minval=1:maxval=0"), Error);
  EXPECT_THROW(check_initializer("random_normal:stddev=-1"), Error);
  std::vector<float> bias(3);
  EXPECT_THROW(initialize("orthogonal", {.shape = {3}}, Random(1, RandomStream::initial_weights), bias), Error);
}

}  // namespace
}  // namespace millrace
