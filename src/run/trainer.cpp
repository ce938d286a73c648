// SPDX-License-Identifier: Apache-2.0
#include "run/trainer.hpp"

#include <algorithm>
#include <optional>

#include "base/fail.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "millrace/error.hpp"
#include "run/training_run.hpp"
#include "step/precision.hpp"

namespace millrace {

namespace {

// A copy of the weights before a run, because an error within a step leaves them partly updated. A run with a checkpoint
// needs no copy.
class WeightsBefore {
 public:
  WeightsBefore(ParameterStore& store, bool needed) : store_(store) {
    const std::span<const float> now = std::as_const(store).buffer(ParameterStore::weights).span();
    if (needed) saved_.assign(now.begin(), now.end());
  }
  void restore() {
    if (!saved_.empty()) std::ranges::copy(saved_, store_.buffer(ParameterStore::weights).data());
  }

 private:
  ParameterStore& store_;
  std::vector<float> saved_;  // in the store's layouts, which do not change during a run
};

void check_checkpoints(const FitOptions& options) {
  if (options.checkpoint_steps < 0) {
    fail(ErrorKind::usage, "fit",
         "checkpoint_steps is " + std::to_string(options.checkpoint_steps) + ", expected 0 or more");
  }
  if (!(options.checkpoint_seconds >= 0)) {
    fail(ErrorKind::usage, "fit",
         "checkpoint_seconds is " + number_text(options.checkpoint_seconds) + ", expected 0 or more");
  }
  if (options.keep_checkpoints < 1) {
    fail(ErrorKind::usage, "fit",
         "keep_checkpoints is " + std::to_string(options.keep_checkpoints) + ", expected 1 or more");
  }
  if (!options.checkpoint.empty()) return;
  const char* const idle = options.resume                   ? "resume"
                           : options.checkpoint_steps > 0   ? "checkpoint_steps"
                           : options.checkpoint_seconds > 0 ? "checkpoint_seconds"
                           : options.keep_checkpoints > 1   ? "keep_checkpoints"
                                                            : nullptr;
  if (idle != nullptr)
    fail(ErrorKind::usage, "fit", std::string(idle) + " is given without checkpoint, expected the name of its file");
}

}  // namespace

void check_options(const FitOptions& options) {
  if (options.epochs < 0)
    fail(ErrorKind::usage, "fit", "epochs is " + std::to_string(options.epochs) + ", expected 0 or more");
  if (options.batch_size < 1)
    fail(ErrorKind::usage, "fit", "batch_size is " + std::to_string(options.batch_size) + ", expected 1 or more");
  if (options.slices < 0)
    fail(ErrorKind::usage, "fit", "slices is " + std::to_string(options.slices) + ", expected 0 or more");
  require_utf8(options.start, "fit", "start");
  for (const auto& [name, text] : options.about) {
    require_utf8(name, "fit", "a name in about");
    require_utf8(text, "fit", "a text in about");
  }
  check_checkpoints(options);
}

History Trainer::fit(const Dataset& data, const Dataset* validation, const FitOptions& options, RunHost& host) {
  if (compiled_.lbfgs && options.batch_size < data.rows()) {
    fail(ErrorKind::usage, Lbfgs::op,
         "batch_size is " + std::to_string(options.batch_size) + " of " + std::to_string(data.rows()) +
             " rows, expected all of them: lbfgs compares losses of the same rows");
  }
  compiled_.store.use(kernel_choice(options.kernels, options.gemm), precision_of(options.precision));
  WeightsBefore before(compiled_.store, options.checkpoint.empty());
  std::optional<TrainingRun> run;
  try {
    run.emplace(compiled_, state_, data, validation, options, host);
    run->train();
    return run->finish();
  } catch (...) {
    broken_ = run && !run->whole();
    if (broken_) before.restore();
    throw;
  }
}

void Trainer::set_learning_rate(double rate) { state_.learning_rate = rate; }

}  // namespace millrace
