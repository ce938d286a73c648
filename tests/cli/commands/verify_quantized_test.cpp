// SPDX-License-Identifier: Apache-2.0
//
// millrace verify of files with smaller numbers, and what other commands say of them.
#include "cli/cli.hpp"

namespace millrace::test {

namespace {

class VerifyQuantized : public Cli {
 protected:
  VerifyQuantized() {
    write_two_classes("t.csv", 80);
    run_well(train_two + Words{"--epochs", "40", "--learning-rate", "0.05", "--quiet"});
    run_well({"export", "out/checkpoint.safetensors", "--fp16", "--data", "t.csv", "--out", "small.onnx", "--max-loss",
              "10%"});
  }
};

TEST_F(VerifyQuantized, ComparesTheMetricWithThatOfTheCheckpoint) {
  for (const char* const original : {"out/checkpoint.safetensors", "out/model.onnx"}) {
    const nlohmann::json found = json_of({"verify", "small.onnx", "--data", "t.csv", "--against", original, "--json"});
    EXPECT_EQ(found.at("numbers"), "fp16");
    EXPECT_EQ(found.at("metric"), "accuracy");
    EXPECT_EQ(found.at("rows"), 80);
    EXPECT_EQ(found.at("max_loss"), 0.1);
    EXPECT_GT(found.at("largest_difference").get<double>(), 0);
    EXPECT_EQ(found.at("certificate").at("metric"), "accuracy");
  }
  const std::string text = run_well({"verify", "small.onnx", "--data", "t.csv", "--against", "out/model.onnx"}).out;
  EXPECT_NE(text.find("small.onnx: fp16 numbers; on 80 rows accuracy is"), std::string::npos) << text;
}

TEST_F(VerifyQuantized, SaysRowOfOne) {
  write("one.csv", lines_of(read("t.csv"))[0] + "\n" + lines_of(read("t.csv"))[1] + "\n");
  const std::string full = run_well({"verify", "out/model.onnx", "--data", "one.csv"}).out;
  EXPECT_NE(full.find("numbers on 1 row, largest"), std::string::npos) << full;
  const std::string small = run_well({"verify", "small.onnx", "--data", "one.csv", "--against", "out/model.onnx"}).out;
  EXPECT_NE(small.find("; on 1 row accuracy is"), std::string::npos) << small;
  const std::string predicted = run_well({"predict", "out/model.onnx", "--data", "one.csv", "--out", "p.csv"}).out;
  EXPECT_EQ(predicted, "1 row written to p.csv\n");
}

TEST_F(VerifyQuantized, NeedsTheModelThatItWasMadeFrom) {
  refuses({"verify", "small.onnx", "--data", "t.csv"}, 2, {"[verify] 'small.onnx' has fp16 numbers", "--against"});
  run_well(
      {"train", "--data", "t.csv", "--target", "label", "--layers", "5:tanh,1:sigmoid", "--out", "other", "--quiet"});
  refuses({"verify", "small.onnx", "--data", "t.csv", "--against", "other/checkpoint.safetensors"}, 5,
          {"[verify] small.onnx was made from another model than other/checkpoint.safetensors, whose layers differ"});
  refuses({"verify", "out/model.onnx", "--data", "t.csv", "--target", "label"}, 2, {"--target", "int8 and fp16"});
}

// The same layers with other weights are another model, too: their metric is another one.
TEST_F(VerifyQuantized, NoticesWorseNumbers) {
  std::string table = "a,b,label\n";
  for (const std::string& line : lines_of(read("t.csv"))) {
    if (line == "a,b,label") continue;
    const bool yes = line.ends_with("yes");
    table += line.substr(0, line.rfind(',') + 1) + (yes ? "no\n" : "yes\n");
  }
  write("swapped.csv", table);
  run_well({"train", "--data", "swapped.csv", "--target", "label", "--layers", "4:tanh,1:sigmoid", "--out", "other",
            "--epochs", "40", "--learning-rate", "0.05", "--quiet"});
  refuses({"verify", "small.onnx", "--data", "swapped.csv", "--against", "other/checkpoint.safetensors"}, 5,
          {"accuracy on 80 rows is", "with fp16 numbers", "expected at most 10 % worse"});
}

TEST_F(VerifyQuantized, NoticesAChangedFile) {
  std::string bytes = read("small.onnx");
  const std::size_t at = bytes.find("Gemm");
  ASSERT_NE(at, std::string::npos);
  bytes[at + 1] = 'a';
  write("changed.onnx", bytes);
  refuses({"verify", "changed.onnx", "--data", "t.csv", "--against", "out/model.onnx"}, 5, {"changed.onnx"});
}

TEST_F(VerifyQuantized, OtherCommandsSayWhatTheFileIs) {
  for (const Words& words : {Words{"predict", "small.onnx", "--data", "t.csv", "--out", "p.csv"},
                             Words{"evaluate", "small.onnx", "--data", "t.csv"}, Words{"inspect", "small.onnx"}})
    refuses(words, 3, {"has fp16 numbers", "expected the model or the checkpoint that it was made from"});
}

}  // namespace

}  // namespace millrace::test
