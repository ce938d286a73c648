// SPDX-License-Identifier: Apache-2.0
//
// A network: a graph of layers with inferred shapes, and the names and shapes of its parameters. It holds no values:
// those are in the parameter store (step/parameter_store.hpp).
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/shape.hpp"
#include "ops/layers/layer.hpp"

namespace millrace {

/// A layer as the user describes it. `inputs` are names of earlier nodes or of network inputs; a node without inputs
/// takes the one before it.
struct NodeDescription {
  std::string name;  ///< empty: "dense_1", by kind and number
  LayerConfig layer;
  std::vector<std::string> inputs;
};

struct NetworkInput {
  std::string name;
  Shape shape;
};

struct NetworkDescription {
  std::vector<NetworkInput> inputs;
  std::vector<NodeDescription> nodes;
  Semantics semantics = Semantics::keras;
};

struct NetworkParameter {
  std::string name;  ///< "dense_1/kernel"
  ParameterSpec spec;
  std::int64_t offset = 0;  ///< of its first value where all parameters lie one after the other, each row-major
  std::int64_t size = 0;    ///< number of values
};

/// The values of parameter number `parameter`, row-major.
using ParameterValues = std::function<std::vector<float>(int parameter)>;

struct NetworkNode {
  std::string name;
  LayerConfig config;  ///< complete: every option, defaults included
  std::shared_ptr<const Layer> layer;
  std::vector<int> inputs;  ///< values: 0..inputs-1 are the network's inputs, then one a node in order
  std::vector<Shape> input_shapes;
  Shape output;
  std::vector<int> parameters;  ///< indices into parameters()
};

/// Name of the output in an exported graph.
inline constexpr const char* exported_output = "output";

/// Of all parameters, and of the numbers of a sample: more than memory holds, and so few that what is computed from
/// them (bytes, a batch) fits into 64 bits.
inline constexpr std::int64_t most_numbers = std::int64_t{1} << 40;

class Network {
 public:
  Network() = default;
  /// Infers every shape. Throws Error{usage} for unknown names, cycles, shapes that do not meet, sizes that no memory
  /// holds, and more than `most` parameters; allocates nothing of their size.
  explicit Network(const NetworkDescription& description, std::int64_t most = most_numbers);

  [[nodiscard]] const std::vector<NetworkInput>& inputs() const { return inputs_; }
  [[nodiscard]] const std::vector<NetworkNode>& nodes() const { return nodes_; }
  [[nodiscard]] const std::vector<NetworkParameter>& parameters() const { return parameters_; }
  [[nodiscard]] Semantics semantics() const { return semantics_; }

  /// Shape of value `id` (see NetworkNode::inputs) and its width, the product of the extents.
  [[nodiscard]] const Shape& value_shape(int id) const;
  [[nodiscard]] int input_count() const { return static_cast<int>(inputs_.size()); }
  [[nodiscard]] int value_count() const { return static_cast<int>(inputs_.size() + nodes_.size()); }
  [[nodiscard]] const Shape& output_shape() const { return nodes_.back().output; }
  [[nodiscard]] std::int64_t input_width() const;  ///< of all inputs side by side
  [[nodiscard]] std::int64_t output_width() const { return element_count(output_shape()); }
  [[nodiscard]] std::int64_t weight_count() const { return weight_count_; }  ///< of all parameters
  [[nodiscard]] std::int64_t trainable_count() const;
  /// Above 0: input number `index` holds whole numbers from 0 to this less one, the least that its layers say.
  [[nodiscard]] std::int64_t categories(std::size_t index) const;

  /// Initial values of parameter number `parameter`: a pure function of the seed and of that number.
  [[nodiscard]] std::vector<float> initial_values(int parameter, std::uint64_t seed) const;
  /// The description that this network was made from, with every name and option filled in.
  [[nodiscard]] NetworkDescription description() const;
  /// Adds the inference graph in ONNX's operators. `input_names` replace the names of the inputs where given.
  void to_onnx(PlainGraph& graph, const ParameterValues& values, std::span<const std::string> input_names,
               const std::string& output_name) const;
  /// A table of layers, shapes and parameters, for people.
  [[nodiscard]] std::string summary() const;

 private:
  std::vector<NetworkInput> inputs_;
  std::vector<NetworkNode> nodes_;
  std::vector<NetworkParameter> parameters_;
  std::int64_t weight_count_ = 0;
  Semantics semantics_ = Semantics::keras;
};

}  // namespace millrace
