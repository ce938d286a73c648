// SPDX-License-Identifier: Apache-2.0
//
// A layer: its shapes and parameters, its kernels for one batch size, its ONNX form. Each layer has one file and one row
// in the table.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/index.hpp"
#include "base/shape.hpp"
#include "kernels/bfloat16.hpp"
#include "kernels/matmul.hpp"
#include "kernels/panels.hpp"
#include "millrace/config.hpp"
#include "ops/axes.hpp"
#include "ops/graph_node.hpp"
#include "ops/op_text.hpp"

namespace millrace {

class Activation;

struct ParameterSpec {
  std::string name;  ///< "kernel", "bias"
  Shape shape;       ///< a kernel is (inputs, outputs)
  std::string initializer;
  std::int64_t fan_in = 1, fan_out = 1;
  bool trainable = true;
  bool matmul_operand = false;  ///< an operand of matrix products, stored as weights_layout() says
  double l1 = 0, l2 = 0;        ///< added to the loss: l1 sum |w| + l2 sum w^2
  double max_norm = 0;          ///< limit of every column's norm after a step; 0: none
  bool sparse = false;          ///< only rows that occur in the batch are updated
  Axes onnx_axes{};             ///< order of the axes in ONNX files, whose operators define it; empty: as in `shape`
};

struct LayerSignature {
  Shape output;
  std::vector<ParameterSpec> parameters;
};

/// A parameter as the plan stores it: a matrix [rows x columns]; a vector is one row.
struct ParameterStorage {
  float* data = nullptr;
  std::int64_t rows = 0, columns = 0;
  MatrixLayout layout;
  std::vector<const float*> state{};  ///< optimizer state in the same layout
  BfloatWeights rounded{};            ///< memory for copies that a layer trains with; null: it trains in fp32
};

/// A value between layers, for a whole batch: row r of `data` at r * stride.
struct ValueBuffers {
  float* data = nullptr;
  float* delta = nullptr;          ///< gradient of the loss with respect to the value; null if not needed
  bool delta_accumulates = false;  ///< backward of this consumer adds to delta (+=) instead of setting it (=)
  std::int64_t width = 0, stride = 0;
};

/// Position of the step in the training run, the key of random draws.
struct StepPosition {
  std::uint64_t seed = 0;
  std::uint64_t step = 0;
};

/// Everything a layer needs to prepare its kernels. Pointers stay valid while the kernels live.
struct LayerContext {
  std::int64_t batch = 0;  ///< rows of these kernels
  /// In training, `batch` may be a batch slice of a larger batch: its first row there, and the rows of the whole batch.
  std::int64_t first_row = 0, whole_batch = 0;  ///< 0: `batch`
  bool keeps_statistics = true;                 ///< false: the kernels of another slice update the moving statistics
  bool training = false;
  bool trainable = true;  ///< false: the parameters stay as they are, also moving statistics
  KernelChoice kernels = KernelChoice::automatic;
  std::vector<ValueBuffers> inputs;
  std::vector<Shape> input_shapes;
  ValueBuffers output;
  std::vector<ParameterStorage> parameters;
  std::span<const IndexRange> shards;
  const StepPosition* position = nullptr;
  std::uint64_t layer_number = 0;
  bool skip_activation = false;  ///< the loss computes the activation: give logits

  [[nodiscard]] std::int64_t rows_of_batch() const { return whole_batch > 0 ? whole_batch : batch; }
};

/// A rectangle of one parameter, and the place of its gradient in the memory of the tile.
struct GradientBlock {
  int parameter = 0;
  IndexRange rows, columns;
  /// Rows of the gradient are `stride` apart. If the parameter is stored in panels, so is the gradient, and stride is 0.
  std::int64_t offset = 0, stride = 0;

  /// Index of the gradient of an element of the parameter.
  [[nodiscard]] std::int64_t place(std::int64_t row, std::int64_t column) const {
    const std::int64_t r = row - rows.begin, c = column - columns.begin;
    return offset + (stride > 0 ? r * stride + c : panel_offset(rows.size(), columns.size(), r, c));
  }
};

/// A piece of the gradient of a layer, which one job computes and uses for the update while it is in cache.
struct GradientTile {
  std::vector<GradientBlock> blocks;
  std::int64_t floats = 0;  ///< memory of the tile's gradient
  std::int64_t slices = 1;  ///< number of tile slices of the batch, each with a partial gradient
  /// Tile slices are the shards of the row phase, which calls gradient() itself after backward().
  bool by_shard = false;
};

/// One of `count` parts that the work for a shard is cut into.
struct ShardPart {
  std::int64_t index = 0, count = 1;

  /// The part of [0, size), in whole multiples of `unit` but at the end; parts may be empty.
  [[nodiscard]] IndexRange of(std::int64_t size, std::int64_t unit) const {
    const std::int64_t units = ceil_div(size, unit);
    return {std::min(size, units * index / count * unit), std::min(size, units * (index + 1) / count * unit)};
  }
};

enum class CoupledPass { forward, backward };

/// What the kernel of a layer whose rows depend on each other (batch normalisation) has besides.
class CoupledRows {
 public:
  virtual ~CoupledRows() = default;
  /// Number of jobs, each over all rows. forward() and backward() are called once for each job instead of each shard, in
  /// phases of their own.
  [[nodiscard]] virtual std::int64_t jobs() const = 0;
  /// The kernels of a batch slice need sums over the rows of the whole batch. In place of forward() and backward(), every
  /// slice computes its sums, and then takes those of the whole batch; this happens rounds(pass) times. sums(): how many
  /// numbers that are.
  [[nodiscard]] virtual std::int64_t sums() const = 0;
  [[nodiscard]] virtual int rounds(CoupledPass pass) const = 0;
  /// sums = over the rows of the slice, at the columns of this job; sums of other columns stay as they are.
  virtual void sum_rows(CoupledPass pass, int round, std::int64_t job, double* sums) = 0;
  /// After the last round, the outputs or the deltas of the inputs are complete.
  virtual void take_sums(CoupledPass pass, int round, std::int64_t job, const double* sums) = 0;
};

/// The prepared work of a layer for one batch size. Calls for different shards or tiles run at the same time.
class LayerKernel {
 public:
  virtual ~LayerKernel() = default;

  /// Number of independent jobs that copy weights into the layouts of forward() and backward() before the row phase.
  [[nodiscard]] virtual std::int64_t pack_jobs() const { return 0; }
  virtual void pack(std::int64_t /*job*/) {}
  /// Whether pack() makes the rounded copies of the store, which are often those of the weights already.
  [[nodiscard]] virtual bool packs_rounded() const { return false; }
  /// Row phase: inputs -> output for the rows of a shard.
  virtual void forward(std::int64_t shard, float* scratch) = 0;
  /// Into how many parts forward() of a shard can be cut, each for some columns of the output; 1: it cannot. The parts
  /// may run at the same time; end_forward() follows when all have ended, if it has something to do. Together they have
  /// the bits of forward().
  [[nodiscard]] virtual std::int64_t forward_cuts() const { return 1; }
  virtual void forward_part(std::int64_t /*shard*/, ShardPart /*part*/, float* /*scratch*/) {}
  [[nodiscard]] virtual bool ends_forward() const { return false; }
  virtual void end_forward(std::int64_t /*shard*/) {}
  /// Inference of one shard: into how many parts it is worth to cut forward().
  [[nodiscard]] virtual std::int64_t useful_parts() const { return 1; }
  /// Inference of one shard: forward() of a layer with one input whose rows are elsewhere, `stride` apart. Returns false
  /// without doing anything if the layer needs them in its input.
  virtual bool forward_from(const float* /*rows*/, std::int64_t /*stride*/, float* /*scratch*/) { return false; }
  /// Inference: whether forward() gives a row the same bits in a plan for any number of rows. From four rows on every
  /// layer does.
  [[nodiscard]] virtual bool rows_stand_alone() const { return true; }
  /// Row phase: output.delta -> deltas of the inputs. May overwrite output.delta.
  virtual void backward(std::int64_t shard, float* scratch) = 0;
  /// As forward_cuts(), for some columns of the input's delta. begin_backward() goes before all parts.
  [[nodiscard]] virtual std::int64_t backward_cuts() const { return 1; }
  virtual void begin_backward(std::int64_t /*shard*/) {}
  virtual void backward_part(std::int64_t /*shard*/, ShardPart /*part*/, float* /*scratch*/) {}
  /// Null: the rows are independent of each other.
  [[nodiscard]] virtual CoupledRows* coupled_rows() { return nullptr; }

  /// Weight phase: the tiles partition the trainable parameters.
  [[nodiscard]] virtual std::span<const GradientTile> tiles() const { return {}; }
  /// The blocks that the last gradient() of the tile wrote: all, or those whose rows occur in the batch.
  [[nodiscard]] virtual std::span<const GradientBlock> blocks(std::int64_t tile) const { return tiles()[tile].blocks; }
  /// gradient = (not +=) the sum over the rows of the tile slice, laid out as the blocks of the tile say.
  virtual void gradient(std::int64_t /*tile*/, std::int64_t /*slice*/, float* /*gradient*/, float* /*scratch*/) {}

  [[nodiscard]] virtual std::int64_t scratch_floats() const { return 0; }
  /// Multiply-adds of the products of forward over the batch; backward and gradient have as many each. For --profile.
  [[nodiscard]] virtual double multiply_adds() const { return 0; }
  /// One line for `inspect --plan`: kernels and tiles.
  [[nodiscard]] virtual std::string describe() const { return {}; }
};

/// Operands of the reference in double: the whole batch, row-major.
struct ReferenceOperands {
  std::int64_t batch = 0;
  std::uint64_t layer_number = 0;
  StepPosition position;
  std::vector<std::span<const double>> inputs;
  std::vector<std::span<const double>> parameters;
  std::span<double> output;
};

/// Names of the layer in its ONNX form.
struct OnnxSite {
  std::string name;  ///< of the layer; its output value has this name too
  std::vector<std::string> inputs;
  std::vector<std::string> parameters;  ///< names of the graph's constants with their values, axes as in onnx_axes
};

/// A layer with its options.
class Layer {
 public:
  virtual ~Layer() = default;
  /// Throws Error{usage} if the inputs do not fit.
  [[nodiscard]] virtual LayerSignature signature(std::span<const Shape> inputs) const = 0;
  [[nodiscard]] virtual std::unique_ptr<LayerKernel> prepare(const LayerContext& context) const = 0;
  /// The forward formula in double, in training mode: the reference for tests.
  virtual void reference(const ReferenceOperands& operands, std::span<const Shape> inputs) const = 0;
  /// Appends nodes; the last one's output is site.name.
  virtual void to_onnx(PlainGraph& graph, const OnnxSite& site, std::span<const Shape> inputs) const = 0;
  /// Above 0: the input is an input of the model that holds whole numbers from 0 to this minus one.
  [[nodiscard]] virtual std::int64_t categories() const { return 0; }
  /// Whether the loss of a training judges the inputs of this layer, each by itself, instead of its output.
  [[nodiscard]] virtual bool ends_ensemble() const { return false; }
  /// Whether training draws random numbers, so that the loss depends on more than weights and rows.
  [[nodiscard]] virtual bool random() const { return false; }
  /// Multiply-adds of a row, without those of matmul operands.
  [[nodiscard]] virtual double row_work(std::span<const Shape> /*inputs*/) const { return 0; }
  /// The activation at the end of the layer, which a loss may compute instead; null: the layer has none.
  [[nodiscard]] virtual const Activation* activation() const { return nullptr; }
};

struct LayerRow {
  std::string_view name;
  std::vector<std::string_view> aliases{};
  std::string_view summary;
  std::vector<OptionInfo> (*options)(Semantics);
  std::shared_ptr<const Layer> (*make)(const OpConfig& config, Semantics semantics);
  std::vector<std::string_view> examples;  ///< as users write them, for documentation and the conformance test
  Shape example_input{9};                  ///< shape of a sample for the examples
};

[[nodiscard]] std::span<const LayerRow> layer_table();
[[nodiscard]] const LayerRow& layer_row(std::string_view name);
/// "25:sigmoid" (dense), "dropout:0.2", "dense:units=25:activation=relu". Throws Error{usage}.
[[nodiscard]] LayerConfig parse_layer(std::string_view text);
/// The layer with its row's own name, and the options that its text has. Throws Error{usage}.
[[nodiscard]] LayerConfig resolved(const LayerConfig& given);
[[nodiscard]] std::shared_ptr<const Layer> make_layer(const LayerConfig& config, Semantics semantics);

}  // namespace millrace
