// SPDX-License-Identifier: Apache-2.0
//
// y = table[x]. A dense tile is a range of the table's rows, whose gradient starts at zero and gets the deltas of the
// batch added. A sparse tile has every n-th row of the table, and makes a block for each row that occurs in the batch.
// Either way, the gradient of a row is the sum of its deltas in the order of the batch.
#include <algorithm>
#include <compare>

#include "base/buffer.hpp"
#include "base/fail.hpp"
#include "millrace/layers.hpp"
#include "ops/category_rows.hpp"
#include "ops/layers/rows.hpp"

namespace millrace {

namespace {

constexpr std::int64_t most_categories = std::int64_t{1} << 24;  // fp32 represents every whole number up to here
// A tile should compute and update this many floats, which takes a few microseconds. More tiles balance no better.
constexpr std::int64_t tile_work = 8192, most_tiles = 64, most_sparse_tiles = 16;

class EmbeddingKernel final : public LayerKernel {
 public:
  EmbeddingKernel(bool sparse, const LayerContext& context)
      : input_(context.inputs[0]),
        output_(context.output),
        table_(context.parameters[0]),
        shards_(context.shards.begin(), context.shards.end()),
        batch_(context.batch),
        sparse_(sparse) {
    if (!context.training) return;
    if (sparse_)
      plan_sparse();
    else
      plan_dense();
  }

  void forward(std::int64_t shard, float*) override {
    const IndexRange rows = shards_[shard];
    for (std::int64_t r = rows.begin; r < rows.end; ++r) {
      float* y = output_.data + r * output_.stride;
      for (std::int64_t i = 0; i < input_.width; ++i, y += columns())
        std::copy_n(table_.data + category(r, i) * table_.layout.stride, columns(), y);
    }
  }

  void backward(std::int64_t, float*) override {}  // categories have no gradient

  std::span<const GradientTile> tiles() const override { return tiles_; }
  std::span<const GradientBlock> blocks(std::int64_t tile) const override {
    return sparse_ ? std::span<const GradientBlock>(found_[tile].blocks) : LayerKernel::blocks(tile);
  }

  void gradient(std::int64_t tile, std::int64_t, float* gradient, float*) override {
    if (sparse_) return sparse_gradient(tile, gradient);
    const IndexRange rows = tiles_[tile].blocks[0].rows;
    std::fill_n(gradient, rows.size() * columns(), 0.0F);
    for (std::int64_t r = 0; r < batch_; ++r) {
      for (std::int64_t i = 0; i < input_.width; ++i) {
        const std::int64_t row = category(r, i);
        if (row >= rows.begin && row < rows.end) add_delta(r, i, gradient + (row - rows.begin) * columns());
      }
    }
  }

  std::string describe() const override {
    return "embedding " + std::to_string(table_.rows) + "x" + std::to_string(table_.columns) +
           (tiles_.empty() ? "" : "  " + std::to_string(tiles_.size()) + (sparse_ ? " sparse tiles" : " tiles"));
  }

 private:
  struct Occurrence {
    std::int64_t row, position;  // row of the table; place in the batch, row * width + column
    friend auto operator<=>(const Occurrence&, const Occurrence&) = default;
  };
  // The rows that a sparse tile found in this batch, with room for the whole batch, so that a step allocates nothing.
  struct Found {
    std::vector<Occurrence> occurrences;
    std::vector<GradientBlock> blocks;
  };

  [[nodiscard]] std::int64_t columns() const { return table_.columns; }
  [[nodiscard]] std::int64_t category(std::int64_t row, std::int64_t i) const {
    return static_cast<std::int64_t>(input_.data[row * input_.stride + i]);
  }
  void add_delta(std::int64_t row, std::int64_t i, float* gradient) const {
    const float* const delta = output_.delta + row * output_.stride + i * columns();
    for (std::int64_t c = 0; c < columns(); ++c) gradient[c] += delta[c];
  }

  void plan_dense() {
    const std::int64_t wanted = std::clamp<std::int64_t>(table_.rows * columns() / tile_work, 1, most_tiles);
    const std::int64_t height = ceil_div(table_.rows, wanted);
    for (std::int64_t row = 0; row < table_.rows; row += height)
      add_tile({row, std::min(table_.rows, row + height)}, height);
  }

  // Tile t has the rows t, t + tiles, t + 2 tiles, ..., because frequent categories often are neighbours.
  void plan_sparse() {
    const std::int64_t most = batch_ * input_.width;
    const std::int64_t count = std::clamp<std::int64_t>(most * columns() / tile_work, 1, most_sparse_tiles);
    for (std::int64_t t = 0; t < count; ++t) {
      add_tile({0, table_.rows}, std::min(most, ceil_div(table_.rows, count)));
      Found& found = found_.emplace_back();
      found.occurrences.reserve(most);
      found.blocks.reserve(most);
    }
  }

  void add_tile(IndexRange rows, std::int64_t most_rows) {
    GradientTile tile;
    tile.blocks.push_back({.parameter = 0, .rows = rows, .columns = {0, columns()}, .offset = 0, .stride = columns()});
    tile.floats = round_up(most_rows * columns(), cache_line_floats);
    tiles_.push_back(std::move(tile));
  }

  void sparse_gradient(std::int64_t tile, float* gradient) {
    Found& found = found_[tile];
    found.occurrences.clear();
    found.blocks.clear();
    const auto count = std::ssize(tiles_);
    for (std::int64_t r = 0; r < batch_; ++r) {
      for (std::int64_t i = 0; i < input_.width; ++i) {
        const std::int64_t row = category(r, i);
        if (row % count == tile) found.occurrences.push_back({row, r * input_.width + i});
      }
    }
    std::sort(found.occurrences.begin(), found.occurrences.end());
    for (const Occurrence& at : found.occurrences) {
      if (found.blocks.empty() || found.blocks.back().rows.begin != at.row) {
        const std::int64_t offset = std::ssize(found.blocks) * columns();
        found.blocks.push_back({.parameter = 0,
                                .rows = {at.row, at.row + 1},
                                .columns = {0, columns()},
                                .offset = offset,
                                .stride = columns()});
        std::fill_n(gradient + offset, columns(), 0.0F);
      }
      add_delta(at.position / input_.width, at.position % input_.width, gradient + found.blocks.back().offset);
    }
  }

  ValueBuffers input_, output_;
  ParameterStorage table_;
  std::vector<IndexRange> shards_;
  std::int64_t batch_;
  bool sparse_;
  std::vector<GradientTile> tiles_;
  std::vector<Found> found_;  // by sparse tile
};

class EmbeddingLayer final : public Layer {
 public:
  explicit EmbeddingLayer(const Embedding& options) : options_(options) {
    const auto require = [](const char* name, std::int64_t value, std::int64_t most) {
      if (value < 1 || value > most) {
        fail(ErrorKind::usage, "embedding",
             std::string(name) + " is " + std::to_string(value) + ", expected 1 to " + std::to_string(most));
      }
    };
    require("input_dim", options.input_dim, most_categories);
    require("output_dim", options.output_dim, std::int64_t{1} << 20);
  }

  std::int64_t categories() const override { return options_.input_dim; }

  LayerSignature signature(std::span<const Shape> inputs) const override {
    require_inputs("embedding", inputs, 1);
    LayerSignature signature{inputs[0], {}};
    signature.output.push_back(options_.output_dim);
    signature.parameters.push_back({.name = "embeddings",
                                    .shape = {options_.input_dim, options_.output_dim},
                                    .initializer = options_.embeddings_initializer,
                                    .fan_in = options_.input_dim,
                                    .fan_out = options_.output_dim,
                                    .l1 = options_.embeddings_l1,
                                    .l2 = options_.embeddings_l2,
                                    .sparse = sparse()});
    return signature;
  }
  std::unique_ptr<LayerKernel> prepare(const LayerContext& context) const override {
    return std::make_unique<EmbeddingKernel>(sparse(), context);
  }
  void reference(const ReferenceOperands& operands, std::span<const Shape>) const override {
    std::size_t at = 0;
    const auto width = static_cast<std::size_t>(options_.output_dim);
    for (const double category : operands.inputs[0]) {
      for (std::size_t c = 0; c < width; ++c)
        operands.output[at++] = operands.parameters[0][static_cast<std::size_t>(category) * width + c];
    }
  }
  void to_onnx(PlainGraph& graph, const OnnxSite& site, std::span<const Shape>) const override {
    // Whoever serves the model may send any number; rows that the graph itself makes exist.
    const bool from_outside = std::ranges::find(graph.inputs, site.inputs[0], &GraphValue::name) != graph.inputs.end();
    const std::string rows = from_outside
                                 ? add_category_rows(graph, site.name, site.inputs[0], options_.input_dim)
                                 : graph.add("Cast", site.name + "/rows", {site.inputs[0]}, {{"to", cast_to_int64}});
    graph.add("Gather", site.name, {site.parameters[0], rows}, {{"axis", std::int64_t{0}}});
  }

 private:
  // With a penalty, every row has a gradient.
  [[nodiscard]] bool sparse() const {
    return options_.sparse && options_.embeddings_l1 == 0 && options_.embeddings_l2 == 0;
  }

  Embedding options_;
};

}  // namespace

LayerRow embedding_row() {
  return layer_row_of<Embedding, EmbeddingLayer>(
      "looks up a trained vector for each category",
      {"embedding:7:3", "embedding:5:4:sparse=true", "embedding:7:3:embeddings_l1=0.02:embeddings_l2=0.03",
       "embedding:5:4:sparse=true:embeddings_l2=0.03"});
}

}  // namespace millrace
