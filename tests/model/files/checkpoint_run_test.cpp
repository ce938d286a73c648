// SPDX-License-Identifier: Apache-2.0
#include "millrace/checkpoint.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "model/files/checkpoint_format.hpp"
#include "model/models.hpp"
#include "store/tensor_file.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

TEST(CheckpointRun, TellsWhereARunStands) {
  const TemporaryDirectory folder;
  const SignTable table;
  const std::string path = folder.file("run.safetensors");
  Model model = sign_model(Adam{});
  model.fit(table.view(), {.epochs = 3,
                           .batch_size = 24,
                           .checkpoint = path,
                           .callbacks = {EarlyStopping{.patience = 5, .monitor = "loss"},
                                         BestCheckpoint{.path = folder.file("best.safetensors"), .monitor = "loss"}}});
  const CheckpointRun run = read_checkpoint_run(path);
  EXPECT_EQ(run.epoch, 3);
  EXPECT_EQ(run.step, 0);
  EXPECT_EQ(run.updates, 12);
  ASSERT_EQ(run.history.size(), 3U);
  EXPECT_EQ(run.history[2].number, 3);
  const auto best = std::min_element(run.history.begin(), run.history.end(),
                                     [](const Epoch& a, const Epoch& b) { return a.loss < b.loss; });
  EXPECT_EQ(run.best_epochs,
            (std::map<std::string, std::int64_t>{{"best_checkpoint", best->number}, {"early_stopping", best->number}}));
}

TEST(CheckpointRun, IsEmptyForAModelWithoutARun) {
  const TemporaryDirectory folder;
  const std::string path = folder.file("model.safetensors");
  sign_model(Adam{}).save_checkpoint(path);
  const CheckpointRun run = read_checkpoint_run(path);
  EXPECT_EQ(run.epoch, 0);
  EXPECT_EQ(run.updates, 0);
  EXPECT_TRUE(run.history.empty());
  EXPECT_TRUE(run.best_epochs.empty());
}

// The header of a file has a limit, which a text of every epoch would break.
TEST(CheckpointRun, KeepsALongHistoryOutOfTheHeader) {
  const TemporaryDirectory folder;
  const SignTable table;
  const std::string path = folder.file("run.safetensors");
  const std::int64_t epochs = most_epochs_in_header + 1;
  Model model = sign_model(Adam{});
  const History history = model.fit(table.view(), {.epochs = epochs, .checkpoint = path});
  const TensorFile file = read_tensor_file(path);
  EXPECT_LT(file.metadata.at("run").size(), 20000U);
  const CheckpointRun run = read_checkpoint_run(path);
  ASSERT_EQ(std::ssize(run.history), epochs);
  for (const std::size_t epoch : {0, 2500, 5000}) EXPECT_EQ(run.history[epoch].loss, history.epochs[epoch].loss);

  Model on = sign_model(Adam{}), whole = sign_model(Adam{});
  on.fit(table.view(), {.epochs = epochs + 2, .checkpoint = path, .resume = true});
  whole.fit(table.view(), {.epochs = epochs + 2});
  const std::string name = on.parameters()[0].name;
  EXPECT_TRUE(std::ranges::equal(on.weights(name), whole.weights(name)));
}

TEST(CheckpointRun, RefusesOtherFiles) {
  const TemporaryDirectory folder;
  const std::string path = folder.write("text.safetensors", "not a checkpoint");
  expect_error(ErrorKind::data, {path}, [&] { return read_checkpoint_run(path); });
}

}  // namespace
}  // namespace millrace::test
