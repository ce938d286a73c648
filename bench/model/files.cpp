// SPDX-License-Identifier: Apache-2.0
//
// Writing and verifying ONNX files, and writing checkpoints. Both include the time until the bytes are on the disk.
#include <algorithm>
#include <filesystem>

#include "harness/benchmark.hpp"
#include "millrace/model.hpp"
#include "model/files/checkpoint.hpp"
#include "model/trained.hpp"
#include "store/tensor_file.hpp"
#include "support/temporary.hpp"

namespace millrace::bench {

namespace {

void expect_same_weights(const Model& a, const Model& b) {
  expect(a.parameters().size() == b.parameters().size(), "another number of parameters");
  for (const Parameter& parameter : a.parameters())
    expect(a.weights(parameter.name) == b.weights(parameter.name), parameter.name + " differs");
}

void export_onnx(benchmark::State& state, const std::string& name) {
  Trained trained(name);
  const test::TemporaryDirectory folder;
  const std::string file = folder.file("model.onnx");
  trained.model.export_onnx(file);
  if (answer_wanted()) {
    Model read = Model::load_onnx(file);
    expect_same_weights(trained.model, read);
    trained.verify_predictions();
  }
  measure(state, [&] { trained.model.export_onnx(file); });
  report_bytes(state, static_cast<double>(std::filesystem::file_size(file)));
}

void write_checkpoint(benchmark::State& state, const std::string& name) {
  Trained trained(name);
  const test::TemporaryDirectory folder;
  const std::string file = folder.file("checkpoint.safetensors");
  // A run of one epoch ends with a checkpoint; `saving_seconds` is the time for that.
  const FitOptions options{.epochs = 1, .batch_size = trained.of.rows, .threads = 1, .checkpoint = file};
  trained.model.fit(trained.data, options);
  if (answer_wanted()) {
    Model read = Model::load_checkpoint(file);
    expect_same_weights(trained.model, read);
  }
  for (auto _ : state) state.SetIterationTime(trained.model.fit(trained.data, options).saving_seconds);
  report_bytes(state, static_cast<double>(std::filesystem::file_size(file)));
}

const Group files([] {
  for (const std::string name : {"classroom", "mnist"}) {
    add("export/" + name, [name](benchmark::State& state) { export_onnx(state, name); });
    add_timed_by_itself("checkpoint/" + name, [name](benchmark::State& state) { write_checkpoint(state, name); });
  }
});

}  // namespace

}  // namespace millrace::bench
