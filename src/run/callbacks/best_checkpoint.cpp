// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <filesystem>
#include <system_error>

#include "run/callbacks/callback.hpp"

namespace millrace {

namespace {

// An fsync takes longer than an epoch of a small network, so the weights wait in memory until the run's own checkpoint is
// due. A run that is killed before then resumes from its last checkpoint and finds the same best epochs again.
class BestCheckpointCallback final : public Callback {
 public:
  BestCheckpointCallback(const BestCheckpoint& options, const MeasuredValues& measured)
      : options_(options), monitor_(BestCheckpoint::op, options.monitor, options.mode, measured) {}
  void epoch_end(const Epoch& epoch, CallbackContext& run) override {
    const double current = monitor_.value(epoch);
    if (!std::isfinite(current)) return;
    if (number("epoch") > 0 && !monitor_.better(current, number("best"), 0)) return;
    number("best") = current;
    number("epoch") = static_cast<double>(epoch.number);
    waiting_ = run.weights();
  }
  void keep(CallbackContext& run) override {
    const auto epoch = static_cast<std::int64_t>(number("epoch"));
    // The file was removed: write it again if the run still has these weights.
    if (std::error_code code;
        epoch > 0 && waiting_.empty() && !std::filesystem::exists(run.folder.placed(options_.path), code))
      waiting_ = run.weights_after(epoch);
    if (waiting_.empty()) return;
    run.write_model(options_.path, waiting_, epoch);
    waiting_.clear();
  }

 private:
  BestCheckpoint options_;
  Monitor monitor_;
  std::vector<float> waiting_;
};

}  // namespace

CallbackRow best_checkpoint_row() {
  return callback_row_of<BestCheckpoint, BestCheckpointCallback>("best", "keeps the model of the best epoch", true,
                                                                 "best.safetensors");
}

}  // namespace millrace
