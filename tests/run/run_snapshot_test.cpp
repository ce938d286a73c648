// SPDX-License-Identifier: Apache-2.0
#include "run/run_snapshot.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <numeric>

#include "millrace/layers.hpp"
#include "millrace/losses.hpp"
#include "millrace/optimizers.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"
#include "support/test_network.hpp"

namespace millrace::test {
namespace {

// A network that is trained with Adam, each number of its store another one.
struct Trained {
  explicit Trained(std::int64_t units) : network(chain_of({Dense{.units = units}, Dense{.units = 1}}, {300})) {
    float first = 0;
    for (int buffer = ParameterStore::weights; buffer < std::ssize(store.buffer_names()); ++buffer)
      std::iota(store.buffer(buffer).span().begin(), store.buffer(buffer).span().end(), first += 0.5F);
    state.epoch = 3;
  }
  [[nodiscard]] std::vector<float> numbers() const {
    std::vector<float> all;
    for (int buffer = ParameterStore::weights; buffer < std::ssize(store.buffer_names()); ++buffer) {
      const std::span<const float> values = store.buffer(buffer).span();
      all.insert(all.end(), values.begin(), values.end());
    }
    return all;
  }

  Network network;
  ParameterStore store{network};
  CompiledNetwork compiled{network, store, {.optimizer = Adam{}, .loss = MeanSquaredError{}}};
  TrainingState state;
};

class RunSnapshots : public testing::TestWithParam<std::int64_t> {};

TEST_P(RunSnapshots, RestoreEveryNumberAndThePosition) {
  const TemporaryDirectory folder;
  Trained trained(GetParam());
  const std::vector<float> before = trained.numbers();
  const RunSnapshot snapshot(trained.compiled, trained.state, folder.path());
  for (int time = 0; time < 2; ++time) {
    for (int buffer = ParameterStore::weights; buffer < std::ssize(trained.store.buffer_names()); ++buffer)
      trained.store.buffer(buffer).clear();
    trained.state.epoch = 9;
    trained.compiled.updater.accumulated() = 5;
    snapshot.restore(trained.compiled, trained.state);
    EXPECT_EQ(trained.numbers(), before);
    EXPECT_EQ(trained.state.epoch, 3);
    EXPECT_EQ(trained.compiled.updater.accumulated(), 0);
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

INSTANTIATE_TEST_SUITE_P(InMemoryAndInAFile, RunSnapshots, testing::Values(10, 2000));

TEST(RunSnapshot, OfALargeStateNeedsAFolderThatTakesFiles) {
  const Trained small(10), large(2000);
  const RunSnapshot in_memory(small.compiled, small.state, "/nowhere");
  expect_error(ErrorKind::environment, {"[fit] the folder '/nowhere' takes no file of the state before a step"},
               [&] { const RunSnapshot in_file(large.compiled, large.state, "/nowhere"); });
}

}  // namespace
}  // namespace millrace::test
