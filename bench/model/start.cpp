// SPDX-License-Identifier: Apache-2.0
//
// The time before the first step: starting the process, and making the plan. The first plan of a process with a certain
// shape compiles kernels; later plans reuse them.
#include "harness/benchmark.hpp"
#include "millrace/version.hpp"
#include "model/trained.hpp"
#include "support/process.hpp"
#include "support/temporary.hpp"

namespace millrace::bench {

namespace {

void run_program(benchmark::State& state, const std::vector<std::string>& words, const std::string& answer) {
  std::vector<std::string> command{MILLRACE_PROGRAM};
  command.insert(command.end(), words.begin(), words.end());
  const auto run = [&] {
    const test::ProcessResult result = test::run_process(command);
    expect(result.code == 0 && result.out.find(answer) != std::string::npos, "it says " + result.out + result.err);
  };
  run();
  for (auto _ : state) run();
}

void make_plan(benchmark::State& state, const std::string& name) {
  Trained trained(name);
  expect(trained.model.plan(trained.of.batch).find("batch " + std::to_string(trained.of.batch)) == 0, "no such plan");
  measure(state, [&] { benchmark::DoNotOptimize(trained.model.plan(trained.of.batch)); });
}

const Group start([] {
  add("start/version", [](benchmark::State& state) { run_program(state, {"--version"}, version()); });
  for (const std::string name : {"classroom", "mnist"}) {
    add("start/plan/" + name, [name](benchmark::State& state) {
      const test::TemporaryDirectory folder;
      Trained(name).model.export_onnx(folder.file("model.onnx"));
      run_program(state,
                  {"inspect", folder.file("model.onnx"), "--plan", "--batch", std::to_string(workload(name).batch)},
                  "batch " + std::to_string(workload(name).batch));
    });
    add("plan/" + name, [name](benchmark::State& state) { make_plan(state, name); });
  }
});

}  // namespace

}  // namespace millrace::bench
