// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.hpp"

namespace millrace::test {

namespace {

class Compare : public Cli {
 protected:
  void SetUp() override {
    write_two_classes("t.csv", 100);
    for (const std::string rate : {"0.001", "0.05"})
      run_well(train_two + Words{"--validation", "0.2", "--epochs", "20", "--learning-rate", rate, "--out",
                                 "runs/" + rate, "--quiet"});
  }
};

TEST_F(Compare, ShowsWhatDiffers) {
  const nlohmann::json result = json_of({"compare", "runs/0.001", "runs/0.05", "--json"});
  EXPECT_EQ(result.at("runs"), (std::vector<std::string>{"0.001", "0.05"}));
  EXPECT_EQ(result.at("settings").size(), 1U) << result.at("settings");
  EXPECT_EQ(result.at("settings").at("optimizer.learning_rate"), (std::vector<std::string>{"0.001", "0.05"}));
  const nlohmann::json& losses = result.at("results").at("val_loss");
  EXPECT_GT(losses[0].get<double>(), losses[1].get<double>());
  EXPECT_EQ(result.at("results").at("epochs"), (std::vector<double>{20, 20}));
}

TEST_F(Compare, MarksTheBestRun) {
  const std::string text = run_well({"compare", "runs/0.001", "runs/0.05"}).out;
  const Words lines = lines_of(text);
  const auto line = std::ranges::find_if(lines, [](auto& of) { return of.starts_with("val_loss"); });
  ASSERT_NE(line, lines.end()) << text;
  EXPECT_TRUE(line->ends_with(" *")) << *line;
  EXPECT_NE(text.find("optimizer.learning_rate  0.001"), std::string::npos) << text;
}

// Values of two losses say nothing about which run is better; a metric that both have does.
TEST_F(Compare, MarksNoBestAmongLossesOfDifferentKinds) {
  const auto train = [&](const std::string& loss, const std::string& name) {
    run_well({"train",  "--data", "t.csv",     "--target", "label",        "--layers", "4:tanh,1:sigmoid",
              "--loss", loss,     "--metrics", "accuracy", "--validation", "0.2",      "--epochs",
              "3",      "--seed", "1",         "--out",    "runs/" + name, "--quiet"});
  };
  train("binary_crossentropy", "a");
  train("binary_focal_crossentropy", "b");
  const ProcessResult result = run_well({"compare", "runs/a", "runs/b"});
  for (const std::string& line : lines_of(result.out)) {
    const bool is_loss = line.starts_with("loss") || line.starts_with("val_loss");
    EXPECT_FALSE(is_loss && line.ends_with('*')) << line;
  }
  EXPECT_NE(result.err.find("the runs have other losses"), std::string::npos) << result.err;
  EXPECT_EQ(run_well({"compare", "runs/0.001", "runs/0.05"}).err.find("other losses"), std::string::npos);
}

TEST_F(Compare, PutsRunsBelowOneAnotherWhereATerminalIsTooNarrow) {
  std::string command = "\"$0\" compare";
  for (int i = 0; i < 12; ++i) {
    const std::string name = "runs/run" + std::to_string(i);
    std::filesystem::copy(folder.file("runs/0.05"), folder.file(name), std::filesystem::copy_options::recursive);
    command += " " + name;
  }
  const ProcessResult result =
      run_process({"/bin/sh", "-c", command + " >&2", MILLRACE_PROGRAM},
                  {.folder = folder.path(), .out_file = "", .terminal_columns = 60, .file_bytes = {}});
  ASSERT_EQ(result.code, 0) << result.err;
  for (const std::string& line : lines_of(result.err)) EXPECT_LE(line.size(), 61U) << line;  // with \r
  for (int i = 0; i < 12; ++i) EXPECT_NE(result.err.find("run" + std::to_string(i)), std::string::npos) << i;
}

TEST_F(Compare, DrawsCurvesOverOneAnother) {
  run_well({"compare", "runs/0.001", "runs/0.05", "--page", "compare.html"});
  const std::string page = read("compare.html");
  EXPECT_NE(page.find("id=\"curves\""), std::string::npos);
  EXPECT_NE(page.find("class=\"line c2\""), std::string::npos);
  EXPECT_EQ(page.find("http:"), std::string::npos);
  EXPECT_EQ(page.find("https:"), std::string::npos);
}

TEST_F(Compare, TellsFoldersOfTheSameNameApart) {
  std::filesystem::create_directories(folder.file("other"));
  std::filesystem::copy(folder.file("runs/0.05"), folder.file("other/0.05"), std::filesystem::copy_options::recursive);
  const nlohmann::json result = json_of({"compare", "runs/0.05", "other/0.05/", "--json"});
  EXPECT_EQ(result.at("runs"), (std::vector<std::string>{"runs/0.05", "other/0.05"}));
  EXPECT_TRUE(result.at("settings").empty());
}

TEST_F(Compare, NotesOtherTrainingRows) {
  write_two_classes("t.csv", 90);
  run_well({"train", "--data", "t.csv", "--target", "label", "--layers", "4:tanh,1:sigmoid", "--loss",
            "binary_crossentropy", "--out", "runs/c", "--quiet"});
  const ProcessResult result = run_well({"compare", "runs/0.05", "runs/c"});
  EXPECT_NE(result.err.find("other training rows"), std::string::npos) << result.err;
}

TEST_F(Compare, RefusesWhatIsNoRun) {
  refuses({"compare", "runs/0.05"}, 2, {"expected two or more folders"});
  refuses({"compare"}, 2, {"expected DIR..."});
  refuses({"compare", "runs/0.05", "runs"}, 3, {"'runs' holds no run"});
  refuses({"compare", "runs/0.05", "nowhere"}, 2, {"'nowhere' is not there"});
}

}  // namespace

}  // namespace millrace::test
