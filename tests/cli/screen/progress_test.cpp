// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <iterator>
#include <sstream>

#include "cli/cli.hpp"

namespace millrace::test {

namespace {

class Progress : public Cli {
 protected:
  Progress() { write_two_classes("t.csv", 200); }
  /// What `train` writes to stderr: a log, or a terminal of so many columns.
  [[nodiscard]] std::string shown(const Words& more, std::optional<int> columns = {}, const std::string& locale = "C",
                                  const std::pair<std::string, std::string>& variable = {"LANG", "C"}) const {
    const ProcessResult result = run(train_two + more, {.folder = "",
                                                        .out_file = "",
                                                        .terminal_columns = columns,
                                                        .file_bytes = {},
                                                        .environment = {{"LC_ALL", locale}, variable}});
    EXPECT_EQ(result.code, 0) << result.err;
    return result.err;
  }
  /// The lines that stay on a terminal after every bar was drawn over.
  [[nodiscard]] static Words lines_that_stay(const std::string& text) {
    Words stay;
    for (std::string line : lines_of(text)) {
      if (const std::size_t erased = line.rfind("\x1b[K"); erased != std::string::npos) line.erase(0, erased + 3);
      std::erase(line, '\r');
      if (!line.empty()) stay.push_back(line);
    }
    return stay;
  }
  [[nodiscard]] static Words cells_of(const std::string& line) {
    std::istringstream text(line);
    return {std::istream_iterator<std::string>(text), std::istream_iterator<std::string>()};
  }

  const Words long_run{"--epochs", "3000", "--batch", "100", "--layers", "64:tanh,64:tanh,1:sigmoid"};
};

TEST_F(Progress, PrintsAtMostTenEpochsIntoALog) {
  for (const auto& [epochs, rows] :
       {std::pair{"1", 1U}, {"9", 9U}, {"10", 10U}, {"11", 6U}, {"19", 10U}, {"1003", 10U}}) {
    const Words lines = lines_of(shown({"--epochs", epochs}));
    ASSERT_EQ(lines.size(), rows + 1) << epochs;
    EXPECT_EQ(cells_of(lines[0]), (Words{"epoch", "loss", "accuracy", "time", "best"}));
    EXPECT_EQ(cells_of(lines.back()).at(0), std::string(epochs) + "/" + epochs);
  }
}

TEST_F(Progress, AlignsItsColumns) {
  const Words lines = lines_of(shown({"--epochs", "30", "--validation", "0.2"}));
  const Words names{"epoch", "loss", "accuracy", "val_loss", "val_accuracy", "time"};
  EXPECT_EQ(cells_of(lines.at(0)), names + Words{"best"});
  for (const std::string& line : lines) {
    for (const std::string& name : names) {
      // Right-aligned: every cell ends where its heading does.
      const std::size_t end = lines[0].find(" " + name + " ") + 1 + name.size();
      if (name == "epoch") continue;
      EXPECT_NE(line.at(end - 1), ' ') << line;
      EXPECT_TRUE(line.size() == end || line.at(end) == ' ') << line;
    }
  }
}

TEST_F(Progress, MarksTheBestEpochSoFar) {
  const Words flags{"--epochs", "10", "--validation", "0.2", "--learning-rate", "0.5", "--json"};
  const ProcessResult result = run_well(train_two + flags);
  double best = 1e9;
  const Words lines = lines_of(result.err);
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const Words cells = cells_of(lines[i]);
    const double loss = std::stod(cells.at(3));
    EXPECT_EQ(cells.back() == "*", loss < best) << lines[i];
    best = std::min(best, loss);
  }
  // By the value that a callback monitors, if there is one.
  const Words accuracy = lines_of(shown({"--epochs", "5", "--best.monitor", "accuracy", "--best.mode", "min"}));
  EXPECT_EQ(cells_of(accuracy.at(1)).back(), "*");
  // Without validation rows the training loss is no measure.
  EXPECT_EQ(shown({"--epochs", "5"}).find('*'), std::string::npos);
}

TEST_F(Progress, ShowsAnEarlyEnd) {
  const Words lines = lines_of(shown({"--epochs", "5000", "--early-stopping.monitor", "loss",
                                      "--early-stopping.min-delta", "100", "--early-stopping.patience", "2"}));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(cells_of(lines[1]).at(0), "3/5000");
}

TEST_F(Progress, PrintsNoControlCharactersIntoALog) {
  const std::string log = shown({"--epochs", "150"});
  for (const char c : log) ASSERT_TRUE(c == '\n' || (c >= ' ' && c <= '~')) << static_cast<int>(c);
}

TEST_F(Progress, WritesALogToATerminalThatIsNoScreen) {
  for (const auto& variable : {std::pair{"TERM", "dumb"}, {"CI", "true"}}) {
    const std::string text = shown({"--epochs", "150"}, 80, "C", variable);
    EXPECT_EQ(text.find('\x1b'), std::string::npos) << variable.first;
    EXPECT_EQ(text.find(" left"), std::string::npos) << variable.first;
    EXPECT_EQ(lines_of(text).size(), 11U) << variable.first;
  }
}

TEST_F(Progress, DrawsABarOnATerminal) {
  const std::string text = shown(long_run, 100);
  for (const char* word : {"\r", "[=", "..]", " left", "loss ", " epochs/s"})
    EXPECT_NE(text.find(word), std::string::npos) << word;
  const Words stay = lines_that_stay(text);
  ASSERT_EQ(stay.size(), 11U) << text;
  EXPECT_EQ(cells_of(stay[0]).at(0), "epoch");
  EXPECT_EQ(cells_of(stay[10]).at(0), "3000/3000");
}

TEST_F(Progress, EndsTheBarWithTheCurveOfTheLoss) {
  const auto has_curve = [](const std::string& text) {
    for (std::size_t at = text.find("  accuracy "); at != std::string::npos; at = text.find("  accuracy ", at + 1)) {
      const std::size_t end = text.find("\x1b[K", at), begin = text.rfind("  ", end);
      if (begin > at + 11 && text.substr(begin + 2, end - begin - 2).find_first_not_of("_.:-=+*#") == std::string::npos)
        return true;
    }
    return false;
  };
  EXPECT_TRUE(has_curve(shown(long_run, 120)));
  EXPECT_FALSE(has_curve(shown(long_run, 60))) << "there is no room for it";
  EXPECT_NE(shown(long_run, 120, "C.UTF-8").find("\u2588"), std::string::npos);
}

// Reading takes as long as the other end of the pipe does.
TEST_F(Progress, SaysOnATerminalWhatTakesLong) {
  const auto shown_of = [&](const std::string& words, std::optional<int> columns) {
    std::filesystem::remove(folder.file("p.csv"));
    std::string command;
    for (const std::string& word : train_two) command += " " + (word == "t.csv" ? "p.csv" : word);
    const ProcessResult result = run_process(
        {"/bin/sh", "-c", "mkfifo p.csv; (sleep 1.5; cat t.csv) > p.csv & \"$0\"" + command + words, MILLRACE_PROGRAM},
        {.folder = folder.path(), .out_file = "", .terminal_columns = columns, .file_bytes = {}});
    EXPECT_EQ(result.code, 0) << result.err;
    return result.err;
  };
  const std::string text = shown_of("", 80);
  EXPECT_NE(text.find("\rreading p.csv  "), std::string::npos) << text;
  for (const std::string& line : lines_that_stay(text)) EXPECT_EQ(line.find("reading"), std::string::npos) << line;
  EXPECT_NE(shown_of("", 16).find("\rreading  "), std::string::npos) << "the name does not fit";
  EXPECT_EQ(shown_of("", {}).find("reading"), std::string::npos) << "a log";
  EXPECT_EQ(shown_of(" --quiet", 80), "");
}

TEST_F(Progress, FitsTheWidthOfTheTerminal) {
  for (const int columns : {120, 80, 60, 40, 20, 4}) {
    const std::string text =
        shown(long_run + Words{"--validation", "0.2", "--metrics", "accuracy,roc_auc,f1"}, columns);
    for (const std::string& line : lines_that_stay(text)) {
      if (columns >= 20) {
        EXPECT_LE(line.size(), static_cast<std::size_t>(columns)) << line;
      }
    }
    for (std::size_t at = text.find("\repoch"); at != std::string::npos; at = text.find("\repoch", at + 1))
      EXPECT_LT(text.find("\x1b[K", at) - at - 1, static_cast<std::size_t>(columns)) << text.substr(at, 100);
  }
  // The loss, the validation loss and the first metric are the last to go.
  const std::string narrow = shown({"--epochs", "2", "--validation", "0.2", "--metrics", "accuracy,roc_auc"}, 60);
  EXPECT_EQ(cells_of(lines_that_stay(narrow).at(0)), (Words{"epoch", "loss", "accuracy", "val_loss", "time", "best"}));
}

TEST_F(Progress, ShowsNothingWhenQuiet) {
  EXPECT_EQ(shown({"--epochs", "5", "--quiet"}), "");
  EXPECT_EQ(shown({"--epochs", "5", "--quiet"}, 100), "");
}

}  // namespace

}  // namespace millrace::test
