// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   History history = model.fit(data, {.epochs = 100, .validation_split = 0.2, .on_epoch = [](const Epoch& epoch) { ...
//   }}); double last = history.epochs.back().loss;
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "millrace/callbacks.hpp"
#include "millrace/data.hpp"
#include "millrace/observer.hpp"
#include "millrace/optimizers.hpp"
#include "millrace/options.hpp"
#include "millrace/schedules.hpp"
#include "millrace/updates.hpp"

namespace millrace {

using NamedValue = std::pair<std::string, double>;

/// What a model is trained for.
struct CompileOptions {
  OpConfig optimizer = "adam";
  OpConfig loss{};
  UpdateOptions update{};              ///< weight decay, clipping, accumulation, averages
  OpConfig schedule{};                 ///< of the learning rate; empty: the optimizer's rate throughout
  PaceOptions pace{};                  ///< what the schedule counts, and the rise before it
  std::vector<std::string> metrics{};  ///< "accuracy", "mean_absolute_error", with options after a colon
};

/// Results over a data set: the loss and the metrics in the order in which they were compiled.
struct Evaluation {
  double loss = 0;
  std::vector<NamedValue> metrics;
};

struct Epoch {
  std::int64_t number = 0;          ///< from 1
  std::int64_t epochs = 0;          ///< how many there will be
  double loss = 0;                  ///< mean over the epoch's rows while the weights move, as Keras reports it; what
                                    ///< batches count by: their rows, or the rows' weights in PyTorch's dialect
  std::vector<NamedValue> metrics;  ///< likewise
  bool validated = false;
  Evaluation validation;  ///< with the epoch's final weights
  bool training_evaluated = false;
  Evaluation training;       ///< of the training rows, with the epoch's final weights
  double seconds = 0;        ///< wall time of the epoch, validation included
  double learning_rate = 0;  ///< of the epoch's last step
};

struct Progress {
  std::int64_t epoch = 0, epochs = 0, step = 0, steps = 0;  ///< step of the epoch that has ended, from 1
  double loss = 0;                                          ///< mean of the epoch so far
};

struct FitOptions {
  std::int64_t epochs = 1;
  std::int64_t batch_size = 32;         ///< the last batch of an epoch may be smaller: it is trained too; more than
                                        ///< there are rows: all of them
  bool shuffle = true;                  ///< a new order every epoch, from the seed and the epochs of earlier calls
  std::vector<float> sample_weight{};   ///< of loss and metrics, one a row of the data; empty: Dataset::weights, or 1
  std::vector<double> class_weight{};   ///< of the training loss, by index of the class; empty: all weigh 1
  bool balanced = false;                ///< class weights rows / (classes * rows of the class), as scikit-learn's
  double validation_split = 0;          ///< the last fraction of the rows, cut before shuffling; 0: none
  const Dataset* validation = nullptr;  ///< instead of a split
  std::uint64_t seed = 0;               ///< of the order of rows, of dropout, and of the initial weights where fit()
                                        ///< builds the model
  int threads = 0;                      ///< 0: as many as the processor budget allows and pay
  std::string gemm = "auto";            ///< "auto", "onednn", "openblas"
  std::string checkpoint{};             ///< a file written at epochs' ends (saving takes at most a twentieth of the
                                        ///< time), at the last one and on interruption; empty: none
  bool resume = false;                  ///< go on from `checkpoint` when it is there
  bool restores_on_error = true;        ///< an error within a step leaves the model with the weights saved last; false:
                                        ///< with those of that step, and the run needs one copy of the weights less
  bool evaluate_training = false;       ///< also loss and metrics of the training rows after every epoch
  bool profile = false;                 ///< measure phases and layers
  std::vector<OpConfig> callbacks{};    ///< EarlyStopping, ReduceOnPlateau, BestCheckpoint, CsvLog, JsonLog
  Observer* observer = nullptr;         ///< the caller's own
  std::function<void(const Epoch&)> on_epoch{};    ///< may look at the model, as an Observer may
  std::function<void(const Progress&)> on_step{};  ///< for a display: after a step, ten times a second at most
  const std::atomic<bool>* stop = nullptr;  ///< set by someone else: the run ends after the step, Error{interrupted}
};

struct PhaseTime {
  std::string name;
  double seconds = 0;
  std::int64_t runs = 0, jobs = 0;
  double waiting = 0;  ///< share of the workers' time that was not spent in jobs, 0 to 1
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
  double step_microseconds = 0;    ///< median over the run's last steps, validation and callbacks not included
  std::int64_t steps = 0;          ///< steps made in this call
  std::string stopped;             ///< why the run ended before its last epoch; empty: it did not
  std::int64_t weights_epoch = 0;  ///< the epoch whose weights were put back; 0: the model has the last ones
  int threads = 1;
  std::string thread_reason;      ///< why as many
  std::string plan;               ///< kernels, tiles and shards in words
  std::vector<PhaseTime> phases;  ///< with FitOptions::profile
  std::vector<LayerTime> layers;  ///< likewise
};

}  // namespace millrace
