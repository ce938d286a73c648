// SPDX-License-Identifier: Apache-2.0
//
// A training step of each workload, as a whole and by phase.
#include "step/step.hpp"

#include <algorithm>
#include <vector>

#include "base/stopwatch.hpp"
#include "harness/benchmark.hpp"
#include "harness/training.hpp"

namespace millrace::bench {

namespace {

void whole_step(benchmark::State& state, const Workload& workload, int threads) {
  Training& training = training_of(workload);
  training.verify(threads);
  training.restart();
  Crew(threads).run([&](Crew& crew) { measure(state, [&] { training.step(crew); }); });
  report_rows(state, workload.batch);
  report_flops(state, workload.step_flops());
}

// The time of one phase, by the profile of the step, which reads the clock around every job.
void phase_of_step(benchmark::State& state, const Workload& workload, Phase phase, int threads) {
  Training& training = training_of(workload);
  training.verify(threads);
  training.restart();
  Profile profile(threads, training.plan().kernel_count());
  const PhaseProfile& measured = profile.phases[static_cast<int>(phase)];
  Crew(threads).run([&](Crew& crew) {
    for (auto _ : state) {
      const double before = measured.seconds;
      training.step(crew, &profile);
      state.SetIterationTime(measured.seconds - before);
    }
  });
  expect(measured.runs > 0, workload.name + " has no such phase any more");
  report_rows(state, workload.batch);
}

// How many times as long a step takes if the row phase is cut for 24 workers. Such steps and usual ones take turns, because
// the speed of a machine drifts by more than a cut costs.
void cost_of_cut(benchmark::State& state, const Workload& workload, int threads) {
  Training& training = training_of(workload);
  training.verify(threads);
  training.restart();
  std::vector<double> ratios;
  Crew(threads).run([&](Crew& crew) {
    const auto seconds = [&](int cut_for) {
      training.cut_for(cut_for);
      const Stopwatch watch;
      training.step(crew);
      return watch.seconds();
    };
    for (auto _ : state) {
      const double usual = seconds(0), cut = seconds(24);
      state.SetIterationTime(cut);
      ratios.push_back(cut / usual);
    }
  });
  training.cut_for(0);
  std::ranges::nth_element(ratios, ratios.begin() + std::ssize(ratios) / 2);
  state.counters["times"] = ratios[ratios.size() / 2];
}

// None of the four workloads has sliced tiles. Small layers with a batch of this size do.
const Workload sliced{"tabular_8192", 16384, {30, 64, 32, 1}, "relu", 8192};
// A reduction takes some hundredths of its step. The number of steps is fixed, because Google Benchmark would run steps
// until the reductions alone add up to half a second.
constexpr std::int64_t sliced_steps = 50;

// The exponential of 2x2 matrices, all rows in each step: SimpleChains.jl's example.
const Workload matexp{
    .name = "matexp", .rows = 10'000, .widths = {4, 32, 16, 4}, .hidden = "tanh", .batch = 10'000, .regression = true};

// The row phase cut as for more workers than there are.
const std::vector<Workload>& cut_for_many() {
  static const std::vector<Workload> all = [] {
    std::vector<Workload> cut(workloads().begin(), workloads().end());
    for (Workload& workload : cut) {
      workload.cut_for = 24;
      workload.name += "_cut24";
    }
    return cut;
  }();
  return all;
}

// Networks with large dense layers, in both precisions, and with oneDNN's products of bfloat16 numbers.
const Workload square{"square", 4096, {784, 1024, 1024, 10}, "relu", 256};
std::vector<Workload> in_bfloat16() {
  std::vector<Workload> result;
  for (const Workload& workload : {workloads()[2], workloads()[3], square}) {
    result.push_back(workload);
    result.back().name += "_bf16";
    result.back().precision = ProductPrecision::mixed_bfloat16;
    result.push_back(result.back());
    result.back().name += "_onednn";
    result.back().kernels = KernelChoice::onednn;
  }
  return result;
}

benchmark::internal::Benchmark* add_phase(Phase phase, const Workload& workload, const Threads& threads) {
  return add_timed_by_itself(
      "phase/" + std::string(phase_names[static_cast<int>(phase)]) + "/" + workload.name + "/" + threads.name,
      [=, &workload, &threads](benchmark::State& state) { phase_of_step(state, workload, phase, threads.count); });
}
void add_step(const Workload& workload, const Threads& threads) {
  add("step/" + workload.name + "/" + threads.name,
      [&](benchmark::State& state) { whole_step(state, workload, threads.count); });
}

const Group steps([] {
  for (const Workload& workload : workloads()) {
    for (const Threads& threads : thread_counts()) {
      add_step(workload, threads);
      add_phase(Phase::rows, workload, threads);
      add_phase(Phase::weights, workload, threads);
    }
  }
  for (const Threads& threads : thread_counts()) {
    add_step(sliced, threads);
    add_phase(Phase::reduce, sliced, threads)->Iterations(sliced_steps);
    add_step(square, threads);
    add_step(matexp, threads);
    for (const Workload& workload : cut_for_many()) add_step(workload, threads);
    static const std::vector<Workload> rounded = in_bfloat16();
    for (const Workload& workload : {workloads()[2], workloads()[3], rounded[0], rounded[2]}) {
      add_timed_by_itself("cut/" + workload.name + "/" + threads.name,
                          [=, &threads](benchmark::State& state) { cost_of_cut(state, workload, threads.count); });
    }
    for (const Workload& workload : rounded) {
      add_step(workload, threads);
      add_phase(Phase::rows, workload, threads);
      add_phase(Phase::weights, workload, threads);
    }
  }
});

}  // namespace

}  // namespace millrace::bench
