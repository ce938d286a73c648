// SPDX-License-Identifier: Apache-2.0
//
// Hinge losses. Targets are -1 and 1; 0 stands for -1, as Keras reads labels.
#include <algorithm>

#include "base/text.hpp"
#include "millrace/losses.hpp"
#include "ops/losses/elementwise.hpp"

namespace millrace {

namespace {

struct SignTargets {
  static constexpr TargetKind targets = TargetKind::labels;
  static constexpr double threshold = 0;
  template <class T>
  static T sign(T t) {
    return t == 0 ? T{-1} : t;
  }
  std::string target_problem(float t) const {
    return t == 0 || t == 1 || t == -1 ? "" : number_text(t) + ", expected -1 or 1 (or 0 and 1)";
  }
};

struct HingeRule : SignTargets {
  explicit HingeRule(const Hinge&) {}
  template <class T>
  T value(T y, T t) const {
    return std::max(T{0}, 1 - sign(t) * y);
  }
  template <class T>
  T slope(T y, T t) const {
    return 1 - sign(t) * y > 0 ? -sign(t) : T{0};
  }
};

struct SquaredHingeRule : SignTargets {
  explicit SquaredHingeRule(const SquaredHinge&) {}
  template <class T>
  T value(T y, T t) const {
    const T margin = std::max(T{0}, 1 - sign(t) * y);
    return margin * margin;
  }
  template <class T>
  T slope(T y, T t) const {
    return -2 * sign(t) * std::max(T{0}, 1 - sign(t) * y);
  }
};

// max(0, 1 + max(0, the largest output of a wrong class) - the output of the right class).
class CategoricalHingeLoss final : public Loss {
 public:
  CategoricalHingeLoss(const CategoricalHinge&, Semantics) {}
  TargetKind targets() const override { return TargetKind::classes; }
  double threshold() const override { return 0; }
  std::string target_problem(float value, std::int64_t) const override {
    return value == 0 || value == 1 ? "" : number_text(value) + ", expected 0 or 1 (one column a class)";
  }

  void rows(const LossBatch& batch, bool) const override {
    double sum = 0;
    for (std::int64_t r = 0; r < batch.rows; ++r) {
      const float weight = batch.weights != nullptr ? batch.weights[r] : 1.0F;
      const float *y = batch.output.row(r), *t = batch.target.row(r);
      const auto [right, wrong, place] = terms(y, t, batch.outputs);
      const bool counts = wrong - right + 1 > 0;
      sum += static_cast<double>(weight) * static_cast<double>(std::max(0.0F, wrong - right + 1));
      for (std::int64_t i = 0; i < batch.outputs && batch.delta.data != nullptr; ++i) {
        // The maximum is over (1 - t) y, which is 0 for the right class. If this 0 is the maximum, the slope is 0.
        const float slope = (i == place ? 1 - t[i] : 0.0F) - t[i];
        batch.delta.row(r)[i] = counts ? slope * weight * batch.scale : 0.0F;
      }
    }
    *batch.row_losses_sum = sum;
  }
  double reference(std::span<const double> output, std::span<const double> target) const override {
    const auto found = terms(output.data(), target.data(), std::ssize(output));
    return std::max(0.0, found.wrong - found.right + 1);
  }

 private:
  template <class T>
  struct Terms {
    T right, wrong;
    std::int64_t place;
  };
  template <class T>
  static Terms<T> terms(const T* y, const T* t, std::int64_t count) {
    Terms<T> found{0, (1 - t[0]) * y[0], 0};
    for (std::int64_t i = 0; i < count; ++i) {
      found.right += t[i] * y[i];
      if ((1 - t[i]) * y[i] > found.wrong) {
        found.wrong = (1 - t[i]) * y[i];
        found.place = i;
      }
    }
    return found;
  }
};

}  // namespace

LossRow hinge_row() { return loss_row_of<Hinge, ElementwiseLoss<HingeRule>>("max(0, 1 - t y)", "tanh"); }
LossRow squared_hinge_row() {
  return loss_row_of<SquaredHinge, ElementwiseLoss<SquaredHingeRule>>("max(0, 1 - t y)^2", "tanh");
}
LossRow categorical_hinge_row() {
  return loss_row_of<CategoricalHinge, CategoricalHingeLoss>("max(0, 1 + max(0, best wrong output) - right output)",
                                                             "tanh");
}

}  // namespace millrace
