// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   Model model{Dense{.units = 25, .activation = "sigmoid"}, Dense{.units = 1, .activation = "sigmoid"}};
//   model.compile({.optimizer = Adam{}, .loss = BinaryCrossentropy{}, .metrics = {"accuracy"}});
//   model.fit(data, {.epochs = 100});
//   model.export_onnx("model.onnx");
#pragma once

#include <cstddef>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "millrace/confusion.hpp"
#include "millrace/data.hpp"
#include "millrace/graph.hpp"
#include "millrace/layers.hpp"
#include "millrace/learning_rate.hpp"
#include "millrace/losses.hpp"
#include "millrace/optimizers.hpp"
#include "millrace/training.hpp"

namespace millrace {

/// Name and shape of a parameter, whose values are row-major: a dense kernel is (inputs, units).
struct Parameter {
  std::string name;  ///< "dense_1/kernel"
  std::vector<std::int64_t> shape;
  bool trainable = true;  ///< false: the layer itself keeps it, as moving statistics
};

/// A network, its weights, what it is trained for, and how raw columns become its inputs.
///
/// Threads: const functions may run at once from any number of threads, each with the results of a lone call. A
/// function that changes the model (fit, compile, set_weights, ...) while another thread uses it, or the reverse, throws
/// Error{usage} in the later one; a clone() can be used meanwhile. Callbacks of a fit: see Watcher in training.hpp.
///
/// Moves, and does not copy: clone() copies. A model that was moved from may be assigned to and destroyed; all else
/// throws Error{usage}.
///
/// A program whose signal handlers return has to install them with SA_ONSTACK: kernels that a signal interrupts may
/// have the stack register somewhere in the heap.
class Model {
 public:
  /// Layers one after the other. Shapes follow from the data at the first fit(), or from build().
  Model(std::initializer_list<LayerConfig> layers);
  explicit Model(std::vector<LayerConfig> layers, Semantics semantics = Semantics::keras);
  /// A network of any form (graph.hpp). Throws Error{usage} for a graph that ordered() refuses.
  explicit Model(const Tensor& output, Semantics semantics = Semantics::keras);
  Model(const std::vector<Tensor>& inputs, const Tensor& output, Semantics semantics = Semantics::keras);
  explicit Model(const Graph& graph, Semantics semantics = Semantics::keras);
  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;
  ~Model();
  /// The same network with the same weights and preparation, compiled alike. A fit() of the copy begins with a new
  /// optimizer.
  [[nodiscard]] Model clone() const;

  /// Fixes the number of feature columns and draws the initial weights from `seed`. Throws Error{usage}.
  Model& build(std::int64_t feature_columns, std::uint64_t seed = 0);
  /// The same with the columns of `data`, which inputs may name.
  Model& build(const Dataset& data, std::uint64_t seed = 0);
  /// Sets the loss, the optimizer and the metrics. Throws Error{usage} for unknown ones.
  Model& compile(const CompileOptions& options);
  /// From now on subtracts the mean of each feature column and divides by its deviation, both of these rows; they
  /// become part of the exported model. Call it before the first fit(), with the training rows only.
  Model& standardize(const Dataset& training);
  /// From now on prepares feature columns as `other` does: weights fit only the scale that they were trained with.
  Model& copy_preparation(const Model& other);

  /// Trains. Throws Error: usage (shapes, names, options), data (numbers, labels), non_finite, interrupted.
  ///
  /// An error before the first step changes nothing, and one between two steps (a callback, a full disk, an
  /// interruption) leaves what was learned. After an error within a step (non_finite) the optimizer begins anew and the
  /// weights are those from before fit(); a run with FitOptions::checkpoint keeps no copy of them: then the model has
  /// no weights until it gets others, and load_checkpoint() reads the last good ones.
  History fit(const Dataset& data, const FitOptions& options = {});
  /// Loss and metrics on these rows. Columns and classes with names have to be the model's. threads: as
  /// FitOptions::threads.
  [[nodiscard]] Evaluation evaluate(const Dataset& data, int threads = 0) const;
  /// Raises the learning rate from step to step on a copy of the model, which itself stays as it is, but is built first
  /// if it is not. Throws as fit().
  [[nodiscard]] LearningRateCurve find_learning_rate(const Dataset& data, const LearningRateRange& range = {});
  /// Counts rows by actual and predicted class. The predicted class is the largest output; with one output it is 1
  /// above the threshold, else 0.
  [[nodiscard]] ConfusionMatrix confusion(const Dataset& data, double threshold = 0.5, int threads = 0) const;
  /// Outputs [rows x output units] for raw feature rows. A server that calls it from several threads passes threads = 1.
  [[nodiscard]] Matrix predict(const Dataset& data, int threads = 0) const;

  /// Writes the model as ONNX: raw columns in, scores out. The file appears under its name only after it was checked
  /// and has given this model's own numbers. Throws Error: usage, environment (it cannot be written), mismatch.
  void export_onnx(const std::string& path) const;
  /// Writes the bytes of that file to a stream opened with std::ios::binary, after the same check.
  void export_onnx(std::ostream& stream) const;
  /// The bytes of that file, after the same check.
  [[nodiscard]] std::vector<std::byte> onnx_bytes() const;
  /// Reads a model that export_onnx() has written; its metadata describe the network. Throws Error{data}, also for a
  /// file of another tool and for one that another tool has changed.
  [[nodiscard]] static Model load_onnx(const std::string& path);
  /// Reads the stream to its end. Also throws Error{environment} if it cannot be read.
  [[nodiscard]] static Model load_onnx(std::istream& stream);
  [[nodiscard]] static Model load_onnx(std::span<const std::byte> bytes);

  /// Writes the model as a checkpoint: weights, preparation, layers, and the options of compile(). A run cannot be
  /// resumed from it: for that, set FitOptions::checkpoint. Throws Error: usage, environment.
  void save_checkpoint(const std::string& path) const;
  void save_checkpoint(std::ostream& stream) const;
  [[nodiscard]] std::vector<std::byte> checkpoint_bytes() const;
  /// Reads the model of a checkpoint, with the best or last weights it holds. Throws Error{data}.
  [[nodiscard]] static Model load_checkpoint(const std::string& path);
  /// Reads the stream to its end. Also throws Error{environment} if it cannot be read.
  [[nodiscard]] static Model load_checkpoint(std::istream& stream);
  [[nodiscard]] static Model load_checkpoint(std::span<const std::byte> bytes);

  /// Names and shapes of all parameters, in the order of the layers.
  [[nodiscard]] std::vector<Parameter> parameters() const;
  /// Values of a parameter, row-major. Throws Error{usage} for an unknown name.
  [[nodiscard]] std::vector<float> weights(const std::string& name) const;
  /// Replaces the values of a parameter; the optimizer's state stays. Throws Error{usage} for an unknown name or another
  /// number of values, Error{data} for a value that is not finite.
  void set_weights(const std::string& name, std::span<const float> values);
  /// Copies the weights of `other`, whose parameters must have the same shapes. Throws Error{usage}.
  void copy_weights(const Model& other);
  /// The optimizer's learning rate as compiled or set.
  [[nodiscard]] double learning_rate() const;
  /// Sets it, within a fit from the next step on; the optimizer's state stays. Throws Error{usage} for a negative rate,
  /// and for a model compiled with a schedule, which would set another one.
  void set_learning_rate(double rate);

  [[nodiscard]] std::vector<LayerConfig> layers() const;  ///< in order, with their options
  [[nodiscard]] Graph graph() const;                      ///< the same with names and inputs
  [[nodiscard]] std::int64_t input_width() const;         ///< feature columns of a table
  [[nodiscard]] std::int64_t output_width() const;
  [[nodiscard]] const std::vector<std::string>& feature_names() const;
  [[nodiscard]] const std::vector<std::string>& target_names() const;
  [[nodiscard]] const std::vector<std::string>& classes() const;
  [[nodiscard]] const CompileOptions& compiled() const;
  /// A table of layers, output shapes and numbers of parameters. Before build() it lists the layers and says "not
  /// built".
  [[nodiscard]] std::string summary() const;
  /// The plan of training with this batch size, in words: kernels, tiles, slices, bytes.
  [[nodiscard]] std::string plan(std::int64_t batch_size, const std::string& gemm = "auto") const;

  struct State;  ///< internal

 private:
  explicit Model(std::unique_ptr<State> state);
  /// Owns the state until the model is moved from.
  class Holder {
   public:
    explicit Holder(std::unique_ptr<State> state);
    Holder(Holder&&) noexcept;
    Holder& operator=(Holder&&) noexcept;
    ~Holder();
    State& operator*() const;  ///< throws Error{usage} if the model was moved from
    State* operator->() const { return &**this; }

   private:
    std::unique_ptr<State> state_;
  };
  Holder state_;
};

}  // namespace millrace
