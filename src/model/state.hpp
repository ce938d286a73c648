// SPDX-License-Identifier: Apache-2.0
//
// Behind the public Model: the description, the network once shapes are known, and the trainer once compiled.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "millrace/model.hpp"
#include "model/files/card.hpp"
#include "model/predictor.hpp"
#include "network/network.hpp"
#include "prepare/preparation.hpp"
#include "run/trainer.hpp"

namespace millrace {

struct Model::State {
  ModelCard card;                        ///< card.network is complete once `network` is there
  Preparation preparation;               ///< of a table's columns; empty: features go in as they are
  std::unique_ptr<Network> network;      ///< null: not built, the input width is not known
  std::unique_ptr<Trainer> trainer;      ///< null: not compiled, or not built
  std::unique_ptr<Predictor> predictor;  ///< null, or of `network`, maybe outdated

  /// Makes the network for a table of `count` feature columns that may have names, with fresh weights. Throws
  /// Error{usage}, and then nothing has changed.
  void build(std::int64_t count, const std::vector<std::string>& names, std::uint64_t seed);
  /// Brings the weights of a run that is going on into the network: a callback asks for the model of that moment.
  void take_weights_of_run() const;
  /// Throws Error{usage} where fit() is running, which a callback must not take the model away from.
  void refuse_in_run(const char* who) const;
  /// The built network; throws Error{usage} before build() or the first fit().
  [[nodiscard]] Network& built(const char* who);
  /// The trainer; throws Error{usage} when nothing was compiled.
  [[nodiscard]] Trainer& compiled(const char* who);
  /// Throws Error{usage} unless `data` has the model's feature columns and classes, under its names where both have
  /// names; Error{data} for a value that is no category where one is expected.
  void check_features(const Dataset& data, const char* who) const;
  /// From a table's columns to the network's inputs, side by side.
  [[nodiscard]] Preparation input_preparation() const;
  /// `data` as the network takes it.
  [[nodiscard]] Dataset prepared(const Dataset& data) const;
};

/// Throws Error{usage} unless both are the same, or one of them is empty: a column or a class by another name, or in
/// another place, is another one.
void check_same_names(const std::vector<std::string>& given, const std::vector<std::string>& known, const char* what,
                      const char* who);

}  // namespace millrace
