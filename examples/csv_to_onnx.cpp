// SPDX-License-Identifier: Apache-2.0
//
// Trains a classifier on a table, exports it, and measures its accuracy on rows that it was not trained on.
//   csv_to_onnx TABLE.csv TARGET FILE.onnx
#include <cstdio>

#include "millrace/millrace.hpp"

using namespace millrace;

namespace {

double train(const std::string& table, const std::string& target, const std::string& file) {
  Dataset data = read_csv(table, {.target = {target}});
  const auto classes = static_cast<std::int64_t>(data.classes.size());
  if (classes == 0)
    throw Error(ErrorKind::usage, "[csv_to_onnx] " + target + " contains numbers, expected class names");

  Model model{Dense{.units = 32, .activation = "relu", .kernel_initializer = "he_uniform"},
              Dense{.units = classes, .activation = "softmax"}};
  model.build(data, /*seed=*/1);
  model.compile({.optimizer = Adam{}, .loss = CategoricalCrossentropy{}, .metrics = {"accuracy"}});
  fit_targets(data, model);  // the index of the class becomes one column a class, as the loss takes it
  const Split parts = split_stratified(data, 0.2, 1);

  model.standardize(parts.train);  // computed from the training rows, and part of the exported model
  model.fit(parts.train, {.epochs = 40, .seed = 1});
  model.export_onnx(file);

  // Evaluates the exported file itself.
  return Model::load_onnx(file).evaluate(parts.validation)["accuracy"];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: csv_to_onnx TABLE.csv TARGET FILE.onnx\n");
    return 2;
  }
  try {
    const double accuracy = train(argv[1], argv[2], argv[3]);
    std::printf("%s: accuracy %.4f on the rows held out\n", argv[3], accuracy);
    return accuracy > 0.9 ? 0 : 1;
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return exit_code(error.kind());
  }
}
