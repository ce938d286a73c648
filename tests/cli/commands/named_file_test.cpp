// SPDX-License-Identifier: Apache-2.0
//
// No command writes to a file that it reads, or to one file twice: exit code 2 before any work.
#include "cli/cli.hpp"

namespace millrace::test {

namespace {

class Overwrite : public Cli {
 protected:
  Overwrite() {
    write_two_classes("t.csv");
    run_well(train_two + Words{"--quiet"});
    model_ = read("out/model.onnx");
    checkpoint_ = read("out/checkpoint.safetensors");
    table_ = read("t.csv");
  }
  void refuses_to_write(const Words& words, const Words& parts) const {
    refuses(words, 2, parts);
    EXPECT_EQ(read("out/model.onnx"), model_);
    EXPECT_EQ(read("out/checkpoint.safetensors"), checkpoint_);
    EXPECT_EQ(read("t.csv"), table_);
  }

 private:
  std::string model_, checkpoint_, table_;
};

TEST_F(Overwrite, IsRefusedForModelAndTableOfPredict) {
  const Words predict{"predict", "out/model.onnx", "--data", "t.csv", "--out"};
  refuses_to_write(predict + Words{"out/model.onnx"}, {"[predict] --out is 'out/model.onnx'", "MODEL.onnx"});
  refuses_to_write(predict + Words{"out/../t.csv"}, {"--out is 'out/../t.csv'", "the file of --data"});
  std::filesystem::create_symlink("t.csv", folder.file("link.csv"));
  refuses_to_write(predict + Words{"link.csv"}, {"--out is 'link.csv'", "the file of --data"});
  // Not read before: what is wrong is said first.
  refuses_to_write({"predict", "missing.onnx", "--data", "t.csv", "--out", "t.csv"}, {"--data"});
}

TEST_F(Overwrite, IsRefusedForTheCheckpointOfExport) {
  const std::string checkpoint = "out/checkpoint.safetensors";
  std::filesystem::create_symlink(checkpoint, folder.file("link.onnx"));
  refuses_to_write({"export", checkpoint, "--out", "link.onnx"}, {"[export] --out is", "the file of CHECKPOINT"});
}

TEST_F(Overwrite, IsRefusedForFilesThatTrainReads) {
  refuses_to_write(train_two + Words{"--json-log.path", "t.csv"}, {"[train] json_log is 't.csv'", "of --data"});
  refuses_to_write(train_two + Words{"--data", "out/history.csv"}, {"history is 'out/history.csv'", "of --data"});
  // Of a run that is interrupted the model it started from would be gone.
  refuses_to_write(train_two + Words{"--init", "out/model.onnx"}, {"model is 'out/model.onnx'", "of --init"});
  write("c.toml", "epochs = 1\n");
  refuses_to_write(train_two + Words{"--config", "c.toml", "--best.monitor", "loss", "--best.path", "c.toml"},
                   {"best is 'c.toml'", "of --config"});
  // It trains nothing and replaces no model.
  run_well(train_two + Words{"--init", "out/model.onnx", "--find-learning-rate"});
}

TEST_F(Overwrite, IsRefusedForTwoProductsOfOneName) {
  refuses_to_write(train_two + Words{"--json-log.path", "out/model.onnx"}, {"json_log is 'out/model.onnx'", "model"});
  refuses_to_write(train_two + Words{"--best.monitor", "loss", "--best.path", "out/checkpoint.safetensors"},
                   {"best is 'out/checkpoint.safetensors'", "the file of checkpoint"});
  refuses_to_write(train_two + Words{"--json-log.path", "x", "--best.monitor", "loss", "--best.path", "./x"},
                   {"json_log is 'x'", "the file of best"});
  refuses(train_two + Words{"--out", "new", "--json-log.path", "new/../new/history.csv"}, 2, {"history"});
}

}  // namespace

}  // namespace millrace::test
