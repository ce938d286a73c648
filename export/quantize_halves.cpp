// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "export/graph_names.hpp"
#include "export/half.hpp"
#include "export/quantize.hpp"

namespace millrace {

namespace {

// Numbers that rows other than the observed ones may have must fit, too.
constexpr double greatest_observed = greatest_half / 2;

class HalfRewriting {
 public:
  HalfRewriting(PlainGraph graph, const ObservedValues& observed, const std::set<std::string>& prepared)
      : graph_(std::move(graph)), observed_(observed), names_(graph_), rewritten_(results_behind(graph_, prepared)) {}

  PlainGraph run() {
    choose_nodes();
    std::vector<GraphNode> nodes = std::move(graph_.nodes);
    graph_.nodes.clear();
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (in_halves_[i])
        add_in_halves(std::move(nodes[i]));
      else
        add_in_floats(std::move(nodes[i]));
    }
    for (const GraphValue& output : graph_.outputs) as_float(output.name);
    drop_unread_constants(graph_);
    return std::move(graph_);
  }

 private:
  // Nodes with weights, and nodes on a path from one to another.
  void choose_nodes() {
    const std::vector<GraphNode>& nodes = graph_.nodes;
    std::vector<bool> weighted(nodes.size());
    std::set<std::string> after, before;
    in_halves_.assign(nodes.size(), false);
    const auto is_in = [](const std::set<std::string>& set) {
      return [&set](const std::string& value) { return set.contains(value); };
    };
    std::vector<bool> follows(nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      WeightedNode unused;
      weighted[i] = rewritten_.contains(nodes[i].outputs[0]) && find_weights(graph_, nodes[i], unused);
      follows[i] = std::ranges::any_of(nodes[i].inputs, is_in(after));
      if (weighted[i] || follows[i]) after.insert(nodes[i].outputs.begin(), nodes[i].outputs.end());
    }
    for (std::size_t i = nodes.size(); i-- > 0;) {
      const bool leads = std::ranges::any_of(nodes[i].outputs, is_in(before));
      if (weighted[i] || leads) before.insert(nodes[i].inputs.begin(), nodes[i].inputs.end());
      in_halves_[i] = (weighted[i] || (follows[i] && leads)) && fits(nodes[i]);
    }
  }

  // Whether a half can hold all numbers of the node, which are floats.
  [[nodiscard]] bool fits(const GraphNode& node) const {
    if (!node.domain.empty() || !is_float(node.outputs[0])) return false;
    for (const std::string& input : node.inputs) {
      const auto constant = graph_.constants.find(input);
      if (constant == graph_.constants.end() ? !fits(input) : !fits(constant->second)) return false;
    }
    return fits(node.outputs[0]);
  }
  [[nodiscard]] bool fits(const std::string& value) const {
    const auto at = observed_.find(value);
    if (at == observed_.end() || at->second.type != ValueType::real32) return true;  // whole numbers stay what they are
    return std::max(-at->second.least, at->second.most) <= greatest_observed;
  }
  [[nodiscard]] static bool fits(const GraphTensor& constant) {
    return std::ranges::all_of(constant.values,
                               [](float value) { return std::abs(static_cast<double>(value)) <= greatest_half; });
  }
  [[nodiscard]] bool is_float(const std::string& value) const {
    const auto at = observed_.find(value);
    return at != observed_.end() && at->second.type == ValueType::real32;
  }

  void add_in_halves(GraphNode node) {
    for (std::string& input : node.inputs) input = as_half(input);
    const std::string result = node.outputs[0];
    node.name = node.outputs[0] = halves_[result] = names_.take(result + "/half");
    graph_.nodes.push_back(std::move(node));
  }

  void add_in_floats(GraphNode node) {
    for (const std::string& input : node.inputs) as_float(input);
    made_.insert(node.outputs.begin(), node.outputs.end());
    graph_.nodes.push_back(std::move(node));
  }

  std::string as_half(const std::string& value) {
    if (const auto at = halves_.find(value); at != halves_.end()) return at->second;
    if (const auto at = graph_.constants.find(value); at != graph_.constants.end()) {
      if (at->second.values.empty()) return value;
      GraphTensor half = at->second;
      for (float& number : half.values) number = static_cast<float>(in_half(static_cast<double>(number)));
      half.smaller = ValueType::real16;
      graph_.constants[halves_[value] = names_.take(value + "/half")] = std::move(half);
    } else {
      if (!is_float(value)) return value;
      halves_[value] = graph_.add("Cast", names_.take(value + "/half"), {value}, {{"to", cast_to_real16}});
    }
    return halves_[value];
  }

  // A value that only a node in halves has made gets its name back as floats.
  void as_float(const std::string& value) {
    const auto at = halves_.find(value);
    if (at == halves_.end() || made_.contains(value) || graph_.constants.contains(value) || is_input(value)) return;
    graph_.add("Cast", value, {at->second}, {{"to", cast_to_real32}});
    made_.insert(value);
  }
  [[nodiscard]] bool is_input(const std::string& value) const {
    return std::ranges::any_of(graph_.inputs, [&](const GraphValue& input) { return input.name == value; });
  }

  PlainGraph graph_;
  const ObservedValues& observed_;
  GraphNames names_;
  std::set<std::string> rewritten_;            // results of nodes that may be
  std::vector<bool> in_halves_;                // by node
  std::map<std::string, std::string> halves_;  // by value, its half
  std::set<std::string> made_;                 // results of nodes that are there in floats
};

}  // namespace

PlainGraph with_halves(PlainGraph graph, const ObservedValues& observed, const std::set<std::string>& prepared) {
  return HalfRewriting(std::move(graph), observed, prepared).run();
}

}  // namespace millrace
