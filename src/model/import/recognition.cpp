// SPDX-License-Identifier: Apache-2.0
#include "model/import/recognition.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/random.hpp"
#include "base/text.hpp"
#include "ops/activations/activation.hpp"

namespace millrace {

namespace {

constexpr std::int64_t probe_rows = 24;
constexpr double tolerance = 2e-7;  // makers round their constants to fp32

constexpr double largest_float = static_cast<double>(std::numeric_limits<float>::max());

class Probe {
 public:
  Probe(const TensorFunction& function, const Shape& shape, std::span<const std::vector<double>> limits)
      : function_(function), shape_(shape), width_(static_cast<std::size_t>(element_count(shape))), limits_(limits) {
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

  [[nodiscard]] std::optional<Known> activation() const {
    for (const char* const text :
         {"linear", "relu", "sigmoid", "tanh", "softplus", "softsign", "selu", "exponential", "gelu",
          "gelu:approximate=true", "silu", "hard_swish", "hard_sigmoid", "mish", "relu6", "hard_tanh"})
      if (auto known = if_it_fits(KnownActivation{text, false})) return known;
    const double at_minus_1 = filled(-1).values[0];
    for (const std::string& text :
         {"leaky_relu:alpha=" + decimal(-at_minus_1), "elu:alpha=" + decimal(at_minus_1 / std::expm1(-1.0))})
      if (auto known = at_minus_1 < 0 ? if_it_fits(KnownActivation{text, false}) : std::nullopt) return known;
    for (const char* const text : {"softmax", "log_softmax"})
      if (auto known = shape_.empty() ? std::nullopt : if_it_fits(KnownActivation{text, true})) return known;
    return std::nullopt;
  }

  [[nodiscard]] std::optional<Known> affine() const {
    KnownAffine known{{}, {}, first_row(filled(0))};
    const std::vector<double> one = first_row(filled(1)), other = first_row(filled(-1));
    for (std::size_t i = 0; i < width_; ++i) {
      known.scale.push_back((one[i] - other[i]) / 2);
      known.shift.push_back(known.scale[i] == 0 ? 0 : -known.offset[i] / known.scale[i]);
    }
    return if_it_fits(std::move(known));
  }

  [[nodiscard]] std::optional<Known> slopes() const {
    KnownSlopes known{first_row(filled(-1))};
    for (double& slope : known.slopes) slope = -slope;
    return if_it_fits(std::move(known));
  }

  [[nodiscard]] std::optional<Known> normalization(bool centered) const {
    if (shape_.size() != 1 || width_ < 2) return std::nullopt;
    KnownNormalization known{centered, 0, {}, first_row(filled(0))};
    // Far from 0 the epsilon does not count, so y - beta is gamma times the normalised x.
    const std::vector<double> slope = ramp(1e6), y = first_row(function_(row(slope)));
    const std::vector<double> unit = normalized(slope, centered, 0);
    for (std::size_t i = 0; i < width_; ++i) known.gamma.push_back((y[i] - known.beta[i]) / unit[i]);
    known.epsilon = epsilon_of(known);
    return known.epsilon >= 0 ? if_it_fits(std::move(known)) : std::nullopt;
  }

 private:
  // Found on numbers of usual size, it must hold for every size: a limit of 100 shows beyond 100 only. Where the function
  // itself overflows there, as a softplus written as log(1 + exp(x)) does, it tells nothing.
  [[nodiscard]] std::optional<Known> if_it_fits(Known known) const {
    if (!agree(known, x_, y_, [](double) { return true; })) return std::nullopt;
    const DoubleTensor far = far_rows();
    if (!agree(known, far, function_(far), [](double y) { return std::isfinite(y); })) return std::nullopt;
    return known;
  }

  // Whether the layer gives these outputs for the rows, where an output counts.
  template <class Counts>
  [[nodiscard]] bool agree(const Known& known, const DoubleTensor& x, const DoubleTensor& y,
                           const Counts& counts) const {
    for (std::size_t first = 0; first < x.values.size(); first += width_) {
      const std::vector<double> expected = row_of(known, std::span(x.values).subspan(first, width_));
      for (std::size_t i = 0; i < width_; ++i)
        if (counts(y.values[first + i]) && !near(y.values[first + i], expected[i])) return false;
    }
    return true;
  }

  // Rows of large numbers, up to the largest of fp32, and rows on both sides of every limit, each with both signs.
  [[nodiscard]] DoubleTensor far_rows() const {
    std::vector<std::vector<double>> rows;
    for (const int size : {6, 8, 12, 16, 24, 32, 64, 127}) rows.push_back(ramp(std::ldexp(1.0, size)));
    for (const std::vector<double>& limit : limits_) {
      for (const double side : {0.9999, 1.0001}) {
        std::vector<double>& row = rows.emplace_back(limit);
        for (double& value : row) value *= side;
      }
    }
    DoubleTensor x = tensor(2 * std::ssize(rows));
    for (std::size_t i = 0; i < x.values.size(); ++i) {
      const double value = rows[i / width_ / 2][i % width_];
      x.values[i] = std::clamp(i / width_ % 2 == 0 ? value : -value, -largest_float, largest_float);
    }
    return x;
  }

  // What the layer gives for a row.
  [[nodiscard]] std::vector<double> row_of(const Known& known, std::span<const double> x) const {
    std::vector<double> y(x.size());
    if (const auto* activation = std::get_if<KnownActivation>(&known)) {
      const std::size_t run = activation->along_rows ? static_cast<std::size_t>(shape_.back()) : x.size();
      const auto layer = make_activation(activation->text);
      for (std::size_t i = 0; i < x.size(); i += run) layer->reference(x.subspan(i, run), std::span(y).subspan(i, run));
    } else if (const auto* affine = std::get_if<KnownAffine>(&known)) {
      for (std::size_t i = 0; i < x.size(); ++i) y[i] = affine->scale[i] * x[i] + affine->offset[i];
    } else if (const auto* slopes = std::get_if<KnownSlopes>(&known)) {
      for (std::size_t i = 0; i < x.size(); ++i) y[i] = x[i] > 0 ? x[i] : slopes->slopes[i] * x[i];
    } else {
      const auto& rows = std::get<KnownNormalization>(known);
      y = normalized({x.begin(), x.end()}, rows.centered, rows.epsilon);
      for (std::size_t i = 0; i < x.size(); ++i) y[i] = rows.gamma[i] * y[i] + rows.beta[i];
    }
    return y;
  }

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
  std::span<const std::vector<double>> limits_;
  DoubleTensor x_, y_;
};

}  // namespace

std::optional<Known> recognise_slopes(const TensorFunction& function, const Shape& shape) {
  const Probe probe(function, shape, {});
  return probe.keeps_shape() ? probe.slopes() : std::nullopt;
}

std::optional<Known> recognise(const TensorFunction& function, const Shape& shape,
                               std::span<const std::vector<double>> limits) {
  const Probe probe(function, shape, limits);
  if (!probe.keeps_shape()) return std::nullopt;
  if (auto found = probe.activation()) return found;
  if (auto found = probe.affine()) return found;
  if (auto found = probe.slopes()) return found;
  if (auto found = probe.normalization(true)) return found;
  return probe.normalization(false);
}

}  // namespace millrace
