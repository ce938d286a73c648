// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   Model model{Dense{.units = 25, .activation = "sigmoid"}, Dense{.units = 1, .activation = "sigmoid"}};
//   model.compile({.optimizer = Adam{}, .loss = BinaryCrossentropy{}, .metrics = {"accuracy"}});
//   model.fit(data, {.epochs = 100});
//   model.export_onnx("model.onnx");
#pragma once

#include <initializer_list>
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

/// A parameter by name, row-major: kernels are (inputs, outputs).
struct Parameter {
  std::string name;
  std::vector<std::int64_t> shape;
  std::span<float> values;
};

/// A network, what it is trained for, and what turns raw columns into its inputs.
/// Moves, does not copy: a model that was moved from may be assigned to and destroyed, all else throws Error{usage}. A
/// model may be used from one thread at a time. A program whose signal handlers return has to install them with
/// SA_ONSTACK: kernels that a signal interrupts may have the stack register somewhere in the heap.
class Model {
 public:
  /// Layers one after the other. Shapes follow from the data at the first fit(), or from build().
  Model(std::initializer_list<OpConfig> layers);
  explicit Model(std::vector<OpConfig> layers, Semantics semantics = Semantics::keras);
  /// A network of any form (graph.hpp). Throws Error{usage} for what ordered() refuses.
  explicit Model(const Tensor& output, Semantics semantics = Semantics::keras);
  Model(const std::vector<Tensor>& inputs, const Tensor& output, Semantics semantics = Semantics::keras);
  explicit Model(const Graph& graph, Semantics semantics = Semantics::keras);
  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;
  ~Model();

  /// Fixes the number of input columns and draws the initial weights from `seed`. Throws Error{usage}.
  Model& build(std::int64_t inputs, std::uint64_t seed = 0);
  /// The same with the columns of `data`, which inputs may name.
  Model& build(const Dataset& data, std::uint64_t seed = 0);
  /// Names the loss, the optimizer and the metrics. Throws Error{usage} for unknown ones.
  Model& compile(const CompileOptions& options);
  /// Standardises every feature column from now on with the mean and deviation of these rows; part of the exported
  /// model. To be called before the first fit(), with the training rows only.
  Model& standardize(const Dataset& training);
  /// Prepares feature columns as `other` does from now on: weights fit no other scale than the one they were trained
  /// with.
  Model& copy_preparation(const Model& other);

  /// Trains. Throws Error: usage (shapes, names, options), data (numbers, labels), non_finite, interrupted. After an
  /// error within a step (non_finite) the model has the weights that were saved last (FitOptions::restores_on_error),
  /// and the optimizer begins anew; an error before the first step changes nothing.
  History fit(const Dataset& data, const FitOptions& options = {});
  /// Loss and metrics of the model as it is. Columns and classes with names have to be the model's. threads: as
  /// FitOptions::threads.
  [[nodiscard]] Evaluation evaluate(const Dataset& data, int threads = 0);
  /// Raises the learning rate from step to step on a copy of the model, which itself stays as it is; where it is not
  /// built yet it is built first. Throws as fit().
  [[nodiscard]] LearningRateCurve find_learning_rate(const Dataset& data, const LearningRateRange& range = {});
  /// Which classes the rows are of and are said to be of: 0 and 1 (above the threshold) for one output, else the
  /// largest.
  [[nodiscard]] ConfusionMatrix confusion(const Dataset& data, double threshold = 0.5, int threads = 0);
  /// Outputs [rows x output units] for raw feature rows.
  [[nodiscard]] Matrix predict(const Dataset& data, int threads = 0);

  /// Writes the model as ONNX: raw columns in, scores out. The file appears under its name only after it was checked
  /// and gave this model's own numbers. Throws Error{usage} when it cannot be written, Error{mismatch}.
  void export_onnx(const std::string& path);
  /// Reads a model that export_onnx() has written: its metadata says what the network is. Throws Error{data}, also for
  /// a file of another tool and for one that another tool has changed.
  [[nodiscard]] static Model load_onnx(const std::string& path);
  /// Reads the model of a checkpoint, with the best or last weights it holds. Throws Error{data}.
  [[nodiscard]] static Model load_checkpoint(const std::string& path);
  /// Copies the weights of `other`, whose layers must have the same shapes. Throws Error{usage}.
  void copy_weights(const Model& other);

  [[nodiscard]] std::vector<Parameter> parameters();
  [[nodiscard]] std::vector<OpConfig> layers() const;  ///< in order, with their options
  [[nodiscard]] Graph graph() const;                   ///< the same with names and inputs
  [[nodiscard]] std::int64_t input_width() const;      ///< feature columns of a table
  [[nodiscard]] std::int64_t output_width() const;
  [[nodiscard]] const std::vector<std::string>& feature_names() const;
  [[nodiscard]] const std::vector<std::string>& target_names() const;
  [[nodiscard]] const std::vector<std::string>& classes() const;
  [[nodiscard]] const CompileOptions& compiled() const;
  [[nodiscard]] std::string summary() const;
  /// The plan for a batch size in words: kernels, tiles, slices, bytes.
  [[nodiscard]] std::string plan(std::int64_t batch_size, const std::string& gemm = "auto");

  struct State;  ///< internal

 private:
  explicit Model(std::unique_ptr<State> state);
  /// What a model has, until it is moved.
  class Holder {
   public:
    explicit Holder(std::unique_ptr<State> state);
    Holder(Holder&&) noexcept;
    Holder& operator=(Holder&&) noexcept;
    ~Holder();
    State& operator*() const;  ///< throws Error{usage} where there is nothing
    State* operator->() const { return &**this; }

   private:
    std::unique_ptr<State> state_;
  };
  Holder state_;
};

}  // namespace millrace
