// SPDX-License-Identifier: Apache-2.0
//
// Usage (wide and deep):
//   Tensor wide = input("wide", {"age", "income"}), deep = input("deep", ColumnRange{.first = 2, .count = 30});
//   Tensor hidden = deep | Dense{.units = 64, .activation = "relu"} | Dense{.units = 32, .activation = "relu"};
//   Model model(concatenate({hidden, wide}) | Dense{.units = 1, .activation = "sigmoid"});
// A residual block:
//   Tensor y = add({x, x | Dense{.units = 32, .activation = "relu"} | Dense{.units = 32}});
//
// Networks beyond the sequence: tensors, which layers are applied to. A tensor is only a description, shared by copies.
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

/// An input of a network: a group of feature columns, by name or by position. Groups may share columns. Neither names
/// nor positions: all columns.
struct GraphInput {
  std::string name;
  std::vector<std::string> columns{};
  ColumnRange range{};
};

/// A layer of a network. `inputs` name inputs of the model and other layers, in any order of definition; a layer
/// without inputs takes the one before it, the first one the only input of the model.
struct GraphLayer {
  std::string name{};  ///< empty: "dense_1", by kind and number
  LayerConfig layer;
  std::vector<std::string> inputs{};
};

/// A network as data, as files have it.
struct Graph {
  std::vector<GraphInput> inputs{};  ///< empty: one, "features", of all columns
  std::vector<GraphLayer> layers;
};

/// The same network with every name and input written out, and each layer behind those it takes. Throws Error{usage}
/// for an unknown input (with the nearest name), two things of one name, a cycle, an input or a layer that nothing
/// takes but the output, which is one.
[[nodiscard]] Graph ordered(const Graph& graph);

/// What an input or a layer gives.
class Tensor {
 public:
  /// The same tensor under a name, for messages, summary and parameters: (x | Dense{...}).named("hidden").
  [[nodiscard]] Tensor named(std::string name) const;

 private:
  struct Node;
  explicit Tensor(std::shared_ptr<const Node> node) : node_(std::move(node)) {}
  std::shared_ptr<const Node> node_;
  friend Tensor input(std::string name, std::vector<std::string> columns);
  friend Tensor input(std::string name, ColumnRange columns);
  friend Tensor call(LayerConfig layer, const std::vector<Tensor>& inputs);
  friend Graph graph_of(const std::vector<Tensor>& inputs, const Tensor& output);
};

/// Columns by name, or by position.
[[nodiscard]] Tensor input(std::string name, std::vector<std::string> columns);
[[nodiscard]] Tensor input(std::string name, ColumnRange columns);

/// A layer on tensors.
[[nodiscard]] Tensor call(LayerConfig layer, const std::vector<Tensor>& inputs);
[[nodiscard]] inline Tensor operator|(const Tensor& x, LayerConfig layer) { return call(std::move(layer), {x}); }
[[nodiscard]] inline Tensor concatenate(const std::vector<Tensor>& inputs) { return call(Concatenate{}, inputs); }
[[nodiscard]] inline Tensor add(const std::vector<Tensor>& inputs) { return call(Add{}, inputs); }

/// What `output` is computed from. `inputs` says the order of the inputs, and that there are no others; without it they
/// stand in the order in which the output needs them. Throws Error{usage} for an input that is missing there or not
/// needed, and as ordered() does.
[[nodiscard]] Graph graph_of(const std::vector<Tensor>& inputs, const Tensor& output);

}  // namespace millrace
