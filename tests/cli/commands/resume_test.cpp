// SPDX-License-Identifier: Apache-2.0
//
// Runs that are interrupted and resumed give the results of a run that was not.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "cli/cli.hpp"

namespace millrace::test {

namespace {

class Resume : public Cli {
 protected:
  Resume() { write_two_classes("t.csv", 2000); }

  // Long enough to be caught in the middle on any machine.
  const Words train = train_two + Words{"--epochs", "1500", "--validation", "0.1", "--batch", "64", "--seed", "3"};
  const Words short_train = train_two + Words{"--epochs", "6", "--seed", "3"};
};

// Two starts of one shape: the rest of the identity is the same.
TEST_F(Resume, KnowsTheModelThatItBeganWith) {
  run_well(short_train + Words{"--out", "one", "--quiet"});
  run_well(short_train + Words{"--out", "two", "--seed", "4", "--quiet"});
  const auto from = [&](const std::string& start, const Words& more) {
    return short_train + Words{"--init", start, "--quiet"} + more;
  };
  run_well(from("one/model.onnx", {"--epochs", "2"}));
  const std::string facts = run_well({"inspect", "out/checkpoint.safetensors"}).out;
  EXPECT_NE(facts.find("  start  "), std::string::npos) << facts;
  refuses(from("two/model.onnx", {"--resume"}), 2, {"start (", "differs", "--change", "--init"});
  refuses(from("one/checkpoint.safetensors", {"--resume"}), 2, {"start (", "--init"});  // has the state of Adam, too
  refuses(short_train + Words{"--resume", "--quiet"}, 2, {"start (", "none now", "--init"});
  refuses(short_train + Words{"--resume", "--quiet", "--layers", "5:tanh,1:sigmoid"}, 2,
          {"units (4 in the checkpoint, 5 now)", "begin as that run did, which had weights to start from (--init)"});
  write("renamed.onnx", read("one/model.onnx"));
  run_well(from("renamed.onnx", {"--resume"}));
  run_well(from("one/model.onnx", {"--out", "whole"}));
  EXPECT_EQ(read("out/model.onnx"), read("whole/model.onnx"));
  run_well(from("two/model.onnx", {"--resume", "--change", "--epochs", "7"}));
}

TEST_F(Resume, GivesTheSameResultsAfterASignal) {
  run_well(train + Words{"--out", "whole", "--quiet"});
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU}) {
    std::filesystem::remove_all(folder.file("out"));
    Process training(Words{MILLRACE_PROGRAM} + train + Words{"--json"},
                     {.folder = folder.path(), .out_file = "", .terminal_columns = {}, .file_bytes = {}});
    ASSERT_TRUE(training.wait_for("150/1500"));
    training.signal(number);
    const ProcessResult stopped = training.finish();
    EXPECT_EQ(stopped.code, 6) << stopped.err;
    EXPECT_EQ(stopped.out, "");
    for (const char* part : {"stopped in epoch", "out/checkpoint.safetensors", "--resume"})
      EXPECT_NE(stopped.err.find(part), std::string::npos) << stopped.err;
    EXPECT_EQ(files("out"), (Words{"checkpoint.safetensors", "history.csv", "run.toml"}));
    // The rows of the epochs so far.
    EXPECT_TRUE(read("whole/history.csv").starts_with(read("out/history.csv")));
    EXPECT_GE(lines_of(read("out/history.csv")).size(), 151U);

    run_well(train + Words{"--resume", "--quiet"});
    EXPECT_EQ(read("out/model.onnx"), read("whole/model.onnx"));
    EXPECT_EQ(read("out/history.csv"), read("whole/history.csv"));
    EXPECT_EQ(lines_of(read("out/history.csv")).size(), 1501U);
  }
}

// Kernels of oneDNN, which multiply a network of this size, may have the stack register somewhere in the heap.
TEST_F(Resume, WorksAfterASignalAtAnyMoment) {
  const Words busy =
      train_two +
      Words{"--layers", "64:tanh,300:gelu,1:sigmoid", "--batch", "256", "--epochs", "200", "--seed", "3", "--out",
            "busy"};
  for (int run = 0; run < 20; ++run) {
    Process training(Words{MILLRACE_PROGRAM} + busy,
                     {.folder = folder.path(), .out_file = "", .terminal_columns = {}, .file_bytes = {}});
    ASSERT_TRUE(training.wait_for(" 20/200"));
    training.signal(SIGINT);
    const ProcessResult stopped = training.finish();
    ASSERT_EQ(stopped.code, 6) << "run " << run << ", signal " << stopped.signal << ": " << stopped.err;
  }
}

// As nohup does.
TEST_F(Resume, AnIgnoredHangupStaysIgnored) {
  Process training(Words{"/bin/sh", "-c", "trap '' HUP; exec \"$0\" \"$@\"", MILLRACE_PROGRAM} + train,
                   {.folder = folder.path(), .out_file = "", .terminal_columns = {}, .file_bytes = {}});
  ASSERT_TRUE(training.wait_for("150/1500"));
  training.signal(SIGHUP);
  EXPECT_EQ(training.finish().code, 0);
}

TEST_F(Resume, ASecondSignalEndsAtOnce) {
  // A step so long that the second signal comes before its end.
  Words slow =
      train_two + Words{"--epochs", "10", "--layers", "2048:tanh,2048:tanh,2048:tanh,1:sigmoid", "--batch", "2000"};
  Process training(Words{MILLRACE_PROGRAM} + slow,
                   {.folder = folder.path(), .out_file = "", .terminal_columns = {}, .file_bytes = {}});
  ASSERT_TRUE(training.wait_for("1/10"));
  training.signal(SIGTERM);
  training.signal(SIGINT);
  const ProcessResult result = training.finish();
  EXPECT_TRUE(result.code == 128 + SIGINT || result.code == 128 + SIGTERM) << result.code << result.err;
}

// The system repeats SIGXCPU every second, and batch systems send SIGTERM after SIGUSR1: the step must end and be saved.
TEST_F(Resume, AnAnnouncedLimitOfTimeLeavesTimeToSave) {
  const Words slow =
      train_two + Words{"--epochs", "10", "--layers", "2048:tanh,2048:tanh,2048:tanh,1:sigmoid", "--batch", "2000"};
  Process training(Words{MILLRACE_PROGRAM} + slow,
                   {.folder = folder.path(), .out_file = "", .terminal_columns = {}, .file_bytes = {}});
  ASSERT_TRUE(training.wait_for("1/10"));
  for (const int number : {SIGXCPU, SIGXCPU, SIGUSR1, SIGUSR2, SIGTERM}) training.signal(number);
  const ProcessResult stopped = training.finish();
  EXPECT_EQ(stopped.code, 6) << stopped.signal << stopped.err;
  EXPECT_TRUE(std::filesystem::exists(folder.file("out/checkpoint.safetensors")));
}

// Nothing would be lost, so a batch system that sends SIGTERM need not wait until a large table is read.
TEST_F(Resume, ASignalWhileFilesLoadEndsAtOnce) {
  std::string rows;
  for (int r = 0; r < 1'000'000; ++r) rows += r % 2 == 0 ? "0.123456,0.234567,no\n" : "0.345678,0.456789,yes\n";
  // The cache is written when the table is read. On a busy machine the signal may come too late to prevent that; then a
  // table of twice the size is tried.
  for (int attempt = 0; attempt < 5; ++attempt, rows += rows) {
    write("large.csv", "a,b,label\n" + rows);
    Process training(Words{MILLRACE_PROGRAM} + train_two +
                         Words{"--data", "large.csv", "--cache", "large.cache", "--out", "loading/run"},
                     {.folder = folder.path(), .out_file = "", .terminal_columns = {}, .file_bytes = {}});
    while (!std::filesystem::exists(folder.file("loading/run")))
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    training.signal(SIGTERM);
    const ProcessResult result = training.finish();
    EXPECT_EQ(result.code, 6) << result.signal << result.err;
    EXPECT_EQ(result.err, "[train] stopped before the first step, there is nothing to resume\n");
    EXPECT_FALSE(std::filesystem::exists(folder.file("loading")));
    if (!std::filesystem::remove(folder.file("large.cache"))) {
      EXPECT_EQ(files(), (Words{"large.csv", "t.csv"}));
      return;
    }
  }
  FAIL() << "the table was read to its end each time";
}

// Takes some tenths of a second to evaluate, a thousand times as long as 50 rows take to train.
std::string rows_that_take_long() {
  std::string rows;
  for (int r = 0; r < 60'000; ++r) rows += r % 2 == 0 ? "0.1,0.2,no\n" : "0.3,0.4,yes\n";
  return "a,b,label\n" + rows;
}
const Words wide{"--layers", "512:relu,512:relu,1:sigmoid", "--threads", "1", "--batch", "500", "--epochs", "3"};

// Batch systems kill a process half a minute after SIGTERM.
TEST_F(Resume, ASignalWhileRowsAreValidatedEndsTheRun) {
  write_two_classes("t.csv", 50);
  write("large.csv", rows_that_take_long());
  const Words validating = train_two + wide + Words{"--validation", "large.csv"};
  run_well(validating + Words{"--out", "whole", "--quiet"});
  Process training(Words{MILLRACE_PROGRAM} + validating,
                   {.folder = folder.path(), .out_file = "", .terminal_columns = {}, .file_bytes = {}});
  ASSERT_TRUE(training.wait_for("1/3"));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));  // the steps of the second epoch
  training.signal(SIGTERM);
  const ProcessResult stopped = training.finish();
  EXPECT_EQ(stopped.code, 6) << stopped.err;
  EXPECT_NE(stopped.err.find("stopped in epoch 2"), std::string::npos) << stopped.err;
  EXPECT_EQ(lines_of(read("out/history.csv")).size(), 2U);

  run_well(validating + Words{"--resume", "--quiet"});
  EXPECT_EQ(read("out/model.onnx"), read("whole/model.onnx"));
  EXPECT_EQ(read("out/history.csv"), read("whole/history.csv"));
}

TEST_F(Resume, ASignalAfterTheLastStepEndsAtOnce) {
  write("large.csv", rows_that_take_long());
  // The untrained network is saved, and then evaluated.
  const Words evaluating = train_two + wide + Words{"--data", "large.csv", "--epochs", "0"};  // the last words count
  Process training(Words{MILLRACE_PROGRAM} + evaluating,
                   {.folder = folder.path(), .out_file = "", .terminal_columns = {}, .file_bytes = {}});
  while (!std::filesystem::exists(folder.file("out/checkpoint.safetensors")))
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  training.signal(SIGTERM);
  const ProcessResult stopped = training.finish();
  EXPECT_EQ(stopped.code, 6) << stopped.err;
  EXPECT_NE(stopped.err.find("stopped after the last step"), std::string::npos) << stopped.err;
  EXPECT_FALSE(std::filesystem::exists(folder.file("out/model.onnx")));
  run_well(evaluating + Words{"--resume", "--quiet"});
  EXPECT_TRUE(std::filesystem::exists(folder.file("out/model.onnx")));
}

TEST_F(Resume, ContinuesAFinishedRunWithMoreEpochs) {
  run_well(short_train + Words{"--out", "whole"});
  run_well(short_train + Words{"--epochs", "2"});
  const ProcessResult rest = run_well(short_train + Words{"--resume"});
  EXPECT_EQ(rest.err.find(" 2/6"), std::string::npos);
  EXPECT_NE(rest.err.find(" 3/6"), std::string::npos);
  EXPECT_EQ(read("out/model.onnx"), read("whole/model.onnx"));
  EXPECT_EQ(read("out/history.csv"), read("whole/history.csv"));
  EXPECT_EQ(rest.out.find("trained     nothing"), std::string::npos);
  // A finished run is finished, and says so, also where fewer epochs are asked for.
  EXPECT_EQ(json_of(short_train + Words{"--resume", "--json"}).at("steps"), 0);
  for (const char* epochs : {"6", "3"}) {
    EXPECT_NE(run_well(short_train + Words{"--resume", "--epochs", epochs})
                  .out.find("trained     nothing: the run was finished after 6 epochs; more --epochs continue it"),
              std::string::npos);
    // run.toml has the epochs of the run, which it repeats.
    EXPECT_NE(read("out/run.toml").find("epochs = '6'"), std::string::npos) << read("out/run.toml");
  }
  EXPECT_EQ(read("out/model.onnx"), read("whole/model.onnx"));
}

TEST_F(Resume, SaysHowARunThatHasStoppedGoesOn) {
  const Words stopping =
      short_train + Words{"--validation", "0.2", "--early-stopping", "--early-stopping.min-delta", "100",
                          "--epochs",     "50",  "--quiet"};
  run_well(stopping);
  const ProcessResult again = run_well(stopping + Words{"--resume"});
  EXPECT_NE(again.out.find("trained     nothing: the run had stopped after 2 epochs; --change goes on"),
            std::string::npos)
      << again.out;
}

TEST_F(Resume, StartsANewRunWithoutACheckpoint) {
  EXPECT_NE(run_well(short_train + Words{"--resume"}).err.find("there is no out/checkpoint.safetensors yet"),
            std::string::npos);
  run_well(short_train + Words{"--out", "whole"});
  EXPECT_EQ(read("out/model.onnx"), read("whole/model.onnx"));
}

TEST_F(Resume, StartsANewRunWithoutTheFlag) {
  run_well(short_train);
  const std::string first = read("out/model.onnx");
  run_well(short_train);
  EXPECT_EQ(read("out/model.onnx"), first);
  run_well(short_train + Words{"--epochs", "0"});
  EXPECT_EQ(json_of({"inspect", "out/checkpoint.safetensors", "--json"}).at("run").at("epoch"), 0);
}

TEST_F(Resume, DeletesAnEarlierModelWithItsCheckpoint) {
  run_well(short_train + Words{"--best.monitor", "loss", "--json-log"});
  const Words all{"best.safetensors", "checkpoint.safetensors", "history.csv", "history.jsonl", "model.onnx",
                  "run.toml"};
  ASSERT_EQ(files("out"), all);
  // As long as there is nothing new, the old ones belong together.
  refuses(short_train + Words{"--target", "lbl"}, 2, {"'lbl'"});
  write_numbers("n.csv", 2000);
  const Words diverging{"--data",      "n.csv", "--layers",        "4,4,1", "--loss",  "mse",
                        "--optimizer", "sgd",   "--learning-rate", "1e30",  "--batch", "1"};
  EXPECT_EQ(run(short_train + diverging).code, 4);
  std::filesystem::remove(folder.file("out/failure.bundle"));  // of the run that failed in its first epoch
  EXPECT_EQ(files("out"), all);
  // A run that is resumed is the same run.
  run_well(short_train + Words{"--best.monitor", "loss", "--epochs", "7", "--resume"});
  EXPECT_EQ(files("out"), all);

  Process training(Words{MILLRACE_PROGRAM} + train + Words{"--best.monitor", "loss"},
                   {.folder = folder.path(), .out_file = "", .terminal_columns = {}, .file_bytes = {}});
  ASSERT_TRUE(training.wait_for("150/1500"));
  EXPECT_FALSE(std::filesystem::exists(folder.file("out/model.onnx")));  // before its end, which may be any
  training.signal(SIGINT);
  EXPECT_EQ(training.finish().code, 6);
  EXPECT_EQ(files("out"), (Words{"best.safetensors", "checkpoint.safetensors", "history.csv", "run.toml"}));
}

TEST_F(Resume, WritesARemovedBestModelAgain) {
  // The last epoch is the best one, or the first, whose weights early stopping keeps too.
  const Words largest{"--best.mode", "max"};
  const Words kept{"--early-stopping.monitor",
                   "loss",
                   "--early-stopping.mode",
                   "max",
                   "--early-stopping.patience",
                   "9",
                   "--early-stopping.restore-best-weights"};
  for (const Words& more : {Words(), largest + kept}) {
    const Words trained = short_train + Words{"--best.monitor", "loss"} + more;
    run_well(trained);
    const std::string best = read("out/best.safetensors");
    std::filesystem::remove(folder.file("out/best.safetensors"));
    const ProcessResult again = run_well(trained + Words{"--resume", "--quiet"});
    EXPECT_EQ(again.err, "");
    EXPECT_EQ(read("out/best.safetensors"), best);
    EXPECT_NE(again.out.find("out/best.safetensors"), std::string::npos) << again.out;
  }
  // What nobody else has kept is gone: the run says so, finished or not.
  run_well(short_train + Words{"--best.monitor", "loss"} + largest);
  std::filesystem::remove(folder.file("out/best.safetensors"));
  for (const char* epochs : {"6", "7"}) {
    const ProcessResult lost =
        run_well(short_train + Words{"--best.monitor", "loss", "--resume", "--quiet", "--epochs", epochs} + largest);
    EXPECT_EQ(lost.err,
              "[train] out/best.safetensors was removed, and with it the weights of the best epoch, 1, expected the "
              "file to stay; a new run with --overwrite finds them again\n");
    EXPECT_FALSE(std::filesystem::exists(folder.file("out/best.safetensors")));
  }
}

TEST_F(Resume, RefusesAnotherRun) {
  run_well(short_train);
  const std::string checkpoint = read("out/checkpoint.safetensors");
  refuses(short_train + Words{"--resume", "--batch", "16"}, 2,
          {"out/checkpoint.safetensors", "batch size (32 in the checkpoint, 16 now)"});
  refuses(short_train + Words{"--resume", "--seed", "4"}, 2, {"seed"});
  refuses(short_train + Words{"--resume", "--learning-rate", "0.5"}, 2, {"learning_rate"});
  refuses(short_train + Words{"--resume", "--layers", "5:tanh,1:sigmoid"}, 2,
          {"layers 'dense_1', options, units (4 in the checkpoint, 5 now)"});
  refuses(short_train + Words{"--resume", "--layers", "4:tanh,3:tanh,1:sigmoid"}, 2,
          {"layers (none in the checkpoint, 'dense_3' now)"});
  write_two_classes("t.csv", 1999);
  refuses(short_train + Words{"--resume"}, 2, {"training rows (other rows now than in the checkpoint)"});
  EXPECT_EQ(read("out/checkpoint.safetensors"), checkpoint);
  write("out/checkpoint.safetensors", checkpoint.substr(0, checkpoint.size() / 2));
  refuses(short_train + Words{"--resume"}, 3, {"checkpoint.safetensors"});
}

// Other columns may vary in other rows: the network keeps its inputs, in their order.
TEST_F(Resume, ChangeKeepsTheInputsOfColumnsThatVaryElsewhere) {
  const auto rows = [&](bool first) {
    std::string text = "a,plan,colour,town,y\n";
    for (int r = 0; r < 60; ++r)
      text += std::to_string(r * r % 53) + "," + std::to_string(first ? r % 5 : 2) + "," +
              (first && r % 3 == 0 ? "red," : "blue,") + (first || r % 3 == 0 ? "Oslo," : "Rom,") +
              std::to_string(100 + 3 * (r % 53) + r) + "\n";
    return text;
  };
  write("t.csv", rows(true));
  const Words words{"train", "--data",   "t.csv", "--target",  "y", "--layers", "4:tanh,1", "--loss",
                    "mse",   "--epochs", "3",     "--threads", "1", "--out",    "out",      "--overwrite"};
  run_well(words);
  const auto features = [&] { return json_of({"inspect", "out/model.onnx", "--json"}).at("features"); };
  const nlohmann::json before = features();
  const std::string predicted = run_well({"predict", "out/model.onnx", "--data", "t.csv", "--out", "-"}).out;
  write("t.csv", rows(false));
  const Words more = words + Words{"--resume", "--epochs", "5", "--learning-rate", "1e-30", "--change"};
  const std::string err = run_well(more).err;
  for (const std::string part :
       {"columns 'plan' and 'colour': all training rows have the same value, and the network keeps its inputs",
        "column 'town' is left out: the rows of the checkpoint did not have it, or not with values that vary"})
    EXPECT_NE(err.find(part), std::string::npos) << "no '" << part << "' in: " << err;
  EXPECT_EQ(features(), before);
  run_well(words + Words{"--resume", "--epochs", "6", "--learning-rate", "1e-30"});
  std::string green = rows(false);
  for (std::size_t at = 0; (at = green.find("blue", at)) != std::string::npos;) green.replace(at, 4, "green");
  write("t.csv", green);
  const std::string unseen =
      run_well(words + Words{"--resume", "--epochs", "7", "--learning-rate", "1e-30", "--change"}).err;
  EXPECT_NE(unseen.find("column 'colour': 1 level that the checkpoint does not know counts as unseen: green"),
            std::string::npos)
      << unseen;
  write("t.csv", rows(true));
  EXPECT_EQ(run_well({"predict", "out/model.onnx", "--data", "t.csv", "--out", "-"}).out, predicted);
  // Rows without the column need another network.
  std::string bare = "a,colour,town,y\n";
  for (int r = 0; r < 60; ++r)
    bare += std::to_string(r) + (r % 3 == 0 ? ",red" : ",blue") + ",Oslo," + std::to_string(r) + "\n";
  write("t.csv", bare);
  EXPECT_EQ(run(words + Words{"--resume", "--epochs", "8", "--change"}).code, 2);
}

// A training goes on when more rows have come, also with new levels. Its weights belong to the means, scales and levels
// of its first rows.
TEST_F(Resume, ChangeGoesOnWithMoreRowsAndKeepsTheirScale) {
  for (const bool table : {true, false}) {
    const auto rows = [&](int count) {
      std::string text = table ? "a,colour,y\n" : "a,y\n";
      for (int r = 0; r < count; ++r)
        text += (table && r % 7 == 0 ? "" : std::to_string(r * r % 53)) +
                (table ? r > 80       ? ",green,"
                         : r % 3 == 0 ? ",red,"
                                      : ",blue,"
                       : ",") +
                std::to_string(100 + 3 * (r % 53) + r) + "\n";
      return text;
    };
    write("t.csv", rows(60));
    const Words words{"train", "--data",   "t.csv", "--target",  "y", "--layers", "4:tanh,1", "--loss",
                      "mse",   "--epochs", "3",     "--threads", "1", "--out",    "out",      "--overwrite"};
    run_well(words);
    const std::string before = run_well({"predict", "out/model.onnx", "--data", "t.csv", "--out", "-"}).out;
    write("t.csv", rows(90));
    refuses(words + Words{"--resume", "--epochs", "5"}, 2, {"training rows (other rows", "--change"});
    const Words more = words + Words{"--resume", "--epochs", "5", "--learning-rate", "1e-30"};
    const ProcessResult changed = run_well(more + Words{"--change"});
    EXPECT_NE(changed.err.find("training rows (other rows now than in the checkpoint)"), std::string::npos)
        << changed.err;
    if (table) {
      EXPECT_NE(changed.err.find("column 'colour': 1 level that the checkpoint does not know counts as unseen: green"),
                std::string::npos)
          << changed.err;
      refuses(more + Words{"--change", "--encode", "ordinal"}, 2, {"differs"});
    }
    run_well(more + Words{"--epochs", "6"});  // the changed run goes on as any other
    write("t.csv", rows(60));
    EXPECT_EQ(run_well({"predict", "out/model.onnx", "--data", "t.csv", "--out", "-"}).out, before) << table;
  }
}

}  // namespace

}  // namespace millrace::test
