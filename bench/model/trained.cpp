// SPDX-License-Identifier: Apache-2.0
#include "model/trained.hpp"

#include <algorithm>

#include "harness/benchmark.hpp"
#include "support/reference.hpp"

namespace millrace::bench {

Trained::Trained(const std::string& name)
    : of(workload(name)), table(table_of(of)), data(table.dataset()), model(of.layers()) {
  model.compile({.optimizer = Adam{}, .loss = of.loss()});
  model.build(of.widths.front(), 1);
}

void Trained::verify_predictions() {
  constexpr std::int64_t rows = 8;
  const Network network = test::chain_of(of.layers(), {of.widths.front()});
  std::vector<double> weights;
  for (const Parameter& parameter : model.parameters()) {
    const std::vector<float> of_one = model.weights(parameter.name);
    weights.insert(weights.end(), of_one.begin(), of_one.end());
  }
  const test::ReferenceBatch batch{rows, {table.x.row(0), table.x.row(rows)}, {}, {}};
  const Matrix output = model.predict(Dataset::view({table.x.row(0), table.x.row(rows)}, table.x.columns()), 1);
  expect_close("predictions", {output.row(0), static_cast<std::size_t>(rows * output.columns())},
               test::reference_outputs(network, weights, batch), 1e-4);
}

}  // namespace millrace::bench
