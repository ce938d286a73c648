// SPDX-License-Identifier: Apache-2.0
//
// The layers of an imported network while they are found.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/import/import.hpp"

namespace millrace {

/// A value of the file, and where millrace has it. The file may have its numbers in another order, such as channels first,
/// and millrace may have more numbers, of which the file has some.
struct ImportedValue {
  std::string layer;                ///< the layer or input with these numbers
  Shape file, ours;                 ///< shapes of a row
  std::vector<std::int64_t> order;  ///< by place in the file, the place here; empty: the same

  /// Whether the file has all numbers that millrace has.
  [[nodiscard]] bool is_whole() const { return element_count(file) == element_count(ours); }
  /// The place here of a place in the file.
  [[nodiscard]] std::int64_t place(std::int64_t in_file) const {
    return order.empty() ? in_file : order[static_cast<std::size_t>(in_file)];
  }
  /// Drops an order that is none.
  void simplify();
  /// One number for each place of the file in millrace's order; `otherwise` where the file has none.
  [[nodiscard]] std::vector<double> ordered(const std::vector<double>& values, double otherwise) const;
};

class LayerBuilder {
 public:
  explicit LayerBuilder(ImportedNetwork& to) : to_(to) {}

  /// Appends a layer that reads these layers; returns its name.
  std::string add(LayerConfig layer, std::vector<std::string> inputs);
  template <class Number>
  void set_weights(const std::string& parameter, const std::vector<Number>& values) {
    to_.weights[parameter].assign(values.begin(), values.end());
  }
  /// Training leaves the weights of this layer as they are.
  void freeze(const std::string& layer) { find(layer)->trainable = false; }
  /// Null if it is an input.
  [[nodiscard]] GraphLayer* find(const std::string& layer);
  [[nodiscard]] bool is_input(const std::string& name) const;

  /// The value as one row of numbers, through a flatten layer if it is an image.
  [[nodiscard]] ImportedValue as_vector(ImportedValue value);
  /// The value, (channels, height, width) in the file, as an image (height, width, channels). Nothing if its numbers lie
  /// in another order.
  [[nodiscard]] std::optional<ImportedValue> as_image(ImportedValue value);

  /// Multiplies the outputs of a dense or convolution layer without an activation by `scale` and adds `offset`, each
  /// with one number a unit. False if there is no such layer.
  bool fold_affine(const std::string& layer, const std::vector<double>& scale, const std::vector<double>& offset);
  /// Leaves a dense layer that no layer reads these units, in this order. False for another layer, and for an activation
  /// that needs all units.
  bool keep_units(const std::string& layer, const std::vector<std::int64_t>& units);
  /// Makes `text` the activation of a dense or convolution layer that has none. False if there is no such layer.
  bool fold_activation(const std::string& layer, const std::string& text);

 private:
  ImportedNetwork& to_;
  std::map<std::string, int> numbers_;
};

/// By place in (channels, height, width), the place in (height, width, channels).
[[nodiscard]] std::vector<std::int64_t> channels_last_order(const Shape& channels_first);

}  // namespace millrace
