// SPDX-License-Identifier: Apache-2.0
//
// Single nodes of another maker's graph as layers: products, convolutions, poolings, and nodes that move numbers.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "model/import/layer_builder.hpp"
#include "model/import/recognition.hpp"

namespace millrace {

/// (height, width) of an attribute with two numbers.
inline Extents extents_of(const Shape& pair) { return {pair[0], pair[1]}; }

class NodeImport {
 public:
  NodeImport(const ForeignGraph& graph, LayerBuilder& builder);

  /// The inputs of the file become inputs of the network, each with as many columns as it has numbers a row.
  void add_inputs(ImportedNetwork& to);
  /// False if the node is none of these. Throws Error{data}, which names the node, if it does what no layer does.
  bool take_node(std::size_t node);
  /// Adds what was recognised between two values. `alone`: nothing else reads `source`. False if no layer does it.
  bool take(const Known& known, const std::string& source, const std::string& result, bool alone);
  [[nodiscard]] const ImportedValue& value(const std::string& name) const;
  /// From now on a Gather that looks up by `name` looks up by `source`, which has the same numbers.
  void rename(const std::string& name, const std::string& source) { categories_[name] = source; }
  /// Remembers which layer a node became part of.
  void record(std::size_t node, const std::string& result);

 private:
  using Handler = void (NodeImport::*)(std::size_t node);
  static const std::map<std::string, Handler>& handlers();

  void dense(std::size_t node);
  void convolution(std::size_t node);
  void pool(std::size_t node);
  void global_pool(std::size_t node);
  void batch_normalization(std::size_t node);
  void gather(std::size_t node);
  void one_hot(std::size_t node);
  void equal(std::size_t node);
  void add_one_hot(std::size_t node, const ImportedValue& x, std::int64_t depth, double off, double on);
  void reshape(std::size_t node);
  void transpose(std::size_t node);
  void concatenate(std::size_t node);
  void columns(std::size_t node);
  void part_of(std::size_t node);
  void sequence_product(std::size_t node, ImportedValue x);
  bool combine(std::size_t node);
  bool alias(std::size_t node);
  bool is_pooling_mean(std::size_t node) const;
  bool is_mean_of_vectors(std::size_t node) const;
  void pool_vectors(std::size_t node);

  bool take_activation(const KnownActivation& known, const ImportedValue& x, const std::string& result, bool alone);
  bool take_affine(const KnownAffine& known, const ImportedValue& x, const std::string& result, bool alone);
  bool take_slopes(const KnownSlopes& known, const ImportedValue& x, const std::string& result);
  bool take_normalization(const KnownNormalization& known, const ImportedValue& x, const std::string& result);
  bool prepare_columns(const KnownAffine& known, const ImportedValue& x);

  [[noreturn]] void refuse(std::size_t node, const std::string& text) const;
  /// The value of input number `input`, which has to depend on the inputs of the file.
  [[nodiscard]] ImportedValue operand(std::size_t node, std::size_t input) const;
  /// The constant of input number `input`.
  [[nodiscard]] const DoubleTensor& constant(std::size_t node, std::size_t input) const;
  [[nodiscard]] bool is_constant(std::size_t node, std::size_t input) const;
  [[nodiscard]] ImportedValue image(std::size_t node);
  /// The numbers of a value as one row in the order of the file; a layer that chooses them if they are not.
  [[nodiscard]] ImportedValue in_order_of_file(std::size_t node, ImportedValue x);
  /// The result of the node has the numbers of `x`. If others read them too, the layer of `x` must stay as it is.
  void keep_as_it_is(std::size_t node, const ImportedValue& x);
  /// Whether an activation or a scale of `x` may become part of its layer. `alone`: nothing else reads `x`.
  [[nodiscard]] bool may_change(const ImportedValue& x, bool alone) const {
    return alone && !read_elsewhere_.contains(x.layer);
  }
  /// Every value with numbers of this input: place i of before is place order[i] now.
  void move_columns(const std::string& input, const std::vector<std::int64_t>& order);
  /// Zeros by which a kernel has to grow before and behind along an axis so that the padding "same" gives what the node
  /// computes; nothing if there are none.
  [[nodiscard]] std::optional<std::pair<std::int64_t, std::int64_t>> growth_of(std::size_t node, std::size_t axis,
                                                                               std::int64_t image, std::int64_t window,
                                                                               std::int64_t out) const;
  [[nodiscard]] std::string padding_of(std::size_t node, const Shape& image, const Shape& window, const Shape& strides,
                                       const Shape& dilations, const Shape& out) const;
  /// The result of a node: the numbers of `layer`, in the order of the file or with channels first.
  void define(std::size_t node, const std::string& layer, Shape ours, std::vector<std::int64_t> order = {});
  void define_image(std::size_t node, const std::string& layer, Shape ours);

  const ForeignGraph& graph_;
  LayerBuilder& builder_;
  ImportedNetwork* to_ = nullptr;
  std::map<std::string, ImportedValue> values_;
  std::map<std::string, int> reads_;               // by value, how many nodes read it
  std::set<std::string> read_elsewhere_;           // layers whose numbers several values have
  std::map<std::string, std::string> categories_;  // by value that chooses rows of a table, the value it comes from
};

}  // namespace millrace
