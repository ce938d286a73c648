// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.hpp"

namespace millrace::test {

namespace {

class ProgressOf : public Cli {
 protected:
  ProgressOf() { write_two_classes("t.csv", 200); }
  [[nodiscard]] std::string shown(const Words& more, std::optional<int> columns = {}) const {
    const ProcessResult result =
        run(train_two + more, {.folder = "", .out_file = "", .terminal_columns = columns, .file_bytes = {}});
    EXPECT_EQ(result.code, 0) << result.err;
    return result.err;
  }
};

TEST_F(ProgressOf, ALogGetsALineAnEpoch) {
  const Words lines = lines_of(shown({"--epochs", "12", "--validation", "0.2"}));
  ASSERT_EQ(lines.size(), 12U);
  EXPECT_TRUE(lines.at(0).starts_with("epoch  1/12  loss ")) << lines.at(0);
  for (const char* word : {"  accuracy ", "  val_loss ", "  val_accuracy "})
    EXPECT_NE(lines[11].find(word), std::string::npos) << lines[11];
}

TEST_F(ProgressOf, ALogOfALongRunStaysShort) {
  const Words lines = lines_of(shown({"--epochs", "1003"}));
  EXPECT_LE(lines.size(), 101U);
  EXPECT_GE(lines.size(), 50U);
  EXPECT_TRUE(lines.back().starts_with("epoch 1003/1003")) << lines.back();
}

TEST_F(ProgressOf, ALogHasNoControlCharacters) {
  const std::string log = shown({"--epochs", "150"});
  for (const char c : log) ASSERT_TRUE(c == '\n' || (c >= ' ' && c <= '~')) << static_cast<int>(c);
}

TEST_F(ProgressOf, ATerminalGetsABarThatIsDrawnOver) {
  const std::string text = shown({"--epochs", "3000", "--batch", "100", "--layers", "64:tanh,64:tanh,1:sigmoid"}, 100);
  ASSERT_NE(text.find("\r"), std::string::npos);
  for (const char* word : {"[=", "..]", " left", "loss "}) EXPECT_NE(text.find(word), std::string::npos) << word;
  // What stays when every bar is drawn over: ten epoch lines, and nothing behind them.
  Words stay;
  for (const std::string& line : lines_of(text)) {
    const std::size_t erased = line.rfind("\x1b[K");
    stay.push_back(erased == std::string::npos ? line : line.substr(erased + 3));
  }
  while (!stay.empty() && (stay.back().empty() || stay.back() == "\r")) stay.pop_back();
  EXPECT_EQ(stay.size(), 10U) << text;
  for (const std::string& line : stay) EXPECT_TRUE(line.starts_with("epoch ")) << line;
}

TEST_F(ProgressOf, ABarFitsItsTerminal) {
  for (const int columns : {40, 20, 4}) {
    const std::string text =
        shown({"--epochs", "3000", "--batch", "100", "--layers", "64:tanh,64:tanh,1:sigmoid"}, columns);
    for (std::size_t at = text.find("\repoch"); at != std::string::npos; at = text.find("\repoch", at + 1)) {
      EXPECT_LT(text.find("\x1b[K", at) - at - 1, static_cast<std::size_t>(columns)) << text.substr(at, 100);
    }
  }
}

TEST_F(ProgressOf, QuietMeansNothing) {
  EXPECT_EQ(shown({"--epochs", "5", "--quiet"}), "");
  EXPECT_EQ(shown({"--epochs", "5", "--quiet"}, 100), "");
}

}  // namespace

}  // namespace millrace::test
