// SPDX-License-Identifier: Apache-2.0
#include "model/import/recognition.hpp"

#include <algorithm>
#include <cmath>

#include "base/random.hpp"
#include "base/text.hpp"
#include "ops/activations/activation.hpp"

namespace millrace {

namespace {

constexpr std::int64_t probe_rows = 24;
constexpr double tolerance = 2e-7;  // makers round their constants to fp32

class Probe {
 public:
  Probe(const TensorFunction& function, const Shape& shape)
      : function_(function), shape_(shape), width_(static_cast<std::size_t>(element_count(shape))) {
    x_ = tensor(probe_rows);
    Random random(0, RandomStream::noise);
    for (std::size_t i = 0; i < x_.values.size(); ++i) {
      // Numbers of every size: functions that agree near 0 differ elsewhere.
      const int size = static_cast<int>(i / width_ % 8) - 3;
      x_.values[i] = std::ldexp(random.normal(), size);
    }
    y_ = function_(x_);
  }

  [[nodiscard]] bool keeps_shape() const { return y_.shape == x_.shape; }

  [[nodiscard]] std::optional<KnownActivation> activation() const {
    for (const char* const text :
         {"linear", "relu", "sigmoid", "tanh", "softplus", "softsign", "selu", "exponential", "gelu",
          "gelu:approximate=true", "silu", "hard_swish", "hard_sigmoid", "mish", "relu6", "hard_tanh"})
      if (is_activation(text, 1)) return KnownActivation{text, false};
    const double at_minus_1 = filled(-1).values[0];
    for (const std::string& text :
         {"leaky_relu:alpha=" + decimal(-at_minus_1), "elu:alpha=" + decimal(at_minus_1 / std::expm1(-1.0))})
      if (at_minus_1 < 0 && is_activation(text, 1)) return KnownActivation{text, false};
    for (const char* const text : {"softmax", "log_softmax"})
      if (!shape_.empty() && is_activation(text, static_cast<std::size_t>(shape_.back())))
        return KnownActivation{text, true};
    return std::nullopt;
  }

  [[nodiscard]] std::optional<KnownAffine> affine() const {
    KnownAffine known{{}, {}, first_row(filled(0))};
    const std::vector<double> one = first_row(filled(1)), other = first_row(filled(-1));
    for (std::size_t i = 0; i < width_; ++i) {
      known.scale.push_back((one[i] - other[i]) / 2);
      known.shift.push_back(known.scale[i] == 0 ? 0 : -known.offset[i] / known.scale[i]);
    }
    const bool fits = every_element([&](std::size_t i, double x) { return known.scale[i] * x + known.offset[i]; });
    return fits ? std::optional(known) : std::nullopt;
  }

  [[nodiscard]] std::optional<KnownSlopes> slopes() const {
    KnownSlopes known{first_row(filled(-1))};
    for (double& slope : known.slopes) slope = -slope;
    const bool fits = every_element([&](std::size_t i, double x) { return x > 0 ? x : known.slopes[i] * x; });
    return fits ? std::optional(known) : std::nullopt;
  }

  [[nodiscard]] std::optional<KnownNormalization> normalization(bool centered) const {
    if (shape_.size() != 1 || width_ < 2) return std::nullopt;
    KnownNormalization known{centered, 0, {}, first_row(filled(0))};
    // Far from 0 the epsilon does not count, so y - beta is gamma times the normalised x.
    const std::vector<double> slope = ramp(1e6), y = first_row(function_(row(slope)));
    const std::vector<double> unit = normalized(slope, centered, 0);
    for (std::size_t i = 0; i < width_; ++i) known.gamma.push_back((y[i] - known.beta[i]) / unit[i]);
    known.epsilon = epsilon_of(known);
    if (!(known.epsilon >= 0)) return std::nullopt;
    for (std::int64_t r = 0; r < probe_rows; ++r) {
      const auto begin = static_cast<std::ptrdiff_t>(r * std::ssize(known.gamma));
      const std::vector<double> x(x_.values.begin() + begin, x_.values.begin() + begin + std::ssize(known.gamma));
      const std::vector<double> expected = normalized(x, centered, known.epsilon);
      for (std::size_t i = 0; i < width_; ++i)
        if (!near(y_.values[static_cast<std::size_t>(begin) + i], known.gamma[i] * expected[i] + known.beta[i]))
          return std::nullopt;
    }
    return known;
  }

 private:
  [[nodiscard]] DoubleTensor tensor(std::int64_t rows) const {
    Shape shape = shape_;
    shape.insert(shape.begin(), rows);
    return {shape, std::vector<double>(static_cast<std::size_t>(rows) * width_)};
  }
  // The function of a row of equal numbers.
  [[nodiscard]] DoubleTensor filled(double value) const {
    DoubleTensor x = tensor(x_.shape[0]);
    std::ranges::fill(x.values, value);
    return function_(x);
  }
  // One row, as often as a batch has rows.
  [[nodiscard]] DoubleTensor row(const std::vector<double>& values) const {
    DoubleTensor x = tensor(x_.shape[0]);
    for (std::size_t i = 0; i < x.values.size(); ++i) x.values[i] = values[i % width_];
    return x;
  }
  [[nodiscard]] std::vector<double> first_row(const DoubleTensor& y) const {
    return {y.values.begin(), y.values.begin() + static_cast<std::ptrdiff_t>(width_)};
  }

  static bool near(double a, double b) {
    if (std::isinf(a) || std::isinf(b)) return a == b;
    return std::abs(a - b) <= tolerance * std::max({1.0, std::abs(a), std::abs(b)});
  }
  static std::string decimal(double value) { return number_text(static_cast<float>(value)); }

  [[nodiscard]] bool is_activation(const std::string& text, std::size_t run) const {
    const auto known = make_activation(text);
    std::vector<double> expected(x_.values.size());
    for (std::size_t i = 0; i < expected.size(); i += run)
      known->reference(std::span(x_.values).subspan(i, run), std::span(expected).subspan(i, run));
    return std::ranges::equal(y_.values, expected, near);
  }

  template <class F>
  [[nodiscard]] bool every_element(const F& f) const {
    for (std::size_t i = 0; i < x_.values.size(); ++i)
      if (!near(y_.values[i], f(i % width_, x_.values[i]))) return false;
    return true;
  }

  // Different numbers around 0, none of which is near their mean.
  [[nodiscard]] std::vector<double> ramp(double size) const {
    std::vector<double> x;
    for (std::size_t i = 0; i < width_; ++i)
      x.push_back(size * (i % 2 == 0 ? 1 : -1) * (1 + static_cast<double>(i % 7) / 10));
    return x;
  }

  static std::vector<double> normalized(std::vector<double> x, bool centered, double epsilon) {
    const auto count = static_cast<double>(x.size());
    double mean = 0, square = 0;
    for (const double value : x) mean += centered ? value / count : 0;
    for (const double value : x) square += (value - mean) * (value - mean) / count;
    for (double& value : x) value = (value - mean) / std::sqrt(square + epsilon);
    return x;
  }

  // From a row so small that the epsilon counts: y - beta = gamma d / sqrt(v + epsilon).
  [[nodiscard]] double epsilon_of(const KnownNormalization& known) const {
    const std::vector<double> x = ramp(1e-3), y = first_row(function_(row(x)));
    std::vector<double> deviation = x;
    double mean = 0, square = 0;
    for (const double value : x) mean += known.centered ? value / static_cast<double>(width_) : 0;
    for (double& value : deviation) {
      value -= mean;
      square += value * value / static_cast<double>(width_);
    }
    std::size_t at = 0;  // the element with the largest gamma
    for (std::size_t i = 1; i < width_; ++i)
      if (std::abs(known.gamma[i]) > std::abs(known.gamma[at])) at = i;
    const double ratio = known.gamma[at] * deviation[at] / (y[at] - known.beta[at]);
    const double epsilon = ratio * ratio - square;
    return std::abs(epsilon) < 1e-14 ? 1e-14 : static_cast<double>(static_cast<float>(epsilon));
  }

  const TensorFunction& function_;
  Shape shape_;
  std::size_t width_;
  DoubleTensor x_, y_;
};

template <class K>
std::optional<Known> known(std::optional<K> found) {
  if (!found) return std::nullopt;
  return Known(*std::move(found));
}

}  // namespace

std::optional<Known> recognise_slopes(const TensorFunction& function, const Shape& shape) {
  const Probe probe(function, shape);
  return probe.keeps_shape() ? known(probe.slopes()) : std::nullopt;
}

std::optional<Known> recognise(const TensorFunction& function, const Shape& shape) {
  const Probe probe(function, shape);
  if (!probe.keeps_shape()) return std::nullopt;
  if (auto found = known(probe.activation())) return found;
  if (auto found = known(probe.affine())) return found;
  if (auto found = known(probe.slopes())) return found;
  if (auto found = known(probe.normalization(true))) return found;
  return known(probe.normalization(false));
}

}  // namespace millrace
