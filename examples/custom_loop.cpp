// SPDX-License-Identifier: Apache-2.0
//
// A training loop of your own: trains epoch by epoch, keeps the best weights and stops when the validation loss no
// longer falls.
//   custom_loop DIGITS.csv
#include <cstdio>
#include <limits>

#include "millrace/millrace.hpp"

using namespace millrace;

namespace {

// Trains until the validation loss has not fallen for `patience` epochs; leaves the model with its best weights.
Evaluation train(Model& model, const Split& parts, int patience) {
  Evaluation best{.loss = std::numeric_limits<double>::infinity(), .metrics = {}};
  Model kept = model.clone();
  for (int epoch = 1, since_best = 0; epoch <= 200 && since_best < patience; ++epoch) {
    // Every call continues the last one: the optimizer keeps its state, and each epoch gets another order of the rows.
    model.fit(parts.train, {.epochs = 1});
    const Evaluation now = model.evaluate(parts.validation);
    ++since_best;
    if (now.loss < best.loss) {
      best = now;
      kept.copy_weights(model);
      since_best = 0;
      std::printf("epoch %d: validation loss %.4f, accuracy %.4f\n", epoch, now.loss, now["accuracy"]);
    }
  }
  model.copy_weights(kept);
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: custom_loop DIGITS.csv\n"), 2;
  try {
    const Split parts = split_stratified(read_csv(argv[1], {.target = {"digit"}}), 0.2, 1);
    Model model{Dense{.units = 64, .activation = "tanh"}, Dense{.units = 10, .activation = "softmax"}};
    model.build(parts.train.features.columns, /*seed=*/1).standardize(parts.train);
    model.compile(
        {.optimizer = Adam{.learning_rate = 0.003}, .loss = SparseCategoricalCrossentropy{}, .metrics = {"accuracy"}});

    const Evaluation best = train(model, parts, 5);
    const Evaluation kept = model.evaluate(parts.validation);
    std::printf("kept: validation loss %.4f, accuracy %.4f\n", kept.loss, kept["accuracy"]);
    return kept.loss == best.loss && kept["accuracy"] > 0.95 ? 0 : 1;
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return exit_code(error.kind());
  }
}
