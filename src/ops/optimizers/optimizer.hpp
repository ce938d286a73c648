// SPDX-License-Identifier: Apache-2.0
//
// An optimizer: an elementwise update of weights, with state that has the size of the weights.
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

/// A rectangle of weights with their state and gradient. Row r of weights and slots is at r * stride, row r of the
/// gradient at r * gradient_stride.
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
  /// Names of the numbers kept for each weight: "m", "v".
  [[nodiscard]] virtual std::vector<std::string_view> slots() const = 0;
  /// The value that slot `index` starts with.
  [[nodiscard]] virtual float initial_slot(int /*index*/) const { return 0; }
  /// iteration counts updates from 1; `momentum` replaces the momentum or beta_1 of the options.
  [[nodiscard]] virtual StepConstants constants(std::int64_t iteration, double learning_rate,
                                                std::optional<double> momentum = {}) const = 0;
  /// Whether `momentum` can: some optimizers have none, and Nadam schedules its own.
  [[nodiscard]] virtual bool takes_momentum() const = 0;
  /// Weight decay of the optimizer itself (AdamW), used if UpdateOptions give none.
  [[nodiscard]] virtual double weight_decay() const { return 0; }
  virtual void update(const UpdateBlock& block, const StepConstants& constants) const = 0;
  /// Whether the length of a step depends on norms of the whole parameter (LAMB). Then direction() is called instead of
  /// update(), followed by w -= lr |w| / |direction| direction, where the quotient is 1 if a norm is 0.
  [[nodiscard]] virtual bool scales_by_norm() const { return false; }
  /// For scales_by_norm() only: updates the slots and sets gradient = direction; weights stay.
  virtual void direction(const UpdateBlock& /*block*/, const StepConstants& /*constants*/) const {}
  /// Not null: a step evaluates the loss at several points along a line (step/lbfgs.hpp).
  [[nodiscard]] virtual const Lbfgs* line_search() const { return nullptr; }
  /// The same update of one weight in double, without norms: the reference for tests.
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
