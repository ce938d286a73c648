// SPDX-License-Identifier: Apache-2.0
//
// Losses of numbers, each with a rule and a row. Formulas are Keras's.
#include <algorithm>

#include "base/text.hpp"
#include "kernels/elementary.hpp"
#include "millrace/losses.hpp"
#include "ops/losses/elementwise.hpp"

namespace millrace {

namespace {

struct SquaredRule {
  MeanSquaredError options;
  static constexpr bool half_in_sklearn = true;
  template <class T>
  T value(T y, T t) const {
    return (y - t) * (y - t);
  }
  template <class T>
  T slope(T y, T t) const {
    return 2 * (y - t);
  }
};

struct AbsoluteRule {
  MeanAbsoluteError options;
  template <class T>
  T value(T y, T t) const {
    return std::abs(y - t);
  }
  template <class T>
  T slope(T y, T t) const {
    return y > t ? T{1} : y < t ? T{-1} : T{0};
  }
};

struct HuberRule {
  Huber options;
  template <class T>
  T value(T y, T t) const {
    const T delta = static_cast<T>(options.delta), error = std::abs(y - t);
    return error <= delta ? error * error / 2 : delta * (error - delta / 2);
  }
  template <class T>
  T slope(T y, T t) const {
    return std::clamp(y - t, -static_cast<T>(options.delta), static_cast<T>(options.delta));
  }
};

// As in PyTorch: the Huber loss divided by beta.
struct SmoothRule {
  SmoothL1 options;
  template <class T>
  T value(T y, T t) const {
    const T beta = static_cast<T>(options.beta), error = std::abs(y - t);
    return error < beta ? error * error / (2 * beta) : error - beta / 2;
  }
  template <class T>
  T slope(T y, T t) const {
    return std::clamp((y - t) / static_cast<T>(options.beta), T{-1}, T{1});
  }
};

// log cosh x = |x| + log(1 + e) - log 2 and tanh |x| = (1 - e) / (1 + e) with e = exp(-2 |x|), which cannot overflow.
struct LogCoshRule {
  LogCosh options;
  template <class T>
  T value(T y, T t) const {
    const T error = std::abs(y - t);
    return error + log_of_one_plus(exponential(-2 * error)) - static_cast<T>(0.69314718055994530942);
  }
  template <class T>
  T slope(T y, T t) const {
    const T e = exponential(-2 * std::abs(y - t)), size = (1 - e) / (1 + e);
    return y < t ? -size : size;
  }
};

// y is the expected count; 1e-7 keeps the logarithm finite.
struct PoissonRule {
  Poisson options;
  static constexpr bool needs_positive_outputs = true;
  template <class T>
  T value(T y, T t) const {
    return y - t * logarithm(y + static_cast<T>(1e-7));
  }
  template <class T>
  T slope(T y, T t) const {
    return 1 - t / (y + static_cast<T>(1e-7));
  }
  std::string target_problem(float t) const { return t >= 0 ? "" : number_text(t) + ", expected a count of 0 or more"; }
};

}  // namespace

LossRow mean_squared_error_row() {
  return loss_row_of<MeanSquaredError, ElementwiseLoss<SquaredRule>>("mean of (y - t)^2", "linear", {"mse"});
}
LossRow mean_absolute_error_loss_row() {
  return loss_row_of<MeanAbsoluteError, ElementwiseLoss<AbsoluteRule>>("mean of |y - t|", "linear", {"mae"});
}
LossRow huber_row() {
  return loss_row_of<Huber, ElementwiseLoss<HuberRule>>("squared error up to delta, linear beyond", "linear", {},
                                                        {"huber:delta=0.3"});
}
LossRow smooth_l1_row() {
  return loss_row_of<SmoothL1, ElementwiseLoss<SmoothRule>>("Huber loss divided by delta", "linear", {},
                                                            {"smooth_l1:beta=0.3"});
}
LossRow log_cosh_row() {
  return loss_row_of<LogCosh, ElementwiseLoss<LogCoshRule>>("log cosh(y - t)", "linear", {"logcosh"});
}
LossRow poisson_row() {
  return loss_row_of<Poisson, ElementwiseLoss<PoissonRule>>("y - t log y, for counts", "softplus");
}

}  // namespace millrace
