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

class OverwriteOfOneOfSeveral : public Overwrite {
 protected:
  OverwriteOfOneOfSeveral() {
    write("p-1.csv", read("t.csv"));
    write("p-2.csv", read("t.csv"));
  }
};

TEST_F(OverwriteOfOneOfSeveral, IsRefusedForFilesOfAPattern) {
  const Words of_model{"out/model.onnx", "--data", "p-*.csv"};
  refuses_to_write(Words{"predict"} + of_model + Words{"--out", "p-2.csv"}, {"[predict] --out is 'p-2.csv'", "--data"});
  refuses_to_write(Words{"predict"} + of_model + Words{"--out", "-", "--unread", "p-1.csv"}, {"--unread is 'p-1.csv'"});
  refuses_to_write(Words{"evaluate"} + of_model + Words{"--curves", "p-1.csv"}, {"[evaluate] --curves is 'p-1.csv'"});
  refuses_to_write({"report", "out", "--data", "p-*.csv", "--out", "p-1.csv"}, {"[report] --out is 'p-1.csv'"});
  refuses_to_write(train_two + Words{"--data", "p-*.csv", "--json-log.path", "p-2.csv"}, {"json_log is 'p-2.csv'"});
  refuses_to_write(train_two + Words{"--validation", "./p-*.csv", "--json-log.path", "p-2.csv"},
                   {"json_log is 'p-2.csv'", "the file of --validation"});
  EXPECT_EQ(read("p-1.csv"), read("t.csv"));
  EXPECT_EQ(read("p-2.csv"), read("t.csv"));
  refuses({"predict", "out/model.onnx", "--data", "none-*.csv", "--out", "p.csv"}, 3,
          {"[predict] no file matches the pattern 'none-*.csv'"});
}

TEST_F(OverwriteOfOneOfSeveral, IsRefusedForFilesOfAList) {
  write("both.toml", "data = [\"p-1.csv\", \"p-2.csv\"]\n");
  Words words = train_two + Words{"--config", "both.toml", "--json-log.path", "p-2.csv"};
  words.erase(words.begin() + 1, words.begin() + 3);  // --data
  refuses_to_write(words, {"json_log is 'p-2.csv'", "the file of --data"});
}

TEST_F(Overwrite, IsRefusedForTheFileOfTheTargets) {
  write("x.npy", "\x93NUMPY");
  write("y", "\x93NUMPY");
  refuses_to_write({"evaluate", "out/model.onnx", "--data", "x.npy", "--target", "y", "--curves", "y"},
                   {"--curves is 'y', the file of --target"});
  refuses_to_write({"report", "out", "--data", "x.npy", "--target", "y", "--out", "y"},
                   {"--out is 'y', the file of --target"});
}

TEST_F(Overwrite, IsRefusedForOtherFilesThatTrainReads) {
  const std::string history = read("out/history.csv");
  refuses_to_write(train_two + Words{"--validation", "out/history.csv"},
                   {"history is 'out/history.csv', the file of --validation"});
  EXPECT_EQ(read("out/history.csv"), history);
  write("s.toml", "[columns.a]\nkind = \"number\"\n");
  refuses_to_write(train_two + Words{"--schema", "s.toml", "--json-log.path", "s.toml"},
                   {"json_log is 's.toml', the file of --schema"});
  refuses_to_write(train_two + Words{"--schema", "s.toml", "--cache", "s.toml"},
                   {"--cache is 's.toml', the file of --schema"});
  refuses_to_write(train_two + Words{"--cache", "out/run.toml"}, {"run.toml is 'out/run.toml', the file of --cache"});
}

// A new run takes away what the run before it left.
TEST_F(Overwrite, IsRefusedForFilesThatTrainRemoves) {
  run_well(train_two +
           Words{"--epochs", "3", "--keep-checkpoints", "2", "--best.monitor", "loss", "--quiet", "--out", "other"});
  for (const std::string name : {"best.safetensors", "checkpoint.1.safetensors"}) {
    refuses_to_write(train_two + Words{"--out", "other", "--init", "other/" + name},
                     {name + " of --out is 'other/" + name + "', the file of --init"});
    EXPECT_TRUE(std::filesystem::exists(folder.file("other/" + name))) << name;
  }
  // Neither of these trains.
  run_well(train_two + Words{"--out", "other", "--init", "other/best.safetensors", "--dry-run"});
  run_well(train_two + Words{"--out", "other", "--init", "other/best.safetensors", "--find-learning-rate"});
}

TEST_F(Overwrite, IsRefusedForFilesOfTheRunThatAPageIsAbout) {
  const std::string settings = read("out/run.toml");
  for (const std::string name : {"run.toml", "model.onnx", "checkpoint.safetensors"}) {
    refuses_to_write({"report", "out", "--out", "out/" + name},
                     {"--out is 'out/" + name + "', the file of DIR/" + name});
    refuses_to_write({"compare", "out", "out", "--page", "out/" + name}, {"--page 'out/" + name + "' ends in"});
  }
  refuses_to_write({"report", "out", "--out", "table.csv"}, {"--out 'table.csv' ends in '.csv', expected .html"});
  EXPECT_EQ(read("out/run.toml"), settings);
}

TEST_F(Overwrite, IsRefusedForRowsThatExportReads) {
  const Words small{"export", "out/checkpoint.safetensors", "--int8", "--out", "rows.onnx"};
  write("rows.onnx", read("t.csv"));
  refuses_to_write(small + Words{"--data", "rows.onnx"}, {"--out is 'rows.onnx', the file of --data"});
  refuses_to_write(small + Words{"--data", "t.csv", "--validation", "rows.onnx"},
                   {"--out is 'rows.onnx', the file of --validation"});
  EXPECT_EQ(read("rows.onnx"), read("t.csv"));
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
