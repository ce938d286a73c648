// SPDX-License-Identifier: Apache-2.0
//
// Runs that go on with other options: refused with the difference and its meaning, or done when asked.
#include "model/files/run_changes.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "model/models.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

class Changes : public ::testing::Test {
 protected:
  Changes() { model().fit(data(rows), options()); }
  [[nodiscard]] Dataset data(std::int64_t count) const { return table_.view(count); }
  [[nodiscard]] static Model model(const OptimizerConfig& optimizer = Adam{},
                                   const std::vector<MetricConfig>& metrics = {}, std::int64_t units = 4) {
    Model model{Dense{.units = units, .activation = "tanh"}, Dense{.units = 1, .activation = "sigmoid"}};
    model.compile({.optimizer = optimizer, .loss = BinaryCrossentropy{}, .metrics = metrics});
    return model;
  }
  [[nodiscard]] FitOptions options(std::int64_t epochs = 2) const {
    return {.epochs = epochs, .batch_size = 8, .threads = 1, .checkpoint = folder_.file("run"), .resume = true};
  }
  // Fails unless the run refuses `options` with these words, and goes on with them after options.change.
  static History goes_on(Model changed, const Dataset& table, FitOptions options,
                         const std::vector<std::string>& parts) {
    for (const std::string& part : parts)
      expect_error(ErrorKind::usage, {"belongs to another run", "--change", part},
                   [&] { changed.fit(table, options); });
    std::vector<std::string> notes;
    options.change = true;
    options.on_note = [&](const std::string& sentence) { notes.push_back(sentence); };
    const History history = changed.fit(table, options);
    EXPECT_FALSE(notes.empty());
    for (const std::string& part : parts) {
      EXPECT_TRUE(std::any_of(notes.begin(), notes.end(), [&](const std::string& n) {
        return n.find(part) != std::string::npos;
      })) << part;
    }
    EXPECT_EQ(std::ssize(history.epochs), options.epochs);
    for (std::size_t e = 0; e < history.epochs.size(); ++e)
      EXPECT_EQ(history.epochs[e].number, static_cast<std::int64_t>(e) + 1);
    // What was changed is the run's own from now on.
    options.change = false;
    options.epochs += 1;
    EXPECT_EQ(std::ssize(changed.fit(table, options).epochs), options.epochs);
    return history;
  }

  static constexpr std::int64_t rows = 64;
  const NormalTable table_{rows, 2, 6};
  const TemporaryDirectory folder_;
};

TEST_F(Changes, OfTheRate) {
  goes_on(model(Adam{.learning_rate = 0.05}), data(rows), options(4),
          {"learning_rate (0.001 in the checkpoint", "rule"});
}

TEST_F(Changes, OfTheOptimizer) { goes_on(model(Sgd{.momentum = 0.9}), data(rows), options(4), {"optimizer"}); }

TEST_F(Changes, OfTheBatch) {
  FitOptions larger = options(4);
  larger.batch_size = 32;
  goes_on(model(), data(rows), larger, {"batch size (8 in the checkpoint, 32 now)", "other steps"});
}

TEST_F(Changes, OfTheMetrics) {
  const History history = goes_on(model(Adam{}, {"accuracy"}), data(rows), options(4), {"metrics"});
  EXPECT_TRUE(history.epochs[1].metrics.empty());
  EXPECT_EQ(history.epochs[3].metrics.size(), 1U);
}

TEST_F(Changes, OfTheThreshold) {
  Model usual = model();
  usual.set_threshold(0.5);  // that of the loss: no change
  EXPECT_EQ(std::ssize(usual.fit(data(rows), options(3)).epochs), 3);
  Model strict = model();
  strict.set_threshold(0.7);
  goes_on(std::move(strict), data(rows), options(4), {"threshold (none in the checkpoint, 0.7 now)", "count answers"});
}

TEST_F(Changes, OfTheRows) {
  FitOptions longer = options(4);
  goes_on(model(), data(rows - 5), longer, {"training rows", "these rows"});
}

TEST_F(Changes, OfThePatienceLetAStoppedRunGoOn) {
  FitOptions stops = options(50);
  stops.change = true;
  stops.callbacks = {EarlyStopping{.patience = 1, .monitor = "loss", .min_delta = 10}};
  const History stopped = model().fit(data(rows), stops);
  ASSERT_FALSE(stopped.stopped.empty());
  ASSERT_LT(stopped.epochs.size(), 50U);
  stops.callbacks = {EarlyStopping{.patience = 100, .monitor = "loss", .min_delta = 10}};
  stops.change = false;
  goes_on(model(), data(rows), stops, {"callbacks", "patience (1 in the checkpoint, 100 now)"});
}

TEST_F(Changes, OfTheNetworkAreRefused) {
  FitOptions change = options(4);
  change.change = true;
  expect_error(ErrorKind::usage, {"layers 'dense_1'", "units (4 in the checkpoint, 5 now)", "start a new run"},
               [&] { model(Adam{}, {}, 5).fit(data(rows), change); });
}

TEST_F(Changes, AreNoneForMoreEpochs) {
  FitOptions longer = options(5);
  longer.on_note = [](const std::string& sentence) { ADD_FAILURE() << sentence; };
  EXPECT_EQ(model().fit(data(rows), longer).epochs.size(), 5U);
}

}  // namespace
}  // namespace millrace::test
