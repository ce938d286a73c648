// SPDX-License-Identifier: Apache-2.0
//
// Tables whose cells something else than a comma separates.
#include "cli/cli.hpp"

namespace millrace::test {

namespace {

class Delimiter : public Cli {
 protected:
  Delimiter() {
    write_two_classes("t.csv");
    run_well(train_two + Words{"--quiet"});
  }
  void write_with(char delimiter, const std::string& name) const {
    std::string text = read("t.csv");
    std::replace(text.begin(), text.end(), ',', delimiter);
    write(name, text);
  }
};

TEST_F(Delimiter, IsOneCharacterOrTab) {
  const std::string predictions = run_well({"predict", "out/model.onnx", "--data", "t.csv", "--out", "-"}).out;
  const std::string values = run_well({"evaluate", "out/model.onnx", "--data", "t.csv"}).out;
  write_with(';', "semicolons.csv");
  write_with('\t', "tabs.csv");
  for (const auto& [file, delimiter] : {std::pair{"semicolons.csv", ";"}, {"tabs.csv", "tab"}, {"tabs.csv", "\t"}}) {
    const Words table{"--data", file, "--delimiter", delimiter};
    EXPECT_EQ(run_well(Words{"predict", "out/model.onnx", "--out", "-"} + table).out, predictions);
    EXPECT_EQ(run_well(Words{"evaluate", "out/model.onnx"} + table).out, values);
    run_well(train_two + table + Words{"--out", "again", "--quiet"});
    EXPECT_EQ(read("again/model.onnx"), read("out/model.onnx"));
  }
  write("run.toml", "delimiter = \";\"\n");
  run_well(train_two + Words{"--config", "run.toml", "--data", "semicolons.csv", "--out", "file"});
}

TEST_F(Delimiter, RefusesOtherTexts) {
  refuses(train_two + Words{"--delimiter", ""}, 2, {"--delimiter is '', expected one character, tab or blanks"});
  refuses(train_two + Words{"--delimiter", ";;"}, 2, {"--delimiter is ';;'"});
  refuses(train_two + Words{"--delimiter", "\1"}, 2, {"--delimiter: the character 1, ^A", "expected another: tr"});
  refuses(train_two + Words{"--delimiter", "\""}, 2, {"the delimiter is '\"'"});
  refuses(train_two + Words{"--data", "x.npy", "--delimiter", ";"}, 2, {"--delimiter: 'x.npy'", ".csv or .tsv"});
}

}  // namespace

}  // namespace millrace::test
