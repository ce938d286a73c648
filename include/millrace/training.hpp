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
#include "millrace/cluster.hpp"
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

/// The loss of one of several outputs.
struct OutputOptions {
  std::string output;                   ///< name of the layer
  LossConfig loss{};                    ///< empty: nothing trains this output
  double weight = 1;                    ///< factor of this loss in the sum that is minimised
  std::vector<MetricConfig> metrics{};  ///< reported as "price_mean_absolute_error", beside "price_loss"
};

/// Loss, optimizer, learning-rate schedule and metrics of a model.
struct CompileOptions {
  OptimizerConfig optimizer = "adam";
  LossConfig loss{};                    ///< no default: fit(), evaluate() and plan() need a loss
  UpdateOptions update{};               ///< weight decay, clipping, accumulation, averages
  ScheduleConfig schedule{};            ///< of the learning rate; default: constant, the optimizer's rate
  PaceOptions pace{};                   ///< unit of the schedule (steps or epochs) and its linear warm-up
  std::vector<MetricConfig> metrics{};  ///< "accuracy", "mean_absolute_error"; options follow a colon
  bool weighted_metrics = true;  ///< false: every row counts as one in the metrics, whatever its weight in the loss
  /// Of a model with several outputs, instead of `loss` and `metrics`. The columns of the targets are those of the first
  /// output with a loss, in the order of Graph::outputs, then those of the next. Outputs that are not listed have no loss.
  std::vector<OutputOptions> outputs{};

  [[nodiscard]] bool has_loss() const { return !loss.op.empty() || !outputs.empty(); }
};

/// Loss and metrics over a data set.
struct Evaluation {
  double loss = 0;
  std::vector<NamedValue> metrics;  ///< in the order of CompileOptions::metrics

  /// "loss" or a compiled metric by name. Throws Error{usage} for an unknown name.
  [[nodiscard]] double operator[](std::string_view name) const;
};

/// One epoch of a run.
struct Epoch {
  std::int64_t number = 0;  ///< from 1
  std::int64_t epochs = 0;  ///< epochs of the whole run
  /// Mean over the epoch's rows, each computed in its own step, as Keras reports it. Rows count equally, but with
  /// Semantics::torch by their weights.
  double loss = 0;
  std::vector<NamedValue> metrics;  ///< over the same outputs as `loss`
  bool validated = false;           ///< whether `validation` is set
  Evaluation validation;            ///< of the validation rows, with the weights at the end of the epoch
  bool training_evaluated = false;  ///< whether `training` is set
  Evaluation training;              ///< of the training rows, with the weights at the end of the epoch
  double seconds = 0;               ///< wall time of the epoch, including validation
  double learning_rate = 0;         ///< of the epoch's last step
  std::int64_t steps = 0;           ///< steps of the run up to the end of the epoch

  /// The losses and metrics by their columns in history.csv, in this order: loss, accuracy, val_loss, val_accuracy,
  /// train_loss, train_accuracy.
  [[nodiscard]] std::vector<NamedValue> values() const;
  /// One of values(). Throws Error{usage} for an unknown name.
  [[nodiscard]] double operator[](std::string_view name) const;
};

/// One step of a run, after its update.
struct StepReport {
  std::int64_t epoch = 0, epochs = 0;  ///< number of the epoch, from 1, and epochs of the run
  std::int64_t step = 0, steps = 0;    ///< number of the step in its epoch, from 1, and steps of an epoch
  double loss = 0;                     ///< of this batch before its update, including penalties
  double mean_loss = 0;                ///< mean of the epoch so far
  double learning_rate = 0;
};

/// The answer of a function that watches a run: whether the run continues.
enum class Proceed { yes, no };

/// A function that is called with every Event of a run. It returns nothing or Proceed; after Proceed::no the run ends as
/// if this had been its last step or epoch. Any callable with such a signature converts to it; an empty std::function
/// watches nothing.
///
/// It runs on the thread that called fit(), in the state that kernels need: results are rounded to nearest, denormal
/// numbers are flushed to zero, and OpenMP has one thread. It may use the model: predict, evaluate and export_onnx use
/// the current weights; set_weights and set_learning_rate act from the next step on; any other change throws
/// Error{usage}. An exception ends the run between two steps: the model keeps its weights, and the checkpoint is saved.
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
    std::function<Result(const Event&)> watch = std::move(function);
    if (!watch) return;
    if constexpr (std::is_void_v<Result>) {
      function_ = [watch = std::move(watch)](const Event& event) {
        watch(event);
        return Proceed::yes;
      };
    } else {
      function_ = std::move(watch);
      may_stop_ = true;
    }
  }
  explicit operator bool() const { return function_ != nullptr; }
  /// Whether the function returns Proceed.
  [[nodiscard]] bool may_stop() const { return may_stop_; }
  Proceed operator()(const Event& event) const { return function_(event); }

 private:
  std::function<Proceed(const Event&)> function_;
  bool may_stop_ = false;
};

/// Options of Model::fit().
struct FitOptions {
  std::int64_t epochs = 1;
  /// Rows of a step; a larger number means all rows. The last batch of an epoch may be smaller and is trained too.
  std::int64_t batch_size = 32;
  bool shuffle = true;  ///< in another order in each epoch; the order depends on the seed and on the epochs so far
  /// Weight of each row of the data in loss and metrics. Default: Dataset::weights, or 1.
  std::vector<float> sample_weight{};
  std::vector<double> class_weight{};  ///< weight of each class, by index, in the training loss; default: 1
  /// Class weights are rows / (classes * rows of the class), as in scikit-learn; rows count by their weights.
  bool balanced = false;
  double validation_split = 0;          ///< fraction of the rows to validate on, cut from the end before shuffling
  const Dataset* validation = nullptr;  ///< validation rows, instead of a split
  std::uint64_t seed = 0;  ///< for the order of rows, dropout, and the initial weights if fit() builds the model
  int threads = 0;  ///< 0: the fastest number, measured during the run, up to the processor budget and OMP_NUM_THREADS
  /// Library of the matrix products: "auto" (the fastest for each shape), "onednn", "openblas". In mixed precision
  /// "onednn" also multiplies bfloat16 numbers, with AMX where the processor has it (not
  /// tested on such a processor).
  std::string gemm = "auto";
  /// "auto": the fastest kernels of this processor. "portable": the same bits on every processor with AVX2 and FMA, and
  /// from every compiler and library version; for networks without convolution and pooling.
  std::string kernels = "auto";
  /// The numbers that products take in training. "fp32". "mixed_bfloat16": large dense layers round their operands to
  /// bfloat16 and add in fp32, which is up to twice as fast on processors with AVX512_BF16 and slower on others, with
  /// the same bits; weights, updates, losses and all other layers stay in fp32, as do evaluation, prediction and export.
  /// "auto": mixed_bfloat16 where network, batch and instruction set promise that it is faster.
  std::string precision = "fp32";
  /// Checkpoint file. Default: none. Written after epochs (saving takes at most a twentieth of the time), at the end of
  /// the run and when it is interrupted.
  std::string checkpoint{};
  bool resume = false;  ///< continue from `checkpoint` if the file exists; Error{usage} without `checkpoint`
  /// Resume also if other kernels (another processor, library or environment variable) computed the run so far. The
  /// result then differs in its last bits from that of an uninterrupted run.
  bool allow_other_bits = false;
  /// Resume also if options that differ leave the weights and the optimizer's state usable (rate, batch, metrics,
  /// callbacks, rows): the run then goes on with the new ones from its next epoch.
  bool change = false;
  // These three are Error{usage} below 0 (keep_checkpoints: below 1), and without `checkpoint`.
  std::int64_t checkpoint_steps = 0;  ///< also write the checkpoint after this number of steps; 0: after epochs only
  double checkpoint_seconds = 0;      ///< and after this number of seconds; 0: not
  int keep_checkpoints = 1;           ///< how many to keep; the one before run.safetensors is run.1.safetensors
  /// A checkpoint whose optimizer state this run begins with, for parameters of the same name and shape. Default: none.
  std::string optimizer_state{};
  /// What the weights and the optimizer's state come from that the run begins with, such as a checksum of them, in UTF-8. A
  /// run whose checkpoint names another one is not resumed without `change`. Default: nothing but the seed.
  std::string start{};
  /// A file that gets the state before a step that fails with non-finite numbers, and its batch. Default: none.
  std::string failure{};
  bool evaluate_training = false;           ///< also evaluate the training rows after every epoch
  bool profile = false;                     ///< measure the time of phases and layers
  std::vector<CallbackConfig> callbacks{};  ///< EarlyStopping, ReduceOnPlateau, BestCheckpoint, CsvLog, ...
  /// Called once before the first step, when the checkpoint of a resumed run has been read. It may do what on_step may.
  std::function<void()> on_begin{};
  Watcher<Epoch> on_epoch{};      ///< called after every epoch
  Watcher<StepReport> on_step{};  ///< called after every step
  /// Into how many slices each batch is cut, whose gradients are added in a fixed order. The number changes the last bits
  /// of the result; with the same number, a cluster of any size gives the bits of one process. 0: one slice for each
  /// process of the cluster, and whole batches without a cluster. Error{usage} for a negative number.
  std::int64_t slices = 0;
  /// The numbers in which gradients travel between processes: "fp32". "bfloat16": half the bytes, and the gradient of each
  /// slice and each sum of them is rounded to 8 bits of precision, also where nothing travels, so that the bits still
  /// depend on the number of slices alone; rows of embeddings with sparse updates stay in fp32. For batches in slices.
  std::string wire = "fp32";
  /// The processes that train together. All of them call fit() with the same data and options. Only rank 0 writes files;
  /// its on_step and on_epoch decide whether the run goes on. Default: this process trains alone.
  Cluster* cluster = nullptr;
  /// Facts about the run that its checkpoint keeps and `millrace inspect` shows: {{"command", "..."}}.
  std::vector<std::pair<std::string, std::string>> about{};
  /// Called with sentences for the user: which checkpoint was skipped, which options of the resumed run differ.
  std::function<void(const std::string&)> on_note{};
  /// Called before every save. If it throws, nothing is saved and the run ends with that error.
  std::function<void()> before_saving{};
  /// Another thread or a signal handler may set it: the run then ends after its current step, or leaves the rows that it
  /// evaluates, with Error{interrupted}.
  const std::atomic<bool>* stop = nullptr;
};

/// Time of one phase of the steps, over a run.
struct PhaseTime {
  std::string name;
  double seconds = 0;               ///< wall time
  std::int64_t runs = 0, jobs = 0;  ///< how often the phase ran, and its jobs in all runs
  double waiting = 0;               ///< share of the workers' time outside jobs, 0 to 1
};

/// Time of one layer over a run, in seconds, summed over threads.
struct LayerTime {
  std::string name;
  double forward = 0, backward = 0, gradient = 0, update = 0;
  double gflop = 0;  ///< 1e9 operations in the products of forward; backward and gradient each have the same number
};

/// The result of fit().
struct History {
  std::vector<Epoch> epochs;
  double seconds = 0;              ///< wall time of training and validation
  double validation_seconds = 0;   ///< the part of `seconds` that evaluated rows after the epochs
  double saving_seconds = 0;       ///< wall time of writing checkpoints and logs, not part of `seconds`
  double step_microseconds = 0;    ///< median over the last full batches, without validation and callbacks
  std::int64_t steps = 0;          ///< steps of this call
  std::string stopped;             ///< why the run ended before its last epoch; empty: it did not
  std::int64_t weights_epoch = 0;  ///< the epoch whose weights the model now has; 0: the last
  int threads = 1;                 ///< number of threads in use at the end
  std::string thread_reason;       ///< why this number of threads
  std::string plan;                ///< kernels, tiles and shards as text
  std::vector<PhaseTime> phases;   ///< empty without FitOptions::profile
  std::vector<LayerTime> layers;   ///< empty without FitOptions::profile
};

}  // namespace millrace
