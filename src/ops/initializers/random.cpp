// SPDX-License-Identifier: Apache-2.0
//
// Uniform and normal distributions with given parameters.
#include "base/fail.hpp"
#include "base/text.hpp"
#include "ops/initializers/draws.hpp"
#include "ops/initializers/initializer.hpp"

namespace millrace {

namespace {

struct RandomUniform {
  static constexpr std::string_view op = "random_uniform", summary = "uniform from minval to maxval";
  double minval = -0.05, maxval = 0.05;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("minval", &RandomUniform::minval, "smallest value"),
                      field("maxval", &RandomUniform::maxval, "largest value")};
  }
  void fill(const InitializerSite&, Random random, std::span<float> values) const {
    if (minval > maxval) {
      fail(
          ErrorKind::usage, op,
          "minval is " + number_text(minval) + " and maxval " + number_text(maxval) + ", expected minval below maxval");
    }
    fill_uniform(minval, maxval, random, values);
  }
};

// As in Keras, stddev is that of the distribution before it is truncated.
template <class Self>
struct Normal {
  double mean = 0, stddev = 0.05;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("mean", &Self::mean, "mean of the distribution"),
                      field("stddev", &Self::stddev, "standard deviation", not_negative)};
  }
};
struct RandomNormal : Normal<RandomNormal> {
  static constexpr std::string_view op = "random_normal", summary = "normal distribution";
  void fill(const InitializerSite&, Random random, std::span<float> values) const {
    for (float& value : values) value = static_cast<float>(mean + stddev * random.normal());
  }
};
struct TruncatedNormal : Normal<TruncatedNormal> {
  static constexpr std::string_view op = "truncated_normal", summary = "normal within two deviations of the mean";
  void fill(const InitializerSite&, Random random, std::span<float> values) const {
    for (float& value : values) value = static_cast<float>(mean + stddev * truncated_draw(random));
  }
};

}  // namespace

std::vector<InitializerRow> random_initializers() {
  return {initializer_row_of<RandomUniform>(), initializer_row_of<RandomNormal>(),
          initializer_row_of<TruncatedNormal>()};
}

}  // namespace millrace
