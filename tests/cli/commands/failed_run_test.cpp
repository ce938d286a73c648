// SPDX-License-Identifier: Apache-2.0
//
// A run whose numbers stop being finite keeps what it had, and says what happened.
#include <cmath>

#include "cli/cli.hpp"

namespace millrace::test {

namespace {

class FailedRuns : public Cli {
 protected:
  FailedRuns() {
    std::string text = "a,b,y\n";
    for (int r = 0; r < 64; ++r) {
      const double a = std::sin(r * 1.7), b = std::cos(r * 0.9);
      text += std::to_string(a) + "," + std::to_string(b) + "," + std::to_string(2 * a - b + 0.1 * std::sin(r)) + "\n";
    }
    write("t.csv", text);
  }
  /// A run whose rate grows until its numbers overflow.
  const Words train{"train",
                    "--data",
                    "t.csv",
                    "--target",
                    "y",
                    "--layers",
                    "8:relu,1",
                    "--loss",
                    "mse",
                    "--optimizer",
                    "sgd",
                    "--learning-rate",
                    "0.001",
                    "--schedule",
                    "exponential_decay",
                    "--schedule.decay-rate",
                    "1.6",
                    "--schedule.decay-steps",
                    "4",
                    "--batch",
                    "16",
                    "--validation",
                    "0.2",
                    "--best",
                    "--seed",
                    "2",
                    "--epochs",
                    "60",
                    "--scale-target",
                    "none",
                    "--out",
                    "out"};
};

TEST_F(FailedRuns, KeepEveryWholeEpochTheBestWeightsAndACheckpoint) {
  const ProcessResult failed = run(train);
  ASSERT_EQ(failed.code, 4) << failed.err;
  const std::size_t epochs = lines_of(read("out/history.csv")).size() - 1;
  ASSERT_GT(epochs, 5U);
  const std::string kept = "the state after epoch " + std::to_string(epochs) + " is kept in out/checkpoint.safetensors";
  EXPECT_NE(failed.err.find(kept), std::string::npos) << failed.err;
  EXPECT_NE(failed.err.find("in epoch " + std::to_string(epochs + 1)), std::string::npos) << failed.err;
  EXPECT_EQ(files("out"),
            (Words{"best.safetensors", "checkpoint.safetensors", "failure.bundle", "history.csv", "run.toml"}));

  // The same as a run that ends there.
  run_well(train + Words{"--epochs", std::to_string(epochs), "--out", "whole"});
  EXPECT_EQ(read("out/history.csv"), read("whole/history.csv"));
  for (const std::string name : {"checkpoint", "best"}) {
    for (const std::string run : {"out", "whole"})
      run_well({"export", run + "/" + name + ".safetensors", "--out", run + "/" + name + ".onnx"});
    EXPECT_EQ(read("out/" + name + ".onnx"), read("whole/" + name + ".onnx")) << name;
  }
}

TEST_F(FailedRuns, SayWhereAndWhy) {
  const std::string message = run(train).err;
  for (const char* const part :
       {"the loss is", "step", "update", "dense_", "; in step", "the batch of that step has the rows", "t.csv",
        "norms of the gradients before it: ", "lower the learning rate", "millrace replay out/failure.bundle"})
    EXPECT_NE(message.find(part), std::string::npos) << part << " in " << message;
}

TEST_F(FailedRuns, AreReplayedBitForBit) {
  ASSERT_EQ(run(train).code, 4);
  for (const char* const threads : {"1", "2", "3"}) {
    const nlohmann::json replay = json_of({"replay", "out/failure.bundle", "--json", "--threads", threads});
    EXPECT_TRUE(replay.at("same_bits"));
    EXPECT_NE(replay.at("place"), "");
    EXPECT_FALSE(
        replay.at("place").get<std::string>().starts_with("["));  // who looked for it, as in messages of errors
    EXPECT_GT(replay.at("rows").size(), 0U);
  }
  EXPECT_NE(run_well({"replay", "out/failure.bundle"}).out.find("bits of the run"), std::string::npos);
  refuses({"replay", "out/checkpoint.safetensors"}, 3, {"no failed step"});
  refuses({"replay", "t.csv"}, 3, {"t.csv"});
}

// Each member of such an ensemble leaves out the rows of its fold.
TEST_F(FailedRuns, OfMembersThatHoldOutFoldsAreReplayedBitForBit) {
  ASSERT_EQ(run(train + Words{"--members", "3", "--validation", "folds"}).code, 4);
  const nlohmann::json replay = json_of({"replay", "out/failure.bundle", "--json", "--threads", "2"});
  EXPECT_TRUE(replay.at("same_bits")) << replay;
  EXPECT_NE(replay.at("place"), "");
}

TEST_F(FailedRuns, GoOnWithALowerRate) {
  ASSERT_EQ(run(train).code, 4);
  const std::size_t epochs = lines_of(read("out/history.csv")).size() - 1;
  const ProcessResult more = run(
      train + Words{"--resume", "--change", "--schedule.decay-rate", "0.9", "--epochs", std::to_string(epochs + 3)});
  EXPECT_EQ(more.code, 0) << more.err;
  EXPECT_NE(more.err.find("decay_rate (1.6 in the checkpoint, 0.9 now)"), std::string::npos) << more.err;
  EXPECT_EQ(lines_of(read("out/history.csv")).size(), epochs + 4);
}

TEST_F(FailedRuns, InTheirFirstEpochLeaveAnEarlierRunAlone) {
  run_well(train + Words{"--epochs", "1"});
  const std::string before = read("out/checkpoint.safetensors");
  const ProcessResult failed = run(train + Words{"--overwrite", "--learning-rate", "1e30"});
  EXPECT_EQ(failed.code, 4) << failed.err;
  EXPECT_EQ(read("out/checkpoint.safetensors"), before);
}

TEST_F(FailedRuns, NameATargetThatIsTooLarge) {
  std::string text = "a,y\n";
  for (int r = 0; r < 64; ++r)
    text += std::to_string(std::sin(r * 1.3)) + "," + std::to_string(50000 + 3000 * (r % 7)) + "\n";
  write("large.csv", text);
  const ProcessResult failed =
      run({"train", "--data",      "large.csv", "--target",        "y",    "--layers", "30:relu,1", "--loss",
           "mse",   "--optimizer", "sgd",       "--learning-rate", "0.01", "--epochs", "50",        "--out",
           "large", "--batch",     "16",        "--scale-target",  "none"});
  ASSERT_EQ(failed.code, 4) << failed.err;
  EXPECT_NE(failed.err.find("scale the target"), std::string::npos) << failed.err;
}

}  // namespace

}  // namespace millrace::test
