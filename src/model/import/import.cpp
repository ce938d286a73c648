// SPDX-License-Identifier: Apache-2.0
#include "model/import/import.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "base/fail.hpp"
#include "base/text.hpp"
#include "export/operator_support.hpp"
#include "millrace/layers.hpp"
#include "model/import/layer_builder.hpp"
#include "model/import/node_import.hpp"
#include "model/import/recognition.hpp"

namespace millrace {

namespace {

std::set<std::string> words(std::string_view text) {
  const std::vector<std::string> parts = split_text(text, ' ');
  return {parts.begin(), parts.end()};
}

// Operators that are part of an activation, a normalisation or a scale; recognise() finds out of which.
bool is_small(const std::string& op) {
  static const std::set<std::string> known = words(
      "Abs Add Cast CastLike Celu Clip Div Dropout Elu Erf Erfc Exp Gelu Greater HardSigmoid HardSwish Identity "
      "Imputer "
      "LayerNormalization LeakyRelu Less Log LogSoftmax Max Min Mish Mul Neg Normalizer Not PRelu Pow RMSNormalization "
      "Reciprocal ReduceMax ReduceMean ReduceMin ReduceSum ReduceSumSquare Relu Scaler Selu Sigmoid Softmax Softplus "
      "Softsign Sqrt Sub Sum "
      "Swish Tanh Where");
  return known.contains(op);
}

// Operators between an input and the rows of a table that it chooses: they count negative numbers from the end.
bool is_for_categories(const std::string& op) {
  static const std::set<std::string> known = words("Add Cast Clip Greater Identity Less Max Min Mul Not Sub Where");
  return known.contains(op);
}

constexpr std::size_t longest_region = 40;

// The numbers that a node compares its values with.
std::vector<DoubleTensor> limits_of(const GraphNode& node, const Tensors& constants) {
  static const std::set<std::string> comparing = words("Clip Greater Less Max Min Where");
  std::vector<DoubleTensor> limits;
  if (!comparing.contains(node.op)) return limits;
  for (const std::string& input : node.inputs)
    if (constants.contains(input)) limits.push_back(constants.at(input));
  for (const char* const name : {"min", "max"})  // of Clip before opset 11
    if (node.attributes.contains(name)) limits.push_back({{}, {attribute(node, name, 0.0)}});
  return limits;
}

// `values` in the shape of `like`; nothing if it has another.
std::vector<double> spread(const DoubleTensor& values, const DoubleTensor& like) {
  GraphNode add;
  add.op = "Add";
  const DoubleTensor zeros{like.shape, std::vector<double>(like.values.size())};
  const DoubleTensor sum = compute(add, {&values, &zeros}).at(0);
  return sum.shape == like.shape ? sum.values : std::vector<double>();
}

class Importer {
 public:
  explicit Importer(const ForeignGraph& graph) : graph_(graph), builder_(result_), nodes_(graph, builder_) {
    for (const GraphNode& node : graph.nodes)
      for (const std::string& input : node.inputs) ++reads_[input];
    ++reads_[graph.output];
  }

  ImportedNetwork run() {
    nodes_.add_inputs(result_);
    find_category_paths();
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (done_.contains(i)) continue;
      if (!nodes_.take_node(i)) import_region(i);
    }
    finish();
    return std::move(result_);
  }

 private:
  // Nodes that leave the numbers of the rows of an embedding as they are.
  void find_category_paths() {
    for (const GraphNode& gather : graph_.nodes) {
      if (gather.op != "Gather" || !graph_.constants.contains(gather.inputs.at(0)) || !varies(gather.inputs.at(1)))
        continue;
      if (graph_.constants.at(gather.inputs[0]).shape.size() != 2) continue;
      std::vector<std::size_t> path;
      std::set<std::string> open{gather.inputs[1]};
      for (std::size_t i = graph_.nodes.size(); i-- > 0;) {
        const GraphNode& node = graph_.nodes[i];
        if (!open.contains(node.outputs.at(0)) || !is_for_categories(node.op)) continue;
        path.insert(path.begin(), i);
        open.erase(node.outputs[0]);
        const std::set<std::string> values = values_of(i);
        open.insert(values.begin(), values.end());
      }
      const std::int64_t rows = graph_.constants.at(gather.inputs[0]).shape.at(0);
      if (path.empty() || open.size() != 1 || !keeps_categories(path, *open.begin(), gather.inputs[1], rows)) continue;
      nodes_.rename(gather.inputs[1], *open.begin());
      done_.insert(path.begin(), path.end());
    }
  }

  bool keeps_categories(const std::vector<std::size_t>& path, const std::string& source, const std::string& result,
                        std::int64_t rows) const {
    Shape shape = graph_.shapes.at(source);
    shape.insert(shape.begin(), graph_.batch);
    for (const std::int64_t category : {std::int64_t{0}, std::int64_t{1}, rows / 2, rows - 1}) {
      Tensors values;
      values[source] = {shape, std::vector<double>(static_cast<std::size_t>(element_count(shape)),
                                                   static_cast<double>(category % rows))};
      for (const std::size_t i : path) {
        for (const std::string& input : graph_.nodes[i].inputs)
          if (graph_.constants.contains(input)) values.emplace(input, graph_.constants.at(input));
        run_nodes(std::span(&graph_.nodes[i], 1), values);
      }
      if (values.at(result).values != values.at(source).values) return false;
    }
    return true;
  }

  [[noreturn]] void refuse(std::size_t node, const std::string& text) const {
    fail(ErrorKind::data, graph_.file, graph_.place_of(graph_.nodes[node]) + " " + text);
  }

  [[nodiscard]] bool varies(const std::string& value) const { return graph_.shapes.contains(value); }

  // The values that a node reads and that depend on the inputs, each once.
  [[nodiscard]] std::set<std::string> values_of(std::size_t node) const {
    std::set<std::string> values;
    for (const std::string& input : graph_.nodes[node].inputs)
      if (varies(input)) values.insert(input);
    return values;
  }

  // From `first` on, nodes that compute from one value alone; the longest part of them that is known becomes a layer.
  void import_region(std::size_t first) {
    const std::set<std::string> values = values_of(first);
    if (!is_small(graph_.nodes[first].op)) refuse(first, "is no operator of a layer that millrace has");
    if (values.size() != 1)
      refuse(first, "combines " + std::to_string(values.size()) +
                        " values, expected one, or Add, Sub, Mul, Max, Min or Concat");
    const std::string& source = *values.begin();
    std::set<std::string> reached{source};
    std::vector<std::size_t> region;
    for (std::size_t i = first; i < graph_.nodes.size() && region.size() < longest_region; ++i) {
      const std::set<std::string> inputs = values_of(i);
      const bool inside = is_small(graph_.nodes[i].op) && !inputs.empty() && std::ranges::includes(reached, inputs);
      if (!inside || done_.contains(i)) continue;
      region.push_back(i);
      reached.insert(graph_.nodes[i].outputs.at(0));
    }
    for (std::size_t last = region.size(); last-- > 0;)
      if (take_region(source, region, region[last])) return;
    refuse(first, "and the nodes after it compute nothing that a layer of millrace computes");
  }

  // The nodes of `region` that `last` needs.
  [[nodiscard]] std::vector<std::size_t> needed(const std::vector<std::size_t>& region, std::size_t last) const {
    std::set<std::string> wanted{graph_.nodes[last].outputs[0]};
    std::vector<std::size_t> part;
    for (std::size_t i = region.size(); i-- > 0;) {
      const GraphNode& node = graph_.nodes[region[i]];
      if (region[i] > last || !wanted.contains(node.outputs[0])) continue;
      part.insert(part.begin(), region[i]);
      wanted.insert(node.inputs.begin(), node.inputs.end());
    }
    return part;
  }

  // How often nodes of `part` read a value.
  [[nodiscard]] int reads_within(const std::vector<std::size_t>& part, const std::string& value) const {
    int count = 0;
    for (const std::size_t i : part) count += static_cast<int>(std::ranges::count(graph_.nodes[i].inputs, value));
    return count;
  }

  // What nodes of a region compute from `x`, by name.
  [[nodiscard]] Tensors values_in(const std::vector<GraphNode>& nodes, const std::string& source,
                                  const DoubleTensor& x) const {
    Tensors values;
    values[source] = x;
    for (const GraphNode& node : nodes)
      for (const std::string& input : node.inputs)
        if (graph_.constants.contains(input)) values.emplace(input, graph_.constants.at(input));
    run_nodes(nodes, values);
    return values;
  }

  // Rows of `source` at which a value of the region meets a limit, for values that are scaled and shifted on the way.
  [[nodiscard]] std::vector<std::vector<double>> limits_in(const std::vector<GraphNode>& nodes,
                                                           const std::string& source) const {
    std::vector<std::vector<double>> rows;
    Shape shape = graph_.shapes.at(source);
    shape.insert(shape.begin(), 1);
    DoubleTensor x{shape, std::vector<double>(static_cast<std::size_t>(element_count(shape)))};
    const Tensors at_0 = values_in(nodes, source, x);
    std::ranges::fill(x.values, 1.0);
    const Tensors at_1 = values_in(nodes, source, x);
    for (const GraphNode& node : nodes) {
      for (const DoubleTensor& limit : limits_of(node, graph_.constants)) {
        for (const std::string& input : node.inputs) {
          if (!varies(input) || at_0.at(input).shape != shape) continue;
          std::vector<double> row = spread(limit, x);
          for (std::size_t i = 0; i < row.size(); ++i) {
            const double first = at_0.at(input).values[i], slope = at_1.at(input).values[i] - first;
            row[i] = slope == 0 || !std::isfinite(slope) ? row[i] : (row[i] - first) / slope;
          }
          if (!row.empty()) rows.push_back(std::move(row));
        }
      }
    }
    return rows;
  }

  bool take_region(const std::string& source, const std::vector<std::size_t>& region, std::size_t last) {
    const std::vector<std::size_t> part = needed(region, last);
    const std::string& result = graph_.nodes[last].outputs[0];
    for (const std::size_t i : part) {
      const std::string& inner = graph_.nodes[i].outputs[0];
      if (inner != result && reads_within(part, inner) != reads_.at(inner)) return false;
    }
    std::vector<GraphNode> nodes;
    for (const std::size_t i : part) nodes.push_back(graph_.nodes[i]);
    const TensorFunction function = [&](const DoubleTensor& x) { return values_in(nodes, source, x).at(result); };
    std::optional<Known> known;
    try {
      // Slopes that are trained stay trained, even if they are all the same.
      const bool trained = nodes.size() == 1 && nodes[0].op == "PRelu";
      const Shape& shape = graph_.shapes.at(source);
      known = trained ? recognise_slopes(function, shape) : recognise(function, shape, limits_in(nodes, source));
    } catch (const Error&) {
      return false;  // nodes that take other shapes than elementwise ones
    }
    const bool alone = reads_within(part, source) == reads_.at(source);
    if (!known || !nodes_.take(*known, source, result, alone)) return false;
    for (const std::size_t i : part) {
      done_.insert(i);
      nodes_.record(i, result);
    }
    return true;
  }

  // An input all of whose columns went to others.
  void drop_unread_inputs() {
    std::set<std::string> read;
    for (const GraphLayer& node : result_.network.layers) read.insert(node.inputs.begin(), node.inputs.end());
    for (std::size_t i = result_.network.inputs.size(); i-- > 0;) {
      if (read.contains(result_.network.inputs[i].name)) continue;
      result_.network.inputs.erase(result_.network.inputs.begin() + static_cast<std::ptrdiff_t>(i));
      result_.columns.erase(result_.columns.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  // The output of the network is one row of numbers in the order of the file.
  void finish() {
    ImportedValue output = builder_.as_vector(nodes_.value(graph_.output));
    if (!output.is_whole() && builder_.keep_units(output.layer, output.order)) {
      output.order.clear();
      output.ours = {element_count(output.file)};
    }
    if (!output.is_whole() || !std::ranges::is_sorted(output.order))
      fail(ErrorKind::data, graph_.file,
           output.is_whole() ? "the output is an image with channels first, expected one row of numbers"
                             : "the output is a part of what a layer computes, expected all of it");
    if (builder_.is_input(output.layer)) output.layer = builder_.add(ActivationLayer{}, {output.layer});
    if (result_.network.layers.back().name != output.layer)
      fail(ErrorKind::data, graph_.file, "the output is not what the last layer computes, expected one output");
    drop_unread_inputs();
  }

  const ForeignGraph& graph_;
  ImportedNetwork result_;
  LayerBuilder builder_;
  NodeImport nodes_;
  std::map<std::string, int> reads_;
  std::set<std::size_t> done_;
};

}  // namespace

ImportedNetwork import_network(const ForeignGraph& graph) { return Importer(graph).run(); }

}  // namespace millrace
