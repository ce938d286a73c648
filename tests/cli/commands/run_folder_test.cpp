// SPDX-License-Identifier: Apache-2.0
//
// run.toml repeats a run; two processes do not share a folder; files of a run that are changed under it.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "cli/cli.hpp"

namespace millrace::test {

namespace {

namespace fs = std::filesystem;

class RunFolder : public Cli {
 protected:
  RunFolder() { write_two_classes("t.csv", 2000); }
  [[nodiscard]] ProcessOptions here() const {
    return {.folder = folder.path(), .out_file = "", .terminal_columns = {}, .file_bytes = {}};
  }
  void wait_for_file(const std::string& name) const {
    for (int i = 0; i < 1200 && !fs::exists(folder.file(name)); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    ASSERT_TRUE(fs::exists(folder.file(name))) << name << " did not appear within a minute";
  }
  void write_array(const std::string& name, std::int64_t rows, std::int64_t columns) const {
    std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(rows) + ", " +
                         std::to_string(columns) + "), }";
    header.resize(117, ' ');
    std::string text = std::string("\x93NUMPY\x01\x00", 8) + std::string("\x76\x00", 2) + header + "\n";
    for (std::int64_t i = 0; i < rows * columns; ++i) {
      const float value = static_cast<float>(i * 37 % 101) / 101;
      text.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    write(name, text);
  }
  const Words arrays{"train", "--data", "x.npy",    "--target", "y.npy",   "--layers", "8:relu,1",  "--loss", "mse",
                     "--out", "arrays", "--epochs", "1000000",  "--batch", "64",       "--threads", "2"};
};

TEST_F(RunFolder, RunTomlRepeatsTheRun) {
  write("more.toml", R"(epochs = 3
optimizer = { name = "sgd", momentum = 0.9, learning_rate = 0.05 }
class-weight = { yes = 2, no = 1 }
metrics = ["accuracy", "roc_auc"]
[inputs.both]
columns = ["a", "b"]
[[layers]]
name = "hidden"
op = "dense"
units = 7
activation = { op = "leaky_relu", alpha = 0.2 }
inputs = ["both"]
[[layers]]
op = "dense"
units = 1
activation = "sigmoid"
)");
  const Words first{"train",
                    "--config",
                    "more.toml",
                    "--data",
                    "t.csv",
                    "--target",
                    "label",
                    "--loss",
                    "binary_crossentropy",
                    "--out",
                    "first",
                    "--early-stopping.patience",
                    "7",
                    "--validation",
                    "0.2",
                    "--seed",
                    "18446744073709551615",
                    "--loss.label-smoothing",
                    "0.05",
                    "--quiet"};
  run_well(first);
  run_well({"train", "--config", "first/run.toml", "--out", "second"});
  EXPECT_EQ(read("second/model.onnx"), read("first/model.onnx"));
  EXPECT_EQ(read("second/history.csv"), read("first/history.csv"));
  const std::string text = read("first/run.toml");
  EXPECT_NE(text.find("millrace train --config more.toml"), std::string::npos) << text;
  // Into the same folder it is refused like any other run.
  EXPECT_EQ(run({"train", "--config", "first/run.toml"}).code, 2);
  run_well({"train", "--config", "first/run.toml", "--overwrite"});
  EXPECT_EQ(read("first/run.toml").substr(read("first/run.toml").find("[")), text.substr(text.find("[")));
}

TEST_F(RunFolder, RunTomlRepeatsTheRunOfATableWithColumnsOfSeveralKinds) {
  std::string text = "age,'a.b',town,y\n";
  for (int r = 0; r < 80; ++r)
    text += (r % 9 == 0 ? "" : std::to_string(20 + r % 31)) + "," + std::to_string(r % 3) + "," +
            (r % 2 == 0 ? "Ulm" : "Bonn") + "," + std::to_string(r % 31 + r % 2) + "\n";
  write("kinds.csv", text);
  write("kinds.toml",
        "data = \"kinds.csv\"\ntarget = \"y\"\nepochs = 2\n[columns.age]\nmissing = \"mean\"\n"
        "[columns.\"'a.b'\"]\nkind = \"category\"\n");
  run_well({"train", "--config", "kinds.toml", "--out", "first", "--quiet"});
  run_well({"train", "--config", "first/run.toml", "--out", "second", "--quiet"});
  EXPECT_EQ(read("second/model.onnx"), read("first/model.onnx"));
  EXPECT_EQ(read("second/history.csv"), read("first/history.csv"));
}

TEST_F(RunFolder, RunTomlOfAFolderWithALineEndInItsNameRepeatsTheRun) {
  run_well(train_two + Words{"--out", "of\ntwo lines", "--quiet"});
  run_well({"train", "--config", "of\ntwo lines/run.toml", "--out", "second", "--quiet"});
  EXPECT_EQ(read("second/model.onnx"), read("of\ntwo lines/model.onnx"));
}

TEST_F(RunFolder, RunTomlOfAChangedRunSaysWhatWasChangedAndWhen) {
  const std::string change = "after epoch 2: seed (0 before, 5 from then on)";
  const Words begin{"--epochs", "2", "--quiet"}, changed{"--resume", "--seed", "5", "--quiet"};
  run_well(train_two + begin);
  EXPECT_EQ(read("out/run.toml").find("changes"), std::string::npos);
  run_well(train_two + changed + Words{"--change", "--epochs", "4"});
  // A later part without a change does not make the run repeatable.
  run_well(train_two + changed + Words{"--epochs", "5"});
  const ProcessResult resumed = run_well({"train", "--config", "out/run.toml", "--resume", "--epochs", "6", "--quiet"});
  EXPECT_EQ(resumed.err.find("under way"), std::string::npos) << resumed.err;
  const std::string text = read("out/run.toml");
  EXPECT_NE(text.find(change), std::string::npos) << text;
  EXPECT_EQ(text.find(change), text.rfind(change)) << text;
  EXPECT_NE(text.find("cannot repeat it in one go"), std::string::npos) << text;
  const std::string facts = run_well({"inspect", "out/checkpoint.safetensors"}).out;
  EXPECT_NE(facts.find(change), std::string::npos) << facts;
  run_well({"report", "out"});
  EXPECT_NE(read("out/report.html").find(change), std::string::npos);
  EXPECT_EQ(read("out/report.html").find("repeats the run"), std::string::npos);

  const ProcessResult other = run_well({"train", "--config", "out/run.toml", "--out", "other", "--quiet"});
  EXPECT_NE(other.err.find("out/run.toml is of a run that was changed under way, " + change), std::string::npos)
      << other.err;
  EXPECT_NE(read("other/model.onnx"), read("out/model.onnx"));
  EXPECT_EQ(read("other/run.toml").find("changes"), std::string::npos);  // which is a run in one go
  EXPECT_NE(read("other/run.toml").find("repeats this run"), std::string::npos);
}

TEST_F(RunFolder, RunTomlOfARunThatWentOnPastItsEndSaysSo) {
  const Words stopping =
      train_two +
      Words{"--early-stopping", "--early-stopping.min-delta", "100", "--validation", "0.2", "--epochs", "9", "--quiet"};
  run_well(stopping);
  const std::string epochs = read("out/history.csv");
  const ProcessResult resumed = run_well(stopping + Words{"--resume", "--change"});
  EXPECT_GT(read("out/history.csv").size(), epochs.size());
  EXPECT_NE(resumed.err.find("this run had stopped after epoch "), std::string::npos) << resumed.err;
  const std::string text = read("out/run.toml");
  for (const char* const part : {"cannot repeat it in one go", ": the run goes on, which had stopped after epoch "})
    EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
}

TEST_F(RunFolder, RunTomlBelongsToTheCheckpoint) {
  run_well(train_two + Words{"--seed", "5"});
  const std::string before = read("out/run.toml");
  EXPECT_EQ(run(train_two + Words{"--resume", "--seed", "6"}).code, 2);
  EXPECT_EQ(read("out/run.toml"), before);
}

TEST_F(RunFolder, AFolderThatGoesAwayIsNamedAndNotBlamedOnTheCommand) {
  for (const bool moved : {false, true}) {
    Process training(Words{MILLRACE_PROGRAM} + train_two + Words{"--epochs", "1000000"}, here());
    wait_for_file("out/checkpoint.safetensors");
    fs::rename(folder.file("out"), folder.file("elsewhere"));  // at once: the run might write while it is emptied
    if (!moved) fs::remove_all(folder.file("elsewhere"));
    training.signal(SIGTERM);
    const ProcessResult result = training.finish();
    EXPECT_EQ(result.code, 7) << result.err;
    EXPECT_NE(result.err.find("the output folder 'out' was removed or moved"), std::string::npos) << result.err;
    EXPECT_FALSE(fs::exists(folder.file("out")));
    fs::remove_all(folder.file("elsewhere"));
  }
}

TEST_F(RunFolder, ASecondProcessIsRefused) {
  Process training(Words{MILLRACE_PROGRAM} + train_two + Words{"--epochs", "1000000"}, here());
  wait_for_file("out/checkpoint.safetensors");
  for (const Words& more : {Words{}, Words{"--resume"}, Words{"--out", "./out/"}, Words{"--find-learning-rate"}})
    refuses(train_two + more, 2, {"another process trains into", "folder of its own"});
  run_well(train_two + Words{"--out", "other"});
  training.signal(SIGINT);
  EXPECT_EQ(training.finish().code, 6);
  run_well(train_two + Words{"--epochs", "1"});  // the lock went with the process
}

TEST_F(RunFolder, AnArrayThatWasTruncatedIsNamed) {
  write_array("x.npy", 20000, 20);
  write_array("y.npy", 20000, 1);
  Process training(Words{MILLRACE_PROGRAM} + arrays, here());
  wait_for_file("arrays/checkpoint.safetensors");
  fs::resize_file(folder.file("x.npy"), 4096);
  const ProcessResult result = training.finish();
  EXPECT_EQ(result.code, 3) << "signal " << result.signal << ": " << result.err;
  EXPECT_NE(result.err.find("x.npy"), std::string::npos) << result.err;
}

TEST_F(RunFolder, AnArrayThatWasOverwrittenOrReplacedIsNamed) {
  // A byte of a number; numbers that are none, with which the loss is not finite either.
  for (const std::string bytes : {"\x3d", "\xff\xff\xff\xff\xff\xff\xff\xff", ""}) {
    const bool in_place = !bytes.empty();
    write_array("x.npy", 2000, 20);
    write_array("y.npy", 2000, 1);
    fs::remove_all(folder.file("arrays"));
    Process training(Words{MILLRACE_PROGRAM} + arrays, here());
    wait_for_file("arrays/checkpoint.safetensors");
    if (in_place) {
      std::fstream file(folder.file("y.npy"), std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(2000);
      file << bytes;
    } else {
      write_array("z.npy", 2000, 1);
      fs::rename(folder.file("z.npy"), folder.file("y.npy"));
    }
    const ProcessResult result = training.finish();
    EXPECT_EQ(result.code, 3) << result.err;
    EXPECT_NE(result.err.find(in_place ? "y.npy was written to" : "y.npy was replaced"), std::string::npos)
        << result.err;
    EXPECT_FALSE(fs::exists(folder.file("arrays/model.onnx")));
  }
}

TEST_F(RunFolder, LayersThatFitAModelTakeItsWeights) {
  run_well(train_two + Words{"--layers", "4:tanh,3:tanh,1:sigmoid", "--epochs", "3"});
  const Words head{"train",
                   "--init",
                   "out/model.onnx",
                   "--data",
                   "t.csv",
                   "--layers",
                   "4:tanh,3:tanh,2:softmax",
                   "--loss",
                   "sparse_categorical_crossentropy",
                   "--out",
                   "head",
                   "--freeze",
                   "dense_1,dense_2"};
  const ProcessResult result = run(head);
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_NE(result.err.find("layers that begin anew"), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("dense_3"), std::string::npos) << result.err;
  refuses({"train", "--init", "out/model.onnx", "--data", "t.csv", "--layers", "9:tanh,1:sigmoid", "--out", "new"}, 2,
          {"no layer of --layers", "shapes"});
  // A checkpoint gives the optimizer's state too, so the loss goes on where it was.
  run_well({"train", "--init", "out/checkpoint.safetensors", "--data", "t.csv", "--out", "more"});
}

TEST_F(RunFolder, CheckpointFlagsAreChecked) {
  for (const char* const value : {"0", "0s", "-1", "s", "abc", "1e400s", "nans"})
    refuses(train_two + Words{"--checkpoint-every", value}, 2, {"--checkpoint-every"});
  refuses(train_two + Words{"--keep-checkpoints", "0"}, 2, {"--keep-checkpoints"});
  refuses(train_two + Words{"--change"}, 2, {"--change", "--resume"});
  run_well(train_two + Words{"--checkpoint-every", "3", "--keep-checkpoints", "2"});
  run_well(train_two + Words{"--checkpoint-every", "0.001s"});
}

}  // namespace

}  // namespace millrace::test
