// SPDX-License-Identifier: Apache-2.0
#include "model/last_layer.hpp"

#include "base/text.hpp"
#include "ops/activations/activation.hpp"
#include "ops/layers/layer.hpp"

namespace millrace {

std::string activation_of(const LayerConfig& layer) {
  const std::shared_ptr<const Layer> made = make_layer(layer, Semantics::keras);
  return std::string(made->activation() == nullptr ? "linear" : made->activation()->name());
}

std::int64_t units_of(const LayerConfig& given) {
  const LayerConfig layer = resolved(given);
  const auto units = layer.options.find("units");
  if (units == layer.options.end()) return 0;
  if (const auto* const whole = std::get_if<std::int64_t>(&units->second)) return *whole;
  const auto* const text = std::get_if<std::string>(&units->second);
  return text == nullptr ? 0 : static_cast<std::int64_t>(parse_number(*text).value_or(0));
}

}  // namespace millrace
