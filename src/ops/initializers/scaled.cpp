// SPDX-License-Identifier: Apache-2.0
//
// Distributions whose variance depends on the size of the layer: 1/fan_in (LeCun), 2/fan_in (He),
// 2/(fan_in + fan_out) (Glorot). Formulas are Keras's: a normal distribution is truncated at two standard deviations
// and scaled to keep its variance.
#include <algorithm>
#include <cmath>

#include "base/fail.hpp"
#include "ops/initializers/draws.hpp"
#include "ops/initializers/initializer.hpp"

namespace millrace {

namespace {

void fill_by_variance(double variance, bool uniform, Random random, std::span<float> values) {
  const double limit = std::sqrt(3 * variance);
  if (uniform) return fill_uniform(-limit, limit, random, values);
  // The standard deviation of a standard normal distribution truncated at +-2.
  constexpr double truncated_stddev = 0.87962566103423978;
  const double stddev = std::sqrt(variance) / truncated_stddev;
  for (float& value : values) value = static_cast<float>(stddev * truncated_draw(random));
}

double fan(const InitializerSite& site, std::string_view mode) {
  const auto in = static_cast<double>(site.fan_in), out = static_cast<double>(site.fan_out);
  return mode == "fan_in" ? in : mode == "fan_out" ? out : (in + out) / 2;
}

// An initializer with the variance scale / fan.
template <class Self>
struct Scaled : NoOptions {
  void fill(const InitializerSite& site, Random random, std::span<float> values) const {
    fill_by_variance(Self::scale / fan(site, Self::mode), Self::uniform, random, values);
  }
};
struct GlorotUniform : Scaled<GlorotUniform> {
  static constexpr std::string_view op = "glorot_uniform", summary = "uniform within sqrt(6 / (fan_in + fan_out))";
  static constexpr double scale = 1;
  static constexpr std::string_view mode = "fan_avg";
  static constexpr bool uniform = true;
};
struct GlorotNormal : Scaled<GlorotNormal> {
  static constexpr std::string_view op = "glorot_normal",
                                    summary = "truncated normal of variance 2 / (fan_in + fan_out)";
  static constexpr double scale = 1;
  static constexpr std::string_view mode = "fan_avg";
  static constexpr bool uniform = false;
};
struct HeUniform : Scaled<HeUniform> {
  static constexpr std::string_view op = "he_uniform", summary = "uniform within sqrt(6 / fan_in)";
  static constexpr double scale = 2;
  static constexpr std::string_view mode = "fan_in";
  static constexpr bool uniform = true;
};
struct HeNormal : Scaled<HeNormal> {
  static constexpr std::string_view op = "he_normal", summary = "truncated normal of variance 2 / fan_in";
  static constexpr double scale = 2;
  static constexpr std::string_view mode = "fan_in";
  static constexpr bool uniform = false;
};
struct LecunUniform : Scaled<LecunUniform> {
  static constexpr std::string_view op = "lecun_uniform", summary = "uniform within sqrt(3 / fan_in)";
  static constexpr double scale = 1;
  static constexpr std::string_view mode = "fan_in";
  static constexpr bool uniform = true;
};
struct LecunNormal : Scaled<LecunNormal> {
  static constexpr std::string_view op = "lecun_normal", summary = "truncated normal of variance 1 / fan_in";
  static constexpr double scale = 1;
  static constexpr std::string_view mode = "fan_in";
  static constexpr bool uniform = false;
};
struct TorchUniform : Scaled<TorchUniform> {
  static constexpr std::string_view op = "torch_uniform",
                                    summary = "uniform within 1 / sqrt(fan_in), the default of PyTorch";
  static constexpr double scale = 1.0 / 3;
  static constexpr std::string_view mode = "fan_in";
  static constexpr bool uniform = true;
};

// scikit-learn uses the activation of the hidden layers for the output layer too.
struct SklearnUniform : NoOptions {
  static constexpr std::string_view op = "sklearn_uniform",
                                    summary =
                                        "glorot_uniform, with a third of its variance if hidden units are sigmoids";
  void fill(const InitializerSite& site, Random random, std::span<float> values) const {
    fill_by_variance((site.hidden_activation == "sigmoid" ? 1.0 / 3 : 1.0) / fan(site, "fan_avg"), true, random,
                     values);
  }
};

struct VarianceScaling {
  static constexpr std::string_view op = "variance_scaling", summary = "distribution of variance scale / fan";
  double scale = 1;
  std::string mode = "fan_in", distribution = "truncated_normal";
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("scale", &VarianceScaling::scale, "variance multiplied by fan", positive),
                      field("mode", &VarianceScaling::mode, "fan_in, fan_out or fan_avg"),
                      field("distribution", &VarianceScaling::distribution, "truncated_normal or uniform")};
  }
  void fill(const InitializerSite& site, Random random, std::span<float> values) const {
    const auto one_of = [](const std::string& what, const std::string& given, std::vector<std::string_view> known) {
      if (std::find(known.begin(), known.end(), given) == known.end())
        fail(ErrorKind::usage, op, unknown_name(what, given, known));
    };
    one_of("mode", mode, {"fan_in", "fan_out", "fan_avg"});
    one_of("distribution", distribution, {"truncated_normal", "uniform"});
    fill_by_variance(scale / fan(site, mode), distribution == "uniform", random, values);
  }
};

}  // namespace

std::vector<InitializerRow> scaled_initializers() {
  return {
      initializer_row_of<GlorotUniform>(),   initializer_row_of<GlorotNormal>(), initializer_row_of<HeUniform>(),
      initializer_row_of<HeNormal>(),        initializer_row_of<LecunUniform>(), initializer_row_of<LecunNormal>(),
      initializer_row_of<VarianceScaling>(), initializer_row_of<TorchUniform>(), initializer_row_of<SklearnUniform>()};
}

}  // namespace millrace
