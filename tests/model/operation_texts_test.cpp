// SPDX-License-Identifier: Apache-2.0
//
// Texts that mean the same operation train the same bits and are one run, whatever blanks, aliases and numbers they have.
#include <gtest/gtest.h>

#include <filesystem>

#include "model/models.hpp"
#include "store/tensor_file.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

LayerConfig dense(std::int64_t units, const std::string& activation) {
  LayerConfig config("dense");
  config.options = {{"units", units}, {"activation", activation}};
  return config;
}

// Two layers whose activations are these texts.
Model model_of(const std::string& hidden, const std::string& last, Semantics semantics = Semantics::keras) {
  const bool classes = last.find("softmax") != std::string::npos;
  Model model({dense(5, hidden), dense(classes ? 2 : 1, last)}, semantics);
  model.compile({.loss = classes ? LossConfig(SparseCategoricalCrossentropy{}) : LossConfig(BinaryCrossentropy{})});
  model.build(4, 1);
  return model;
}

// Large weights, so that a loss that does not compute the activation itself clips.
std::vector<float> trained(Model model) {
  std::vector<float> kernel = model.weights("dense_2/kernel");
  for (float& weight : kernel) weight *= 300;
  model.set_weights("dense_2/kernel", kernel);
  const SignTable table;
  static_cast<void>(model.fit(table.view(), {.epochs = 3, .batch_size = 16, .threads = 1}));
  return weights_of(model);
}

struct Same {
  const char *given, *meant;
};
constexpr Same hidden[] = {{" relu ", "relu"},
                           {"swish", "silu"},
                           {" swish", "silu"},
                           {"hard_silu", "hard_swish"},
                           {"hardtanh", "hard_tanh"},
                           {"leaky_relu : 0.10", "leaky_relu:alpha=0.1"},
                           {"leaky_relu: alpha = 1e-1", "leaky_relu:alpha=0.1"},
                           {"leaky_relu:0.2", "leaky_relu"},
                           {"gelu:approximate=no", "gelu"}};

TEST(OperationTexts, OfOneMeaningTrainTheSameBits) {
  for (const auto& [given, meant] : hidden)
    EXPECT_EQ(trained(model_of(given, "sigmoid")), trained(model_of(meant, "sigmoid"))) << given;
  for (const Semantics semantics : {Semantics::keras, Semantics::torch, Semantics::sklearn}) {
    // scikit-learn's initial weights depend on the activation of the hidden layer.
    for (const Same& text : {Same{" sigmoid", "sigmoid"}, Same{"sigmoid\t", "sigmoid"}})
      EXPECT_EQ(trained(model_of(text.given, text.given, semantics)),
                trained(model_of(text.meant, text.meant, semantics)))
          << text.given;
    EXPECT_EQ(trained(model_of("tanh", "softmax ", semantics)), trained(model_of("tanh", "softmax", semantics)));
  }
}

TEST(OperationTexts, AreTheShortestInABuiltModel) {
  for (const auto& [given, meant] : hidden) {
    const Model model = model_of(given, "sigmoid");
    EXPECT_EQ(model.layers()[0].options.at("activation"), OptionValue(std::string(meant))) << given;
    EXPECT_NE(model.summary().find(std::string("dense_1 (") + meant + ")"), std::string::npos) << model.summary();
  }
  // The default of the semantics is left out, that of others is not.
  const Model torch = model_of("leaky_relu:0.2", "sigmoid", Semantics::torch);
  EXPECT_EQ(torch.layers()[0].options.at("activation"), OptionValue(std::string("leaky_relu:alpha=0.2")));
  LayerConfig layer = dense(3, "tanh");
  layer.options["kernel_initializer"] = std::string(" random_normal: stddev=0.050");
  Model model({layer});
  model.build(2, 1);
  EXPECT_EQ(model.layers()[0].options.at("kernel_initializer"), OptionValue(std::string("random_normal")));
}

// The file of a version that kept the texts as users wrote them.
void write_texts(const std::string& path, const std::vector<std::pair<std::string, std::string>>& texts) {
  TensorFile file = read_tensor_file(path);
  file.metadata.erase("checksum");
  for (auto& [key, value] : file.metadata) {
    for (const auto& [now, then] : texts) {
      for (std::size_t at = value.find(now); at != std::string::npos; at = value.find(now, at + then.size()))
        value.replace(at, now.size(), then);
    }
  }
  write_tensor_file(path, file);
}

class Runs : public ::testing::Test {
 protected:
  std::vector<float> run(const std::string& inner, const std::string& last, std::int64_t epochs) {
    Model model = model_of(inner, last);
    static_cast<void>(model.fit(
        table.view(),
        {.epochs = epochs, .batch_size = 16, .threads = 1, .checkpoint = folder.file("run"), .resume = true}));
    return weights_of(model);
  }
  const SignTable table;
  const TemporaryDirectory folder;
};

TEST_F(Runs, GoOnUnderAnotherTextOfTheSameMeaning) {
  const std::vector<float> whole = run("silu", "sigmoid", 4);
  std::filesystem::remove(folder.file("run"));
  static_cast<void>(run("swish", " sigmoid", 2));
  EXPECT_EQ(run("silu", "sigmoid", 4), whole);
}

TEST_F(Runs, OfAFileWithTextsAsUsersWroteThemGoOn) {
  const std::vector<float> whole = run("silu", "sigmoid", 4);
  std::filesystem::remove(folder.file("run"));
  static_cast<void>(run("silu", "sigmoid", 2));
  write_texts(folder.file("run"), {{"silu", " swish"}, {"sigmoid", "sigmoid "}});
  EXPECT_EQ(read_text(folder.file("run")).find("silu"), std::string::npos);
  const Model loaded = Model::load_checkpoint(folder.file("run"));
  EXPECT_NE(loaded.summary().find("dense_1 (silu)"), std::string::npos) << loaded.summary();
  EXPECT_EQ(run("silu", "sigmoid", 4), whole);
}

}  // namespace
}  // namespace millrace::test
