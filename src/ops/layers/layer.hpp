// SPDX-License-Identifier: Apache-2.0
//
// What a layer is: its shapes and parameters, its kernels for one batch size, its ONNX form. One file and one table
// row a layer.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/index.hpp"
#include "base/shape.hpp"
#include "kernels/matmul.hpp"
#include "kernels/panels.hpp"
#include "millrace/config.hpp"
#include "ops/axes.hpp"
#include "ops/graph_node.hpp"
#include "ops/op_text.hpp"

namespace millrace {

struct ParameterSpec {
  std::string name;  ///< "kernel", "bias"
  Shape shape;       ///< a kernel is (inputs, outputs)
  std::string initializer;
  std::int64_t fan_in = 1, fan_out = 1;
  bool trainable = true;
  bool matmul_operand = false;  ///< an operand of products: it is stored as weights_layout() says
  double l1 = 0, l2 = 0;        ///< added to the loss: l1 sum |w| + l2 sum w^2
  double max_norm = 0;          ///< limit of every column's norm after a step; 0: none
  bool sparse = false;          ///< only rows that the batch has get a gradient, the others are not looked at
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
  std::vector<const float*> state{};  ///< what is stored beside it for the update, laid out alike
};

/// A value between layers, for a whole batch: row r of `data` at r * stride.
struct ValueBuffers {
  float* data = nullptr;
  float* delta = nullptr;          ///< the loss's gradient with respect to the value; null when nobody needs it
  bool delta_accumulates = false;  ///< backward of this consumer adds to delta (+=) instead of setting it (=)
  std::int64_t width = 0, stride = 0;
};

/// Position of the step in the training run: what random draws are keyed by.
struct StepPosition {
  std::uint64_t seed = 0;
  std::uint64_t step = 0;
};

/// Everything a layer needs to prepare its kernels. Pointers stay valid as long as the kernels live.
struct LayerContext {
  std::int64_t batch = 0;
  bool training = false;
  GemmChoice gemm = GemmChoice::automatic;
  std::vector<ValueBuffers> inputs;
  std::vector<Shape> input_shapes;
  ValueBuffers output;
  std::vector<ParameterStorage> parameters;
  std::span<const IndexRange> shards;
  const StepPosition* position = nullptr;
  std::uint64_t layer_number = 0;
  bool skip_activation = false;  ///< the loss takes the layer's logits: leave the activation out
};

/// A rectangle of one parameter and where its gradient lies in the tile's memory.
struct GradientBlock {
  int parameter = 0;
  IndexRange rows, columns;
  /// The rectangle's rows are a stride apart. Of a parameter in panels it is in panels too and starts with one; stride
  /// is 0 then.
  std::int64_t offset = 0, stride = 0;

  /// Where the gradient of an element of the parameter is.
  [[nodiscard]] std::int64_t place(std::int64_t row, std::int64_t column) const {
    const std::int64_t r = row - rows.begin, c = column - columns.begin;
    return offset + (stride > 0 ? r * stride + c : panel_offset(rows.size(), columns.size(), r, c));
  }
};

/// A piece of a layer's gradient that one job computes and updates while it is in cache.
struct GradientTile {
  std::vector<GradientBlock> blocks;
  std::int64_t floats = 0;  ///< memory of the tile's gradient
  std::int64_t slices = 1;  ///< the batch is cut into so many row slices, each with a partial gradient
  /// The slices are the shards of the row phase, which then calls gradient() itself, after the layer's backward().
  bool by_shard = false;
};

/// A layer's prepared work for one batch size. Methods for different shards or tiles run at the same time.
class LayerKernel {
 public:
  virtual ~LayerKernel() = default;

  /// Before the row phase: makes the copies of weights that forward() and backward() want in another layout, in so many
  /// independent jobs; 0: none.
  [[nodiscard]] virtual std::int64_t pack_jobs() const { return 0; }
  virtual void pack(std::int64_t /*job*/) {}
  /// Row phase: inputs -> output for the rows of a shard.
  virtual void forward(std::int64_t shard, float* scratch) = 0;
  /// Inference, of one shard: forward() in so many parts, which may run at the same time; 1: it cannot be cut, or is
  /// not worth it.
  [[nodiscard]] virtual std::int64_t forward_parts() const { return 1; }
  virtual void forward_part(std::int64_t /*part*/) {}
  /// Inference, of one shard: forward() of a layer with one input, whose rows lie elsewhere, so far apart; false, with
  /// nothing done, where the layer wants them in its input.
  virtual bool forward_from(const float* /*rows*/, std::int64_t /*stride*/, float* /*scratch*/) { return false; }
  /// Inference: whether forward() gives a row the same bits in a plan for any number of rows, even for one. From four
  /// rows on every layer does.
  [[nodiscard]] virtual bool rows_stand_alone() const { return true; }
  /// Row phase: output.delta -> deltas of the inputs. May overwrite output.delta.
  virtual void backward(std::int64_t shard, float* scratch) = 0;
  /// A layer whose rows depend on one another (batch normalisation) has no shards: forward() and backward() are then
  /// called once for every one of so many jobs, each over all rows, in phases of their own. 0: row by row.
  [[nodiscard]] virtual std::int64_t coupled_jobs() const { return 0; }

  /// Weight phase: the tiles partition the trainable parameters.
  [[nodiscard]] virtual std::span<const GradientTile> tiles() const { return {}; }
  /// What the last gradient() of the tile wrote: the tile's blocks, or those of them that the batch has rows for.
  [[nodiscard]] virtual std::span<const GradientBlock> blocks(std::int64_t tile) const {
    return tiles()[static_cast<std::size_t>(tile)].blocks;
  }
  /// gradient = (not +=) the sum over the rows of the slice; laid out as the tile's blocks say.
  virtual void gradient(std::int64_t /*tile*/, std::int64_t /*slice*/, float* /*gradient*/, float* /*scratch*/) {}

  [[nodiscard]] virtual std::int64_t scratch_floats() const { return 0; }
  /// Of the products of forward over the whole batch; backward and gradient have as many each. For --profile.
  [[nodiscard]] virtual double multiply_adds() const { return 0; }
  /// One line for `inspect --plan`: kernels and tiles.
  [[nodiscard]] virtual std::string describe() const { return {}; }
};

/// Operands of a layer's reference in double: whole batch, row-major.
struct ReferenceOperands {
  std::int64_t batch = 0;
  std::uint64_t layer_number = 0;
  StepPosition position;
  std::vector<std::span<const double>> inputs;
  std::vector<std::span<const double>> parameters;
  std::span<double> output;
};

/// The names a layer's ONNX form is written with.
struct OnnxSite {
  std::string name;  ///< of the layer; its output value has this name too
  std::vector<std::string> inputs;
  std::vector<std::string> parameters;  ///< names of the graph's constants with their values, axes as in onnx_axes
};

/// A layer with its options.
class Layer {
 public:
  virtual ~Layer() = default;
  /// Throws Error{usage} when the inputs do not fit.
  [[nodiscard]] virtual LayerSignature signature(std::span<const Shape> inputs) const = 0;
  [[nodiscard]] virtual std::unique_ptr<LayerKernel> prepare(const LayerContext& context) const = 0;
  /// The forward formula in double, in training mode: what the tests trust.
  virtual void reference(const ReferenceOperands& operands, std::span<const Shape> inputs) const = 0;
  /// Appends nodes; the last one's output is site.name.
  virtual void to_onnx(PlainGraph& graph, const OnnxSite& site, std::span<const Shape> inputs) const = 0;
  /// Above 0: the input is an input of the model, and holds whole numbers from 0 to this less one.
  [[nodiscard]] virtual std::int64_t categories() const { return 0; }
  /// Whether training draws at random: the loss is then no function of weights and rows alone.
  [[nodiscard]] virtual bool random() const { return false; }
  /// Multiply-adds of a row, but for those of matmul operands.
  [[nodiscard]] virtual double row_work(std::span<const Shape> /*inputs*/) const { return 0; }
  /// The activation the layer ends with, as the loss may take it over; empty: it is no layer that has one.
  [[nodiscard]] virtual std::string activation() const { return ""; }
};

struct LayerRow {
  std::string_view name;
  std::vector<std::string_view> aliases{};
  std::string_view summary;
  std::vector<OptionInfo> (*options)(Semantics);
  std::shared_ptr<const Layer> (*make)(const OpConfig& config, Semantics semantics);
  std::vector<std::string_view> examples;  ///< as users write it; documentation, and what the conformance test builds
  Shape example_input{9};                  ///< of a sample that the examples take
};

[[nodiscard]] std::span<const LayerRow> layer_table();
[[nodiscard]] const LayerRow& layer_row(std::string_view name);
/// "25:sigmoid" (dense), "dropout:0.2", "dense:units=25:activation=relu". Throws Error{usage}.
[[nodiscard]] LayerConfig parse_layer(std::string_view text);
/// The layer with its row's own name, and the options that its text has. Throws Error{usage}.
[[nodiscard]] LayerConfig resolved(const LayerConfig& given);
[[nodiscard]] std::shared_ptr<const Layer> make_layer(const LayerConfig& config, Semantics semantics);

}  // namespace millrace
