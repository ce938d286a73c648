// SPDX-License-Identifier: Apache-2.0
#include "export/observed_values.hpp"

#include <algorithm>
#include <cmath>

#include "export/graph_operators.hpp"

namespace millrace {

namespace {

constexpr std::size_t most_sampled = 16384;

void add(const DoubleTensor& tensor, ObservedValue& value) {
  value.type = tensor.type;
  const std::size_t step = tensor.values.size() / most_sampled + 1;
  for (std::size_t i = 0; i < tensor.values.size(); ++i) {
    const double number = tensor.values[i];
    if (std::isnan(number)) continue;
    value.least = std::min(value.least, number);
    value.most = std::max(value.most, number);
    if (i % step == 0) value.sample.push_back(static_cast<float>(in_single(number)));
  }
}

}  // namespace

void observe(const PlainGraph& graph, const std::map<std::string, DoubleTensor>& inputs, ObservedValues& observed) {
  for (const auto& [name, tensor] : inputs) add(tensor, observed[name]);
  static_cast<void>(
      evaluate_graph(graph, inputs, Arithmetic::exact,
                     [&](const std::string& name, const DoubleTensor& value) { add(value, observed[name]); }));
}

}  // namespace millrace
