// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   model.fit(data, {.epochs = 500, .validation_split = 0.2, .checkpoint = "run.safetensors",
//                    .callbacks = {EarlyStopping{.patience = 10, .restore_best_weights = true}, ReduceOnPlateau{}}});
//
// Callbacks act at the end of each epoch, in the order in which they are given. Their state is part of the checkpoint: a
// resumed run continues as if it had not stopped. `monitor` is a column of history.csv: loss or a metric, with val_ or
// train_ in front. `mode` says which way is better: "min", "max", or "auto", as the loss or metric has it. NaN is never
// better.
#pragma once

#include "millrace/options.hpp"

namespace millrace {

/// Ends the run when the monitored value stops improving.
/// keras: after `patience` epochs in a row that did not improve the best value by more than min_delta (and, with a
/// baseline, did not beat it), but not before epoch 2.
/// sklearn: the rule of MLPClassifier and MLPRegressor. Any improvement moves the best value, but one below min_delta
/// does not count; the run ends in the epoch after `patience` epochs without. Monitor "auto" is what they watch: with
/// validation rows the first metric that is better when larger, or else val_loss; without, the training loss, and then no
/// weights are restored. `adaptive` is scikit-learn's learning_rate="adaptive": instead of ending the run it divides the
/// learning rate by 5 and counts anew, and ends the run at a rate of 1e-6 or less.
struct EarlyStopping {
  static constexpr CallbackName op = "early_stopping";
  NameTheOption name_the_option{};
  std::int64_t patience = 0;
  std::string monitor = "val_loss";
  std::string mode = "auto";
  double min_delta = 0;
  std::optional<double> baseline{};
  bool restore_best_weights = false;  ///< also when the run ends by itself
  std::int64_t start_from_epoch = 0;
  bool sklearn_counting = false;
  bool adaptive = false;
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
        field("patience", &EarlyStopping::patience, "number of epochs without improvement to wait before stopping",
              not_negative),
        field("monitor", &EarlyStopping::monitor, "value to watch: val_loss, loss, a metric, or auto"),
        field("mode", &EarlyStopping::mode, "which way is better: min, max or auto"),
        field("min_delta", &EarlyStopping::min_delta, "smallest change that counts as an improvement", not_negative),
        field("baseline", &EarlyStopping::baseline, "value that must also be beaten"),
        field("restore_best_weights", &EarlyStopping::restore_best_weights,
              "end the run with the weights of the best epoch"),
        field("start_from_epoch", &EarlyStopping::start_from_epoch, "number of epochs to ignore at the beginning",
              not_negative),
        field("sklearn_counting", &EarlyStopping::sklearn_counting, "count epochs as scikit-learn does"),
        field("adaptive", &EarlyStopping::adaptive,
              "divide the learning rate by 5 before stopping, as scikit-learn does")};
  }
};

/// Multiplies the learning rate, whatever the schedule makes it, by `factor` when the monitored value stops improving.
/// keras: in the patience-th epoch without an improvement of more than min_delta. torch: in the epoch after that, and
/// min_delta is a share of the best value.
struct ReduceOnPlateau {
  static constexpr CallbackName op = "reduce_on_plateau";
  NameTheOption name_the_option{};
  std::string monitor = "val_loss";
  double factor = 0.1;
  std::int64_t patience = 10;
  std::string mode = "auto";
  double min_delta = 1e-4;
  std::string min_delta_mode = "absolute";
  std::int64_t cooldown = 0;
  double min_learning_rate = 0;
  double epsilon = 0;
  bool torch_counting = false;
  static ReduceOnPlateau defaults(Semantics semantics) {
    if (semantics == Semantics::torch) return {.min_delta_mode = "relative", .epsilon = 1e-8, .torch_counting = true};
    return {};
  }
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("monitor", &ReduceOnPlateau::monitor, "value to watch: val_loss, loss or a metric"),
        field("factor", &ReduceOnPlateau::factor, "factor of the learning rate", fraction),
        field("patience", &ReduceOnPlateau::patience, "number of epochs without improvement to wait", not_negative),
        field("mode", &ReduceOnPlateau::mode, "which way is better: min, max or auto"),
        field("min_delta", &ReduceOnPlateau::min_delta, "smallest change that counts as an improvement", not_negative),
        field("min_delta_mode", &ReduceOnPlateau::min_delta_mode, "absolute, or relative to the best value"),
        field("cooldown", &ReduceOnPlateau::cooldown, "number of epochs to ignore after a reduction", not_negative),
        field("min_learning_rate", &ReduceOnPlateau::min_learning_rate, "lowest learning rate", not_negative),
        field("epsilon", &ReduceOnPlateau::epsilon, "smaller reductions are left out", not_negative),
        field("torch_counting", &ReduceOnPlateau::torch_counting, "act one epoch later, as PyTorch does")};
  }
};

/// Keeps the model of the best epoch in a file that Model::load_checkpoint reads. The file is written whenever the
/// run's own checkpoint is, and at the end. If somebody removed it, it is written again as long as the run still has
/// those weights: those of the last epoch, or of the epoch that EarlyStopping restores.
struct BestCheckpoint {
  static constexpr CallbackName op = "best_checkpoint";
  NameTheOption name_the_option{};
  std::string path{};  ///< REQUIRED
  std::string monitor = "val_loss";
  std::string mode = "auto";
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("path", &BestCheckpoint::path, "file to write"),
                      field("monitor", &BestCheckpoint::monitor, "value to watch: val_loss, loss or a metric"),
                      field("mode", &BestCheckpoint::mode, "which way is better: min, max or auto")};
  }
};

/// Writes the epochs as a table, one row each: epoch,loss,<metrics>,val_...,train_...,learning_rate,step. `step` counts
/// the steps of the run up to the end of the epoch. Reading a number back gives the same bits. The whole file is written
/// whenever the checkpoint is, at the end, and on interruption.
struct CsvLog {
  static constexpr CallbackName op = "csv_log";
  NameTheOption name_the_option{};
  std::string path{};  ///< REQUIRED
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("path", &CsvLog::path, "file to write")};
  }
};

/// Writes the same numbers under the same names and at the same times as JSON lines, one object an epoch. NaN and
/// infinity become null.
struct JsonLog {
  static constexpr CallbackName op = "json_log";
  NameTheOption name_the_option{};
  std::string path{};  ///< REQUIRED
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("path", &JsonLog::path, "file to write")};
  }
};

/// Writes statistics of the layers as JSON lines, one object for each recorded epoch and each layer with weights: norms
/// of the weights, of the gradient and of the update in the last step, the number of units, and of those that are zero
/// in all sampled rows, and a histogram of the weights. docs/files.md describes the fields. Epochs 1 to 128 are
/// recorded, then every second up to 256, every fourth up to 512 and so on, and the last planned one. Takes a few
/// passes over the weights for each.
struct LayerLog {
  static constexpr CallbackName op = "layer_log";
  NameTheOption name_the_option{};
  std::string path{};  ///< REQUIRED
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("path", &LayerLog::path, "file to write")};
  }
};

/// Writes the epochs for TensorBoard, with Keras's names and folders: epoch_loss, epoch_learning_rate, ... in
/// path/train, and epoch_loss, ... of the validation rows in path/validation. The step of a number is its epoch, from 1.
/// Unless `layers` is false, also what LayerLog records, in path/train: the histograms layer/weights and the scalars
/// layer/weight_norm, layer/gradient_norm, layer/update_norm and layer/dead_units.
/// Event files that an earlier run wrote into these folders are removed; those of other programs stay.
struct TensorBoard {
  static constexpr CallbackName op = "tensorboard";
  NameTheOption name_the_option{};
  std::string path{};  ///< REQUIRED
  bool layers = true;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("path", &TensorBoard::path, "folder to write to"),
                      field("layers", &TensorBoard::layers, "also write norms and histograms of the layers")};
  }
};

}  // namespace millrace
