// SPDX-License-Identifier: Apache-2.0
//
// Behind the public Model: its description, the network and its weights once shapes are known, and the trainer once a
// run has begun.
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
  ModelCard card;                         ///< card.network is complete once `network` is there
  Preparation preparation;                ///< of a table's columns; empty: features go in as they are
  std::unique_ptr<Network> network;       ///< null: not built, the input width is not known
  std::unique_ptr<ParameterStore> store;  ///< the weights; there when `network` is
  bool weights_are_lost = false;          ///< a run failed within a step: the weights are half of that step's
  std::unique_ptr<Trainer> trainer;       ///< null: no run since the model was built or compiled
  Preparation inputs;                     ///< from a table's columns to the network's inputs, side by side
  mutable Gate gate;                      ///< who uses the model at this moment

  /// Makes the network for a table of `count` feature columns that may have names, with initial weights. Throws
  /// Error{usage}, and then nothing has changed.
  void build(std::int64_t count, const std::vector<std::string>& names, std::uint64_t seed);
  /// Takes a network, with weights of zero, and the preparation that is set.
  void use(std::unique_ptr<Network> built);
  /// After `preparation` has changed.
  void update_inputs();
  /// After card.compiled has changed: forgets what was made from it, the optimizer's state included.
  void forget_compiled();

  /// The built network. Throws Error{usage} before build() or the first fit().
  [[nodiscard]] const Network& built(const char* who) const;
  /// The same for what reads weights: also throws where a failed run has left none.
  [[nodiscard]] const Network& with_weights(const char* who) const;
  /// Index of a parameter. Throws Error{usage} for a name that is not there.
  [[nodiscard]] int parameter(const std::string& name, const char* who) const;
  /// Loss and metrics of the compiled model. Throws Error{usage} if it is not compiled.
  [[nodiscard]] std::shared_ptr<const Objective> objective(const char* who) const;
  /// The trainer of the compiled model. Throws Error{usage} if it is not compiled.
  [[nodiscard]] Trainer& compiled(const char* who);
  /// The predictor of a reader's seat; evaluator: the one that also knows the objective.
  [[nodiscard]] Predictor& predictor(const Gate::Reading& seat) const;
  [[nodiscard]] Predictor& evaluator(const Gate::Reading& seat,
                                     const std::shared_ptr<const Objective>& objective) const;

  /// Throws Error{usage} unless `data` has the model's feature columns and classes, under its names where both have
  /// names; Error{data} for a value that is no category where one is expected.
  void check_features(const Dataset& data, const char* who) const;
  /// As check_features, and throws unless targets and row weights fit loss and metrics.
  void check_rows(const Dataset& data, const Objective& objective, const char* who) const;
  /// `data` as the network takes it.
  [[nodiscard]] Dataset prepared(const Dataset& data) const;

 private:
  mutable std::mutex objective_mutex_;
  mutable std::shared_ptr<const Objective> objective_;  // null: not asked for yet
  // By seat. A seat's reader alone touches its entries.
  mutable std::array<std::unique_ptr<Predictor>, Gate::seats> predictors_, evaluators_;
};

/// Throws Error{usage} unless both are the same, or one of them is empty: a column or a class by another name, or in
/// another place, is another one.
void check_same_names(const std::vector<std::string>& given, const std::vector<std::string>& known, const char* what,
                      const char* who);

}  // namespace millrace
