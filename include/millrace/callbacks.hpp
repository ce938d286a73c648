// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   model.fit(data, {.epochs = 500, .validation_split = 0.2, .checkpoint = "run.safetensors",
//                    .callbacks = {EarlyStopping{.patience = 10, .restore_best_weights = true}, ReduceOnPlateau{}}});
//
// What acts on a run at its epochs' ends, in the order given. What they remember is part of the checkpoint: a run that
// is resumed goes on as if nothing had been. A monitor is a name of history.csv: loss, a metric, val_ or train_ before
// them. mode: "min", "max", or "auto", as the loss or the metric has it. NaN is never better.
#pragma once

#include "millrace/options.hpp"

namespace millrace {

/// Keras's EarlyStopping: ends the run when `patience` epochs in a row did not improve on the best by more than
/// min_delta, and, with a baseline, not on that either; not before epoch 2. sklearn: the rule of MLPClassifier and
/// MLPRegressor: the best moves with any improvement, but one below min_delta counts as none, and the run ends in the
/// epoch after `patience` such. Monitor "auto" is then what they look at: with validation rows the first metric of
/// which more is better, or else val_loss; without, the training loss, of which no best weights are restored.
/// adaptive, with that rule: scikit-learn's learning_rate="adaptive". Where the run would end, the learning rate is
/// divided by 5 and counting starts again; the run ends where the rate is 1e-6 or less. patience is n_iter_no_change:
/// as the rate falls in the epoch after so many without improvement, patience 1 is "two consecutive epochs".
struct EarlyStopping {
  static constexpr CallbackName op = "early_stopping";
  NameTheOption name_the_option{};
  std::int64_t patience = 0;
  std::string monitor = "val_loss";
  std::string mode = "auto";
  double min_delta = 0;
  std::string baseline;               ///< a number; empty: none
  bool restore_best_weights = false;  ///< the run, however it ends, ends with the weights of the best epoch
  std::int64_t start_from_epoch = 0;  ///< so many epochs are not looked at
  bool sklearn_counting = false;      ///< scikit-learn's way to count
  bool adaptive = false;              ///< lowers the learning rate first
  static EarlyStopping defaults(Semantics semantics) {
    EarlyStopping options;
    if (semantics != Semantics::sklearn) return options;
    options.patience = 10;
    options.monitor = "auto";
    options.min_delta = 1e-4;
    options.restore_best_weights = true;
    options.sklearn_counting = true;
    return options;
  }
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("patience", &EarlyStopping::patience, "epochs without improvement that are borne", not_negative),
        field("monitor", &EarlyStopping::monitor, "what has to improve: val_loss, loss, a metric, auto"),
        field("mode", &EarlyStopping::mode, "min, max or auto"),
        field("min_delta", &EarlyStopping::min_delta, "an improvement is larger than this", not_negative),
        field("baseline", &EarlyStopping::baseline, "a number that has to be beaten too; empty: none"),
        field("restore_best_weights", &EarlyStopping::restore_best_weights, "ends with the weights of the best epoch"),
        field("start_from_epoch", &EarlyStopping::start_from_epoch, "epochs that are not looked at", not_negative),
        field("sklearn_counting", &EarlyStopping::sklearn_counting, "counts as scikit-learn does"),
        field("adaptive", &EarlyStopping::adaptive, "divides the learning rate by 5 first, as scikit-learn does")};
  }
};

/// Keras's or PyTorch's ReduceLROnPlateau: multiplies the learning rate, whatever the schedule has it at, by `factor`
/// when nothing improved for `patience` epochs. keras: acts in the patience-th such epoch, an improvement is larger
/// than min_delta; torch: in the one after, and min_delta is a share of the best.
struct ReduceOnPlateau {
  static constexpr CallbackName op = "reduce_on_plateau";
  NameTheOption name_the_option{};
  std::string monitor = "val_loss";
  double factor = 0.1;
  std::int64_t patience = 10;
  std::string mode = "auto";
  double min_delta = 1e-4;
  std::string min_delta_mode = "absolute";  ///< "relative" to the best
  std::int64_t cooldown = 0;                ///< epochs after a reduction in which nothing is counted
  double min_learning_rate = 0;
  double epsilon = 0;           ///< smaller reductions are left out
  bool torch_counting = false;  ///< PyTorch's order of counting and cooldown
  static ReduceOnPlateau defaults(Semantics semantics) {
    if (semantics == Semantics::torch) return {.min_delta_mode = "relative", .epsilon = 1e-8, .torch_counting = true};
    return {};
  }
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("monitor", &ReduceOnPlateau::monitor, "what has to improve: val_loss, loss, a metric"),
        field("factor", &ReduceOnPlateau::factor, "of the learning rate", fraction),
        field("patience", &ReduceOnPlateau::patience, "epochs without improvement", not_negative),
        field("mode", &ReduceOnPlateau::mode, "min, max or auto"),
        field("min_delta", &ReduceOnPlateau::min_delta, "an improvement is larger than this", not_negative),
        field("min_delta_mode", &ReduceOnPlateau::min_delta_mode, "absolute, or relative to the best"),
        field("cooldown", &ReduceOnPlateau::cooldown, "epochs after a reduction that do not count", not_negative),
        field("min_learning_rate", &ReduceOnPlateau::min_learning_rate, "lowest rate", not_negative),
        field("epsilon", &ReduceOnPlateau::epsilon, "smaller reductions are left out", not_negative),
        field("torch_counting", &ReduceOnPlateau::torch_counting, "acts an epoch later, as PyTorch does")};
  }
};

/// Keeps the model of the best epoch in a file, as Model::load_checkpoint reads it. It is written when the run's own
/// checkpoint is, and at the end; also where it was removed and the run still has those weights: of its last epoch, or
/// of the one that EarlyStopping restores.
struct BestCheckpoint {
  static constexpr CallbackName op = "best_checkpoint";
  NameTheOption name_the_option{};
  std::string path;  ///< must be given
  std::string monitor = "val_loss";
  std::string mode = "auto";
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("path", &BestCheckpoint::path, "the file"),
                      field("monitor", &BestCheckpoint::monitor, "what is best: val_loss, loss, a metric"),
                      field("mode", &BestCheckpoint::mode, "min, max or auto")};
  }
};

/// Writes the epochs so far as a table, one row an epoch: epoch,loss,<metrics>,val_...,train_...,learning_rate. Numbers
/// read back as the same bits. Whole, when the checkpoint is written, at the end, and when the run is interrupted.
struct CsvLog {
  static constexpr CallbackName op = "csv_log";
  NameTheOption name_the_option{};
  std::string path;  ///< must be given
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("path", &CsvLog::path, "the file")};
  }
};

/// The same numbers under the same names and at the same times as JSON lines, one object an epoch. What is no finite
/// number is null.
struct JsonLog {
  static constexpr CallbackName op = "json_log";
  NameTheOption name_the_option{};
  std::string path;  ///< must be given
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("path", &JsonLog::path, "the file")};
  }
};

}  // namespace millrace
