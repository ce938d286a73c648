// SPDX-License-Identifier: Apache-2.0
//
// Flags and words of other programs: what a message offers instead is accepted as it stands.
#include "cli/settings/foreign_flags.hpp"

#include <set>

#include "base/text.hpp"
#include "cli/cli.hpp"

namespace millrace::test {
namespace {

class ForeignFlags : public Cli {
 protected:
  void SetUp() override {
    std::string rows;
    for (int i = 0; i < 40; ++i)
      rows += std::to_string(i * 37 % 61) + ".5," + std::to_string(i * 53 % 89) + ",1," + std::to_string(i % 2) + "\n";
    write("t.csv", "a,b,w,y\n" + rows);
    write("lines.csv", "a title\na,b,w,y\n" + rows);
    write("no_header.csv", rows);
    std::ranges::replace(rows, ',', ';');
    write("semicolons.csv", "a;b;w;y\n" + rows);
    write("s.toml", "[columns.a]\nkind = \"number\"\n");
  }

  // A training with these words, and beside them only flags that they do not have.
  [[nodiscard]] static Words training(const std::string& typed) {
    Words own;
    for (std::string word : split_text(typed, ' ')) {
      const bool quoted = word.size() > 2 && word.front() == '\'';
      if (quoted) word = word.substr(1, word.size() - 2);
      own.push_back(word == "FILE" ? "t.csv" : word == "FILE.toml" ? "s.toml" : word == "DIR" ? "out" : word);
      if (word == "COLUMN")
        own.back() = own[own.size() - 2] == "--target" ? "y" : own[own.size() - 2] == "--ignore" ? "b" : "w";
    }
    const auto has = [&](const std::string& flag) { return std::ranges::find(own, flag) != own.end(); };
    const std::string data = has("--delimiter")    ? "semicolons.csv"
                             : has("--skip-lines") ? "lines.csv"
                             : has("--no-header")  ? "no_header.csv"
                                                   : "t.csv";
    const std::pair<std::string, std::string> rest[] = {{"--data", data},
                                                        {"--target", has("--no-header") ? "4" : "y"},
                                                        {"--out", "out"},
                                                        {"--epochs", "1"},
                                                        {"--layers", "4:relu,1:sigmoid"},
                                                        {"--validation", "0.2"}};
    Words words{"train", "--overwrite"};
    for (const auto& [flag, value] : rest) {
      if (has(flag) || (flag == "--layers" && has("--loss"))) continue;
      words.push_back(flag);
      words.push_back(value);
    }
    if (has("--overwrite")) std::erase(words, "--overwrite");
    return words + own;
  }
};

TEST_F(ForeignFlags, AreAnsweredWithFlagsThatRun) {
  std::set<std::string> tried;
  for (const cli::ForeignFlag& flag : cli::foreign_flags()) {
    const std::string own(flag.own), name = (flag.name.size() == 1 ? "-" : "--") + std::string(flag.name);
    SCOPED_TRACE(name + ": " + own);
    refuses(training("--epochs 1") + Words{name, "1"}, 2, {"unknown flag '" + name + "', expected " + own});
    if (!tried.insert(own).second) continue;
    if (own == "--resume") run_well(training("--epochs 1"));
    run_well(training(own));
  }
}

TEST_F(ForeignFlags, LossesOfOtherProgramsAreAnsweredWithLossesThatRun) {
  refuses(training("--objective binary"), 2, {"--loss mse for numbers, --loss binary_crossentropy for two classes"});
  refuses(training("--loss log_loss"), 2, {"unknown loss 'log_loss', expected binary_crossentropy for two classes"});
  run_well(training("--loss binary_crossentropy --layers 4:relu,1:sigmoid"));
  run_well(training("--loss binary_crossentropy:from_logits=true --layers 4:relu,1"));
  run_well(training("--loss sparse_categorical_crossentropy --layers 4:relu,2:softmax"));
  run_well(training("--loss sparse_categorical_crossentropy:from_logits=true --layers 4:relu,2"));
  refuses(training("--metrics AUC"), 2, {"unknown metric 'AUC', did you mean 'auc'"});
  refuses(training("--layers 4:relu,Dropout(0.5),1:sigmoid"), 2, {"expected dropout:0.5"});
  run_well(training("--layers 4:relu,dropout:0.5,1:sigmoid --metrics auc,f1"));
}

}  // namespace
}  // namespace millrace::test
