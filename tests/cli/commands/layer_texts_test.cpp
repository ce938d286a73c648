// SPDX-License-Identifier: Apache-2.0
//
// Layers of --layers that mean the same: blanks and aliases change neither the training nor which run it is.
#include "cli/cli.hpp"

namespace millrace::test {

namespace {

class LayerTexts : public Cli {
 protected:
  LayerTexts() { write_two_classes("t.csv", 200); }
  static Words train(const std::string& layers, const std::string& out, const Words& more = {}) {
    return Words{"train",    "--data", "t.csv",  "--target", "label", "--layers", layers,
                 "--epochs", "3",      "--seed", "3",        "--out", out,        "--quiet"} +
           more;
  }
};

TEST_F(LayerTexts, TrainTheSameBits) {
  run_well(train("4:silu,1:sigmoid", "plain"));
  const Words loss{"--loss", "binary_crossentropy"};
  run_well(train("4: swish, 1: sigmoid", "blanks"));
  run_well(train("4: swish, 1: sigmoid", "blanks-and-loss", loss));
  EXPECT_EQ(read("blanks/model.onnx"), read("plain/model.onnx"));
  EXPECT_EQ(read("blanks-and-loss/model.onnx"), read("plain/model.onnx"));
  EXPECT_EQ(read("blanks/history.csv"), read("plain/history.csv"));
}

TEST_F(LayerTexts, AreOneRun) {
  run_well(train("4:swish,1: sigmoid", "out", {"--epochs", "1"}));
  run_well(train("4:silu,1:sigmoid", "out", {"--resume"}));
  run_well(train("4:silu,1:sigmoid", "whole"));
  EXPECT_EQ(read("out/model.onnx"), read("whole/model.onnx"));
}

}  // namespace

}  // namespace millrace::test
