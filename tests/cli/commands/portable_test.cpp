// SPDX-License-Identifier: Apache-2.0
//
// Runs with --kernels portable: the same bits under every instruction set that this processor has, and the bits that
// are written down here, from any compiler and with any version of the libraries.
#include <algorithm>
#include <array>
#include <cstring>

#include "cli/cli.hpp"
#include "cli/weights.hpp"

namespace millrace::test {

namespace {

// A network and its training. Together they have every kind of portable kernel: products of one column, small ones and
// ones in blocks, elementary functions, sums over rows, normalisation, draws, and updates of several rules.
struct Training {
  const char* name;
  const char* data;
  Words words;
  const char* weights;  // their checksum after the run
};

const std::vector<Training> runs{
    {"a label",
     "two.csv",
     {"--layers", "150:gelu,200:swish,dropout:0.1,30:tanh,1:sigmoid", "--loss", "binary_crossentropy", "--epochs", "4"},
     "8e20902e8aa21a126a3dd62bbb02e687"},
    {"classes",
     "three.csv",
     {"--layers", "40:elu,batch_normalization,120:selu,layer_normalization,3:softmax", "--loss",
      "sparse_categorical_crossentropy", "--optimizer", "sgd", "--optimizer.momentum", "0.9", "--epochs", "4",
      "--batch", "20"},
     "101e6907e5630adb437e826b13de2477"},
    {"a number",
     "numbers.csv",
     {"--layers", "64:softplus,prelu,1", "--loss", "huber", "--optimizer", "rmsprop", "--optimizer.clipnorm", "0.5",
      "--epochs", "4", "--batch", "40"},
     "fa5e8cbf9a6f62f2988741d3026ad8d8"},
    {"a line search",
     "numbers.csv",
     {"--layers", "12:tanh,1", "--loss", "mse", "--optimizer", "lbfgs", "--epochs", "5"},
     "16a548c83ec3f2e2fb1efeff8110faec"},
};

class Portable : public Cli {
 protected:
  Portable() {
    write_two_classes("two.csv", 200);
    write_three_classes("three.csv", 200);
    write_numbers("numbers.csv", 200);
  }
  [[nodiscard]] static Words words_of(const Training& of) {
    return Words{"train",
                 "--data",
                 of.data,
                 "--target",
                 "label",
                 "--out",
                 "out",
                 "--kernels",
                 "portable",
                 "--seed",
                 "3",
                 "--task",
                 of.data == std::string("numbers.csv") ? "regression" : "classification",
                 "--quiet"} +
           of.words;
  }
  [[nodiscard]] std::string weights() const { return checksum_of_weights(folder.file("out/model.onnx")); }
};

TEST_F(Portable, RunsHaveTheBitsThatAreWrittenDown) {
  for (const Training& of : runs) {
    for (const std::string& isa : instruction_sets()) {
      if (isa == "sse41") continue;
      for (const char* const threads : {"1", "2", "3"}) {
        run_well(words_of(of) + Words{"--isa", isa, "--threads", threads, "--overwrite"});
        EXPECT_EQ(weights(), of.weights) << of.name << ", --isa " << isa << ", " << threads << " threads";
      }
    }
  }
}

// Another processor is none that --resume has to be told about.
TEST_F(Portable, RunsGoOnWithOtherInstructions) {
  const Words words = words_of(runs[1]) + Words{"--threads", "1"};
  run_well(words + Words{"--overwrite"});
  const std::string whole = weights();
  run_well(words + Words{"--epochs", "2", "--overwrite", "--isa", "avx2"});
  run_well(words + Words{"--resume"});
  EXPECT_EQ(weights(), whole);
}

TEST_F(Portable, KernelsAreInTheIdentityAndInRunToml) {
  const Words words = words_of(runs[0]) + Words{"--epochs", "1"};
  run_well(words);
  const nlohmann::json kernels = json_of({"inspect", "out/checkpoint.safetensors", "--json"}).at("run");
  EXPECT_EQ(kernels.at("kernels"), "portable");
  EXPECT_FALSE(kernels.contains("oneDNN"));
  EXPECT_NE(read("out/run.toml").find("kernels = 'portable'"), std::string::npos);
  Words automatic = words;
  *std::find(automatic.begin(), automatic.end(), "portable") = "auto";
  refuses(automatic + Words{"--resume", "--epochs", "2"}, 2,
          {"kernels (portable in the checkpoint, auto now)", "--allow-other-bits"});
}

TEST_F(Portable, NetworksWithoutPortableKernelsAreRefusedByName) {
  const Words data{"train", "--data", "numbers.csv", "--target", "label", "--out", "new", "--kernels", "portable"};
  refuses(data + Words{"--layers", "reshape:2x1x1,conv2d:2:1,flatten,1"}, 2, {"[conv2d]", "no portable kernels"});
  refuses(data + Words{"--layers", "reshape:2x1x1,max_pooling2d:1,flatten,1"}, 2, {"[max_pooling2d]", "kernels=auto"});
  refuses(data + Words{"--gemm", "onednn"}, 2, {"--gemm", "portable kernels use no library"});
  refuses(data + Words{"--isa", "sse41"}, 7, {"portable kernels need AVX2 and FMA", "sse41"});
  refuses(data + Words{"--kernels", "portabel"}, 2, {"'portabel'", "portable"});
}

TEST_F(Portable, IsaLimitsEveryKernel) {
  const std::vector<std::array<const char*, 3>> expected{{"sse41", "sse41", "x86-64"}, {"avx2", "avx2", "x86-64-v3"}};
  for (const auto& [isa, products, loops] : expected) {
    run_well({"train", "--data", "two.csv", "--target", "label", "--layers", "150:relu,200:relu,1:sigmoid", "--out",
              "out", "--overwrite", "--isa", isa});
    const nlohmann::json kernels = json_of({"inspect", "out/checkpoint.safetensors", "--json"}).at("run");
    EXPECT_EQ(kernels.at("instruction set"), products);
    EXPECT_EQ(kernels.at("loops"), loops);
    EXPECT_EQ(kernels.at("variables"), "none");
  }
  refuses({"train", "--data", "two.csv", "--target", "label", "--out", "new", "--isa", "avx9"}, 2, {"'avx9'", "avx2"});
}

}  // namespace

}  // namespace millrace::test
