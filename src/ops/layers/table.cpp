// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "base/text.hpp"
#include "millrace/layers.hpp"
#include "ops/activations/activation.hpp"
#include "ops/layers/layer.hpp"

namespace millrace {

// One row for each layer, defined in the file of its name.
LayerRow dense_row();
LayerRow activation_layer_row();
LayerRow prelu_row();
LayerRow dropout_row();
LayerRow batch_normalization_row();
LayerRow layer_normalization_row();
LayerRow rms_normalization_row();
LayerRow concatenate_row();
LayerRow add_row();
LayerRow average_row();
LayerRow multiply_row();
LayerRow subtract_row();
LayerRow maximum_row();
LayerRow minimum_row();
LayerRow flatten_row();
LayerRow reshape_row();
LayerRow embedding_row();
LayerRow conv2d_row();
LayerRow max_pooling2d_row();
LayerRow average_pooling2d_row();
LayerRow global_max_pooling2d_row();
LayerRow global_average_pooling2d_row();

std::span<const LayerRow> layer_table() {
  static const std::vector<LayerRow> table{dense_row(),
                                           activation_layer_row(),
                                           prelu_row(),
                                           dropout_row(),
                                           batch_normalization_row(),
                                           layer_normalization_row(),
                                           rms_normalization_row(),
                                           concatenate_row(),
                                           add_row(),
                                           average_row(),
                                           multiply_row(),
                                           subtract_row(),
                                           maximum_row(),
                                           minimum_row(),
                                           flatten_row(),
                                           reshape_row(),
                                           embedding_row(),
                                           conv2d_row(),
                                           max_pooling2d_row(),
                                           average_pooling2d_row(),
                                           global_max_pooling2d_row(),
                                           global_average_pooling2d_row()};
  return table;
}

const LayerRow& layer_row(std::string_view name) { return find_row(layer_table(), "layer", name); }

namespace {

bool names_activation(std::string_view text) {
  return std::ranges::any_of(activation_table(), [&](const ActivationRow& row) {
    return row.name == text || std::ranges::find(row.aliases, text) != row.aliases.end();
  });
}

}  // namespace

LayerConfig parse_layer(std::string_view text) {
  const std::string_view bare = trim(text);
  if (names_activation(bare)) return parse_layer(std::string(ActivationLayer::op) + ":" + std::string(bare));
  // A text that begins with a number is a dense layer with that many units.
  if (!parse_number(bare.substr(0, bare.find(':')))) return LayerConfig(parse_named(text, &layer_row));
  return LayerConfig(parse_named(std::string(Dense::op) + ":" + std::string(bare), &layer_row));
}

LayerConfig resolved(const LayerConfig& given) { return resolved(given, &parse_layer); }

std::shared_ptr<const Layer> make_layer(const LayerConfig& config, Semantics semantics) {
  const LayerConfig layer = resolved(config);
  return layer_row(layer.op).make(layer, semantics);
}

}  // namespace millrace
