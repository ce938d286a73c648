// SPDX-License-Identifier: Apache-2.0
//
// A struct and a table row an initializer. Formulas are Keras's (keras.initializers): variance scaling draws with
// variance 1/fan_in (LeCun), 2/fan_in (He), 2/(fan_in + fan_out) (Glorot); "normal" ones are truncated at two standard
// deviations, and widened so that the variance is kept.
#include "ops/initializers/initializer.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/text.hpp"

namespace millrace {

namespace {

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

struct Constant {
  static constexpr std::string_view op = "constant", summary = "one value";
  double value = 0;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("value", &Constant::value, "of every weight")};
  }
  void fill(const InitializerSite&, Random, std::span<float> values) const {
    std::fill(values.begin(), values.end(), static_cast<float>(value));
  }
};

void fill_uniform(double low, double high, Random random, std::span<float> values) {
  for (float& value : values) value = static_cast<float>(low + (high - low) * random.uniform_double());
}

// A normal draw within two standard deviations.
double truncated_draw(Random& random) {
  double draw = random.normal();
  while (std::abs(draw) > 2) draw = random.normal();
  return draw;
}

struct RandomUniform {
  static constexpr std::string_view op = "random_uniform", summary = "uniform from minval to maxval";
  double minval = -0.05, maxval = 0.05;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("minval", &RandomUniform::minval, "least value"),
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

// Both normal distributions; Keras does not widen a truncated one that is asked for by its deviation.
template <class Self>
struct Normal {
  double mean = 0, stddev = 0.05;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("mean", &Self::mean, "of the distribution"),
                      field("stddev", &Self::stddev, "standard deviation", not_negative)};
  }
};
struct RandomNormal : Normal<RandomNormal> {
  static constexpr std::string_view op = "random_normal", summary = "normal";
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

void fill_by_variance(double variance, bool uniform, Random random, std::span<float> values) {
  const double limit = std::sqrt(3 * variance);
  if (uniform) return fill_uniform(-limit, limit, random, values);
  // The standard deviation of a standard normal cut at +-2.
  constexpr double truncated_stddev = 0.87962566103423978;
  const double stddev = std::sqrt(variance) / truncated_stddev;
  for (float& value : values) value = static_cast<float>(stddev * truncated_draw(random));
}

double fan(const InitializerSite& site, std::string_view mode) {
  const auto in = static_cast<double>(site.fan_in), out = static_cast<double>(site.fan_out);
  return mode == "fan_in" ? in : mode == "fan_out" ? out : (in + out) / 2;
}

// The usual ones by name: variance scale / fan.
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
                                    summary = "uniform within 1 / sqrt(fan_in), as PyTorch starts";
  static constexpr double scale = 1.0 / 3;
  static constexpr std::string_view mode = "fan_in";
  static constexpr bool uniform = true;
};

// scikit-learn has one activation for all hidden layers, and asks it for the output layer too.
struct SklearnUniform : NoOptions {
  static constexpr std::string_view op = "sklearn_uniform",
                                    summary =
                                        "glorot_uniform; where hidden units are sigmoids, a third of its variance";
  void fill(const InitializerSite& site, Random random, std::span<float> values) const {
    fill_by_variance((site.hidden_activation == "sigmoid" ? 1.0 / 3 : 1.0) / fan(site, "fan_avg"), true, random,
                     values);
  }
};

struct VarianceScaling {
  static constexpr std::string_view op = "variance_scaling", summary = "of variance scale / fan";
  double scale = 1;
  std::string mode = "fan_in", distribution = "truncated_normal";
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("scale", &VarianceScaling::scale, "variance times fan", positive),
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

// Saxe, McClelland, Ganguli, "Exact solutions to the nonlinear dynamics of learning", 2014: of the longer side's
// vectors as many as the shorter has are made orthogonal and of length gain (Gram-Schmidt, twice: once is not enough in
// numbers).
struct Orthogonal {
  static constexpr std::string_view op = "orthogonal", summary = "rows or columns orthogonal, of length gain";
  double gain = 1;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("gain", &Orthogonal::gain, "length of the vectors")};
  }
  void fill(const InitializerSite& site, Random random, std::span<float> values) const {
    if (values.empty()) return;
    if (site.shape.size() < 2) fail(ErrorKind::usage, op, "shape " + shape_text(site.shape) + ", expected a matrix");
    const auto columns = static_cast<std::size_t>(site.shape.back()), rows = values.size() / columns;
    const std::size_t count = std::min(rows, columns), length = std::max(rows, columns);
    std::vector<std::vector<double>> vectors(count, std::vector<double>(length));
    for (std::size_t v = 0; v < count; ++v) {
      for (double& value : vectors[v]) value = random.normal();
      for (int pass = 0; pass < 2; ++pass) {
        for (std::size_t before = 0; before < v; ++before) remove(vectors[before], vectors[v]);
      }
      const double norm = std::sqrt(dot(vectors[v], vectors[v]));
      for (double& value : vectors[v]) value /= norm;
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::size_t r = i / columns, c = i % columns;
      values[i] = static_cast<float>(gain * (rows > columns ? vectors[c][r] : vectors[r][c]));
    }
  }

 private:
  static double dot(const std::vector<double>& a, const std::vector<double>& b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
  }
  static void remove(const std::vector<double>& direction, std::vector<double>& from) {
    const double share = dot(direction, from);
    for (std::size_t i = 0; i < from.size(); ++i) from[i] -= share * direction[i];
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

const InitializerRow& initializer_row(std::string_view name) {
  return find_row(initializer_table(), "initializer", name);
}

}  // namespace

std::span<const InitializerRow> initializer_table() {
  static const std::vector<InitializerRow> table{
      row<Zeros>(),         row<Ones>(),          row<Constant>(),     row<GlorotUniform>(),   row<GlorotNormal>(),
      row<HeUniform>(),     row<HeNormal>(),      row<LecunUniform>(), row<LecunNormal>(),     row<VarianceScaling>(),
      row<Orthogonal>(),    row<RandomUniform>(), row<RandomNormal>(), row<TruncatedNormal>(), row<TorchUniform>(),
      row<SklearnUniform>()};
  return table;
}

void initialize(const std::string& text, const InitializerSite& site, Random random, std::span<float> values) {
  const OpConfig config = parse_named(text, &initializer_row);
  initializer_row(config.op).fill(config, site, random, values);
}

void check_initializer(const std::string& text) {
  initialize(text, {.shape = {1, 1}}, Random(0, RandomStream::initial_weights), {});
}

}  // namespace millrace
