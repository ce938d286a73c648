// SPDX-License-Identifier: Apache-2.0
//
// The callbacks of one run in their given order, each with the name under which the checkpoint has its state.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "run/callbacks/callback.hpp"

namespace millrace {

/// The row of a callback by its unique name: early_stopping, early_stopping_2 (callback_names()). Throws Error{usage}.
[[nodiscard]] const CallbackRow& row_of_callback(std::string_view unique_name);

class CallbackList {
 public:
  /// `saved`: states by name, from the checkpoint of a resumed run. Throws Error{usage}.
  CallbackList(std::span<const CallbackConfig> configs, const MeasuredValues& measured,
               const std::map<std::string, CallbackState>& saved);

  [[nodiscard]] bool empty() const { return entries_.empty(); }
  /// Whether one of them reads CallbackContext::layers.
  [[nodiscard]] bool read_layers() const;
  void epoch_end(const Epoch& epoch, CallbackContext& run);
  /// Called before the checkpoint is written; sets `states` for it.
  void keep(CallbackContext& run, std::map<std::string, CallbackState>& states);
  /// Called after the checkpoint was written.
  void log(const CallbackContext& run);

  struct Entry {
    std::string name;  ///< unique: early_stopping, early_stopping_2
    std::unique_ptr<Callback> callback;
  };
  /// The callback whose weights the model gets when the run ends; null: the model keeps the last ones.
  [[nodiscard]] const Entry* restores() const;
  /// The weights after `epochs` epochs if a callback keeps them, else empty.
  [[nodiscard]] std::span<const float> weights_after(std::int64_t epochs) const;

 private:
  std::vector<Entry> entries_;
};

}  // namespace millrace
