// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "cli/cli.hpp"

namespace millrace::test {

namespace {

class TrainDryRun : public Cli {};

TEST_F(TrainDryRun, WritesNothingAndSaysWhatTheRunWouldTake) {
  write_two_classes("t.csv", 100);
  const Words before = files();
  const Words command = train_two + Words{"--epochs", "7", "--batch", "30", "--validation", "0.2", "--report"};
  const nlohmann::json result = json_of(command + Words{"--dry-run", "--json"});
  EXPECT_EQ(files(), before);
  EXPECT_EQ(result.at("epochs"), 7);
  EXPECT_EQ(result.at("steps_per_epoch"), 3) << "80 rows in batches of 30";
  EXPECT_EQ(result.at("training_rows"), 80);
  EXPECT_EQ(result.at("validation_rows"), 20);
  EXPECT_EQ(result.at("parameters"), 17);
  EXPECT_EQ(result.at("threads"), 1);
  EXPECT_GT(result.at("seconds").get<double>(), 0);
  const std::string text = run_well(command + Words{"--dry-run"}).out;
  EXPECT_NE(text.find("7 epochs of 3 steps"), std::string::npos) << text;
}

TEST_F(TrainDryRun, NeedsNoFolder) {
  write_two_classes("t.csv", 100);
  const Words before = files();
  run_well({"train", "--data", "t.csv", "--target", "label", "--epochs", "2", "--dry-run"});
  EXPECT_EQ(files(), before);
}

// It only reads: not even the lock of the folder is taken, nor asked for.
TEST_F(TrainDryRun, LeavesTheWorkingFolderToOthers) {
  write_two_classes("t.csv", 100);
  const Words command{"train", "--data", "t.csv", "--target", "label", "--layers", "1", "--epochs", "1", "--dry-run"};
  const int descriptor = ::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY);
  ASSERT_EQ(::flock(descriptor, LOCK_EX | LOCK_NB), 0);
  run_well(command);
  ::close(descriptor);
  // No model could be written here.
  std::filesystem::create_directory(folder.file("model.onnx"));
  run_well(command);
}

TEST_F(TrainDryRun, MakesNoFolder) {
  write_two_classes("t.csv", 100);
  const Words before = files();
  run_well({"train", "--data", "t.csv", "--target", "label", "--layers", "1", "--epochs", "1", "--dry-run", "--out",
            "new/deep", "--memory", "1GiB"});
  EXPECT_EQ(files(), before);
}

// It writes nothing over what it reads.
TEST_F(TrainDryRun, TakesRowsFromAnyFile) {
  write_two_classes("t.csv", 100);
  write_two_classes("history.csv", 100);
  run_well({"train", "--data", "t.csv", "--validation", "history.csv", "--target", "label", "--layers", "1", "--epochs",
            "1", "--dry-run"});
}

TEST_F(TrainDryRun, KnowsTheMemoryOfTheRun) {
  write_two_classes("t.csv", 500);
  const Words command{"train",
                      "--data",
                      "t.csv",
                      "--target",
                      "label",
                      "--layers",
                      "1000:relu,1000:relu,1:sigmoid",
                      "--loss",
                      "binary_crossentropy",
                      "--batch",
                      "256",
                      "--epochs",
                      "1",
                      "--threads",
                      "1",
                      "--json",
                      "--quiet",
                      "--out",
                      "out"};
  const double estimate = json_of(command + Words{"--dry-run"}).at("peak_rss_mib").get<double>();
  const double used = json_of(command).at("peak_rss_mib").get<double>();
  EXPECT_NEAR(estimate / used, 1, 0.1) << estimate << " MiB, used " << used;
}

TEST_F(TrainDryRun, LeavesARunAsItIs) {
  write_two_classes("t.csv");
  run_well(train_two + Words{"--epochs", "2"});
  const std::string checkpoint = read("out/checkpoint.safetensors");
  run_well(train_two + Words{"--epochs", "5", "--dry-run"});
  EXPECT_EQ(read("out/checkpoint.safetensors"), checkpoint);
}

TEST_F(TrainDryRun, FindsMistakesAsTheRunWould) {
  write_two_classes("t.csv");
  refuses({"train", "--data", "t.csv", "--target", "lable", "--out", "out", "--dry-run"}, 2, {"'lable'"});
}

}  // namespace

}  // namespace millrace::test
