// SPDX-License-Identifier: Apache-2.0
//
// Runs that go on with other options: refused with the difference and its meaning, or done when asked.
#include "model/files/run_changes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "model/models.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

// The first difference between two identities.
std::string difference(const std::string& then, const std::string& now) {
  const std::vector<RunChange> changes = run_changes(nlohmann::json::parse(then), nlohmann::json::parse(now));
  return changes.empty() ? "" : changes.front().difference;
}

TEST(RunChanges, AreThoseOfTheModelFirst) {
  EXPECT_EQ(difference(R"({"model": {"loss": {"op": "mse"}}, "seed": 1})",
                       R"({"model": {"loss": {"op": "mse"}}, "seed": 1})"),
            "");
  EXPECT_EQ(
      difference(R"({"a": 1, "model": {"loss": {"op": "mse"}}})", R"({"a": 2, "model": {"loss": {"op": "mae"}}})"),
      "model, loss, op (\"mse\" in the checkpoint, \"mae\" now)");
  EXPECT_EQ(difference(R"({"validation rows": "1f"})", R"({"validation rows": "2e"})"),
            "validation rows (other rows now than in the checkpoint)");
  EXPECT_EQ(difference(R"({"seed": 1, "kernels": {"isa": "avx2"}})", R"({"seed": 1, "kernels": {"isa": "sse41"}})"), "")
      << "kernels are not compared here";
}

TEST(RunChanges, HaveAMeaningIfARunCanGoOn) {
  const auto change = [](const char* then, const char* now) {
    return run_changes(nlohmann::json::parse(then), nlohmann::json::parse(now)).at(0);
  };
  const RunChange seed = change(R"({"seed": 1})", R"({"seed": 2})");
  ASSERT_NE(seed.meaning, nullptr);
  EXPECT_TRUE(seed.meaning->restarts_epoch);
  EXPECT_EQ(change(R"({"model": {"layers": [{"units": 1}]}})", R"({"model": {"layers": [{"units": 2}]}})").meaning,
            nullptr);
}

// A run that version 0.1 began goes on: it wrote 0 and -1 where this version writes none, and "3x5" for an extent.
TEST(RunChanges, AreNoneWhereOnlyTheFormIsThatOfVersion01) {
  const auto identity = [](const std::string& size, const std::string& limit, const std::string& rate,
                           const std::string& baseline) {
    return R"({"model": {"inputs": [{"name": "features", "shape": [60]}], "layers": [
      {"name": "image", "op": "reshape", "options": {"shape": "6x10x1"}, "inputs": ["features"]},
      {"name": "conv", "op": "conv2d", "options": {"filters": 2, "kernel_size": )" +
           size + R"(}, "inputs": ["image"]}], "semantics": "keras",
      "optimizer": {"op": "sgd", "options": {}}, "update": {"op": "update", "options": {"clipnorm": )" +
           limit + R"(}}, "schedule": {"op": "cosine_decay", "options": {"initial_learning_rate": )" + rate +
           R"(}}, "pace": {"op": "pace", "options": {}}, "loss": {"op": "mse", "options": {}}, "metrics": [],
      "features": [], "targets": [], "classes": []},
      "callbacks": {"early_stopping_2": {"baseline": )" +
           baseline + R"(, "patience": 3}}, "seed": 1})";
  };
  const std::string old = identity(R"("3x5")", "0.0", "-1.0", R"("")"),
                    now = identity("[3, 5]", "null", "null", "null");
  EXPECT_EQ(difference(old, now), "");
  EXPECT_EQ(difference(old, identity("[3, 5]", "1.0", "null", "null")),
            "model, update, options, clipnorm (none in the checkpoint, 1.0 now)");
  EXPECT_EQ(difference(old, identity("[3, 5]", "null", "null", "0.5")),
            "callbacks, early_stopping_2, baseline (none in the checkpoint, 0.5 now)");
}

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

// A rate that Model::set_learning_rate() has set is not the rate of the schedule that the note promises.
TEST_F(Changes, OfTheScheduleEndARateThatWasSet) {
  for (const bool pace : {false, true}) {
    SCOPED_TRACE(pace ? "pace" : "schedule");
    const TemporaryDirectory folder;
    FitOptions set = options(2);
    set.checkpoint = folder.file("run");
    Model first = model(Sgd{.learning_rate = 0.1});
    set.on_epoch = [&](const Epoch&) { first.set_learning_rate(0.25); };
    EXPECT_EQ(first.fit(data(rows), set).epochs[1].learning_rate, 0.25);
    set.on_epoch = {};
    set.epochs = 3;
    EXPECT_EQ(model(Sgd{.learning_rate = 0.1}).fit(data(rows), set).epochs[2].learning_rate, 0.25)
        << "resumed as it was";

    Model scheduled = model();
    CompileOptions compiled{.optimizer = Sgd{.learning_rate = 0.1}, .loss = BinaryCrossentropy{}};
    if (pace)
      compiled.pace.warmup = 1;
    else
      compiled.schedule = ExponentialDecay{.decay_steps = 1000, .decay_rate = 0.5, .initial_learning_rate = 0.125};
    scheduled.compile(compiled);
    set.epochs = 4;
    set.change = true;
    std::vector<std::string> notes;
    set.on_note = [&](const std::string& sentence) { notes.push_back(sentence); };
    const History history = scheduled.fit(data(rows), set);
    ASSERT_EQ(notes.size(), 1U);
    EXPECT_NE(notes[0].find(pace ? "follows the new pace" : "follows the new schedule"), std::string::npos) << notes[0];
    EXPECT_NEAR(history.epochs[3].learning_rate, pace ? 0.1 : 0.125, 0.01);
  }
}

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
