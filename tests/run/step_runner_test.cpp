// SPDX-License-Identifier: Apache-2.0
#include "run/step_runner.hpp"

#include <gtest/gtest.h>

#include "millrace/layers.hpp"
#include "millrace/losses.hpp"
#include "support/test_network.hpp"
#include "table/batches.hpp"

namespace millrace::test {
namespace {

// Trains 10 rows in batches of 4, and so a last batch of 2.
struct Steps {
  explicit Steps(const FitOptions& options) : runner(compiled, 10, 4, options) { store.initialize(1); }
  void train_epoch() {
    Batches batches(10, 4, false, 0);
    runner.crew().run([&](Crew&) {
      for (std::int64_t i = 0; i < batches.count(); ++i) {
        const BatchSource batch{x.view(), y.view(), nullptr, batches.rows_of_batch(i), nullptr};
        losses.push_back(runner.train(state, batch, {}, 0.1, std::nullopt).mean());
        state.iteration += 1;
        state.steps += 1;
      }
    });
  }
  [[nodiscard]] History history() const {
    History result;
    runner.report(result);
    return result;
  }

  Matrix x{10, 3}, y{10, 1};
  Network network = chain_of({Dense{.units = 2}, Dense{.units = 1}}, {3});
  ParameterStore store{network};
  CompiledNetwork compiled{network, store, {.optimizer = Sgd{}, .loss = MeanSquaredError{}}};
  TrainingState state;
  StepRunner runner;
  std::vector<double> losses;
};

TEST(StepRunner, HasAPlanForFullBatchesAndOneForTheLast) {
  Steps steps({.threads = 1});
  const std::string plan = steps.history().plan;
  EXPECT_NE(plan.find("batch 4"), std::string::npos) << plan;
  EXPECT_NE(plan.find("batch 2"), std::string::npos) << plan;
}

TEST(StepRunner, ReportsTheThreadsThatWereAskedFor) {
  Steps steps({.threads = 2});
  EXPECT_EQ(steps.history().step_microseconds, 0) << "no step was made";
  steps.train_epoch();
  const History history = steps.history();
  EXPECT_EQ(history.threads, 2);
  EXPECT_EQ(history.thread_reason, "as asked");
  EXPECT_GT(history.step_microseconds, 0);
  EXPECT_TRUE(history.phases.empty());
  EXPECT_TRUE(history.layers.empty());
}

TEST(StepRunner, ReportsWhyItChoseANumberOfThreads) {
  Steps steps({.threads = 0});
  steps.train_epoch();
  const History history = steps.history();
  EXPECT_GE(history.threads, 1);
  EXPECT_NE(history.thread_reason.find("affinity mask"), std::string::npos) << history.thread_reason;
}

TEST(StepRunner, ReportsPhasesAndLayersOfAProfile) {
  Steps steps({.threads = 1, .profile = true});
  steps.train_epoch();
  const History history = steps.history();
  ASSERT_FALSE(history.phases.empty());
  EXPECT_EQ(history.phases[0].runs, 3);
  ASSERT_EQ(history.layers.size(), 2U);
  EXPECT_EQ(history.layers[0].name, "dense_1");
  EXPECT_GT(history.layers[1].forward, 0);
}

}  // namespace
}  // namespace millrace::test
