// SPDX-License-Identifier: Apache-2.0
//
// Checkpoints within an epoch, several of them, and runs that go on from one that is not the newest.
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "model/files/checkpoint_files.hpp"
#include "model/models.hpp"
#include "support/expect_error.hpp"
#include "support/faulty_files.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

namespace fs = std::filesystem;

class KeptCheckpoints : public ::testing::Test {
 protected:
  [[nodiscard]] Dataset data() const { return table_.view(); }
  [[nodiscard]] static Model model() {
    Model model{Dense{.units = 6, .activation = "tanh"}, Dropout{.rate = 0.2},
                Dense{.units = 1, .activation = "sigmoid"}};
    model.compile({.optimizer = Adam{}, .loss = BinaryCrossentropy{}, .metrics = {"roc_auc"}});
    return model;
  }
  [[nodiscard]] FitOptions options(int threads) const {
    return {.epochs = 3, .batch_size = 8, .seed = 4, .threads = threads, .checkpoint = path_};
  }
  // Trains until step `last` of the second epoch, as a process that is killed then.
  void train_until(std::int64_t last, FitOptions options) const {
    options.on_step = [=](const StepReport& step) {
      if (step.epoch == 2 && step.step == last) throw std::runtime_error("killed");
    };
    EXPECT_THROW(model().fit(data(), options), std::runtime_error);
  }
  static void damage(const std::string& path) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-3, std::ios::end);
    file.put('\x55');
  }

  static constexpr std::int64_t rows = 80;  // ten steps an epoch
  const NormalTable table_{rows, 3, 5};
  const TemporaryDirectory folder_;
  const std::string path_ = folder_.file("run.safetensors");
};

TEST_F(KeptCheckpoints, WithinAnEpochContinueBitForBit) {
  Model whole = model();
  FitOptions plain = options(1);
  plain.checkpoint.clear();
  const History history = whole.fit(data(), plain);
  for (const int before : {1, 2, 3}) {
    for (const int after : {1, 2}) {
      SCOPED_TRACE(std::to_string(before) + " threads, then " + std::to_string(after));
      fs::remove(path_);
      FitOptions often = options(before);
      often.checkpoint_steps = 3;
      train_until(8, often);  // 10 steps of the first epoch are saved at 3, 6, 9, 10; of the second at 3 and 6
      Model resumed = model();
      FitOptions rest = options(after);
      rest.resume = true;
      std::int64_t first = 0;
      rest.on_step = [&](const StepReport& step) {
        if (first == 0) first = (step.epoch - 1) * 10 + step.step;
      };
      const History end = resumed.fit(data(), rest);
      EXPECT_GT(first, 13) << "the checkpoint within the second epoch was not used";
      EXPECT_EQ(weights_of(resumed), weights_of(whole));
      for (std::size_t e = 0; e < 3; ++e) {
        EXPECT_EQ(end.epochs[e].loss, history.epochs[e].loss);
        EXPECT_EQ(end.epochs[e].metrics, history.epochs[e].metrics);
      }
    }
  }
}

TEST_F(KeptCheckpoints, ByTimeAreSavedToo) {
  FitOptions often = options(1);
  often.checkpoint_seconds = 1e-9;
  train_until(8, often);
  Model resumed = model();
  FitOptions rest = options(1);
  rest.resume = true;
  std::int64_t first = 0;
  rest.on_step = [&](const StepReport& step) { first = first == 0 ? step.step : first; };
  resumed.fit(data(), rest);
  EXPECT_GT(first, 1) << "no checkpoint within the second epoch";
}

TEST_F(KeptCheckpoints, ThatCannotBeWrittenEndTheRun) {
  FitOptions often = options(1);
  often.checkpoint_steps = 2;
  FaultyFiles faulty;
  faulty.fail(FaultyFiles::Call::rename, 1, EIO);
  Model model = this->model();
  expect_error(ErrorKind::environment, {"run.safetensors", "renaming"}, [&] { model.fit(data(), often); });
  EXPECT_NE(weights_of(model), std::vector<float>());
  static_cast<void>(Model::load_checkpoint(path_));  // the save before it
}

TEST_F(KeptCheckpoints, AreAsManyAsAsked) {
  FitOptions keeps = options(1);
  keeps.checkpoint_steps = 2;
  keeps.keep_checkpoints = 3;
  model().fit(data(), keeps);
  EXPECT_EQ(existing_checkpoints(path_),
            (std::vector<std::string>{path_, folder_.file("run.1.safetensors"), folder_.file("run.2.safetensors")}));
  for (const std::string& path : existing_checkpoints(path_)) static_cast<void>(Model::load_checkpoint(path));
}

TEST_F(KeptCheckpoints, AreTakenFromTheNewestThatIsSound) {
  Model whole = model();
  FitOptions keeps = options(1);
  keeps.checkpoint_steps = 2;
  keeps.keep_checkpoints = 4;
  whole.fit(data(), keeps);
  damage(path_);
  fs::remove(folder_.file("run.1.safetensors"));
  fs::copy_file(path_, folder_.file("run.1.safetensors"));
  std::vector<std::string> notes;
  Model resumed = model();
  keeps.resume = true;
  keeps.on_note = [&](const std::string& sentence) { notes.push_back(sentence); };
  resumed.fit(data(), keeps);
  EXPECT_EQ(weights_of(resumed), weights_of(whole));
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_NE(notes[0].find(path_), std::string::npos) << notes[0];
  EXPECT_NE(notes[1].find("run.1.safetensors"), std::string::npos) << notes[1];
}

TEST_F(KeptCheckpoints, AreAllDamaged) {
  FitOptions keeps = options(1);
  keeps.keep_checkpoints = 2;
  keeps.checkpoint_steps = 5;
  model().fit(data(), keeps);
  for (const std::string& path : existing_checkpoints(path_)) damage(path);
  keeps.resume = true;
  expect_error(ErrorKind::data, {"run.1.safetensors"}, [&] { model().fit(data(), keeps); });
}

}  // namespace
}  // namespace millrace::test
