// SPDX-License-Identifier: Apache-2.0
//
// The callbacks of one run, in the order in which they were given, each with a name under which its state is kept.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "run/callbacks/callback.hpp"

namespace millrace {

class RunCallbacks {
 public:
  /// `known`: what callbacks of such names remember of the run that goes on. Throws Error{usage}.
  RunCallbacks(std::span<const CallbackConfig> configs, const RunKind& kind,
               const std::map<std::string, CallbackState>& known);

  [[nodiscard]] bool empty() const { return entries_.empty(); }
  void epoch_end(const Epoch& epoch, RunView& run);
  /// Before the checkpoint is written: `states` are what it shall say.
  void keep(RunView& run, std::map<std::string, CallbackState>& states);
  /// After that.
  void log(const RunView& run);

  struct Entry {
    std::string name;  ///< unique: early_stopping, early_stopping_2
    std::unique_ptr<Callback> callback;
  };
  /// The one whose weights a finished run shall have; null: it has the last ones.
  [[nodiscard]] const Entry* restores() const;
  /// The weights after so many epochs, where one would restore them; else empty.
  [[nodiscard]] std::span<const float> weights_after(std::int64_t epochs) const;

 private:
  std::vector<Entry> entries_;
};

}  // namespace millrace
