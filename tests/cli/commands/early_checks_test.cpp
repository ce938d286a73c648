// SPDX-License-Identifier: Apache-2.0
//
// What a run cannot write at its end is refused before its first step.
#include "cli/cli.hpp"

namespace millrace::test {
namespace {

class EarlyChecks : public Cli {
 protected:
  // A table with a column of texts, whose graph has encoders and a label.
  void SetUp() override {
    std::string text = "a,color,y\n";
    for (int r = 0; r < 60; ++r)
      text += std::to_string(r * 37 % 61) + (r % 3 == 0 ? ",red," : ",blue,") + (r % 2 == 0 ? "0\n" : "1\n");
    write("t.csv", text);
  }
  // `refuses` also makes sure that there are no files: the message came ahead of the first checkpoint.
  void refuses_flags(const Words& flags, const Words& parts) { refuses(train + flags, 2, parts); }
  const Words train{"train",    "--data", "t.csv", "--target", "y",      "--layers", "4:relu,1:sigmoid",
                    "--epochs", "2",      "--out", "out",      "--quiet"};
};

TEST_F(EarlyChecks, NamesOfOutputs) {
  refuses_flags({"--output-name", "label"},
                {"[train] --output-name: the scores have the name 'label'", "another name"});
  refuses_flags({"--output-name", "color"}, {"--output-name: the output has the name 'color'", "no column"});
  refuses_flags({"--output-name", "columns/color/equal"}, {"--output-name", "another value of the graph"});
  refuses_flags({"--output-name", ""}, {"--output-name: the output has the name ''"});
  refuses_flags({"--label-name", "output"}, {"--label-name: the label has the name 'output'"});
  refuses_flags({"--label-name", "a"}, {"--label-name: the label has the name 'a'"});
  refuses_flags({"--probabilities-name", "p"}, {"--probabilities-name", "a model whose scores are logits"});
  refuses_flags({"--metadata", "classes=3"}, {"--metadata", "millrace writes this key itself"});
  run_well(train + Words{"--output-name", "label", "--label-name", "class"});
  refuses({"export", "out/checkpoint.safetensors", "--out", "m.onnx", "--output-name", "label"}, 2,
          {"[export] --output-name"});
}

TEST_F(EarlyChecks, Opsets) {
  refuses_flags({"--opset", "9"},
                {"[train] --opset: the model needs opset 11, expected at most 9", "--opset 11 suffices"});
  refuses_flags({"--ort", "0.5"},
                {"[train] --ort: the model needs opset 11, expected at most 10", "--ort 1.0 suffices"});
  run_well(train + Words{"--opset", "11"});
  refuses({"export", "out/checkpoint.safetensors", "--out", "m.onnx", "--opset", "9"}, 2, {"[export] --opset"});
  // A network of numbers only needs none of the later operators.
  run_well(train + Words{"--overwrite", "--features", "a", "--opset", "11"});
}

TEST_F(EarlyChecks, FilesThatCannotBeWritten) {
  refuses_flags({"--sidecar", "t.csv/s.json"}, {"cannot write 't.csv/s.json'"});
  refuses_flags({"--best.path", "t.csv/best.safetensors", "--validation", "0.2"}, {"cannot write 't.csv/best"});
  for (const char* const name : {"report.html", "times.json"}) {
    std::filesystem::create_directories(folder.file("out/" + std::string(name)));
    refuses_flags({"--report"}, {"cannot write 'out/" + std::string(name) + "'"});
    std::filesystem::remove_all(folder.file("out"));
  }
  for (const char* const name : {"run.toml", "failure.bundle", "checkpoint.1.safetensors"}) {
    std::filesystem::create_directories(folder.file("out/" + std::string(name)));
    refuses_flags({"--keep-checkpoints", "2"}, {"cannot write 'out/" + std::string(name) + "'"});
    EXPECT_FALSE(std::filesystem::exists(folder.file("out/checkpoint.safetensors"))) << "of a run that was refused";
    std::filesystem::remove_all(folder.file("out"));
  }
  run_well(train);
  const Words data{"out/model.onnx", "--data", "t.csv"}, evaluate = Words{"evaluate"} + data + Words{"--curves"};
  refuses(evaluate + Words{"curves.txt"}, 2,
          {"[evaluate] --curves 'curves.txt' ends in '.txt', expected .csv or .tsv"});
  refuses(evaluate + Words{"t.csv/c.csv"}, 2, {"cannot write 't.csv/c.csv'"});
  const Words predict = Words{"predict"} + data + Words{"--out", "p.csv", "--unread"};
  refuses(predict + Words{"u.txt"}, 2, {"[predict] --unread 'u.txt' ends in '.txt'"});
  refuses(predict + Words{"t.csv/u.csv"}, 2, {"cannot write 't.csv/u.csv'"});
  refuses({"export", "out/checkpoint.safetensors", "--out", "m.onnx", "--sidecar", "t.csv/s.json"}, 2,
          {"cannot write 't.csv/s.json'"});
}

}  // namespace
}  // namespace millrace::test
