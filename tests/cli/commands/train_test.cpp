// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.hpp"

#include <cmath>

#include "step/phase_check.hpp"

namespace millrace::test {

namespace {

const Words written{"checkpoint.safetensors", "history.csv", "model.onnx", "run.toml"};

TEST_F(Cli, LbfgsCountsBeyond32Bits) {
  write_two_classes("t.csv");
  for (const char* evaluations : {"100000", "4294967296"})
    run_well(train_two + Words{"--optimizer", "lbfgs", "--optimizer.evaluations", evaluations, "--out", evaluations});
  const auto loss = [&](const std::string& out) { return lines_of(read(out + "/history.csv")); };
  EXPECT_EQ(loss("100000"), loss("4294967296"));
  run_well({"export", "100000/checkpoint.safetensors", "--out", "a.onnx"});
  run_well({"export", "4294967296/checkpoint.safetensors", "--out", "b.onnx"});
  const Words least{"evaluate", "a.onnx", "--data", "t.csv"}, most{"evaluate", "b.onnx", "--data", "t.csv"};
  EXPECT_EQ(run_well(least).out, run_well(most).out);
}

TEST_F(Cli, TrainWritesModelCheckpointAndHistory) {
  write_two_classes("t.csv");
  const ProcessResult result = run_well(train_two + Words{"--epochs", "3"});
  EXPECT_EQ(files("out"), written);
  EXPECT_NE(result.out.find("accuracy"), std::string::npos);
  EXPECT_NE(result.out.find("out/model.onnx"), std::string::npos);
  EXPECT_NE(result.err.find(" 3/3 "), std::string::npos);
}

TEST_F(Cli, TrainPrintsTheKeysOfItsJson) {
  write_two_classes("t.csv");
  const nlohmann::json report =
      json_of(train_two + Words{"--epochs", "4", "--batch", "8", "--validation", "0.2", "--json"});
  Words keys;
  for (const auto& [key, value] : report.items()) keys.push_back(key);
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(keys, (Words{"epoch_seconds", "files", "metrics", "peak_rss_mib", "plan", "seconds", "step_us", "steps",
                         "threads", "validation"}));
  EXPECT_EQ(report.at("steps"), 16);  // 32 rows in batches of 8, four times
  EXPECT_EQ(report.at("threads"), 1);
  EXPECT_GT(report.at("seconds"), 0);
  EXPECT_GT(report.at("epoch_seconds"), 0);
  EXPECT_LT(report.at("epoch_seconds"), report.at("seconds"));
  EXPECT_GT(report.at("step_us"), 0);
  EXPECT_GT(report.at("peak_rss_mib"), 5);
  EXPECT_NE(report.at("plan").get<std::string>().find("batch 8"), std::string::npos);
  EXPECT_TRUE(report.at("metrics").at("loss").is_number());
  EXPECT_TRUE(report.at("validation").at("accuracy").is_number());
}

// The state that a failed run goes back to lies in a file.
TEST_F(Cli, WeightsAndOptimizerStateAreInMemoryOnce) {
  write_two_classes("t.csv");
  const auto peak = [&](const std::string& units) -> double {
    return json_of(train_two + Words{"--layers", units + ":relu," + units + ":relu,1:sigmoid", "--json"})
        .at("peak_rss_mib")
        .get<double>();
  };
  constexpr double weights = 16.5;  // MiB of the large network; Adam has two numbers more for each weight
  const double small = peak("8"), large = peak("2048");
  EXPECT_GT(large - small, 3 * weights);
  EXPECT_LT(large - small, 4.5 * weights);
}

TEST_F(Cli, TrainWithoutValidationRowsPrintsAnEmptyObject) {
  write_two_classes("t.csv");
  EXPECT_EQ(json_of(train_two + Words{"--json"}).at("validation"), nlohmann::json::object());
  EXPECT_EQ(lines_of(read("out/history.csv")).at(0), "epoch,loss,accuracy,learning_rate,step");
}

TEST_F(Cli, HistoryHasAllEpochsInFullPrecision) {
  write_two_classes("t.csv");
  const nlohmann::json report =
      json_of(train_two + Words{"--epochs", "5", "--validation", "0.25", "--metrics", "acc,mae", "--json", "--quiet"});
  const Words lines = lines_of(read("out/history.csv"));
  ASSERT_EQ(lines.size(), 6U);
  EXPECT_EQ(lines.at(0), "epoch,loss,acc,mae,val_loss,val_acc,val_mae,learning_rate,step");
  std::vector<double> last;
  for (std::size_t at = 0; at < lines.at(5).size();) {
    std::size_t used = 0;
    last.push_back(std::stod(lines.at(5).substr(at), &used));
    at += used + 1;
  }
  const auto value = [&](const char* of, const char* name) { return report.at(of).at(name).get<double>(); };
  EXPECT_EQ(last, (std::vector<double>{5, value("metrics", "loss"), value("metrics", "acc"), value("metrics", "mae"),
                                       value("validation", "loss"), value("validation", "acc"),
                                       value("validation", "mae"), 0.001, 5}));
}

TEST_F(Cli, ZeroEpochsWriteTheUntrainedNetwork) {
  write_two_classes("t.csv");
  const nlohmann::json report = json_of(train_two + Words{"--epochs", "0", "--validation", "0.2", "--json"});
  EXPECT_EQ(report.at("steps"), 0);
  EXPECT_TRUE(std::isfinite(report.at("metrics").at("loss").get<double>()));
  EXPECT_EQ(files("out"), written);
  EXPECT_EQ(read("out/history.csv"), "epoch,loss,accuracy,val_loss,val_accuracy,learning_rate,step\n");
}

TEST_F(Cli, TheSeedDeterminesTheBytesForAnyNumberOfThreads) {
  write_two_classes("t.csv", 100);
  const Words seeded = train_two + Words{"--epochs", "3", "--seed", "7", "--quiet"};
  run_well(seeded + Words{"--out", "one"});
  run_well(seeded + Words{"--out", "two", "--threads", "2"});
  run_well(seeded + Words{"--out", "other", "--seed", "8"});
  EXPECT_EQ(read("one/model.onnx"), read("two/model.onnx"));
  EXPECT_EQ(read("one/history.csv"), read("two/history.csv"));
  EXPECT_NE(read("one/model.onnx"), read("other/model.onnx"));
  run_well(seeded + Words{"--out", "untrained", "--epochs", "0"});
  run_well(seeded + Words{"--out", "drawn", "--epochs", "0", "--seed", "8"});
  EXPECT_NE(read("untrained/model.onnx"), read("drawn/model.onnx"));
}

TEST_F(Cli, ShuffleAndScaleCanBeSwitchedOff) {
  write_two_classes("t.csv");
  run_well(train_two + Words{"--out", "plain", "--shuffle", "false", "--scale", "none"});
  EXPECT_FALSE(json_of({"inspect", "plain/model.onnx", "--json"}).at("standardized").get<bool>());
  run_well(train_two + Words{"--out", "again", "--shuffle", "false", "--scale", "none", "--seed", "0"});
  run_well(train_two + Words{"--out", "shuffled", "--scale", "none"});
  EXPECT_EQ(read("plain/history.csv"), read("again/history.csv"));
  EXPECT_NE(read("plain/history.csv"), read("shuffled/history.csv"));
  run_well(train_two + Words{"--out", "scaled"});
  EXPECT_TRUE(json_of({"inspect", "scaled/model.onnx", "--json"}).at("standardized").get<bool>());
}

TEST_F(Cli, TheScaleIsComputedFromTheTrainingRows) {
  write("t.csv", "a,label\n1,0\n3,1\n1000,0\n-5000,1\n");
  write("half.csv", "a,label\n1,0\n3,1\n");
  const Words untrained = train_two + Words{"--epochs", "0"};
  run_well(untrained + Words{"--validation", "0.5", "--out", "split"});
  run_well(untrained + Words{"--data", "half.csv", "--out", "half"});
  const auto predicted = [&](const std::string& model) {
    return run_well({"predict", model, "--data", "t.csv", "--out", "-"}).out;
  };
  EXPECT_EQ(predicted("split/model.onnx"), predicted("half/model.onnx"));
}

TEST_F(Cli, ColumnsAreChosenByName) {
  write("t.csv", "id,a,b,w,label\nr1,1,2,1,0\nr2,3,4,1,1\nr3,5,6,2,0\nr4,7,8,1,1\n");
  run_well(train_two + Words{"--ignore", "id", "--sample-weight", "w"});
  EXPECT_EQ(json_of({"inspect", "out/model.onnx", "--json"}).at("features"), (Words{"a", "b"}));
  run_well(train_two + Words{"--features", "b,a"});
  EXPECT_EQ(json_of({"inspect", "out/model.onnx", "--json"}).at("features"), (Words{"b", "a"}));
  refuses(train_two + Words{"--ignore", "ida"}, 2, {"unknown ignored column 'ida'", "did you mean 'id'"});
  EXPECT_NE(run_well(train_two).err.find("column 'id' is left out"), std::string::npos)
      << "a text of its own in each row";
}

TEST_F(Cli, StratifiedSplitsKeepEveryClass) {
  std::string sorted = "a,label\n";  // the last fifth of the rows has one class only
  for (int r = 0; r < 50; ++r) sorted += std::to_string(r) + (r < 25 ? ",0\n" : ",1\n");
  write("t.csv", sorted);
  const Words untrained =
      train_two + Words{"--layers", "1:sigmoid", "--epochs", "0", "--validation", "0.2", "--json", "--scale", "none"};
  // An untrained unit without bias answers the same class for every row above 0.
  const auto accuracy = [&](const Words& words) {
    return json_of(untrained + words).at("validation").at("accuracy").get<double>();
  };
  const double last = accuracy({}), stratified = accuracy({"--split", "stratified"});
  EXPECT_TRUE(last == 0 || last == 1) << last;
  EXPECT_NEAR(stratified, 0.5, 0.11);
}

TEST_F(Cli, SmallTablesGetSmallBatches) {
  write_two_classes("t.csv", 10);
  EXPECT_EQ(json_of(train_two + Words{"--json"}).at("steps"), 1);
  EXPECT_EQ(json_of(train_two + Words{"--batch", "11", "--json"}).at("steps"), 1);
}

TEST_F(Cli, TrainStartsFromAModel) {
  write_two_classes("t.csv");
  run_well(train_two + Words{"--epochs", "20", "--seed", "5"});
  // Nothing but the model and the data: layers, loss, target, columns, classes and scale are the model's.
  run_well({"train", "--init", "out/model.onnx", "--data", "t.csv", "--epochs", "0", "--out", "same"});
  EXPECT_EQ(run_well({"predict", "same/model.onnx", "--data", "t.csv", "--out", "-"}).out,
            run_well({"predict", "out/model.onnx", "--data", "t.csv", "--out", "-"}).out);
  // Also on other rows: the scale stays that of the weights.
  write("far.csv", "a,b,label\n100,200,no\n300,-400,yes\n");
  run_well({"train", "--init", "out/model.onnx", "--data", "far.csv", "--epochs", "0", "--out", "far"});
  EXPECT_EQ(run_well({"predict", "far/model.onnx", "--data", "t.csv", "--out", "-"}).out,
            run_well({"predict", "out/model.onnx", "--data", "t.csv", "--out", "-"}).out);
  // The weights alone, on columns as they are.
  run_well(
      {"train", "--init", "out/model.onnx", "--data", "t.csv", "--epochs", "0", "--out", "raw", "--scale", "none"});
  EXPECT_FALSE(json_of({"inspect", "raw/model.onnx", "--json"}).at("standardized").get<bool>());
  // Columns in another order, and more of them: those of the model are taken, in its order.
  write("other.csv", "label,extra,b,a\nyes,x,0.1,0.9\nno,y,0.2,0.1\n");
  run_well({"train", "--init", "out/model.onnx", "--data", "other.csv", "--out", "more"});
  EXPECT_EQ(json_of({"inspect", "more/model.onnx", "--json"}).at("features"), (Words{"a", "b"}));
  write("one.csv", "a,b,label\n1,2,yes\n3,4,yes\n");  // one class of the two: still the second
  run_well({"train", "--init", "out/model.onnx", "--data", "one.csv", "--out", "one"});
  EXPECT_EQ(json_of({"inspect", "one/model.onnx", "--json"}).at("classes"), (Words{"no", "yes"}));
  const std::string foreign = std::string(MILLRACE_IMPORT_DIR) + "/keras_dense.onnx";
  refuses({"train", "--init", foreign, "--data", "t.csv", "--target", "label", "--out", "new"}, 3,
          {"[train] " + foreign + " takes 5 feature columns, t.csv has 2", "--features"});
  refuses({"train", "--init", "out/model.onnx", "--data", "t.csv", "--out", "new", "--layers", "5:tanh,1:sigmoid"}, 2,
          {"shape"});
}

TEST_F(Cli, ProfilePrintsTheTimesOfPhasesAndLayers) {
  write_two_classes("t.csv");
  const auto object = json_of(train_two + Words{"--json", "--profile", "--layers", "64:relu,1:sigmoid"});
  const auto &rows = object.at("phases").at("rows"), &layer = object.at("layers").at("dense_1");
  EXPECT_EQ(rows.at("runs"), object.at("steps"));
  EXPECT_GE(rows.at("waiting"), 0);
  EXPECT_LT(rows.at("waiting"), 1);
  EXPECT_EQ(layer.at("gflop"), 2e-9 * 40 * 2 * 64);  // one epoch of 40 rows
  for (const char* work : {"forward", "gradient", "update"}) EXPECT_GT(layer.at(work), 0) << work;
  EXPECT_FALSE(json_of(train_two + Words{"--json"}).contains("layers"));
  const std::string text = run_well(train_two + Words{"--profile"}).out;
  for (const char* part : {"a step, by phase", "waiting", "a step, by layer", "dense_2"})
    EXPECT_NE(text.find(part), std::string::npos) << part;
}

TEST_F(Cli, StdoutHasResultsOnly) {
  write_two_classes("t.csv");
  const ProcessResult result = run_well(train_two + Words{"--epochs", "2", "--json", "--quiet"});
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(lines_of(result.out).size(), 1U);
}

TEST_F(Cli, JsonListsTheWrittenFiles) {
  write_two_classes("t.csv");
  const nlohmann::json usual{{"model", "out/model.onnx"},
                             {"checkpoint", "out/checkpoint.safetensors"},
                             {"history", "out/history.csv"},
                             {"config", "out/run.toml"}};
  EXPECT_EQ(json_of(train_two + Words{"--json"}).at("files"), usual);
  nlohmann::json more = usual;
  more["best"] = "b.safetensors";
  more["json_log"] = "out/history.jsonl";
  EXPECT_EQ(json_of(train_two + Words{"--json", "--json-log", "--best.monitor", "loss", "--best.path", "b.safetensors"})
                .at("files"),
            more);
  EXPECT_EQ(json_of(train_two + Words{"--json", "--find-learning-rate"}).at("files"),
            nlohmann::json({{"learning_rate", "out/learning_rate.csv"}}));
  EXPECT_EQ(json_of({"export", "out/checkpoint.safetensors", "--out", "e.onnx", "--json"}),
            nlohmann::json({{"files", {{"model", "e.onnx"}}}}));
}

TEST_F(Cli, ANonFiniteLossEndsTheRun) {
  write("t.csv", "a,y\n1,2\n3,4\n5,6\n7,8\n");
  const Words train{"train",    "--data",      "t.csv",  "--target",           "y",
                    "--layers", "8:relu,1",    "--loss", "mean_squared_error", "--out",
                    "out",      "--optimizer", "sgd",    "--learning-rate",    "1e30",
                    "--quiet",  "--scale",     "none"};
  const ProcessResult first = run(train + Words{"--batch", "1"});
  EXPECT_EQ(first.code, 4);
  // Debug builds find the first tensor that is not finite before the loss is.
  for (const char* const part : {checks_phases ? "after the phase" : "the loss is", "learning rate"})
    EXPECT_NE(first.err.find(part), std::string::npos) << part << " in " << first.err;
  EXPECT_EQ(files("out"), Words{"failure.bundle"});
  // The epochs before it are kept, and only they.
  EXPECT_EQ(run(train + Words{"--epochs", "50", "--batch", "4"}).code, 4);
  EXPECT_EQ(files("out"), (Words{"checkpoint.safetensors", "failure.bundle", "history.csv", "run.toml"}));
}

}  // namespace

}  // namespace millrace::test
