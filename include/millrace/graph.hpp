// SPDX-License-Identifier: Apache-2.0
//
// Usage (wide and deep):
//   Tensor wide = input("wide", {"age", "income"}), deep = input("deep", ColumnRange{.first = 2, .count = 30});
//   Tensor hidden = deep | Dense{.units = 64, .activation = "relu"} | Dense{.units = 32, .activation = "relu"};
//   Model model(concatenate({hidden, wide}) | Dense{.units = 1, .activation = "sigmoid"});
// A residual block:
//   Tensor y = add({x, x | Dense{.units = 32, .activation = "relu"} | Dense{.units = 32}});
//
// Several outputs, each with a loss of its own:
//   Tensor price = (x | Dense{.units = 1}).named("price");
//   Tensor kind = (x | Dense{.units = 3, .activation = "softmax"}).named("kind");
//   Model model({}, {price, kind});
//   model.compile({.outputs = {{.output = "price", .loss = MeanSquaredError{}},
//                              {.output = "kind", .loss = SparseCategoricalCrossentropy{}, .weight = 0.5}}});
//
// Networks that are not a plain sequence. Layers are applied to tensors. A tensor is a description without numbers, and
// its copies are the same tensor.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "millrace/config.hpp"
#include "millrace/layers.hpp"

namespace millrace {

/// Feature columns by position: first, first + 1, ...
struct ColumnRange {
  std::int64_t first = 0, count = 0;
  friend bool operator==(const ColumnRange&, const ColumnRange&) = default;
};

/// An input of a network: feature columns by name or by position; without either, all columns. Inputs may share columns.
struct GraphInput {
  std::string name;
  std::vector<std::string> columns{};
  ColumnRange range{};
};

/// A layer of a network. `inputs` are names of model inputs and of other layers, which may be defined later. Without
/// `inputs`, a layer takes the layer before it, and the first layer takes the model's only input.
struct GraphLayer {
  std::string name{};  ///< default: its kind and number, "dense_1"
  LayerConfig layer;
  std::vector<std::string> inputs{};
  /// false: fit() leaves the layer's parameters as they are, and batch normalisation uses its moving averages.
  bool trainable = true;
};

/// A network as plain data, as files store it.
struct Graph {
  std::vector<GraphInput> inputs{};  ///< default: one input, "features", with all columns
  std::vector<GraphLayer> layers;
  /// Names of the layers that are outputs, in this order; inner layers may be among them. Default: the only layer that
  /// no other one uses.
  std::vector<std::string> outputs{};
};

/// The same network with every name and input filled in, and each layer after its inputs. Throws Error{usage} for an
/// unknown input or output (suggests the nearest name), a duplicate name, a cycle, an unused input, and an unused layer
/// that is not an output. A single output is left out of Graph::outputs.
[[nodiscard]] Graph ordered(const Graph& graph);

/// An ensemble: `members` copies of the layers beside one another, on the same inputs, each with initial weights of its
/// own, and the mean of their outputs. Each member learns as it would alone; their mean is nearly always better than one.
/// The layers of copy 2 are called "member_2_dense_1" and so on. One member: the network as it is. Throws Error{usage} for
/// fewer, for a network with several outputs, and as ordered().
[[nodiscard]] Graph ensemble(const Graph& network, std::int64_t members);

/// The members of the ensemble that the network is; 1: it is none.
[[nodiscard]] std::int64_t member_count(const Graph& network);

/// The output of an input or of a layer.
class Tensor {
 public:
  /// The same tensor with a name for messages, summary and parameters: (x | Dense{...}).named("hidden").
  [[nodiscard]] Tensor named(std::string name) const;

 private:
  struct Node;
  explicit Tensor(std::shared_ptr<const Node> node) : node_(std::move(node)) {}
  std::shared_ptr<const Node> node_;
  friend Tensor input(std::string name, std::vector<std::string> columns);
  friend Tensor input(std::string name, ColumnRange columns);
  friend Tensor call(LayerConfig layer, const std::vector<Tensor>& inputs);
  friend Graph graph_of(const std::vector<Tensor>& inputs, const std::vector<Tensor>& outputs);
};

/// An input of the network: columns by name or by position. Throws Error{usage} for an empty list of names.
[[nodiscard]] Tensor input(std::string name, std::vector<std::string> columns);
[[nodiscard]] Tensor input(std::string name, ColumnRange columns);

/// Applies a layer to tensors.
[[nodiscard]] Tensor call(LayerConfig layer, const std::vector<Tensor>& inputs);
[[nodiscard]] inline Tensor operator|(const Tensor& x, LayerConfig layer) { return call(std::move(layer), {x}); }
[[nodiscard]] inline Tensor concatenate(const std::vector<Tensor>& inputs) { return call(Concatenate{}, inputs); }
[[nodiscard]] inline Tensor add(const std::vector<Tensor>& inputs) { return call(Add{}, inputs); }

/// The network that computes `outputs`, layers with different names. `inputs` lists all inputs and sets their order; if
/// it is empty, they are in the order of their first use. Throws Error{usage} for an input that is not listed or not
/// used, and as ordered().
[[nodiscard]] Graph graph_of(const std::vector<Tensor>& inputs, const std::vector<Tensor>& outputs);
[[nodiscard]] inline Graph graph_of(const std::vector<Tensor>& inputs, const Tensor& output) {
  return graph_of(inputs, std::vector<Tensor>{output});
}

}  // namespace millrace
