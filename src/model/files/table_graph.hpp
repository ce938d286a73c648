// SPDX-License-Identifier: Apache-2.0
//
// The parts of a graph that only models of tables have: inputs with the names of columns, the nodes that prepare them,
// and a label beside the scores.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "model/answer.hpp"
#include "model/files/card.hpp"
#include "ops/graph_node.hpp"

namespace millrace {

/// Names inside a graph. An input must have the name of its column, whatever that is, and a graph has each name once: an
/// inner value that has a column's name gets another one.
class InnerNames {
 public:
  explicit InnerNames(const ModelCard& card);

  /// `name`, or that name followed by '/' if it is a column's: no layer and no parameter has such a name.
  [[nodiscard]] std::string of(std::string name) const;
  /// Moves the constants and nodes of `part` to `graph`, under such names. Values that `part` only reads keep theirs.
  void append(PlainGraph part, PlainGraph& graph) const;
  /// `name`, or that name with a number, which no column and no layer has: "output_1".
  [[nodiscard]] std::string free_output(const std::string& name) const;

 private:
  std::set<std::string, std::less<>> columns_, layers_;
};

/// Adds the inputs of a model of tables and the nodes that prepare them. Returns the name of each prepared column's value,
/// [batch x width], in the order of card.table->columns().
std::vector<std::string> add_columns(const ModelCard& card, const InnerNames& names, PlainGraph& graph);

/// The names that add_columns() returns; none for a model that takes no table.
[[nodiscard]] std::vector<std::string> prepared_values(const ModelCard& card);

/// Adds the nodes that make the network's input number `input` from prepared columns; returns the name of that value.
/// Throws Error{data} if the card's input does not take whole columns.
std::string join_columns(const ModelCard& card, std::size_t input, const std::vector<std::string>& prepared,
                         PlainGraph& graph);

/// Adds the output `name`, [batch]: the class that `scores`, [batch x outputs], say. It is a text, or a whole number if
/// all classes are.
void add_label(const Answer& answer, const std::string& scores, const std::string& name, PlainGraph& graph);

/// The answer of the card's model, whose outputs have this shape.
[[nodiscard]] Answer answer_of(const ModelCard& card, const Shape& output);

}  // namespace millrace
