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

}  // namespace

}  // namespace millrace::test
