// SPDX-License-Identifier: Apache-2.0
//
// Networks with several outputs in a configuration file: [outputs.NAME] with targets, losses, weights and metrics.
#include "cli/cli.hpp"

namespace millrace::test {

namespace {

class SeveralOutputs : public Cli {
 protected:
  SeveralOutputs() {
    std::string table = "size,age,price,kind,sold\n";
    for (int r = 0; r < 80; ++r) {
      const int size = r * 37 % 50, age = r * 11 % 30;
      table += std::to_string(size) + "," + std::to_string(age) + "," + std::to_string(2 * size - age) + "," +
               (size > 30   ? "villa"
                : size > 15 ? "flat"
                            : "hut") +
               "," + (age < 12 ? "yes" : "no") + "\n";
    }
    write("t.csv", table);
  }
  // The layers `kind` and `sold` are there if `outputs` has them: no layer may lead nowhere.
  void write_config(const std::string& outputs, const std::string& more = "") const {
    const auto head = [&](const std::string& name, const std::string& layer) {
      const bool wanted = outputs.find("[outputs." + name) != std::string::npos;
      return wanted ? "[[layers]]\nname = \"" + name + "\"\nop = \"dense\"\n" + layer + "inputs = [\"trunk\"]\n" : "";
    };
    write("run.toml", "data = \"t.csv\"\nout = \"out\"\nquiet = true\nepochs = 3\nvalidation = 0.2\n" + more +
                          "[inputs.features]\ncolumns = [\"size\", \"age\"]\n"
                          "[[layers]]\nname = \"trunk\"\nop = \"dense\"\nunits = 6\nactivation = \"tanh\"\n"
                          "inputs = [\"features\"]\n"
                          "[[layers]]\nname = \"price\"\nop = \"dense\"\nunits = 1\ninputs = [\"trunk\"]\n" +
                          head("kind", "units = 3\nactivation = \"softmax\"\n") +
                          head("sold", "units = 1\nactivation = \"sigmoid\"\n") + outputs);
  }
  void refuses_outputs(const std::string& outputs, const Words& parts, const std::string& more = "",
                       int code = 2) const {
    write_config(outputs, more);
    refuses({"train", "--config", "run.toml"}, code, parts);
  }
};

const std::string price =
    "[outputs.price]\ntarget = \"price\"\nloss = { op = \"huber\", delta = 2 }\nweight = 0.01\n"
    "metrics = [\"mean_absolute_error\", \"r2\"]\n";
const std::string kind = "[outputs.kind]\ntarget = \"kind\"\n";
const std::string sold = "[outputs.sold]\ntarget = \"sold\"\nclasses = [\"yes\", \"no\"]\n";
const std::string trunk = "[outputs.trunk]\n";

TEST_F(SeveralOutputs, AreComparedEachInItsDirection) {
  write_config(price + kind + trunk + sold);
  run_well({"train", "--config", "run.toml"});
  run_well({"train", "--config", "run.toml", "--out", "other", "--learning-rate", "0.05", "--epochs", "20"});
  const nlohmann::json results = json_of({"compare", "out", "other", "--json"}).at("results");
  const std::string text = run_well({"compare", "out", "other"}).out;
  for (const auto& [column, larger] :
       std::vector<std::pair<std::string, bool>>{{"val_price_loss", false},
                                                 {"val_price_mean_absolute_error", false},
                                                 {"val_price_r2", true},
                                                 {"kind_loss", false},
                                                 {"kind_accuracy", true},
                                                 {"val_loss", false}}) {
    const double a = results.at(column)[0].get<double>(), b = results.at(column)[1].get<double>();
    ASSERT_NE(a, b) << column << ": the test cannot tell which one is marked";
    for (const std::string& line : lines_of(text)) {
      if (!line.starts_with(column + " ")) continue;
      EXPECT_EQ(line.ends_with(" *"), larger == (b > a)) << line;
    }
  }
}

TEST_F(SeveralOutputs, TrainTheirLossesOnTheirColumns) {
  write_config(price + kind + trunk + sold);
  run_well({"train", "--config", "run.toml"});
  const nlohmann::json model = json_of({"inspect", "out/model.onnx", "--json"});
  EXPECT_EQ(model.at("targets"), (Words{"price", "kind", "sold"}));
  EXPECT_EQ(model.at("target_classes"), nlohmann::json::parse(R"([[], ["flat", "hut", "villa"], ["yes", "no"]])"));
  EXPECT_EQ(model.at("loss"),
            "price: 0.01 huber:delta=2, kind: sparse_categorical_crossentropy, sold: "
            "binary_crossentropy");
  EXPECT_EQ(model.at("metrics"), (Words{"price_mean_absolute_error", "price_r2", "kind_accuracy", "sold_accuracy"}));
  const nlohmann::json values = json_of({"evaluate", "out/model.onnx", "--data", "t.csv", "--json"});
  for (const char* const name : {"loss", "price_loss", "price_r2", "kind_loss", "kind_accuracy", "sold_accuracy"})
    EXPECT_TRUE(values.contains(name)) << name << " " << values;
  run_well({"predict", "out/model.onnx", "--data", "t.csv", "--out", "p.csv"});
  const std::string predictions = read("p.csv");
  EXPECT_TRUE(predictions.starts_with(
      "price,kind_flat,kind_hut,kind_villa,trunk_1,trunk_2,trunk_3,trunk_4,trunk_5,trunk_6,sold,kind_prediction,"
      "sold_prediction\n"))
      << predictions.substr(0, 200);
  run_well({"predict", "out/model.onnx", "--data", "t.csv", "--out", "c.csv", "--classes-only"});
  EXPECT_TRUE(read("c.csv").starts_with("kind_prediction,sold_prediction\n"));
}

TEST_F(SeveralOutputs, AreResumedExportedAndStartedFrom) {
  write_config(price + kind + trunk);
  run_well({"train", "--config", "run.toml"});
  run_well({"train", "--config", "run.toml", "--resume", "--epochs", "5"});
  run_well({"export", "out/checkpoint.safetensors", "--out", "again.onnx"});
  EXPECT_EQ(json_of({"evaluate", "out/model.onnx", "--data", "t.csv", "--json"}),
            json_of({"evaluate", "again.onnx", "--data", "t.csv", "--json"}));
  // run.toml of the folder repeats the run.
  run_well({"train", "--config", "out/run.toml", "--out", "repeated", "--epochs", "5"});
  EXPECT_EQ(json_of({"evaluate", "out/model.onnx", "--data", "t.csv", "--json"}),
            json_of({"evaluate", "repeated/model.onnx", "--data", "t.csv", "--json"}));
  run_well({"train", "--init", "out/model.onnx", "--data", "t.csv", "--out", "more", "--epochs", "2", "--quiet"});
  EXPECT_EQ(json_of({"inspect", "more/model.onnx", "--json"}).at("target_classes"),
            json_of({"inspect", "out/model.onnx", "--json"}).at("target_classes"));
  refuses({"train", "--init", "out/model.onnx", "--data", "t.csv", "--out", "other", "--target", "price"}, 2,
          {"out/model.onnx has the outputs price, kind, trunk", "expected no --target"});
}

TEST_F(SeveralOutputs, OfATableWithTextsHaveTheirClasses) {
  std::string table = "town,age,price,kind\n";
  for (int r = 0; r < 80; ++r)
    table += std::string(r % 3 == 0 ? "Oslo" : "Rom") + "," + std::to_string(r * 11 % 30) + "," +
             std::to_string(r % 7) + "," +
             (r % 3 == 0   ? "a"
              : r % 2 == 0 ? "b"
                           : "c") +
             "\n";
  write("t.csv", table);
  write("run.toml",
        "data = \"t.csv\"\nout = \"out\"\nquiet = true\nepochs = 3\nvalidation = 0.2\n"
        "[[layers]]\nname = \"trunk\"\nop = \"dense\"\nunits = 4\nactivation = \"relu\"\n"
        "[[layers]]\nname = \"price\"\nop = \"dense\"\nunits = 1\n"
        "[[layers]]\nname = \"kind\"\nop = \"dense\"\nunits = 3\nactivation = \"softmax\"\ninputs = [\"trunk\"]\n" +
            price + kind);
  run_well({"train", "--config", "run.toml"});
  EXPECT_TRUE(json_of({"evaluate", "out/model.onnx", "--data", "t.csv", "--json"}).contains("kind_accuracy"));
  run_well({"predict", "out/model.onnx", "--data", "t.csv", "--out", "p.csv"});
  EXPECT_TRUE(read("p.csv").starts_with("price,kind_a,kind_b,kind_c,kind_prediction\n"));
}

TEST_F(SeveralOutputs, RefusesSettingsThatNoOutputHas) {
  refuses_outputs(price, {"[run.toml] line", "outputs: one output, expected several"});
  refuses_outputs(
      price + kind + "[outputs.kynd]\ntarget = \"sold\"\n",
      {"[run.toml] line", "outputs.kynd: unknown layer 'kynd', did you mean 'kind'?", "known: trunk, price"});
  refuses_outputs(trunk + price.substr(0, price.find('\n') + 1), {"no output has a target"});
  refuses_outputs(price + "[outputs.kind]\nloss = \"mse\"\n", {"outputs.kind", "without a target"});
  refuses_outputs(price + kind + "weigth = 2\n", {"outputs.kind", "unknown key 'weigth'", "'weight'?"});
  refuses_outputs(price + kind + "weight = 0\n", {"outputs.kind", "weight is 0, expected a number above 0"});
  refuses_outputs(price + kind + "weight = \"much\"\n", {"outputs.kind", "weight is much, expected a number above 0"});
  refuses_outputs(price + kind + "loss = \"mze\"\n", {"[run.toml] line", "unknown loss 'mze'"});
  refuses_outputs(price + kind + "loss = [\"mse\"]\n", {"outputs.kind", "loss is an array"});
  refuses_outputs(price + kind + "metrics = [\"acuracy\"]\n", {"[run.toml] line", "unknown metric 'acuracy'"});
  refuses_outputs(price + kind + "columns = [\"size\"]\n", {"columns are of inputs, expected target"});
  refuses_outputs(price + kind, {"target", "of a model with one output", "[outputs.NAME]"}, "target = \"price\"\n");
  refuses_outputs(price + kind, {"scale-target", "of a model with one output"}, "scale-target = \"none\"\n");
  write("run.toml", "data = \"t.csv\"\nout = \"out\"\n" + price + kind);
  refuses({"train", "--config", "run.toml"}, 2, {"outputs without layers"});
}

TEST_F(SeveralOutputs, RefusesTargetsThatDoNotFit) {
  refuses_outputs(price + kind + "loss = \"categorical_crossentropy\"\n",
                  {"[outputs.kind]", "takes 3", "sparse_categorical_crossentropy takes one column of classes"});
  refuses_outputs(price + "[outputs.sold]\ntarget = \"kind\"\n", {"[outputs.sold]", "3 classes", "2 apart"});
  refuses_outputs(price + kind + "loss = \"mse\"\n",
                  {"[outputs.kind]", "column 'kind' of t.csv is 'hut' in row 1, expected numbers"}, "", 3);
  refuses_outputs(price + "[outputs.kind]\ntarget = \"kynd\"\n", {"kynd", "kind"});
  refuses_outputs(price + "[outputs.kind]\ntarget = \"size\"\n", {"'size' is a feature and the target"});
  refuses_outputs(price + "[outputs.kind]\ntarget = \"price\"\n",
                  {"[run.toml] line", "outputs.kind: column 'price' is the target of outputs.price too"});
  refuses_outputs(price + kind + sold + "[outputs.trunk]\ntarget = [\"age\", \"age\"]\n",
                  {"outputs.trunk: column 'age' is the target of this output twice"});
}

TEST_F(SeveralOutputs, RefusesRowsThatLackNumbers) {
  write_config(price + kind);
  run_well({"train", "--config", "run.toml"});
  write("gap.csv", "size,age,price,kind\n1,2,3,hut\n,2,3,hut\n");
  refuses({"evaluate", "out/model.onnx", "--data", "gap.csv"}, 3,
          {"[evaluate]", "gap.csv row 2, column 'size': empty, expected a number"});
  // Rows without a target are left out, and a class that training did not have is named.
  write("less.csv", "size,age,price,kind\n1,2,3,hut\n,2,3,\n40,2,3,villa\n");
  const ProcessResult result = run({"evaluate", "out/model.onnx", "--data", "less.csv"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_NE(result.err.find("[evaluate] 1 row has no target and is left out"), std::string::npos) << result.err;
  write("new.csv", "size,age,price,kind\n1,2,3,castle\n");
  refuses({"evaluate", "out/model.onnx", "--data", "new.csv"}, 3, {"castle", "flat, hut, villa"});
  write("none.csv", "size,age,price\n1,2,3\n");
  refuses({"evaluate", "out/model.onnx", "--data", "none.csv"}, 3, {"none.csv has no column 'kind'"});
}

TEST_F(SeveralOutputs, RefuseFlagsAboutASingleAnswer) {
  write_config(price + kind);
  run_well({"train", "--config", "run.toml"});
  const Words evaluate{"evaluate", "out/model.onnx", "--data", "t.csv"};
  for (const Words& flag :
       {Words{"--metrics", "accuracy"}, {"--threshold", "0.3"}, {"--confusion"}, {"--curves", "c.csv"}})
    refuses(evaluate + flag, 2, {flag[0], "the model has the outputs price, kind", "expected a model with one output"});
  refuses({"predict", "out/model.onnx", "--data", "t.csv", "--out", "p.csv", "--threshold", "0.3"}, 2,
          {"--threshold for a model with several outputs, expected a model whose single output"});
}

TEST_F(SeveralOutputs, AreVerifiedAgainstTheirCheckpoint) {
  write_config(price + kind + trunk);
  run_well({"train", "--config", "run.toml"});
  run_well({"verify", "out/model.onnx", "--data", "t.csv", "--against", "out/checkpoint.safetensors"});
  const nlohmann::json served = json_of({"inspect", "out/model.onnx", "--json"});
  EXPECT_EQ(served.at("classes"), nlohmann::json::array());
  run_well({"export", "out/checkpoint.safetensors", "--out", "side.onnx", "--sidecar", "side.json"});
  const nlohmann::json side = nlohmann::json::parse(read("side.json"));
  EXPECT_EQ(side.at("metadata").at("millrace.outputs").at("scores"), (Words{"price", "kind", "trunk"}));
  EXPECT_EQ(side.at("metadata").at("classes"), nlohmann::json::parse(R"({"kind": ["flat", "hut", "villa"]})"));
}

}  // namespace

}  // namespace millrace::test
