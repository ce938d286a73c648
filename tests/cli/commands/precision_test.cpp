// SPDX-License-Identifier: Apache-2.0
//
// Runs with --precision mixed_bfloat16: the bits that are written down here, with the instructions for it or without,
// for any number of threads and across an interruption; and what is refused or said about them.
#include <cstring>

#include "cli/cli.hpp"
#include "cli/weights.hpp"

namespace millrace::test {

namespace {

class MixedPrecision : public Cli {
 protected:
  MixedPrecision() { write_two_classes("two.csv", 200); }
  // Of the layers, only the one of 200 x 180 weights is large enough for products of bfloat16 numbers.
  [[nodiscard]] static Words words(const std::string& precision) {
    return {"train",
            "--data",
            "two.csv",
            "--target",
            "label",
            "--out",
            "out",
            "--layers",
            "200:relu,180:tanh,1:sigmoid",
            "--loss",
            "binary_crossentropy",
            "--epochs",
            "4",
            "--batch",
            "40",
            "--seed",
            "3",
            "--quiet",
            "--precision",
            precision};
  }
  [[nodiscard]] std::string weights() const { return checksum_of_weights(folder.file("out/model.onnx")); }
};

TEST_F(MixedPrecision, RunsHaveTheBitsThatAreWrittenDownForEveryInstructionSet) {
  Words sets{"auto"};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) sets.emplace_back("avx2");
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")) sets.emplace_back("avx512");
  const Words portable = words("mixed_bfloat16") + Words{"--kernels", "portable", "--overwrite"};
  for (const std::string& isa : sets) {
    for (const char* const threads : {"1", "2", "8"}) {
      run_well(portable + Words{"--isa", isa, "--threads", threads});
      EXPECT_EQ(weights(), "6a9e00dffaec49fbc458359b7ca5b6f4") << "--isa " << isa << ", " << threads << " threads";
    }
  }
  run_well(words("fp32") + Words{"--kernels", "portable", "--overwrite"});
  EXPECT_NE(weights(), "6a9e00dffaec49fbc458359b7ca5b6f4") << "fp32 has other bits";
}

TEST_F(MixedPrecision, AnInterruptedRunEndsWithTheSameBits) {
  run_well(words("mixed_bfloat16"));
  const std::string whole = weights();
  for (const char* const threads : {"1", "2"}) {
    run_well(words("mixed_bfloat16") + Words{"--epochs", "2", "--overwrite", "--threads", threads});
    EXPECT_NE(weights(), whole);
    run_well(words("mixed_bfloat16") + Words{"--resume"});
    EXPECT_EQ(weights(), whole) << threads << " threads";
  }
}

// oneDNN's products: other bits, but the same promises.
TEST_F(MixedPrecision, RunsWithTheProductsOfOnednnKeepTheirBits) {
  const Words onednn = words("mixed_bfloat16") + Words{"--gemm", "onednn"};
  run_well(onednn + Words{"--threads", "1"});
  const std::string whole = weights();
  for (const char* const threads : {"2", "3"}) {
    run_well(onednn + Words{"--overwrite", "--threads", threads});
    EXPECT_EQ(weights(), whole) << threads << " threads";
    run_well(onednn + Words{"--epochs", "2", "--overwrite", "--threads", threads});
    run_well(onednn + Words{"--resume"});
    EXPECT_EQ(weights(), whole) << "resumed with " << threads << " threads";
  }
  const Words longer = words("mixed_bfloat16") + Words{"--epochs", "5", "--resume"};
  refuses(longer, 2, {"gemm (\"onednn\" in the checkpoint, \"auto\" now)", "--allow-other-bits"});
  run_well(longer + Words{"--allow-other-bits"});
}

// The first step makes the rounded copies, and updates keep them.
TEST_F(MixedPrecision, AllSlicesOfABatchReadTheSameRoundedCopies) {
  const auto run = json_of(words("mixed_bfloat16") + Words{"--slices", "4", "--profile", "--json"});
  EXPECT_EQ(run.at("phases").at("pack").at("runs"), 1);
}

TEST_F(MixedPrecision, BelongsToTheIdentityOfARun) {
  run_well(words("mixed_bfloat16"));
  EXPECT_EQ(json_of({"inspect", "out/checkpoint.safetensors", "--json"}).at("run").at("precision"), "mixed_bfloat16");
  EXPECT_NE(read("out/run.toml").find("precision = 'mixed_bfloat16'"), std::string::npos);
  const Words longer = words("fp32") + Words{"--epochs", "5", "--resume"};
  refuses(longer, 2, {"precision (\"mixed_bfloat16\" in the checkpoint, \"fp32\" now)", "--change"});
  const ProcessResult changed = run_well(longer + Words{"--change"});
  EXPECT_NE(changed.err.find("multiply in the new precision"), std::string::npos) << changed.err;
  EXPECT_FALSE(json_of({"inspect", "out/checkpoint.safetensors", "--json"}).at("run").contains("precision"));
}

TEST_F(MixedPrecision, AutoSaysWhatItChose) {
  const ProcessResult small = run_well(words("auto") + Words{"--layers", "4:relu,1:sigmoid"});
  EXPECT_NE(small.err.find("[train] precision auto: fp32, because"), std::string::npos) << small.err;
  EXPECT_FALSE(json_of({"inspect", "out/checkpoint.safetensors", "--json"}).at("run").contains("precision"));
  const ProcessResult emulated = run_well(words("auto") + Words{"--isa", "avx2", "--overwrite"});
  EXPECT_NE(emulated.err.find("precision auto: fp32, because this processor has no"), std::string::npos)
      << emulated.err;
}

TEST_F(MixedPrecision, SaysWhenItIsSlowerOrChangesNothing) {
  const ProcessResult emulated = run_well(words("mixed_bfloat16") + Words{"--isa", "avx2"});
  EXPECT_NE(emulated.err.find("mixed_bfloat16 is emulated"), std::string::npos) << emulated.err;
  const ProcessResult small = run_well(words("mixed_bfloat16") + Words{"--layers", "4:relu,1:sigmoid", "--overwrite"});
  EXPECT_NE(small.err.find("no dense layer is large enough"), std::string::npos) << small.err;
}

TEST_F(MixedPrecision, WrongWordsAndLineSearchesAreRefused) {
  refuses(words("bf16"), 2, {"'bf16'", "mixed_bfloat16"});
  refuses(words("mixed_bfloat16") + Words{"--optimizer", "lbfgs", "--batch", "200"}, 2, {"lbfgs", "expected fp32"});
}

}  // namespace

}  // namespace millrace::test
