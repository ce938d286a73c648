// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.hpp"

namespace millrace::test {

namespace {

class Export : public Cli {
 protected:
  Export() {
    write_two_classes("t.csv");
    run_well(train_two + Words{"--quiet"});
  }
  const std::string checkpoint = "out/checkpoint.safetensors";
};

TEST_F(Export, WritesToStdoutForADash) {
  const Words before = files();
  EXPECT_EQ(run_well({"export", checkpoint, "--out", "-"}).out, read("out/model.onnx"));
  EXPECT_EQ(files(), before);
  refuses({"export", checkpoint, "--out", "-", "--json"}, 2, {"--out - and --json both write to stdout"});
}

TEST_F(Export, RefusesOtherEndings) {
  refuses({"export", checkpoint, "--out", "model.pb"}, 2, {"[export] --out 'model.pb' ends in '.pb', expected .onnx"});
  refuses({"export", checkpoint, "--out", "model"}, 2, {"--out 'model' has no ending, expected .onnx"});
}

// Rows to hold out have any format that rows to train on have.
TEST_F(Export, MeasuresSmallerNumbersOnHeldOutRowsOfAnArray) {
  std::string rows;
  for (int r = 0; r < 80; ++r)
    rows +=
        std::to_string(r * 37 % 101 > 50) + " 1:" + std::to_string(r * 37 % 101) + " 2:" + std::to_string(r % 7) + "\n";
  write("t.svm", rows);
  write("held.svm", rows.substr(0, rows.size() / 4 * 3));
  run_well({"train", "--data", "t.svm", "--layers", "4:tanh,1:sigmoid", "--epochs", "5", "--out", "svm", "--quiet"});
  const Words small{
      "export", "svm/checkpoint.safetensors", "--int8", "--data", "t.svm", "--out", "small.onnx", "--max-loss", "100%"};
  EXPECT_GT(json_of(small + Words{"--validation", "held.svm", "--json"}).at("rows").get<int>(), 50);
  std::filesystem::remove(folder.file("small.onnx"));
  write_two_classes("t.csv");
  refuses(small + Words{"--validation", "t.csv"}, 2, {"--validation: 't.csv' beside 't.svm'", "both to be arrays"});
}

}  // namespace

}  // namespace millrace::test
