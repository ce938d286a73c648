// SPDX-License-Identifier: Apache-2.0
//
// A network: a graph of layers with inferred shapes, and the names and shapes of its parameters. Their values are in the
// parameter store (step/parameter_store.hpp).
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/shape.hpp"
#include "millrace/graph.hpp"
#include "ops/layers/layer.hpp"

namespace millrace {

struct NetworkInput {
  std::string name;
  Shape shape;
};

/// A Graph whose inputs have shapes. Each layer has a name and inputs, and comes after these, as in ordered().
struct NetworkDescription {
  std::vector<NetworkInput> inputs;
  std::vector<GraphLayer> layers;
  Semantics semantics = Semantics::keras;
  std::vector<std::string> outputs{};  ///< names of layers, if there are several; default: the last layer
};

struct NetworkParameter {
  std::string name;  ///< "dense_1/kernel"
  ParameterSpec spec;
  std::int64_t offset = 0;  ///< of its first value in an array of all parameters in order, each row-major
  std::int64_t size = 0;    ///< number of values
};

/// Returns the values of parameter number `parameter`, row-major.
using ParameterValues = std::function<std::vector<float>(int parameter)>;

struct NetworkNode {
  std::string name;
  LayerConfig config;  ///< all options, including defaults
  std::shared_ptr<const Layer> layer;
  std::vector<int> inputs;  ///< ids of values: first the network's inputs, then the outputs of the nodes in order
  std::vector<Shape> input_shapes;
  Shape output;
  std::vector<int> parameters;  ///< indices into parameters()
  bool trainable = true;        ///< false: none of its parameters is trained, penalised or constrained
};

/// An output of a network. Several lie side by side, as the outputs of one layer would.
struct NetworkOutput {
  int node = 0;
  std::int64_t first = 0, width = 0;  ///< numbers of a row
  bool is_read = false;               ///< by another node, too
};

/// Name of the output in an exported graph.
inline constexpr const char* exported_output = "output";

/// Limit for the number of weights and for the numbers of a sample. No memory holds so many, and sizes computed from
/// them (bytes, a batch) still fit into 64 bits.
inline constexpr std::int64_t most_numbers = std::int64_t{1} << 40;

class Network {
 public:
  Network() = default;
  /// Infers every shape; allocates no memory for weights. Throws Error{usage} for missing, unknown and equal names, shapes
  /// that do not fit together, and more than `most` weights.
  explicit Network(const NetworkDescription& description, std::int64_t most = most_numbers);

  [[nodiscard]] const std::vector<NetworkInput>& inputs() const { return inputs_; }
  [[nodiscard]] const std::vector<NetworkNode>& nodes() const { return nodes_; }
  [[nodiscard]] const std::vector<NetworkParameter>& parameters() const { return parameters_; }
  [[nodiscard]] Semantics semantics() const { return semantics_; }

  /// Shape of value `id` (see NetworkNode::inputs).
  [[nodiscard]] const Shape& value_shape(int id) const;
  [[nodiscard]] int input_count() const { return static_cast<int>(inputs_.size()); }
  [[nodiscard]] int value_count() const { return static_cast<int>(inputs_.size() + nodes_.size()); }
  /// In their order; all are vectors if there are several.
  [[nodiscard]] const std::vector<NetworkOutput>& outputs() const { return outputs_; }
  /// What the loss of a training judges: the members of an ensemble, side by side, else the outputs.
  [[nodiscard]] const std::vector<NetworkOutput>& trained_outputs() const {
    return members_.empty() ? outputs_ : members_;
  }
  /// Whether the last layer is the mean of members that are trained, each by itself.
  [[nodiscard]] bool is_ensemble() const { return !members_.empty(); }
  /// Marks also what the marked values are computed from. marked: by value.
  [[nodiscard]] std::vector<char> with_ancestors(std::vector<char> marked) const;
  [[nodiscard]] const std::string& output_name(std::size_t output) const { return nodes_[outputs_[output].node].name; }
  /// Of all outputs side by side.
  [[nodiscard]] const Shape& output_shape() const { return output_shape_; }
  [[nodiscard]] std::int64_t input_width() const;  ///< numbers of a row in all inputs
  [[nodiscard]] std::int64_t output_width() const { return element_count(output_shape()); }
  [[nodiscard]] std::int64_t weight_count() const { return weight_count_; }
  [[nodiscard]] std::int64_t trainable_count() const;
  /// If above 0, input number `index` must hold whole numbers from 0 to this minus 1: the smallest limit of its layers.
  [[nodiscard]] std::int64_t categories(std::size_t index) const { return categories_[index]; }

  /// Initial values of parameter number `parameter`. They depend only on the seed and that number.
  [[nodiscard]] std::vector<float> initial_values(int parameter, std::uint64_t seed) const;
  /// The description of this network with every option filled in.
  [[nodiscard]] NetworkDescription description() const;
  /// Adds ONNX nodes for inference to `graph`. `input_names` replace the first inputs' names. The last node's result is
  /// called `output_name`, that of every other node as the node.
  void to_onnx(PlainGraph& graph, const ParameterValues& values, std::span<const std::string> input_names,
               const std::string& output_name) const;
  /// A table of layers, shapes and numbers of parameters.
  [[nodiscard]] std::string summary() const;

 private:
  void limit_categories(const NetworkNode& node);
  void find_outputs(const std::vector<std::string>& names);
  void find_members();

  std::vector<NetworkInput> inputs_;
  std::vector<std::int64_t> categories_;  ///< by input
  std::vector<NetworkNode> nodes_;
  std::vector<NetworkParameter> parameters_;
  std::vector<NetworkOutput> outputs_, members_;
  Shape output_shape_;
  std::int64_t weight_count_ = 0;
  Semantics semantics_ = Semantics::keras;
};

}  // namespace millrace
