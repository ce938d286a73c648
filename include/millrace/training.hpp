// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   History history = model.fit(data, {
//       .epochs = 100,
//       .validation_split = 0.2,
//       .on_epoch = [](const Epoch& epoch) { return epoch["val_loss"] < 0.1 ? Proceed::no : Proceed::yes; },
//   });
//   double last = history.epochs.back().loss;
#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "millrace/callbacks.hpp"
#include "millrace/config.hpp"
#include "millrace/data.hpp"
#include "millrace/metrics.hpp"
#include "millrace/optimizers.hpp"
#include "millrace/schedules.hpp"
#include "millrace/updates.hpp"

namespace millrace {

/// A loss or a metric with its name.
struct NamedValue {
  std::string name;
  double value = 0;
  friend bool operator==(const NamedValue&, const NamedValue&) = default;
};

/// What training minimises, how, and what is measured.
struct CompileOptions {
  OptimizerConfig optimizer = "adam";
  LossConfig loss{};
  UpdateOptions update{};               ///< weight decay, clipping, accumulation, averages
  ScheduleConfig schedule{};            ///< of the learning rate; default: the optimizer's rate throughout
  PaceOptions pace{};                   ///< unit of the schedule (steps or epochs), and a linear warm-up before it
  std::vector<MetricConfig> metrics{};  ///< "accuracy", "mean_absolute_error", options after a colon
};

/// Loss and metrics over a data set.
struct Evaluation {
  double loss = 0;
  std::vector<NamedValue> metrics;  ///< in the order of CompileOptions::metrics

  /// "loss", or a metric by the name it was compiled with. Throws Error{usage} for another name.
  [[nodiscard]] double operator[](std::string_view name) const;
};

/// One epoch of a run.
struct Epoch {
  std::int64_t number = 0;          ///< from 1
  std::int64_t epochs = 0;          ///< epochs of the whole run
  double loss = 0;                  ///< mean over the epoch's rows while the weights move, as Keras reports it; rows
                                    ///< count equally, with Semantics::torch by their weights
  std::vector<NamedValue> metrics;  ///< likewise
  bool validated = false;
  Evaluation validation;  ///< with the weights at the end of the epoch
  bool training_evaluated = false;
  Evaluation training;       ///< of the training rows, with the weights at the end of the epoch
  double seconds = 0;        ///< wall time of the epoch, validation included
  double learning_rate = 0;  ///< of the epoch's last step

  /// A value by its column in history.csv: "loss", "accuracy", "val_loss", "train_accuracy". Throws Error{usage} for a
  /// name that this epoch does not have.
  [[nodiscard]] double operator[](std::string_view name) const;
};

/// One step of a run, after its update.
struct StepReport {
  std::int64_t epoch = 0, epochs = 0;  ///< epoch of the step, from 1, and epochs of the run
  std::int64_t step = 0, steps = 0;    ///< step of the epoch, from 1, and steps of an epoch
  double loss = 0;                     ///< of this batch before its update, penalties included
  double mean_loss = 0;                ///< of the epoch so far
  double learning_rate = 0;
};

/// Whether a run goes on: what a function that watches it may return.
enum class Proceed { yes, no };

/// A function that is called with every Event of a run. It returns nothing, or whether the run goes on: after
/// Proceed::no the run ends as if it had been no longer. Any callable converts to it.
///
/// It runs on the thread that called fit(), in the state that kernels need: denormal numbers are flushed to zero, and
/// OpenMP has one thread. It may use the model: predict, evaluate and export_onnx use the weights of that moment;
/// set_weights and set_learning_rate act from the next step on; any other change throws Error{usage}. An exception ends
/// the run between two steps: the model keeps what it has learned.
template <class Event>
class Watcher {
 public:
  Watcher() = default;
  template <class Function>
  requires std::invocable<Function&, const Event&> &&(!std::same_as<std::remove_cvref_t<Function>, Watcher>)
      Watcher(Function function) {  // NOLINT: any function is a Watcher
    using Result = std::invoke_result_t<Function&, const Event&>;
    static_assert(std::is_void_v<Result> || std::same_as<Result, Proceed>,
                  "a function that watches a run returns nothing, or Proceed");
    if constexpr (std::is_void_v<Result>) {
      function_ = [watch = std::move(function)](const Event& event) mutable {
        watch(event);
        return Proceed::yes;
      };
    } else {
      function_ = std::move(function);
    }
  }
  explicit operator bool() const { return function_ != nullptr; }
  Proceed operator()(const Event& event) const { return function_(event); }

 private:
  std::function<Proceed(const Event&)> function_;
};

struct FitOptions {
  std::int64_t epochs = 1;
  std::int64_t batch_size = 32;         ///< the last batch of an epoch may be smaller, and is trained too; at most all
                                        ///< rows
  bool shuffle = true;                  ///< another order in every epoch, from the seed and the epochs of earlier calls
  std::vector<float> sample_weight{};   ///< one for each row of the data, in loss and metrics; default:
                                        ///< Dataset::weights, or 1
  std::vector<double> class_weight{};   ///< in the training loss, by index of the class; default: 1
  bool balanced = false;                ///< class weights are rows / (classes * rows of the class), as in scikit-learn
  double validation_split = 0;          ///< the last fraction of the rows, cut before shuffling; 0: none
  const Dataset* validation = nullptr;  ///< instead of a split
  std::uint64_t seed = 0;               ///< of the order of rows, of dropout, and of the initial weights if fit()
                                        ///< builds the model
  int threads = 0;                      ///< 0: as many as the processor budget allows and as pay
  std::string gemm = "auto";            ///< library of the matrix products: "auto", "onednn", "openblas"
  std::string checkpoint{};             ///< file written at ends of epochs (saving takes at most a twentieth of the
                                        ///< time), at the end and on interruption; default: none
  bool resume = false;                  ///< go on from `checkpoint` if it exists
  bool evaluate_training = false;       ///< also evaluate the training rows after every epoch
  bool profile = false;                 ///< measure phases and layers
  std::vector<CallbackConfig> callbacks{};  ///< EarlyStopping, ReduceOnPlateau, BestCheckpoint, CsvLog, JsonLog
  Watcher<Epoch> on_epoch{};                ///< called after every epoch
  Watcher<StepReport> on_step{};            ///< called after every step
  const std::atomic<bool>* stop = nullptr;  ///< set by another thread: the run ends after its step, Error{interrupted}
};

struct PhaseTime {
  std::string name;
  double seconds = 0;
  std::int64_t runs = 0, jobs = 0;
  double waiting = 0;  ///< share of the workers' time outside jobs, 0 to 1
};

/// Seconds of all threads together.
struct LayerTime {
  std::string name;
  double forward = 0, backward = 0, gradient = 0, update = 0;
  double gflop = 0;  ///< 1e9 operations of the products of forward; backward and gradient have as many each
};

struct History {
  std::vector<Epoch> epochs;
  double seconds = 0;              ///< wall time of training and validation
  double saving_seconds = 0;       ///< wall time of checkpoints and logs, not part of `seconds`
  double step_microseconds = 0;    ///< median of the run's last steps, without validation and callbacks
  std::int64_t steps = 0;          ///< steps made in this call
  std::string stopped;             ///< why the run ended before its last epoch; empty: it did not
  std::int64_t weights_epoch = 0;  ///< the epoch whose weights the model has; 0: the last
  int threads = 1;
  std::string thread_reason;      ///< why this number of threads
  std::string plan;               ///< kernels, tiles and shards in words
  std::vector<PhaseTime> phases;  ///< with FitOptions::profile
  std::vector<LayerTime> layers;  ///< with FitOptions::profile
};

}  // namespace millrace
