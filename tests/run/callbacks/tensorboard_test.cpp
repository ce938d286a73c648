// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>

#include "run/callbacks/callback.hpp"
#include "run/callbacks/event_file.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

namespace fs = std::filesystem;

std::string only_file(const std::string& folder) {
  std::vector<std::string> paths;
  for (const auto& entry : fs::directory_iterator(folder)) paths.push_back(entry.path().string());
  EXPECT_EQ(paths.size(), 1U) << folder;
  return paths.empty() ? "" : paths[0];
}

// The records of a file behind the first one, without the times of their events.
std::vector<std::string> events(const std::string& folder) {
  const std::string text = read_text(only_file(folder));
  std::vector<std::string> found;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = static_cast<std::uint8_t>(text[at]) + 256U * static_cast<std::uint8_t>(text[at + 1]);
    if (at > 0) found.push_back(text.substr(at + 12 + 9, size - 9));
    at += 12 + size + 4;
  }
  return found;
}

std::string event_of(std::int64_t step, const std::vector<NamedValue>& values) {
  const std::string record = event_record({.step = step, .time = 0, .values = values});
  return record.substr(12 + 9, record.size() - 12 - 9 - 4);
}

class TensorBoardRuns : public ::testing::Test {
 protected:
  [[nodiscard]] std::unique_ptr<Callback> made(bool validates) const {
    return callback_row("tensorboard")
        .make(TensorBoard{.path = folder.file("logs"), .layers = false}, {metrics, validates});
  }
  void log(Callback& callback) {
    callback.log(
        {.folder = {}, .history = history, .weights = {}, .rate_scale = scale, .stopped = stopped, .write_model = {}});
  }
  void end_epoch(bool validated) {
    Epoch epoch;
    epoch.number = std::ssize(history) + 1;
    epoch.loss = 0.5 * static_cast<double>(epoch.number);
    epoch.metrics = {{"accuracy", 0.25}};
    epoch.validated = validated;
    epoch.validation = {3, {{"accuracy", 4}}};
    epoch.learning_rate = 0.01;
    history.push_back(epoch);
  }

  const MetricSet metrics{{"accuracy"}, 1, 1};
  TemporaryDirectory folder;
  std::vector<Epoch> history;
  double scale = 1;
  std::string stopped;
};

TEST_F(TensorBoardRuns, WritesTrainingAndValidationIntoFoldersOfTheirOwn) {
  const auto callback = made(true);
  EXPECT_FALSE(fs::exists(folder.file("logs")));
  end_epoch(true);
  log(*callback);
  end_epoch(true);
  end_epoch(true);
  log(*callback);
  log(*callback);
  const auto training = [](std::int64_t epoch) {
    return event_of(
        epoch,
        {{"epoch_loss", 0.5 * static_cast<double>(epoch)}, {"epoch_accuracy", 0.25}, {"epoch_learning_rate", 0.01}});
  };
  EXPECT_EQ(events(folder.file("logs/train")), (std::vector{training(1), training(2), training(3)}));
  const auto validation = [](std::int64_t epoch) {
    return event_of(epoch, {{"epoch_loss", 3}, {"epoch_accuracy", 4}});
  };
  EXPECT_EQ(events(folder.file("logs/validation")), (std::vector{validation(1), validation(2), validation(3)}));
}

TEST_F(TensorBoardRuns, AResumedRunLeavesOneFileWithAllEpochs) {
  {
    const auto callback = made(true);
    end_epoch(true);
    log(*callback);
  }
  const auto resumed = made(true);
  end_epoch(true);
  log(*resumed);
  EXPECT_EQ(events(folder.file("logs/train")).size(), 2U);
  EXPECT_EQ(events(folder.file("logs/validation")).size(), 2U);
}

TEST_F(TensorBoardRuns, ARunWithoutValidationRemovesThatOfAnEarlierRun) {
  {
    const auto callback = made(true);
    end_epoch(true);
    log(*callback);
  }
  history.clear();
  const auto next = made(false);
  log(*next);
  EXPECT_TRUE(events(folder.file("logs/train")).empty());
  EXPECT_TRUE(fs::is_empty(folder.file("logs/validation")));
}

TEST_F(TensorBoardRuns, RefusesAPathThatIsAFile) {
  folder.write("logs", "x");
  expect_error(ErrorKind::usage, {"[tensorboard]", "logs' is a file, expected the name of a folder"},
               [&] { static_cast<void>(made(true)); });
}

}  // namespace
}  // namespace millrace::test
