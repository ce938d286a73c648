// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   Model model{Dense{.units = 25, .activation = "sigmoid"}, Dense{.units = 1, .activation = "sigmoid"}};
//   model.compile({.optimizer = Adam{}, .loss = BinaryCrossentropy{}, .metrics = {"accuracy"}});
//   model.fit(data, {.epochs = 100});
//   model.export_onnx("model.onnx");
#pragma once

#include <atomic>
#include <cstddef>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "millrace/confusion.hpp"
#include "millrace/data.hpp"
#include "millrace/graph.hpp"
#include "millrace/layers.hpp"
#include "millrace/learning_rate.hpp"
#include "millrace/losses.hpp"
#include "millrace/onnx.hpp"
#include "millrace/optimizers.hpp"
#include "millrace/prepare.hpp"
#include "millrace/quantize.hpp"
#include "millrace/table.hpp"
#include "millrace/training.hpp"

namespace millrace {

/// Name and shape of a parameter. Its values are row-major; a dense kernel has the shape (inputs, units).
struct Parameter {
  std::string name;  ///< "dense_1/kernel"
  std::vector<std::int64_t> shape;
  bool trainable = true;  ///< false: the layer updates it itself, as moving statistics
};

/// An output of a model, and where predict() puts it.
struct ModelOutput {
  std::string name;                   ///< of its layer
  std::int64_t first = 0, width = 0;  ///< columns of the result of predict()
};

/// A tensor of a file, and the parameter that got its numbers.
struct LoadedWeight {
  std::string tensor, parameter;
  bool transposed = false;  ///< the file has its axes in another order
  bool reordered = false;   ///< the file has the numbers of a flattened image channels first, as PyTorch does
};

/// A network, its weights, its loss and optimizer, and the preparation of raw columns.
///
/// Threads: any number of threads may call const functions at once, with the same results as one by one. While one
/// thread changes the model (fit, compile, set_weights, ...), no other thread may use it: the later of the two calls
/// throws Error{usage}; a clone() can be used meanwhile. For callbacks of a fit see Watcher in training.hpp.
///
/// A Model can be moved but not copied; clone() makes a copy. A moved-from model can be assigned to and destroyed; any
/// other use throws Error{usage}. A callback of fit() may assign to the model: the fit goes on with the network from
/// before, which is then lost unless it was moved to another model. Assigning, moving and destroying are not guarded
/// against other threads, as for any object: a server that replaces its model while threads use it gives each call a
/// std::shared_ptr<const Model> of its own, and swaps that pointer under a mutex.
///
/// Signals: a program must install handlers that return with SA_ONSTACK, because kernels may use the stack register for
/// an address in the heap.
class Model {
 public:
  /// A sequence of layers. build() or the first fit() infers their shapes from the data.
  Model(std::initializer_list<LayerConfig> layers);
  explicit Model(std::vector<LayerConfig> layers, Semantics semantics = Semantics::keras);
  /// A network of any form (graph.hpp). Throws Error{usage} as ordered().
  explicit Model(const Tensor& output, Semantics semantics = Semantics::keras);
  Model(const std::vector<Tensor>& inputs, const Tensor& output, Semantics semantics = Semantics::keras);
  Model(const std::vector<Tensor>& inputs, const std::vector<Tensor>& outputs, Semantics semantics = Semantics::keras);
  explicit Model(const Graph& graph, Semantics semantics = Semantics::keras);
  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;
  ~Model();
  /// A copy with the same weights, preparation and compile options, but without the optimizer's state.
  [[nodiscard]] Model clone() const;

  /// Fixes the number of feature columns and draws the initial weights from `seed`. Throws Error{usage}.
  Model& build(std::int64_t feature_columns, std::uint64_t seed = 0);
  /// The same for the columns of `data`; the network's inputs may refer to them by name.
  Model& build(const Dataset& data, std::uint64_t seed = 0);
  /// Sets the loss, the optimizer and the metrics; the old optimizer's state is lost. Throws Error{usage} for unknown
  /// names and options.
  Model& compile(const CompileOptions& options);
  /// From now on subtracts from each feature column its mean in `training` and divides by its standard deviation there.
  /// Both become part of the exported model. Call it before the first fit() and with the training rows only. Throws
  /// Error{usage} for other columns than a built model has.
  Model& standardize(const Dataset& training);
  /// From now on trains on scaled targets: "standard", "minmax", "robust", "log1p" or "none"; "auto" is standard for a
  /// built network whose outputs can be any number, and none for one that ends in relu, sigmoid or the like. predict(),
  /// metrics and the exported model stay in the target's own unit; the loss is that of the scaled targets. Call it before
  /// the first fit() and with the training rows only. Throws Error{usage} for another way; fit() and predict() throw it
  /// for other numbers of targets than the model has outputs, and for a loss whose targets are not numbers.
  Model& scale_target(const Dataset& training, const std::string& way = "standard");
  /// From now on the model takes tables with the columns of `table`. Fits the preparation of these columns on the rows
  /// `training`, or on all rows, and puts Embedding layers for categories in front of the network, whose inputs may name
  /// the table's columns.
  /// Both become part of the exported model. Returns notes for the user, such as columns that are left out;
  /// sentences() makes text of them.
  /// `earlier`: the model of a run that goes on with these rows. Its weights belong to the preparation that was fitted on
  /// its first rows. If it prepares the same columns in the same ways, that preparation is kept, with the same inputs in the
  /// same order: levels that it does not know count as unseen; in a column that missed no value so far, a missing one counts
  /// as the usual value; a column that no longer varies stays, and one that begins to vary is left out. The notes name them.
  /// Throws Error: usage (unknown columns, options, a model that is built already), data.
  std::vector<ColumnNote> prepare(const Table& table, const PrepareOptions& options = {},
                                  std::span<const std::int64_t> training = {}, const Model* earlier = nullptr);
  /// The rows of a table as fit() and evaluate() take them, with targets and weights if the table has their columns.
  /// Columns are found by name; others are ignored. A target of classes gets the indices of the model's. Throws Error:
  /// usage (a column is missing, or is of another kind; the model was not prepared), data (a class that the model does
  /// not have).
  [[nodiscard]] Dataset prepared(const Table& table, int threads = 0) const;
  /// The same with targets and weights from these columns, which the table must have. Throws Error{usage} also for a
  /// target of a model with several.
  [[nodiscard]] Dataset prepared(const Table& table, const ColumnRoles& roles, int threads = 0) const;
  /// From now on prepares tables, feature columns and targets as `other` does; for a table, the network must have the
  /// same inputs, as one made of other.graph() has. Needed with copy_weights(), because weights fit only the scale
  /// that they were trained on. Throws Error{usage} if this model is built and has other columns or outputs.
  Model& copy_preparation(const Model& other);
  /// Takes the means and scales of features, and of targets, from `other`, where both models scale them in the same way.
  /// For a run that goes on with other rows of a matrix; for tables `earlier` of prepare() does this. Call it before fit().
  Model& keep_preparation(const Model& other);

  /// Trains. Throws Error: usage (shapes, names, options), data (numbers, labels), non_finite (the loss or a weight),
  /// environment (a file cannot be written), interrupted.
  ///
  /// After an error before the first step the model is unchanged. After an error between two steps (a callback, a full
  /// disk, an interruption) it keeps the weights of the last step. After an error within a step (non_finite) the
  /// optimizer's state is lost and the weights are those from before fit(). A run with FitOptions::checkpoint keeps no
  /// copy of them: it goes back to the weights of its last whole epoch.
  History fit(const Dataset& data, const FitOptions& options = {});
  /// Loss and metrics on these rows. If columns or classes have names, they must be the model's. threads: 0 uses the
  /// processor budget. stop: another thread or a signal handler may set it. Throws Error: usage, data, interrupted.
  [[nodiscard]] Evaluation evaluate(const Dataset& data, int threads = 0,
                                    const std::atomic<bool>* stop = nullptr) const;
  /// Trains a copy of the model with a learning rate that grows from step to step. The model itself does not change,
  /// except that it is built if necessary. Throws as fit().
  [[nodiscard]] LearningRateCurve find_learning_rate(const Dataset& data, const LearningRateRange& range = {});
  /// Counts rows by actual and predicted class. The predicted class is that of the largest output; with one output, class
  /// 1 if it is above the threshold, else class 0. Default: threshold(). Throws as evaluate(), and Error{usage} for a
  /// threshold that is NaN.
  [[nodiscard]] ConfusionMatrix confusion(const Dataset& data, std::optional<double> threshold = std::nullopt,
                                          int threads = 0) const;
  /// Outputs [rows x output_width()] for raw feature rows; several outputs lie side by side. A server that calls it from
  /// several threads should pass threads = 1. stop: as in evaluate(). Throws Error: usage, data, interrupted.
  [[nodiscard]] Matrix predict(const Dataset& data, int threads = 0, const std::atomic<bool>* stop = nullptr) const;
  /// The same for the rows of a table, whose target, if it has one, may be anything.
  [[nodiscard]] Matrix predict(const Table& table, int threads = 0) const;
  /// The same for raw cells, row after row, in the order of table_columns(): the quickest way for a few rows. Throws
  /// Error: usage (not a whole number of rows), data (a cell that is not of its column's kind).
  [[nodiscard]] Matrix predict(std::span<const Cell> cells, int threads = 1) const;

  /// Writes the model as ONNX, from raw columns to scores. The file appears under its name only after its outputs were
  /// compared with the model's own. Throws Error: usage, environment (the file cannot be written), mismatch.
  void export_onnx(const std::string& path, const OnnxOptions& options = {}) const;
  /// Writes the bytes of that file to a stream opened with std::ios::binary, after the same check.
  void export_onnx(std::ostream& stream, const OnnxOptions& options = {}) const;
  /// The bytes of that file, after the same check.
  [[nodiscard]] std::vector<std::byte> onnx_bytes(const OnnxOptions& options = {}) const;
  /// Writes the model with smaller numbers. `training`, of which up to 1000 rows are used, says how large values are;
  /// the metric is measured on `held_out`, with the targets that evaluate() takes. For fp16 either may have no rows: then
  /// random rows are compared instead. Throws Error: mismatch (the metric is worse by more than options.max_loss; no file
  /// is written), and as export_onnx() and evaluate().
  QuantizeReport export_quantized(const std::string& path, const Dataset& training, const Dataset& held_out,
                                  const QuantizeOptions& options = {}) const;
  /// Everything but the numbers, as JSON, for runtimes that do not show metadata: inputs and outputs with their shapes,
  /// and the metadata of the file (docs/onnx.md).
  [[nodiscard]] std::string onnx_description(const OnnxOptions& options = {}) const;
  /// Throws Error{usage} if export_onnx() with these options would refuse the model whatever its weights are: it is not
  /// built, has more weights than the 2 GiB that an ONNX file holds, needs a later opset, or has a value with one of the
  /// names. A program calls it before a long training.
  void check_onnx(const OnnxOptions& options = {}) const;
  /// Reads a file that export_onnx() wrote; its metadata describe the network. Throws Error{data}, also if another tool
  /// changed the file. A file of Keras, PyTorch or scikit-learn is imported (docs/onnx.md): Error{data} names a node that
  /// millrace's layers cannot compute, Error{mismatch} says that the imported network gives other numbers than the file.
  [[nodiscard]] static Model load_onnx(const std::string& path);
  /// Reads the stream to its end. Also throws Error{environment} if it cannot be read.
  [[nodiscard]] static Model load_onnx(std::istream& stream);
  [[nodiscard]] static Model load_onnx(std::span<const std::byte> bytes);

  /// Writes the model as a checkpoint: weights, preparation, layers, and the options of compile(). A run cannot be
  /// resumed from it: for that, set FitOptions::checkpoint. Throws Error: usage, environment.
  void save_checkpoint(const std::string& path) const;
  void save_checkpoint(std::ostream& stream) const;
  [[nodiscard]] std::vector<std::byte> checkpoint_bytes() const;
  /// Reads the model of a checkpoint. Its weights are the last ones or, after a run that ended, the final ones (averages
  /// or the best epoch's, if so configured). Throws Error{data}.
  [[nodiscard]] static Model load_checkpoint(const std::string& path);
  /// Reads the stream to its end. Also throws Error{environment} if it cannot be read.
  [[nodiscard]] static Model load_checkpoint(std::istream& stream);
  [[nodiscard]] static Model load_checkpoint(std::span<const std::byte> bytes);

  /// A single score, or the score of a label, means yes if it is above this number. Default: as the loss has it, 0.5 for
  /// probabilities and 0 for logits and margins. Exported files contain it.
  [[nodiscard]] double threshold() const;
  /// Metrics whose options name no threshold use this one too; without it each has its default, 0.5 in most. As after
  /// compile(), the optimizer's state is lost: call it before fit(). Throws Error{usage} for a number that is not finite.
  void set_threshold(double threshold);

  /// Names the classes of each target column of a model with several outputs; exported files and predictions have them.
  /// Throws Error{usage} if the model is not compiled with several outputs, or has another number of target columns.
  void set_target_classes(std::vector<std::vector<std::string>> classes);

  /// Names and shapes of all parameters, in the order of the layers. Throws Error{usage} before build() or fit().
  [[nodiscard]] std::vector<Parameter> parameters() const;
  /// Values of a parameter, row-major. Throws Error{usage} for an unknown name.
  [[nodiscard]] std::vector<float> weights(const std::string& name) const;
  /// Replaces the values of a parameter; the optimizer's state stays. Throws Error{usage} for an unknown name or another
  /// number of values, Error{data} for a value that is not finite.
  void set_weights(const std::string& name, std::span<const float> values);
  /// Copies the weights of `other`, whose parameters must have the same shapes. Throws Error{usage}.
  void copy_weights(const Model& other);
  /// fit() leaves the parameters of these layers as they are, by name, and trains all other layers. Weights stay, the
  /// optimizer's state is dropped. Throws Error{usage} for an unknown name.
  void freeze(const std::vector<std::string>& layers);
  /// Sets weights from a safetensors file of another library, such as PyTorch, by names and shapes; returns what went
  /// where, in the order of the parameters. A module of the file, "fc1.weight" and "fc1.bias", goes to the layer of its
  /// name, else to the first layer of the same kind and shapes that has none yet; kernels are transposed where the
  /// library has them the other way round, and what belongs to the numbers of a flattened image is reordered from
  /// PyTorch's channels first. Other parameters keep their values. Throws Error{data} if nothing fits.
  std::vector<LoadedWeight> load_weights(const std::string& path);
  /// The optimizer's learning rate as compiled or set.
  [[nodiscard]] double learning_rate() const;
  /// Sets the learning rate; during a fit, from the next step on. The optimizer's state stays. Throws Error{usage} for a
  /// negative rate, and if the model was compiled with a schedule, which sets the rate itself.
  void set_learning_rate(double rate);

  /// The columns that prepare() takes as features, in order; empty for a model that takes no table. TableColumn::place is
  /// the first of the columns that it becomes in the features of prepared().
  [[nodiscard]] std::vector<TableColumn> table_columns() const;
  /// Their number, without a copy of the columns and their levels.
  [[nodiscard]] std::int64_t table_column_count() const;
  /// Options with which read_table() reads a file for this model: its columns with their kinds, its target.
  [[nodiscard]] TableOptions table_options() const;
  [[nodiscard]] std::vector<LayerConfig> layers() const;   ///< in order, with their options
  [[nodiscard]] Graph graph() const;                       ///< layers with names and inputs
  [[nodiscard]] std::int64_t input_width() const;          ///< feature columns of a table
  [[nodiscard]] std::int64_t output_width() const;         ///< numbers that predict() gives for a row, of all outputs
  [[nodiscard]] std::vector<ModelOutput> outputs() const;  ///< usually one
  [[nodiscard]] std::vector<std::string> feature_names() const;
  [[nodiscard]] std::vector<std::string> target_names() const;
  [[nodiscard]] std::vector<std::string> classes() const;
  /// Names of classes by target column, for a model with several outputs; a column of numbers has none. Empty: no column
  /// has names.
  [[nodiscard]] std::vector<std::vector<std::string>> target_classes() const;
  [[nodiscard]] CompileOptions compiled() const;
  /// A table of layers, output shapes and numbers of parameters. Before build() it lists the layers and says "not
  /// built".
  [[nodiscard]] std::string summary() const;
  /// Describes the plan for training with this batch size: kernels, tiles, slices, bytes. Throws Error{usage} if the
  /// model is not built or has no loss.
  [[nodiscard]] std::string plan(std::int64_t batch_size, const std::string& gemm = "auto",
                                 const std::string& kernels = "auto", const std::string& precision = "fp32") const;

  struct State;  ///< internal

 private:
  explicit Model(std::unique_ptr<State> state);
  /// Owns the state until the model is moved from or assigned to; a fit() that is running owns it too.
  class Holder {
   public:
    explicit Holder(std::shared_ptr<State> state) : state_(std::move(state)) {}
    // All throw Error{usage} if the model was moved from. Only fit() keeps a copy: in predict() one count of owners would
    // make threads wait for each other.
    const std::shared_ptr<State>& shared() const;
    State& operator*() const { return *shared(); }
    State* operator->() const { return shared().get(); }

   private:
    std::shared_ptr<State> state_;
  };
  Holder state_;
};

}  // namespace millrace
