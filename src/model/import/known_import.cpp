// SPDX-License-Identifier: Apache-2.0
//
// Activations, scales and normalisations that were recognised, as layers or as parts of the layer before them.
#include <algorithm>
#include <cmath>
#include <optional>

#include "millrace/layers.hpp"
#include "model/import/node_import.hpp"

namespace millrace {

namespace {

// One number for each of the last `width`, if all places of an image have the same; else nothing.
std::optional<std::vector<double>> by_channel(const std::vector<double>& values, std::int64_t width) {
  std::vector<double> channels(values.begin(), values.begin() + width);
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i] != channels[i % channels.size()]) return std::nullopt;
  return channels;
}

constexpr std::int64_t widest_diagonal = 4096;

}  // namespace

bool NodeImport::take(const Known& known, const std::string& source, const std::string& result, bool alone) {
  const ImportedValue x = value(source);
  if (const auto* activation = std::get_if<KnownActivation>(&known))
    return take_activation(*activation, x, result, alone);
  if (const auto* affine = std::get_if<KnownAffine>(&known)) return take_affine(*affine, x, result, alone);
  if (const auto* slopes = std::get_if<KnownSlopes>(&known)) return take_slopes(*slopes, x, result);
  return take_normalization(std::get<KnownNormalization>(known), x, result);
}

bool NodeImport::take_activation(const KnownActivation& known, const ImportedValue& x, const std::string& result,
                                 bool alone) {
  ImportedValue y = x;
  y.file = graph_.shapes.at(result);
  if (known.along_rows && (x.file.size() != 1 || !x.is_whole())) return false;
  const bool folded = known.text == "linear" || (may_change(x, alone) && builder_.fold_activation(x.layer, known.text));
  if (!folded) {
    if (known.along_rows) y = builder_.as_vector(std::move(y));
    y.layer = builder_.add(ActivationLayer{.activation = known.text}, {y.layer});
  }
  values_[result] = std::move(y);
  return true;
}

// Scales of raw columns belong to the preparation, which training does not change.
bool NodeImport::prepare_columns(const KnownAffine& known, const ImportedValue& x) {
  const auto input = std::ranges::find(to_->network.inputs, x.layer, &NetworkInput::name);
  if (input == to_->network.inputs.end() || !x.order.empty()) return false;
  if (std::ranges::find(known.scale, 0.0) != known.scale.end()) return false;
  const auto& columns = to_->columns[static_cast<std::size_t>(input - to_->network.inputs.begin())];
  to_->mean.resize(static_cast<std::size_t>(to_->feature_columns));
  to_->scale.resize(static_cast<std::size_t>(to_->feature_columns), 1.0);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto column = static_cast<std::size_t>(columns[i]);
    if (to_->mean[column] != 0 || to_->scale[column] != 1) return false;  // prepared for another input already
    to_->mean[column] = known.shift[i];
    to_->scale[column] = 1 / known.scale[i];
  }
  return true;
}

bool NodeImport::take_affine(const KnownAffine& known, const ImportedValue& x, const std::string& result, bool alone) {
  ImportedValue y = x;
  y.file = graph_.shapes.at(result);
  if (may_change(x, alone) && prepare_columns(known, x)) {
    values_[result] = std::move(y);
    return true;
  }
  const std::int64_t width = x.ours.back();
  const auto scale = by_channel(x.ordered(known.scale, 1), width),
             offset = by_channel(x.ordered(known.offset, 0), width);
  if (!scale || !offset) return false;
  if (!may_change(x, alone) || !builder_.fold_affine(x.layer, *scale, *offset)) {
    if (x.ours.size() == 1) {
      if (width > widest_diagonal) return false;
      y.layer = builder_.add(Dense{.units = width}, {x.layer});
      std::vector<float> kernel(static_cast<std::size_t>(width * width));
      for (std::int64_t i = 0; i < width; ++i)
        kernel[static_cast<std::size_t>(i * width + i)] = static_cast<float>((*scale)[static_cast<std::size_t>(i)]);
      builder_.set_weights(y.layer + "/kernel", kernel);
    } else {
      y.layer = builder_.add(Conv2d{.filters = width, .kernel_size = 1, .groups = width}, {x.layer});
      builder_.set_weights(y.layer + "/kernel", *scale);
    }
    builder_.set_weights(y.layer + "/bias", *offset);
  }
  values_[result] = std::move(y);
  return true;
}

bool NodeImport::take_slopes(const KnownSlopes& known, const ImportedValue& x, const std::string& result) {
  if (!x.is_whole()) return false;
  const std::vector<double> slopes = x.ordered(known.slopes, 1);
  const bool shared = std::ranges::all_of(slopes, [&](double slope) { return slope == slopes[0]; });
  const auto channels = by_channel(slopes, x.ours.back());
  ImportedValue y = x;
  y.file = graph_.shapes.at(result);
  PRelu layer{.shared = shared};
  std::vector<double> values = shared ? std::vector{slopes[0]} : slopes;
  if (!shared && channels && x.ours.size() == 3) {
    layer.shared_axes = {1, 2};
    values = *channels;
  }
  y.layer = builder_.add(layer, {x.layer});
  builder_.set_weights(y.layer + "/alpha", values);
  values_[result] = std::move(y);
  return true;
}

bool NodeImport::take_normalization(const KnownNormalization& known, const ImportedValue& x,
                                    const std::string& result) {
  if (x.file.size() != 1 || !x.is_whole()) return false;
  ImportedValue y = builder_.as_vector(x);
  y.layer = known.centered ? builder_.add(LayerNormalization{.epsilon = known.epsilon}, {y.layer})
                           : builder_.add(RmsNormalization{.epsilon = known.epsilon}, {y.layer});
  builder_.set_weights(y.layer + (known.centered ? "/gamma" : "/scale"), y.ordered(known.gamma, 1));
  if (known.centered) builder_.set_weights(y.layer + "/beta", y.ordered(known.beta, 0));
  values_[result] = std::move(y);
  return true;
}

}  // namespace millrace
