// SPDX-License-Identifier: Apache-2.0
//
// What an optimizer is: an elementwise update of a run of weights, with state of the weights' size.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "millrace/config.hpp"
#include "ops/op_text.hpp"

namespace millrace {

struct Lbfgs;

inline constexpr int most_slots = 4;

/// A rectangle of weights with their state and gradient: row r of weights and slots at r * stride, of the gradient at
/// r * gradient_stride.
struct UpdateBlock {
  float* weights = nullptr;
  std::array<float*, most_slots> slots{};
  float* gradient = nullptr;
  std::int64_t rows = 0, columns = 0, stride = 0, gradient_stride = 0;
};

/// The numbers of one step that are the same for every weight.
struct StepConstants {
  std::array<float, 8> values{};
};

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  [[nodiscard]] virtual double learning_rate() const = 0;
  /// Names of the state kept for every weight: "m", "v".
  [[nodiscard]] virtual std::vector<std::string_view> slots() const = 0;
  /// The value that slot `index` starts with.
  [[nodiscard]] virtual float initial_slot(int /*index*/) const { return 0; }
  /// iteration counts updates from 1; `momentum` takes the place of the options' momentum or beta_1.
  [[nodiscard]] virtual StepConstants constants(std::int64_t iteration, double learning_rate,
                                                std::optional<double> momentum = {}) const = 0;
  /// Whether it can: some have none, and Nadam's is a schedule of its own.
  [[nodiscard]] virtual bool takes_momentum() const = 0;
  /// Weight decay that belongs to the optimizer itself (AdamW), where the updater's options give none.
  [[nodiscard]] virtual double weight_decay() const { return 0; }
  virtual void update(const UpdateBlock& block, const StepConstants& constants) const = 0;
  /// Whether a step's length depends on norms of the whole parameter (LAMB): direction() then takes update()'s place,
  /// and w -= lr |w| / |direction| direction follows when all of it is known (1 for the quotient where a norm is 0).
  [[nodiscard]] virtual bool scales_by_norm() const { return false; }
  /// scales_by_norm() only: slots move, the gradient becomes the direction (=), weights stay.
  virtual void direction(const UpdateBlock& /*block*/, const StepConstants& /*constants*/) const {}
  /// Not null: a gradient does not say how far to go, the loss is asked at several points of a step
  /// (step/lbfgs.hpp), and update() is what that would be without: plain descent.
  [[nodiscard]] virtual const Lbfgs* line_search() const { return nullptr; }
  /// The same update of one weight in double, without a quotient of norms: what the tests trust.
  virtual void reference(double& weight, std::span<double> slots, double gradient, std::int64_t iteration,
                         double learning_rate) const = 0;
};

struct OptimizerRow {
  std::string_view name;
  std::string_view summary;
  std::vector<OptionInfo> (*options)(Semantics);
  std::shared_ptr<const Optimizer> (*make)(const OpConfig& config, Semantics semantics);
  std::vector<std::string_view> examples;  ///< as users write it, besides the plain name
};

[[nodiscard]] std::span<const OptimizerRow> optimizer_table();
[[nodiscard]] const OptimizerRow& optimizer_row(std::string_view name);
/// "adam", "sgd:momentum=0.9".
[[nodiscard]] OptimizerConfig parse_optimizer(const std::string& text);
[[nodiscard]] OptimizerConfig resolved(const OptimizerConfig& given);
[[nodiscard]] std::shared_ptr<const Optimizer> make_optimizer(const OptimizerConfig& config,
                                                              Semantics semantics = Semantics::keras);

}  // namespace millrace
