// SPDX-License-Identifier: Apache-2.0
//
// Files with a correct checksum or digest whose description of the model or the run is wrong.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "export/onnx_file.hpp"
#include "model/files/onnx_format.hpp"
#include "model/models.hpp"
#include "store/tensor_file.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

using nlohmann::json;

class Damage : public ::testing::Test {
 protected:
  Damage() {
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i * 7 % 11);
    for (std::size_t r = 0; r < y.size(); ++r) y[r] = static_cast<float>(r % 2);
  }
  [[nodiscard]] Dataset data() const { return Dataset::view(x, 2, y); }
  [[nodiscard]] Model model() const {
    Model model{Dense{.units = 3, .activation = "leaky_relu:0.2"}, Dense{.units = 1, .activation = "sigmoid"}};
    model.compile({.optimizer = Adam{}, .loss = BinaryCrossentropy{}});
    model.standardize(data());
    return model;
  }
  [[nodiscard]] FitOptions options() const {
    return {.epochs = 3, .batch_size = 8, .threads = 1, .checkpoint = checkpoint, .resume = true};
  }

  /// Fails unless reading refuses the model, with these words, after `change` and with the digest of the changed graph.
  void refuses_graph(const std::string& part, const std::function<void(PlainGraph&)>& change) const {
    Model sound = model();
    sound.build(2);
    sound.export_onnx(onnx);
    PlainGraph graph = read_onnx(onnx);
    change(graph);
    seal(graph);
    write_onnx(graph, onnx);
    expect_error(ErrorKind::data, {"[" + onnx + "] ", part}, [&] { (void)Model::load_onnx(onnx); });
  }
  /// Fails unless resuming refuses the run, with these words, after `change` of its state in the checkpoint.
  void refuses_run(const std::string& part, const std::function<void(json&)>& change) const {
    std::filesystem::remove(checkpoint);
    static_cast<void>(model().fit(data(), options()));
    change_checkpoint("run", change);
    expect_error(ErrorKind::data, {"[" + checkpoint + "] ", part, "expected"},
                 [&] { (void)model().fit(data(), options()); });
  }
  void change_checkpoint(const std::string& key, const std::function<void(json&)>& change) const {
    TensorFile file = read_tensor_file(checkpoint);
    json told = json::parse(file.metadata.at(key));
    change(told);
    file.metadata[key] = told.dump();
    write_tensor_file(checkpoint, file);
  }

  std::vector<float> x = std::vector<float>(80), y = std::vector<float>(40);
  TemporaryDirectory folder;
  std::string onnx = folder.file("m.onnx"), checkpoint = folder.file("run.safetensors");
};

void change_card(PlainGraph& graph, const std::function<void(json&)>& change) {
  std::string& text = graph.metadata.at("millrace.model");
  json card = json::parse(text);
  change(card);
  text = card.dump();
}

TEST_F(Damage, OfADescription) {
  refuses_graph("unknown semantics 'kears', did you mean 'keras'? known: keras, torch, sklearn",
                [](PlainGraph& graph) { change_card(graph, [](json& card) { card["semantics"] = "kears"; }); });
  refuses_graph("cannot be read",
                [](PlainGraph& graph) { change_card(graph, [](json& card) { card["layers"] = 3; }); });
  for (const json& number : {json(1e300), json(2.5), json(~std::uint64_t{0})}) {
    refuses_graph("no whole number", [&](PlainGraph& graph) {
      change_card(graph, [&](json& card) { card["inputs"][0]["shape"][0] = number; });
    });
  }
  refuses_graph("[update] clipnorm is -1,", [](PlainGraph& graph) {
    change_card(graph, [](json& card) { card["update"]["options"]["clipnorm"] = -1.0; });
  });
}

// Memory is allocated for the numbers that a file holds, not for those that it describes.
TEST_F(Damage, OfSizes) {
  const auto widen = [](json& card) { card["layers"][0]["options"]["units"] = 1'000'000'000; };
  refuses_graph("2e+09 parameters of its kernel, expected at most 17",
                [&](PlainGraph& graph) { change_card(graph, widen); });
  // The columns of both inputs, or those of the first input that has too many.
  const std::map<std::int64_t, std::string> counts{{1'000'000, "1000001"}, {100'000'000, "100000000"}};
  for (const auto& [count, named] : counts) {
    refuses_graph(named + " feature columns, expected 1 to 1000000, as the file has few numbers",
                  [&, count = count](PlainGraph& graph) {
                    change_card(graph, [&](json& card) {
                      card["inputs"] = {{{"name", "a"}, {"shape", {1}}}, {{"name", "b"}, {"shape", {count}}}};
                    });
                  });
  }
  static_cast<void>(model().fit(data(), options()));
  change_checkpoint("model", widen);
  expect_error(ErrorKind::data, {"2e+09 parameters of its kernel, expected at most "},
               [&] { (void)Model::load_checkpoint(checkpoint); });
}

TEST_F(Damage, OfConstants) {
  refuses_graph("no constant 'dense_1/kernel' of shape (3, 2), expected it as the metadata describe it",
                [](PlainGraph& graph) {
                  graph.constants.at("dense_1/kernel").shape = {2, 3};
                });
  refuses_graph("metadata 'millrace.parameters' cannot be read, expected lists of numbers by name",
                [](PlainGraph& graph) { graph.metadata["millrace.parameters"] = "{\"a\": \"b\"}"; });
  refuses_graph("constant 'dense_2/bias' is not finite",
                [](PlainGraph& graph) { graph.metadata["millrace.parameters"] = "{\"dense_2/bias\": [1e300]}"; });
}

TEST_F(Damage, OfNumbers) {
  for (const char* name : {"dense_1/kernel", "dense_2/bias", "preparation/mean", "preparation/scale"}) {
    refuses_graph("constant '" + std::string(name) + "' is not finite",
                  [&](PlainGraph& graph) { graph.constants.at(name).values[0] = std::nanf(""); });
  }
  refuses_graph("divides by 0", [](PlainGraph& graph) { graph.constants.at("preparation/scale").values[1] = 0; });
}

TEST_F(Damage, OfARun) {
  refuses_run("epoch 2, expected a whole number from 3 to 3", [](json& run) { run["epoch"] = 2; });
  refuses_run("step 6, expected a whole number from 0 to 5", [](json& run) { run["step"] = 6; });
  for (const std::int64_t number : {std::int64_t{-1}, std::numeric_limits<std::int64_t>::max()}) {
    for (const char* name : {"iteration", "steps", "earlier_epochs", "epoch", "step", "curvature_pairs", "accumulated"})
      refuses_run("no count from 0 to 2^53", [&](json& run) { run[name] = number; });
  }
  refuses_run("steps 14, expected a whole number from 15 to", [](json& run) { run["steps"] = 14; });
  refuses_run("iteration 16, expected a whole number from 0 to 15", [](json& run) { run["iteration"] = 16; });
  refuses_run("no count from 0 to 2^53", [](json& run) { run["history"][0]["steps"] = std::int64_t{1} << 62; });
  refuses_run("epoch of best_checkpoint 4, expected a whole number from 0 to 3", [](json& run) {
    run["callbacks"] = {{"best_checkpoint", {{"epoch", 4}}}};
  });
  refuses_run("the state of the run cannot be read", [](json& run) { run["history"] = {{"epoch", 4}}; });
  for (const json& number : {json(1e300), json(2.5), json(~std::uint64_t{0})})
    refuses_run("no whole number", [&](json& run) { run["step"] = number; });
  refuses_run("the state of the run cannot be read", [](json& run) {
    json deep = json::array();
    for (int i = 0; i < 1000; ++i) deep = json::array({std::move(deep)});
    run["identity"]["seed"] = std::move(deep);
  });
}

}  // namespace
}  // namespace millrace::test
