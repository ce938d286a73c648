// SPDX-License-Identifier: Apache-2.0
//
// The sum over the slices of a gradient: as the step computes it, in the two ways that DECISIONS rejects, and a plain
// copy of as many bytes, which shows the limit of the memory.
#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>

#include "base/buffer.hpp"
#include "harness/benchmark.hpp"
#include "kernels/random.hpp"
#include "step/pairwise_tree.hpp"
#include "threads/crew.hpp"

namespace millrace::bench {

namespace {

constexpr std::int64_t slices = 16, part = 2048;  // floats of one reduction job, as a plan cuts it

// One piece of memory: partial gradients [slices x floats], room for a copy of them, their sum [floats].
struct Gradient {
  explicit Gradient(std::int64_t count)
      : floats(count),
        memory((2 * slices + 1) * count),
        partials(memory.data()),
        copy(partials + slices * count),
        sum(copy + slices * count) {
    const std::vector<float> drawn = normal_floats(1 << 14, 1);
    for (std::int64_t i = 0; i < slices * floats; ++i) partials[i] = drawn[i & 16383];
  }
  [[nodiscard]] std::int64_t parts() const { return floats / part; }
  [[nodiscard]] double bytes() const { return static_cast<double>(slices * floats) * sizeof(float); }
  [[nodiscard]] std::vector<double> expected() const {
    std::vector<double> result(floats);
    for (std::int64_t slice = 0; slice < slices; ++slice) {
      for (std::int64_t i = 0; i < floats; ++i) result[i] += static_cast<double>(partials[slice * floats + i]);
    }
    return result;
  }
  void clear_sum() { std::fill_n(sum, floats, 0.0F); }
  std::int64_t floats;
  Buffer memory;
  float *partials, *copy, *sum;
};

// Each worker adds its slices to one shared gradient.
void add_atomically(float* sum, const float* values, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) std::atomic_ref(sum[i]).fetch_add(values[i], std::memory_order_relaxed);
}
// The loop of the library, compiled for this processor.
void add_plainly(float* sum, const float* values, std::int64_t count) {
  add_tile_slices(sum, 2, values - sum, sum, count);
}

struct Way {
  const char* name;
  void (*run)(Crew& crew, Gradient& gradient);
};

void by_tree(Crew& crew, Gradient& g) {
  crew.phase(g.parts(), [&](std::int64_t job, int) {
    add_tile_slices(g.partials + job * part, slices, g.floats, g.sum + job * part, part);
  });
}
void by_atomics(Crew& crew, Gradient& g) {
  g.clear_sum();
  crew.phase(slices, [&](std::int64_t s, int) { add_atomically(g.sum, g.partials + s * g.floats, g.floats); });
}
// One lock for each part of the gradient, so that workers seldom wait.
void by_locks(Crew& crew, Gradient& g) {
  static std::vector<std::mutex> locks(1 << 12);
  g.clear_sum();
  crew.phase(slices, [&](std::int64_t s, int) {
    for (std::int64_t p = 0; p < g.parts(); ++p) {
      const std::lock_guard lock(locks[p % locks.size()]);
      add_plainly(g.sum + p * part, g.partials + s * g.floats + p * part, part);
    }
  });
}
// Every worker adds its slices to a gradient of its own, and then one part of the gradients of all workers.
void by_thread(Crew& crew, Gradient& g) {
  const std::int64_t workers = crew.workers();
  std::fill_n(g.copy, workers * g.floats, 0.0F);
  crew.phase(slices, [&](std::int64_t s, int worker) {
    add_plainly(g.copy + worker * g.floats, g.partials + s * g.floats, g.floats);
  });
  crew.phase(g.parts(), [&](std::int64_t p, int) {
    std::copy_n(g.copy + p * part, part, g.sum + p * part);
    for (std::int64_t worker = 1; worker < workers; ++worker)
      add_plainly(g.sum + p * part, g.copy + worker * g.floats + p * part, part);
  });
}
void copy(Crew& crew, Gradient& g) {
  crew.phase(slices, [&](std::int64_t s, int) {
    std::memcpy(g.copy + s * g.floats, g.partials + s * g.floats, g.floats * sizeof(float));
  });
}

constexpr Way ways[] = {{"tree", by_tree},
                        {"shared_atomic", by_atomics},
                        {"shared_locked", by_locks},
                        {"gradient_per_thread", by_thread},
                        {"copy", copy}};

void verify(const Way& way, Gradient& gradient, const std::vector<double>& expected) {
  if (way.run == copy)
    expect(std::equal(gradient.partials, gradient.copy, gradient.copy), "the copy differs");
  else
    expect_close(way.name, {gradient.sum, static_cast<std::size_t>(gradient.floats)}, expected, 1e-5);
}

void reduce(benchmark::State& state, const Way& way, std::int64_t floats, int threads) {
  Gradient gradient(floats);
  // Each needs a gradient of its own, and the memory has room for this many.
  Crew(std::min<int>(threads, slices)).run([&](Crew& crew) {
    if (answer_wanted()) {
      const std::vector<double> expected = gradient.expected();
      way.run(crew, gradient);
      verify(way, gradient, expected);
    }
    measure(state, [&] { way.run(crew, gradient); });
  });
  report_bytes(state, gradient.bytes());
}

const Group reductions([] {
  for (const Way& way : ways) {
    for (const std::int64_t floats : {std::int64_t{1} << 11, std::int64_t{1} << 16, std::int64_t{1} << 20}) {
      for (const Threads& threads : thread_counts())
        add("reduce/" + std::string(way.name) + "/" + std::to_string(slices) + "x" + std::to_string(floats) + "/" +
                threads.name,
            [&way, &threads, floats](benchmark::State& state) { reduce(state, way, floats, threads.count); });
    }
  }
});

}  // namespace

}  // namespace millrace::bench
