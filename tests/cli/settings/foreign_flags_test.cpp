// SPDX-License-Identifier: Apache-2.0
#include "cli/settings/foreign_flags.hpp"

#include <set>

#include "cli/cli.hpp"

namespace millrace::test {

namespace {

class ForeignFlags : public Cli {
 protected:
  ForeignFlags() {
    write_numbers("t.csv", 60);
    std::string text = read("t.csv");
    write("headless.csv", text.substr(text.find('\n') + 1));
    write("title.csv", "a title\n" + text);
    write("footer.csv", text + "60 rows\n");
    std::ranges::replace(text, ',', ';');
    write("semicolons.csv", text);
    write("s.toml", run_well({"schema", "--data", "t.csv"}).out);
  }

  // What a user types for it: the words of a shell, with names of this test's files and columns.
  [[nodiscard]] static Words typed(std::string_view own) {
    Words words;
    for (std::size_t at = 0; at < own.size();) {
      const std::size_t end = std::min(own.find(' ', at), own.size());
      std::string word(own.substr(at, end - at));
      std::erase(word, '\'');
      const bool is_target = !words.empty() && words.back() == "--target";
      if (word == "FILE") word = "t.csv";
      if (word == "FILE.toml") word = "s.toml";
      if (word == "DIR") word = "typed";
      if (word == "COLUMN") word = is_target ? "label" : "b";
      words.push_back(word);
      at = end + 1;
    }
    return words;
  }
  // A table that is as the flag says.
  [[nodiscard]] static Words table_for(const std::string& flag) {
    if (flag == "--no-header") return {"headless.csv", "--target", "3"};
    if (flag == "--skip-lines") return {"title.csv", "--target", "label"};
    if (flag == "--skip-footer") return {"footer.csv", "--target", "label"};
    return {flag == "--delimiter" ? "semicolons.csv" : "t.csv", "--target", "label"};
  }
};

TEST_F(ForeignFlags, AreAnsweredWithWordsThatTheProgramTakes) {
  std::set<std::string_view> tried;
  for (const cli::ForeignFlag& row : cli::foreign_flags()) {
    if (!tried.insert(row.own).second) continue;
    const Words words = typed(row.own);
    // Who asks to stop early, or for shares of every class, holds rows out.
    Words command{"train", "--out", "run" + std::to_string(tried.size()), "--validation", "0.2", "--threads", "1"};
    if (words[0] != "--epochs") command = command + Words{"--epochs", "1"};
    const ProcessResult result = run(command + Words{"--quiet", "--data"} + table_for(words[0]) + words);
    EXPECT_EQ(result.code, 0) << "--" << row.name << " -> " << row.own << ": " << result.err;
  }
}

TEST_F(ForeignFlags, AreNamedInTheRefusal) {
  for (const cli::ForeignFlag& row : cli::foreign_flags()) {
    const std::string flag = (row.name.size() == 1 ? "-" : "--") + std::string(row.name);
    const ProcessResult result = run({"train", "--data", "t.csv", flag, "1"});
    EXPECT_EQ(result.code, 2) << flag;
    EXPECT_NE(result.err.find("unknown flag '" + flag + "', expected " + std::string(row.own) + "\n"),
              std::string::npos)
        << result.err;
  }
}

}  // namespace

}  // namespace millrace::test
