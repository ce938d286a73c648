// SPDX-License-Identifier: Apache-2.0
//
// What decides the bits of a run is in its checkpoint and in `inspect`, and a run goes on only with the same kernels.
#include "cli/cli.hpp"

namespace millrace::test {

namespace {

class Kernels : public Cli {
 protected:
  Kernels() { write_two_classes("t.csv"); }
  [[nodiscard]] static ProcessOptions with(const std::string& name, const std::string& value) {
    return {.folder = "",
            .out_file = "",
            .terminal_columns = {},
            .file_bytes = {},
            .limits = {},
            .environment = {{name, value}}};
  }
};

const Words resume{"--epochs", "4", "--resume"};

TEST_F(Kernels, AreShownByInspect) {
  run_well(train_two + Words{"--seed", "7", "--batch", "16"});
  const nlohmann::json shown = json_of({"inspect", "out/checkpoint.safetensors", "--json"});
  const nlohmann::json& run = shown.at("run");
  for (const char* const name : {"instruction set", "loops", "caches", "oneDNN", "OpenBLAS", "C library", "compiler"})
    EXPECT_NE(run.at(name).get<std::string>(), "") << name;
  EXPECT_EQ(run.at("variables"), "none");
  EXPECT_EQ(run.at("gemm"), "auto");
  EXPECT_EQ(run.at("seed"), "7");
  EXPECT_EQ(run.at("batch size"), "16");
  EXPECT_EQ(run.at("data"), "t.csv");
  EXPECT_EQ(run.at("training rows").get<std::string>().size(), 32U);
  EXPECT_EQ(run.at("version"), MILLRACE_VERSION);
  EXPECT_TRUE(run.at("command").get<std::string>().starts_with("millrace train --data t.csv")) << run;
  EXPECT_EQ(shown.at("learning_rate"), 0.001);
  const std::string text = run_well({"inspect", "out/checkpoint.safetensors"}).out;
  for (const char* const part : {"instruction set", "oneDNN", "learning rate", "training rows", "millrace train"})
    EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
}

TEST_F(Kernels, OfVariablesAreNamedAtTheStart) {
  for (const auto& [name, value] :
       {std::pair("DNNL_MAX_CPU_ISA", "SSE41"), {"ONEDNN_MAX_CPU_ISA", "AVX2"}, {"OPENBLAS_CORETYPE", "Prescott"}}) {
    const ProcessResult result = run(train_two, with(name, value));
    EXPECT_EQ(result.code, 0) << result.err;
    EXPECT_NE(result.err.find("[train] " + std::string(name) + "=" + value + " is set"), std::string::npos)
        << result.err;
  }
  EXPECT_EQ(run_well(train_two).err.find("is set"), std::string::npos);
}

TEST_F(Kernels, OtherThanThoseOfTheRunAreRefusedByName) {
  run_well(train_two + Words{"--epochs", "2"});
  const std::string checkpoint = read("out/checkpoint.safetensors");
  for (const auto& [name, value] : {std::pair("DNNL_MAX_CPU_ISA", "SSE41"), {"OPENBLAS_CORETYPE", "Prescott"}}) {
    const ProcessResult result = run(train_two + resume, with(name, value));
    EXPECT_EQ(result.code, 2) << result.err;
    for (const char* const part : {"other kernels", value, "--allow-other-bits"})
      EXPECT_NE(result.err.find(part), std::string::npos) << part << " in " << result.err;
    EXPECT_EQ(read("out/checkpoint.safetensors"), checkpoint);
  }
  const ProcessResult gemm = run(train_two + resume + Words{"--gemm", "onednn"});
  EXPECT_EQ(gemm.code, 2);
  EXPECT_NE(gemm.err.find("gemm (\"auto\" in the checkpoint, \"onednn\" now)"), std::string::npos) << gemm.err;

  EXPECT_EQ(read("out/run.toml").find("changes"), std::string::npos);
  const ProcessResult other = run(train_two + resume + Words{"--allow-other-bits"}, with("DNNL_MAX_CPU_ISA", "SSE41"));
  EXPECT_EQ(other.code, 0);
  EXPECT_NE(other.err.find("goes on with other kernels than out/checkpoint.safetensors had: "), std::string::npos)
      << other.err;
  // The kernels of no single run have given these bits.
  const std::string settings = read("out/run.toml");
  for (const char* const part : {"cannot repeat it in one go", "after epoch 2: ", "before, ", "SSE41", "from then on"})
    EXPECT_NE(settings.find(part), std::string::npos) << part << " in " << settings;
  // From now on these are the run's kernels.
  EXPECT_EQ(run(train_two + Words{"--epochs", "6", "--resume"}).code, 2);
}

// A run that was begun on one node of a cluster and goes on on another.
TEST_F(Kernels, OfAnotherInstructionSetAreRefusedByName) {
  for (const std::string& then : instruction_sets()) {
    for (const std::string& now : instruction_sets()) {
      if (then == now) continue;
      run_well(train_two + Words{"--epochs", "2", "--isa", then});
      const std::string checkpoint = read("out/checkpoint.safetensors");
      const Words other = train_two + resume + Words{"--isa", now};
      const ProcessResult refused = run(other);
      EXPECT_EQ(refused.code, 2) << refused.err;
      for (const std::string& part :
           {std::string("other kernels: "), "instruction set (\"" + then, now, std::string("OpenBLAS ("),
            std::string("loops ("), std::string("--allow-other-bits")})
        EXPECT_NE(refused.err.find(part), std::string::npos) << part << " in " << refused.err;
      EXPECT_EQ(read("out/checkpoint.safetensors"), checkpoint);
      run_well(other + Words{"--allow-other-bits"});
    }
  }
}

}  // namespace

}  // namespace millrace::test
