// SPDX-License-Identifier: Apache-2.0
//
// Threads, memory and processor state of a process that trains.
#include <gtest/gtest.h>
#include <pmmintrin.h>

#include <filesystem>
#include <fstream>

#include "millrace/millrace.hpp"

namespace millrace::test {

namespace {

std::int64_t threads_now() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return std::distance(begin(tasks), end(tasks));
}

std::int64_t resident_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::int64_t kib = 0;
    if (word == "VmRSS:" && status >> kib) return kib;
  }
  return -1;
}

struct Rows {
  std::vector<float> x = std::vector<float>(600 * 20), y = std::vector<float>(600);
  Rows() {
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i * 7919 % 1000) / 500 - 1;
    for (std::size_t r = 0; r < y.size(); ++r) y[r] = x[r * 20] > 0 ? 1.0F : 0.0F;
  }
  [[nodiscard]] Dataset view() const { return Dataset::view(x, 20, y); }
};

void fit(const Rows& rows, int threads, const Watcher<StepReport>& on_step = {}) {
  Model model{Dense{.units = 25, .activation = "sigmoid"}, Dense{.units = 1, .activation = "sigmoid"}};
  model.compile({.loss = BinaryCrossentropy{}, .metrics = {"accuracy"}});
  model.fit(rows.view(), {.epochs = 2, .validation_split = 0.1, .threads = threads, .on_step = on_step});
}

// OpenMP would add a team to each of the crew's threads.
TEST(Process, HasNoThreadsButTheCrews) {
  const Rows rows;
  const std::int64_t before = threads_now();
  for (const int threads : {1, 2, 3}) {
    std::int64_t most = 0;
    fit(rows, threads, [&](const StepReport&) { most = std::max(most, threads_now()); });
    EXPECT_LE(most, before + threads - 1);
  }
}

TEST(Process, DoesNotGrow) {
  const Rows rows;
  // On a busy machine it takes some time until each thread has run every kind of job and malloc has an arena for each.
  for (int i = 0; i < 1000; ++i) fit(rows, 2);
  const std::int64_t before = resident_kib();
  for (int i = 0; i < 1000; ++i) fit(rows, 2);
  EXPECT_LT(resident_kib() - before, 1024);
}

TEST(Process, KeepsItsDenormalMode) {
  const unsigned before = _mm_getcsr();
  fit(Rows{}, 2);
  EXPECT_EQ(_mm_getcsr() & 0x8040U, before & 0x8040U);
}

}  // namespace

}  // namespace millrace::test
