// SPDX-License-Identifier: Apache-2.0
//
// The data of the public Model: its description; once it is built, the network and its weights; once it is trained, the
// trainer.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "millrace/model.hpp"
#include "model/files/card.hpp"
#include "model/gate.hpp"
#include "model/predictor.hpp"
#include "network/network.hpp"
#include "prepare/preparation.hpp"
#include "run/trainer.hpp"

namespace millrace {

struct Model::State {
  ModelCard card;                         ///< card.network has all names and options if `network` is set
  Preparation preparation;                ///< of a table's columns; empty: features are used unchanged
  std::unique_ptr<Network> network;       ///< null: the model is not built
  std::unique_ptr<ParameterStore> store;  ///< the weights; set if `network` is set
  bool weights_are_lost = false;          ///< a run failed within a step and left the weights partly updated
  std::unique_ptr<Trainer> trainer;       ///< null: no run since the model was built or compiled
  Preparation inputs;                     ///< maps a table's columns to the network's inputs, one after the other
  mutable Gate gate;                      ///< controls the use of the model by threads

  /// Makes the network for a table of `count` feature columns and draws its initial weights; `names` may be empty. If it
  /// throws Error{usage}, nothing has changed.
  void build(std::int64_t count, const std::vector<std::string>& names, std::uint64_t seed);
  /// Replaces the network; its weights are zero. Uses the current preparation.
  void use(std::unique_ptr<Network> built);
  /// Takes network and weights away. The card stays as it is.
  void unbuild();
  /// Prepares features and targets in this way from now on. Throws Error{usage}, and changes nothing, if a built network
  /// has other columns. scale: null leaves targets as they are; fit() and predict() refuse one of another width.
  void prepare_by(Preparation features, std::shared_ptr<const TargetScale> scale);
  /// Must be called after `preparation` has changed.
  void update_inputs();
  /// Must be called after card.compiled or metric_view() has changed: drops the trainer with the optimizer's state, and
  /// the evaluators.
  void forget_compiled();

  /// The built network. Throws Error{usage} before build() or the first fit().
  [[nodiscard]] const Network& built(const char* who) const;
  /// The same for callers that read weights: also throws if a failed run has left no valid weights.
  [[nodiscard]] const Network& with_weights(const char* who) const;
  /// Index of a parameter. Throws Error{usage} for an unknown name.
  [[nodiscard]] int parameter(const std::string& name, const char* who) const;
  /// Loss and metrics of the compiled model. Throws Error{usage} if it is not compiled.
  [[nodiscard]] std::shared_ptr<const Objective> objective(const char* who) const;
  /// How its metrics see predictions.
  [[nodiscard]] MetricView metric_view() const { return {card.target_scale, card.threshold}; }
  /// The trainer of the compiled model. Throws Error{usage} if it is not compiled.
  [[nodiscard]] Trainer& compiled(const char* who);
  /// The predictor of a reader's seat, without and with an objective.
  [[nodiscard]] Predictor& predictor(const Gate::Reading& seat) const;
  [[nodiscard]] Predictor& evaluator(const Gate::Reading& seat,
                                     const std::shared_ptr<const Objective>& objective) const;

  /// Throws Error{usage} unless `data` has the model's feature columns and classes (names are compared if both have
  /// names), and Error{data} for an invalid category.
  void check_features(const Dataset& data, const char* who) const;
  /// columns: of each input of the network. Throws Error{data} for a number that is no category of its input.
  void check_categories(const Dataset& data, const std::vector<std::vector<std::int64_t>>& columns,
                        const char* who) const;
  /// Like check_features; also throws unless targets and row weights fit the loss and the metrics.
  void check_rows(const Dataset& data, const Objective& objective, const char* who) const;
  /// The classes that the outputs tell apart; 0: the loss takes numbers, or there are several outputs.
  [[nodiscard]] std::int64_t class_count(const Objective& objective) const;
  /// `data` prepared for the network, with scaled targets. threads: workers; 0: one per processor.
  [[nodiscard]] Dataset prepared(const Dataset& data, int threads) const;
  /// `data` with scaled targets, if the model scales them.
  [[nodiscard]] Dataset with_scaled_targets(const Dataset& data) const;
  /// The preparation of tables. Throws Error{usage} without one.
  [[nodiscard]] const TablePreparation& with_table(const char* who) const;

 private:
  mutable std::mutex objective_mutex_;
  mutable std::shared_ptr<const Objective> objective_;  // made at first use
  // By seat. Only the reader of a seat uses its entries.
  mutable std::array<std::unique_ptr<Predictor>, Gate::seats> predictors_, evaluators_;
};

/// Throws Error{usage} unless both lists of names are the same or one of them is empty. `what` is "column" or "class".
void check_same_names(const std::vector<std::string>& given, const std::vector<std::string>& known, const char* what,
                      const char* who);

}  // namespace millrace
