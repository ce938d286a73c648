// SPDX-License-Identifier: Apache-2.0
//
// A struct and a table row an initializer. Formulas are Keras's (keras.initializers): variance scaling draws with
// variance 1/fan_in (LeCun), 2/fan_in (He), 2/(fan_in + fan_out) (Glorot); "normal" ones are truncated at two standard
// deviations, and widened so that the variance is kept.
#include "ops/initializers/initializer.hpp"

#include <algorithm>
#include <cmath>

namespace millrace {

namespace {

struct NoOptions {
  static constexpr auto fields() { return std::tuple{}; }
};

struct Zeros : NoOptions {
  static constexpr std::string_view op = "zeros", summary = "0";
  void fill(const InitializerSite&, Random, std::span<float> values) const {
    std::fill(values.begin(), values.end(), 0.0F);
  }
};

struct Ones : NoOptions {
  static constexpr std::string_view op = "ones", summary = "1";
  void fill(const InitializerSite&, Random, std::span<float> values) const {
    std::fill(values.begin(), values.end(), 1.0F);
  }
};

void fill_uniform(double low, double high, Random random, std::span<float> values) {
  for (float& value : values) value = static_cast<float>(low + (high - low) * random.uniform_double());
}

void fill_truncated_normal(double stddev, Random random, std::span<float> values) {
  // The standard deviation of a standard normal cut at +-2.
  constexpr double truncated_stddev = 0.87962566103423978;
  for (float& value : values) {
    double draw = random.normal();
    while (std::abs(draw) > 2) draw = random.normal();
    value = static_cast<float>(draw * stddev / truncated_stddev);
  }
}

struct RandomUniform {
  static constexpr std::string_view op = "random_uniform", summary = "uniform from minval to maxval";
  double minval = -0.05, maxval = 0.05;
  static constexpr auto fields() {
    return std::tuple{field("minval", &RandomUniform::minval, "the least"),
                      field("maxval", &RandomUniform::maxval, "the largest")};
  }
  void fill(const InitializerSite&, Random random, std::span<float> values) const {
    fill_uniform(minval, maxval, random, values);
  }
};

struct RandomNormal {
  static constexpr std::string_view op = "random_normal", summary = "normal, with mean and deviation";
  double mean = 0, stddev = 0.05;
  static constexpr auto fields() {
    return std::tuple{field("mean", &RandomNormal::mean, "of the draws"),
                      field("stddev", &RandomNormal::stddev, "of the draws", not_negative)};
  }
  void fill(const InitializerSite&, Random random, std::span<float> values) const {
    for (float& value : values) value = static_cast<float>(mean + stddev * random.normal());
  }
};

double glorot(const InitializerSite& site) { return 2.0 / static_cast<double>(site.fan_in + site.fan_out); }
double he(const InitializerSite& site) { return 2.0 / static_cast<double>(site.fan_in); }

struct GlorotUniform : NoOptions {
  static constexpr std::string_view op = "glorot_uniform", summary = "uniform within sqrt(6 / (fan_in + fan_out))";
  void fill(const InitializerSite& site, Random random, std::span<float> values) const {
    const double limit = std::sqrt(3 * glorot(site));
    fill_uniform(-limit, limit, random, values);
  }
};

struct GlorotNormal : NoOptions {
  static constexpr std::string_view op = "glorot_normal",
                                    summary = "truncated normal of variance 2 / (fan_in + fan_out)";
  void fill(const InitializerSite& site, Random random, std::span<float> values) const {
    fill_truncated_normal(std::sqrt(glorot(site)), random, values);
  }
};

struct HeUniform : NoOptions {
  static constexpr std::string_view op = "he_uniform", summary = "uniform within sqrt(6 / fan_in)";
  void fill(const InitializerSite& site, Random random, std::span<float> values) const {
    const double limit = std::sqrt(3 * he(site));
    fill_uniform(-limit, limit, random, values);
  }
};

struct HeNormal : NoOptions {
  static constexpr std::string_view op = "he_normal", summary = "truncated normal of variance 2 / fan_in";
  void fill(const InitializerSite& site, Random random, std::span<float> values) const {
    fill_truncated_normal(std::sqrt(he(site)), random, values);
  }
};

template <OptionStruct T>
InitializerRow row() {
  return {.name = T::op,
          .summary = T::summary,
          .options = &describe_options<T>,
          .fill = [](const OpConfig& config, const InitializerSite& site, Random random, std::span<float> values) {
            options_from<T>(config).fill(site, random, values);
          }};
}

OpConfig parse_initializer(const std::string& text) {
  return parse_op(text, [](std::string_view name) {
    return find_row(initializer_table(), "initializer", name).options(Semantics::keras);
  });
}

}  // namespace

std::span<const InitializerRow> initializer_table() {
  static const std::vector<InitializerRow> table{row<Zeros>(),         row<Ones>(),        row<GlorotUniform>(),
                                                 row<GlorotNormal>(),  row<HeUniform>(),   row<HeNormal>(),
                                                 row<RandomUniform>(), row<RandomNormal>()};
  return table;
}

void initialize(const std::string& text, const InitializerSite& site, Random random, std::span<float> values) {
  const OpConfig config = parse_initializer(text);
  find_row(initializer_table(), "initializer", config.op).fill(config, site, random, values);
}

void check_initializer(const std::string& text) {
  initialize(text, {.shape = {1, 1}}, Random(0, RandomStream::initial_weights), {});
}

}  // namespace millrace
