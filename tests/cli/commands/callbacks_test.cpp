// SPDX-License-Identifier: Apache-2.0
//
// Schedules, callbacks and the learning-rate finder on the command line; runs that are killed.
#include <csignal>
#include <filesystem>

#include "cli/cli.hpp"

namespace millrace::test {

namespace {

class Callbacks : public Cli {
 protected:
  Callbacks() { write_two_classes("t.csv", 2000); }

  [[nodiscard]] std::vector<double> column(const std::string& file, const std::string& name) const {
    const Words lines = lines_of(read(file));
    const Words header = cells_of(lines.at(0));
    const auto at = static_cast<std::size_t>(std::find(header.begin(), header.end(), name) - header.begin());
    EXPECT_LT(at, header.size()) << "no " << name << " in " << lines.at(0);
    std::vector<double> values;
    for (std::size_t i = 1; i < lines.size() && at < header.size(); ++i)
      values.push_back(std::stod(cells_of(lines[i]).at(at)));
    return values;
  }

 private:
  static Words cells_of(const std::string& line) {
    Words cells;
    for (std::size_t at = 0; at <= line.size();) {
      const std::size_t end = std::min(line.find(',', at), line.size());
      cells.push_back(line.substr(at, end - at));
      at = end + 1;
    }
    return cells;
  }
};

TEST_F(Callbacks, TakeSchedulesFromFlagsAndFilesAlike) {
  run_well(train_two + Words{"--epochs", "4", "--batch", "500", "--schedule", "piecewise", "--schedule.boundaries",
                             "3,7", "--schedule.values", "0.1,0.01,0.001", "--quiet"});
  const std::string flags = read("out/history.csv");
  EXPECT_EQ(column("out/history.csv", "learning_rate"), (std::vector<double>{0.1, 0.01, 0.001, 0.001}));
  EXPECT_EQ(column("out/history.csv", "step"), (std::vector<double>{4, 8, 12, 16}));
  write("run.toml",
        "epochs = 4\nbatch = 500\n[schedule]\nname = \"piecewise\"\nboundaries = [3, 7]\nvalues = [0.1, 0.01, "
        "0.001]\n");
  run_well(train_two + Words{"--config", "run.toml", "--quiet"});
  EXPECT_EQ(read("out/history.csv"), flags);
  // A warm-up needs no schedule behind it.
  run_well(train_two + Words{"--epochs", "3", "--batch", "1000", "--schedule.warmup", "4", "--learning-rate", "0.4"});
  EXPECT_EQ(column("out/history.csv", "learning_rate"), (std::vector<double>{0.1, 0.30000000000000004, 0.4}));
  EXPECT_NE(run_well({"inspect", "out/model.onnx"}).out.find("constant:warmup=4"), std::string::npos);
}

TEST_F(Callbacks, AllowAVeryLongRun) {
  const Words few{"--early-stopping.monitor",
                  "loss",
                  "--early-stopping.min-delta",
                  "100",
                  "--early-stopping.patience",
                  "2",
                  "--schedule",
                  "cosine_decay"};
  for (const char* by_epoch : {"false", "true"}) {
    // Of the second the 63 steps an epoch are as many as 47 in 64 bits.
    for (const char* epochs : {"9223372036854775807", "292805461487453201"}) {
      run_well(train_two + few + Words{"--schedule.by-epoch", by_epoch, "--epochs", epochs});
      EXPECT_EQ(column("out/history.csv", "learning_rate"), (std::vector<double>{0.001, 0.001, 0.001})) << epochs;
    }
  }
}

TEST_F(Callbacks, RefuseOptionsThatDoNotFit) {
  refuses(train_two + Words{"--schedule", "cosin"}, 2, {"unknown schedule 'cosin'", "cosine_decay"});
  refuses(train_two + Words{"--schedule", "cosine", "--schedule.decay", "5"}, 2,
          {"unknown option 'decay'", "decay_steps", "warmup"});
  refuses(train_two + Words{"--schedule", "step"}, 2, {"step_size is 0"});
  refuses(train_two + Words{"--schedule.by-epoch", "5"}, 2, {"by_epoch is '5'", "true or false"});
  refuses(train_two + Words{"--early-stopping"}, 2,
          {"[early_stopping]", "the monitor is 'val_loss' and there are no validation rows", "--validation 0.2",
           "monitor: loss, accuracy"});
  refuses(train_two + Words{"--early-stopping.patience", "-1"}, 2, {"patience is"});
  refuses(train_two + Words{"--plateau.factr", "0.5"}, 2, {"unknown option 'factr'", "did you mean 'factor'?"});
  write("run.toml", "[early_stopping]\npatience = \"long\"\n");
  refuses(train_two + Words{"--config", "run.toml"}, 2, {"run.toml", "line 2", "patience is 'long'"});
}

TEST_F(Callbacks, EarlyStoppingEndsTheRunWithItsBestWeights) {
  write("run.toml", "validation = 0.2\n[early_stopping]\npatience = 3\nrestore_best_weights = true\n[best]\n");
  const nlohmann::json report =
      json_of(train_two + Words{"--config", "run.toml", "--epochs", "3000", "--learning-rate", "0.3", "--best",
                                "--train-evaluation", "--metrics", "accuracy,roc_auc", "--json", "--quiet"});
  const std::vector<double> losses = column("out/history.csv", "val_loss");
  ASSERT_LT(losses.size(), 3000U);
  const auto best = std::min_element(losses.begin(), losses.end());
  EXPECT_EQ(report.at("weights_epoch"), best - losses.begin() + 1);
  EXPECT_EQ(report.at("validation").at("loss"), *best);
  EXPECT_EQ(report.at("training_rows").at("loss"),
            column("out/history.csv", "train_loss").at(static_cast<std::size_t>(best - losses.begin())));
  EXPECT_NE(report.at("stopped").get<std::string>().find("val_loss did not improve"), std::string::npos);
  EXPECT_EQ(files("out"),
            (Words{"best.safetensors", "checkpoint.safetensors", "history.csv", "model.onnx", "run.toml"}));
  // The best model and the finished checkpoint are the model.
  for (const char* checkpoint : {"out/best.safetensors", "out/checkpoint.safetensors"}) {
    run_well({"export", checkpoint, "--out", "again.onnx"});
    EXPECT_EQ(read("again.onnx"), read("out/model.onnx")) << checkpoint;
  }
}

// The run is killed at any moment, and resumed from the files it wrote last.
TEST_F(Callbacks, ContinueAKilledRunWithTheSameResults) {
  const Words train = train_two + Words{"--epochs",
                                        "400",
                                        "--batch",
                                        "32",
                                        "--validation",
                                        "0.1",
                                        "--seed",
                                        "3",
                                        "--learning-rate",
                                        "0.01",
                                        "--schedule",
                                        "cosine",
                                        "--plateau.patience",
                                        "5",
                                        "--early-stopping.patience",
                                        "150",
                                        "--best.monitor",
                                        "val_roc_auc",
                                        "--json-log",
                                        "--metrics",
                                        "accuracy,roc_auc"};
  run_well(train + Words{"--out", "whole", "--quiet"});
  run_well({"export", "whole/best.safetensors", "--out", "whole.onnx"});
  for (const char* line : {" 40/400", " 80/400", "120/400"}) {
    Process training(Words{MILLRACE_PROGRAM} + train + Words{"--resume"},
                     {.folder = folder.path(), .out_file = "", .terminal_columns = {}, .file_bytes = {}});
    ASSERT_TRUE(training.wait_for(line));
    training.signal(SIGKILL);
    EXPECT_EQ(training.finish().signal, SIGKILL);
    for (const std::string log : {"history.csv", "history.jsonl"})
      EXPECT_TRUE(read("whole/" + log).starts_with(read("out/" + log))) << log;
  }
  run_well(train + Words{"--resume", "--quiet", "--threads", "2"});
  EXPECT_EQ(read("out/model.onnx"), read("whole/model.onnx"));
  for (const std::string log : {"history.csv", "history.jsonl"})
    EXPECT_EQ(read("out/" + log), read("whole/" + log)) << log;
  run_well({"export", "out/best.safetensors", "--out", "best.onnx"});
  EXPECT_EQ(read("best.onnx"), read("whole.onnx"));
}

TEST_F(Callbacks, TheJsonLogHasTheNumbersOfTheTable) {
  const Words train = train_two + Words{"--epochs", "3", "--validation", "0.2", "--metrics", "accuracy,f1", "--quiet"};
  run_well(train + Words{"--json-log"});
  EXPECT_EQ(files("out"), (Words{"checkpoint.safetensors", "history.csv", "history.jsonl", "model.onnx", "run.toml"}));
  const Words lines = lines_of(read("out/history.jsonl")), table = lines_of(read("out/history.csv"));
  ASSERT_EQ(lines.size() + 1, table.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto line = nlohmann::ordered_json::parse(lines[i]);
    std::string header;
    for (const auto& [name, value] : line.items()) {
      header += (header.empty() ? "" : ",") + name;
      EXPECT_EQ(value.get<double>(), column("out/history.csv", name).at(i)) << name;
    }
    EXPECT_EQ(header, table[0]);
  }
  const std::string log = read("out/history.jsonl");
  write("run.toml", "[json_log]\npath = \"elsewhere.jsonl\"\n");
  run_well(train + Words{"--config", "run.toml", "--out", "again"});
  EXPECT_EQ(read("elsewhere.jsonl"), log);
  EXPECT_EQ(files("again"), (Words{"checkpoint.safetensors", "history.csv", "model.onnx", "run.toml"}));
}

TEST_F(Callbacks, TheLearningRateFinderWritesACurveAndNoModel) {
  const Words find = train_two + Words{"--find-learning-rate", "--quiet"};
  const nlohmann::json found = json_of(find + Words{"--json"});
  EXPECT_EQ(files("out"), Words{"learning_rate.csv"});
  EXPECT_EQ(column("out/learning_rate.csv", "loss").size(), found.at("points").size());
  EXPECT_EQ(column("out/learning_rate.csv", "learning_rate").at(0), 1e-7);
  EXPECT_GT(found.at("suggestion"), 1e-5);
  EXPECT_EQ(run_well(find).out.find("suggested   --learning-rate "), 0U);
}

TEST_F(Callbacks, AConfusionMatrixNamesItsClasses) {
  run_well(train_two + Words{"--epochs", "20", "--quiet"});
  const Words evaluate{"evaluate", "out/model.onnx", "--data", "t.csv", "--confusion"};
  const nlohmann::json result = json_of(evaluate + Words{"--json"});
  EXPECT_EQ(result.at("confusion").at("classes"), (Words{"no", "yes"}));
  const auto& rows = result.at("confusion").at("rows");
  const double right = rows[0][0].get<double>() + rows[1][1].get<double>();
  EXPECT_EQ(right + rows[0][1].get<double>() + rows[1][0].get<double>(), 2000);
  EXPECT_DOUBLE_EQ(right / 2000, result.at("accuracy").get<double>());
  EXPECT_NE(run_well(evaluate).out.find("yes"), std::string::npos);
}

}  // namespace

}  // namespace millrace::test
