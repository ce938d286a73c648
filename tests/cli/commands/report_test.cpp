// SPDX-License-Identifier: Apache-2.0
#include <regex>

#include "cli/cli.hpp"

namespace millrace::test {

namespace {

class Report : public Cli {
 protected:
  [[nodiscard]] std::string page() const { return read("out/report.html"); }
  // The exact number of the element with this id.
  [[nodiscard]] double number(const std::string& id) const {
    const std::string text = page(), mark = "<data id=\"" + id + "\" value=\"";
    const std::size_t at = text.find(mark);
    if (at == std::string::npos) {
      ADD_FAILURE() << "no number " << id;
      return -1;
    }
    return std::stod(text.substr(at + mark.size()));
  }
  [[nodiscard]] bool says(const std::string& part) const { return page().find(part) != std::string::npos; }

  void train_with_text_columns(const Words& more = {}) const {
    std::string text = "size,colour,when,kind\n";
    for (int r = 0; r < 300; ++r)
      text += std::to_string(r * 37 % 101) + ",c" + std::to_string(r % 3) + ",2024-02-" + std::to_string(10 + r % 19) +
              (r % 3 == 1 ? ",yes\n" : ",no\n");
    write("t.csv", text);
    run_well(Words{"train", "--data", "t.csv", "--target", "kind", "--out", "out", "--epochs", "12", "--validation",
                   "0.3", "--overwrite", "--quiet"} +
             more);
  }
};

TEST_F(Report, HasTheNumbersOfTheEvaluation) {
  write_two_classes("t.csv", 200);
  run_well(train_two + Words{"--epochs", "30", "--learning-rate", "0.05", "--report", "--quiet"});
  const nlohmann::json result = json_of(
      {"evaluate", "out/model.onnx", "--data", "t.csv", "--json", "--confusion", "--metrics", "accuracy,roc_auc"});
  EXPECT_EQ(number("loss"), result.at("loss").get<double>());
  EXPECT_EQ(number("metric-0"), result.at("accuracy").get<double>());
  EXPECT_NEAR(number("roc-auc"), result.at("roc_auc").get<double>(), 1e-6);
  const nlohmann::json& rows = result.at("confusion").at("rows");
  EXPECT_EQ(number("false-negatives"), rows[1][0].get<double>());
  EXPECT_EQ(number("true-positives"), rows[1][1].get<double>());
  EXPECT_EQ(number("false-positives"), rows[0][1].get<double>());
  EXPECT_EQ(number("at-recall"), result.at("classes")[1].at("recall").get<double>());
  EXPECT_TRUE(says("The model was trained on these rows"));
}

TEST_F(Report, SaysThatARunHasNotEnded) {
  write_two_classes("t.csv", 200);
  run_well(train_two + Words{"--epochs", "5", "--report", "--quiet"});
  EXPECT_FALSE(says("epochs are planned"));
  std::filesystem::remove(folder.file("out/model.onnx"));
  const std::string settings = read("out/run.toml");
  write("out/run.toml", std::regex_replace(settings, std::regex("epochs = '5'"), "epochs = '1000'"));
  run_well({"report", "out"});
  EXPECT_TRUE(says("It was trained for 5 epochs"));
  EXPECT_TRUE(says("000 epochs are planned: the run goes on, or was interrupted and goes on with --resume."))
      << page().substr(page().find("It was trained"), 200);
}

TEST_F(Report, OfNumbersHasTheirErrors) {
  write_numbers("t.csv", 100);
  run_well({"train", "--data", "t.csv", "--target", "label", "--layers", "1", "--loss", "mse", "--out", "out",
            "--epochs", "5", "--report", "--quiet"});
  const nlohmann::json result =
      json_of({"evaluate", "out/model.onnx", "--data", "t.csv", "--json", "--metrics", "mean_absolute_error,r2"});
  EXPECT_NEAR(number("error-mean-absolute"), result.at("mean_absolute_error").get<double>(), 1e-6);
  EXPECT_NEAR(number("r2"), result.at("r2").get<double>(), 1e-6);
}

TEST_F(Report, IsAboutTheRowsHeldOut) {
  train_with_text_columns({"--report"});
  EXPECT_TRUE(says("the 90 rows held out of training"));
  const double loss = number("loss"), importance = page().find("It relies most on") != std::string::npos;
  EXPECT_TRUE(importance);
  run_well({"report", "out", "--data", "t.csv"});
  EXPECT_TRUE(says("the 90 rows held out of training")) << "found by the checksum of the training rows";
  EXPECT_EQ(number("loss"), loss);
}

TEST_F(Report, OfAnotherTableIsAboutAllOfItsRows) {
  train_with_text_columns();
  std::string text = read("t.csv");
  text.insert(text.find('\n') + 1, "5,c1,2024-02-11,no\n");
  write("new.csv", text);
  run_well({"report", "out", "--data", "new.csv"});
  EXPECT_TRUE(says("the 301 rows of new.csv"));
}

TEST_F(Report, OfALossWithATargetColumnForEachClass) {
  train_with_text_columns({"--layers", "4:relu,2:softmax", "--loss", "categorical_crossentropy", "--report"});
  EXPECT_TRUE(says("id=\"importance\""));
  const nlohmann::json result = json_of({"evaluate", "out/model.onnx", "--data", "t.csv", "--importance", "--json"});
  EXPECT_EQ(result.at("importance").size(), 3U);
}

TEST_F(Report, FindsTheRowsThatWereHeldOutByGroupOrTime) {
  std::string text = "town,day,x,y\n";
  for (int r = 0; r < 200; ++r)
    text += "t" + std::to_string(r % 20) + ",2024-03-" + std::to_string(10 + r * 7 % 20) + "," +
            std::to_string(r * 37 % 101) + "," + (r == 5 ? "" : std::to_string(r * 37 % 101) + ".5") + "\n";
  write("t.csv", text);
  for (const Words& split : {Words{"--group", "town"}, Words{"--time", "day"}}) {
    run_well(Words{"train", "--data", "t.csv", "--target", "y", "--out", "out", "--epochs", "3", "--validation", "0.25",
                   "--overwrite", "--quiet", "--report"} +
             split);
    EXPECT_TRUE(says("rows held out of training")) << split[0];
    const double loss = number("loss");
    run_well({"report", "out", "--data", "t.csv"});
    EXPECT_TRUE(says("rows held out of training")) << split[0];
    EXPECT_EQ(number("loss"), loss) << split[0];
  }
}

TEST_F(Report, ShowsWhatTheLayersDidAndWhereTheTimeWent) {
  write_two_classes("t.csv", 200);
  run_well(train_two + Words{"--epochs", "5", "--layers", "8:relu,1:sigmoid", "--report", "--quiet"});
  EXPECT_EQ(lines_of(read("out/layers.jsonl")).size(), 10U);
  for (const char* const part : {"id=\"layers\"", "norm of the gradient", "dead units", "Weights over time",
                                 "writing and checking the ONNX model", "peak memory"})
    EXPECT_TRUE(says(part)) << part;
  // A run that goes on keeps what it recorded, and a later report shows it.
  run_well(train_two + Words{"--epochs", "7", "--layers", "8:relu,1:sigmoid", "--resume", "--report", "--quiet"});
  EXPECT_EQ(lines_of(read("out/layers.jsonl")).size(), 14U);
  run_well({"report", "out"});
  EXPECT_TRUE(says("Layers at the end of epoch 7"));
  write("out/times.json", "{");
  run_well({"report", "out"});
  EXPECT_TRUE(says("times.json cannot be read"));
  EXPECT_TRUE(says("id=\"layers\""));
  // A new run without a report leaves nothing of it.
  run_well(train_two + Words{"--epochs", "2", "--overwrite", "--quiet"});
  EXPECT_FALSE(std::filesystem::exists(folder.file("out/layers.jsonl")));
  EXPECT_FALSE(std::filesystem::exists(folder.file("out/times.json")));
}

TEST_F(Report, HasNoSecretOfTheTable) {
  std::filesystem::create_directory(folder.file("alice"));
  std::string text = "name,pay,born,y\n";
  for (int r = 0; r < 120; ++r)
    text += (r == 7       ? "Zaphod"
             : r % 2 == 0 ? "even"
                          : "odd") +
            std::string(",") + (r == 7 ? "8675309.25" : std::to_string(1000 + r * 7 % 50)) + "," +
            (r == 7 ? "1903-05-17" : "2001-02-" + std::to_string(10 + r % 18)) + "," + std::to_string(r % 3 == 0) +
            "\n";
  write("alice/pay.csv", text);
  run_well({"train", "--data", "alice/pay.csv", "--target", "y", "--task", "classification", "--out", "out", "--epochs",
            "3", "--report", "--tensorboard", "--quiet"});
  for (const char* const secret : {"Zaphod", "8675309", "1903", "alice"}) {
    EXPECT_FALSE(says(secret)) << secret;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.file("out/tensorboard"))) {
      if (entry.is_directory()) continue;
      EXPECT_EQ(read_text(entry.path().string()).find(secret), std::string::npos) << secret;
    }
    EXPECT_EQ(read("out/layers.jsonl").find(secret), std::string::npos) << secret;
  }
  run_well({"report", "out", "--data", "alice/pay.csv"});
  for (const char* const secret : {"Zaphod", "8675309", "1903", "alice"}) EXPECT_FALSE(says(secret)) << secret;
}

TEST_F(Report, NamesFoldersOnlyIfAsked) {
  write_two_classes("private.csv");
  std::filesystem::create_directory(folder.file("patients"));
  std::filesystem::rename(folder.file("private.csv"), folder.file("patients/private.csv"));
  run_well({"train", "--data", "patients/private.csv", "--target", "label", "--out", "out", "--epochs", "2", "--report",
            "--quiet"});
  EXPECT_TRUE(says("private.csv"));
  EXPECT_FALSE(says("patients"));
  EXPECT_FALSE(says(folder.path()));
  run_well({"report", "out", "--paths"});
  EXPECT_TRUE(says("patients/private.csv"));
  EXPECT_TRUE(says(folder.path()));
}

TEST_F(Report, NamesNoFolderOfASchemaOrOfTargetsAndEachColumnAsItIs) {
  std::filesystem::create_directory(folder.file("patients"));
  std::string text = "a/b,km/h\n";
  for (int r = 0; r < 60; ++r) text += std::to_string(r) + "," + std::to_string(r * 7 % 41) + ".5\n";
  write("t.csv", text);
  write("patients/s.toml", "[columns.\"a/b\"]\nkind = \"number\"\n");
  const Words more{"--out", "out", "--epochs", "2", "--layers", "1", "--report", "--overwrite", "--quiet"};
  run_well(Words{"train", "--data", "t.csv", "--target", "km/h", "--schema", folder.file("patients/s.toml")} + more);
  EXPECT_FALSE(says("patients"));
  EXPECT_TRUE(says("s.toml"));
  EXPECT_TRUE(says("km/h"));
  EXPECT_FALSE(says("target = &#39;h&#39;") || says("target = 'h'"));
  // The settings on the page are TOML to repeat the run with.
  std::filesystem::remove(folder.file("patients/s.toml"));
  run_well({"report", "out"});
  EXPECT_FALSE(says("patients")) << "the settings cannot be read any more";
}

TEST_F(Report, NamesNoFolderOfAFileOfTargets) {
  const auto write_array = [&](const std::string& name, int columns) {
    std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (60, " + std::to_string(columns) + "), }";
    header.resize(117, ' ');
    std::string bytes = std::string("\x93NUMPY\x01\x00", 8) + std::string("\x76\x00", 2) + header + "\n";
    for (int i = 0; i < 60 * columns; ++i) {
      const float value = static_cast<float>(i * 37 % 101) / 101;
      bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    write(name, bytes);
  };
  std::filesystem::create_directory(folder.file("patients"));
  write_array("patients/x.npy", 3);
  write_array("patients/y.npy", 1);
  run_well({"train", "--data", "patients/x.npy", "--target", "patients/y.npy", "--layers", "1", "--loss", "mse",
            "--out", "out", "--epochs", "2", "--report", "--quiet"});
  EXPECT_FALSE(says("patients"));
  EXPECT_TRUE(says("y.npy"));
}

TEST_F(Report, NamesNoFolderWhereAFileOfTheRunCannotBeRead) {
  std::filesystem::create_directory(folder.file("patients"));
  write_two_classes("t.csv");
  run_well(train_two + Words{"--out", "patients/out", "--quiet"});
  write("patients/out/run.toml", "epochs = [\n");
  run_well({"report", "patients/out", "--out", "out.html"});
  const std::string text = read("out.html");
  EXPECT_NE(text.find("run.toml cannot be read: [run.toml]"), std::string::npos);
  EXPECT_EQ(text.find("patients"), std::string::npos);
}

TEST_F(Report, HidesLevelsOfFewRows) {
  std::string text = "name,x,y\n";
  for (int r = 0; r < 200; ++r)
    text += (r == 7       ? "secret"
             : r % 2 == 0 ? "even"
                          : "odd") +
            std::string(",") + std::to_string(r) + "," + std::to_string(r % 5) + ".5\n";
  write("t.csv", text);
  run_well({"train", "--data", "t.csv", "--target", "y", "--out", "out", "--epochs", "3", "--report", "--quiet"});
  EXPECT_TRUE(says("even"));
  EXPECT_FALSE(says("secret"));
}

TEST_F(Report, WithoutDataHasCurvesAndSettings) {
  train_with_text_columns();
  EXPECT_EQ(run_well({"report", "out"}).out, "wrote       out/report.html\n");
  EXPECT_TRUE(says("id=\"training\""));
  EXPECT_TRUE(says("millrace train --config run.toml"));
  EXPECT_TRUE(says("no rows were given"));
  EXPECT_FALSE(says("id=\"classes\""));
  EXPECT_EQ(json_of({"report", "out", "--json"}).at("files").at("report"), "out/report.html");
}

TEST_F(Report, OfARunThatFailedSaysWhere) {
  write_numbers("t.csv");
  const ProcessResult failed =
      run({"train", "--data", "t.csv", "--target", "label", "--layers", "8:relu,1", "--loss", "mse", "--optimizer",
           "sgd", "--learning-rate", "1e30", "--epochs", "5", "--out", "out", "--report"});
  EXPECT_EQ(failed.code, 4) << failed.err;
  EXPECT_TRUE(says("with numbers that are not finite"));
}

TEST_F(Report, OfAnUntrainedNetworkHasNoEpochs) {
  write_two_classes("t.csv");
  run_well(train_two + Words{"--epochs", "0", "--report"});
  EXPECT_TRUE(says("No epoch of training is known."));
}

TEST_F(Report, WithoutItsCheckpointHasNoCurves) {
  train_with_text_columns();
  std::filesystem::remove(folder.file("out/checkpoint.safetensors"));
  run_well({"report", "out", "--data", "t.csv"});
  EXPECT_TRUE(says("there is no checkpoint.safetensors"));
  EXPECT_TRUE(says("the 300 rows of t.csv"));
}

TEST_F(Report, WithoutItsSettingsSaysSo) {
  train_with_text_columns();
  write("out/run.toml", "this is [no TOML");
  run_well({"report", "out"});
  EXPECT_TRUE(says("run.toml cannot be read"));
  std::filesystem::remove(folder.file("out/run.toml"));
  run_well({"report", "out"});
  EXPECT_TRUE(says("there is no run.toml"));
}

TEST_F(Report, RefusesAFolderWithoutARun) {
  refuses({"report", "nowhere"}, 2, {"'nowhere' is not there", "expected a folder of millrace train"});
  write("file", "");
  refuses({"report", "file"}, 2, {"no folder"});
  std::filesystem::create_directory(folder.file("empty"));
  refuses({"report", "empty"}, 3, {"'empty' holds no run", "checkpoint.safetensors"});
  refuses({"report"}, 2, {"expected DIR"});
}

TEST_F(Report, RefusesRowsThatDoNotFit) {
  train_with_text_columns();
  write("other.csv", "size,kind\n1,yes\n2,no\n");
  refuses({"report", "out", "--data", "other.csv"}, 3, {"no column 'colour'"});
  refuses({"report", "out", "--data", "missing.csv"}, 3, {"missing.csv"});
  refuses({"report", "out", "--data", "t.csv", "--out", "t.csv"}, 2, {"the file of --data"});
}

TEST_F(Report, ANewRunRemovesTheReportOfTheEarlierOne) {
  train_with_text_columns({"--report"});
  train_with_text_columns();
  EXPECT_FALSE(std::filesystem::exists(folder.file("out/report.html")));
}

TEST_F(Report, EscapesNamesOfTheTable) {
  std::string text = "\"<script>alert(1)</script>\",\"a \"\"quoted\"\" & name\",🌊,\"<b>target</b>\"\n";
  for (int r = 0; r < 60; ++r)
    text += std::to_string(r) + "," + std::to_string(r * 7 % 13) + "," + (r % 2 == 0 ? "<i>up</i>" : "down") + "," +
            (r % 3 == 0 ? "\"yes & no\"" : "'no'") + "\n";
  write("t.csv", text);
  run_well({"train", "--data", "t.csv", "--target", "<b>target</b>", "--out", "out", "--epochs", "3", "--report",
            "--quiet"});
  for (const char* const part : {"<script>alert", "<b>target", "<i>up", "yes & no", "a \"quoted\""})
    EXPECT_FALSE(says(part)) << part;
  EXPECT_TRUE(says("🌊"));
}

}  // namespace

}  // namespace millrace::test
