// SPDX-License-Identifier: Apache-2.0
//
// train and evaluate with weights of rows and classes, and with the semantics of other libraries.
#include "cli/cli.hpp"

namespace millrace::test {
namespace {

class CliWeights : public Cli {
 protected:
  void SetUp() override {
    std::string text = "a,b,w,cost,species\n";
    const char* names[] = {"cat", "dog", "cat", "eel", "cat", "dog"};
    for (int r = 0; r < 36; ++r) {
      text += std::to_string(r % 7) + "," + std::to_string(r % 5) + "," + std::to_string(r % 3 + 1) + "," +
              std::to_string(r) + ".5," + names[r % 6] + "\n";
    }
    write("t.csv", text);
  }
  const Words classes{"train",
                      "--data",
                      "t.csv",
                      "--target",
                      "species",
                      "--ignore",
                      "cost",
                      "--layers",
                      "4:tanh,3:softmax",
                      "--loss",
                      "sparse_categorical_crossentropy",
                      "--epochs",
                      "2",
                      "--batch",
                      "9",
                      "--threads",
                      "1",
                      "--overwrite",
                      "--quiet"};
  std::string trained(const Words& more, const std::string& out) const {
    run_well(classes + Words{"--out", out} + more);
    return read(out + "/history.csv");
  }
};

TEST_F(CliWeights, ApplyToClassesByName) {
  const Words without{"--features", "a,b"};
  const std::string plain = trained(without, "plain");
  const std::string named = trained(without + Words{"--class-weight", "eel=3,dog=0.5"}, "named");
  EXPECT_NE(plain, named);
  EXPECT_EQ(named, trained(without + Words{"--class-weight", "cat=1, dog=0.5, eel=3.0"}, "all"));
  // 18 cats, 12 dogs, 6 eels of 36 rows.
  EXPECT_EQ(trained(without + Words{"--class-weight", "balanced"}, "balanced"),
            trained(without + Words{"--class-weight", "cat=0.66666666666666663,dog=1,eel=2"}, "numbers"));
  // The rows weigh 36, 30 and 6 of 72.
  const Words weighted = without + Words{"--sample-weight", "w"};
  EXPECT_EQ(trained(weighted + Words{"--class-weight", "balanced"}, "balanced"),
            trained(weighted + Words{"--class-weight", "cat=0.66666666666666663,dog=0.8,eel=4"}, "numbers"));
}

TEST_F(CliWeights, AreTheSameFromAFile) {
  const Words without{"--features", "a,b"};
  for (const std::string table :
       {"[class-weight]\neel = 3\ndog = 0.5\n", "class_weight = { eel = 3.0, dog = 0.5 }\n"}) {
    write("run.toml", table);
    EXPECT_EQ(trained(without + Words{"--config", "run.toml"}, "table"),
              trained(without + Words{"--class-weight", "eel=3,dog=0.5"}, "flag"));
  }
  write("run.toml", "[class-weight]\neel = \"3\"\n");
  refuses(classes + without + Words{"--config", "run.toml", "--out", "new"}, 2,
          {"[run.toml] line 2, column 7: class-weight.eel: not a number"});
  write("run.toml", "class-weight = [\"eel=3\", \"dog=0.5\"]\n");
  EXPECT_EQ(trained(without + Words{"--config", "run.toml"}, "file"),
            trained(without + Words{"--class-weight", "eel=3,dog=0.5"}, "flag"));
}

TEST_F(CliWeights, OfRowsComeFromAColumnThatIsNotAFeature) {
  const std::string weighted = trained({"--sample-weight", "w"}, "weighted");
  EXPECT_EQ(json_of({"inspect", "weighted/model.onnx", "--json"}).at("features"), (Words{"a", "b"}));
  EXPECT_NE(weighted, trained({"--features", "a,b"}, "plain"));
  const auto loss = [&](const Words& more) -> double {
    return json_of(Words{"evaluate", "plain/model.onnx", "--data", "t.csv", "--json"} + more).at("loss").get<double>();
  };
  EXPECT_NE(loss({}), loss({"--sample-weight", "w"}));
}

// A table with a column of texts, and rows of which all but the first two weigh nothing.
TEST_F(CliWeights, OfRowsCountWhereverATableIsMeasured) {
  const auto table = [&](const std::string& name, bool weigh) {
    std::string text = "a,town,w,price\n";
    for (int r = 0; r < 40; ++r)
      text += std::to_string(r % 7) + "," + (r % 2 == 0 ? "Oslo," : "Rom,") + (!weigh || r < 2 ? "1," : "0,") +
              std::to_string(r % 7 * 10 + r * r % 13) + "\n";
    write(name, text);
  };
  table("t.csv", false);
  table("held.csv", true);
  const Words few{"train",    "--data", "t.csv",  "--target", "price",   "--ignore",  "w", "--epochs", "2",
                  "--layers", "1",      "--loss", "mse",      "--quiet", "--threads", "1", "--json",   "--out"};
  run_well(few + Words{"plain"});
  const auto loss = [&](const std::string& model, const Words& more) -> double {
    return json_of(Words{"evaluate", model + "/model.onnx", "--data", "held.csv", "--json"} + more)
        .at("loss")
        .get<double>();
  };
  const double weighted = loss("plain", {"--sample-weight", "w"});
  EXPECT_NE(weighted, loss("plain", {}));
  const auto importance = [&](const Words& more) {
    return json_of(Words{"evaluate", "plain/model.onnx", "--data", "held.csv", "--importance", "--json"} + more)
        .at("importance");
  };
  EXPECT_NE(importance({"--sample-weight", "w"}), importance({}));
  // A model that goes on: it was trained without weights.
  const Words going_on{"train",    "--init", "plain/model.onnx", "--data",    "t.csv", "--validation", "held.csv",
                       "--epochs", "1",      "--quiet",          "--threads", "1",     "--json",       "--out"};
  const auto held = [&](const std::string& out, const Words& more) {
    return json_of(going_on + Words{out} + more).at("validation").at("loss").get<double>();
  };
  const double counted = held("weighed", {"--sample-weight", "w"});
  EXPECT_NEAR(counted, loss("weighed", {"--sample-weight", "w"}), 1e-5 * counted);
  const double all = held("unweighed", {});
  EXPECT_NEAR(all, loss("unweighed", {}), 1e-5 * all);
  EXPECT_NE(counted, all);
  // A model that was trained with weights goes on without them, and the rows need not have the column.
  write("bare.csv", "a,town,price\n1,Oslo,10\n2,Rom,12\n5,Oslo,50\n");
  run_well({"train", "--init", "weighed/model.onnx", "--data", "t.csv", "--validation", "bare.csv", "--epochs", "1",
            "--quiet", "--out", "bare"});
}

TEST_F(CliWeights, AreRefusedIfTheyDoNotFit) {
  const Words out = classes + Words{"--features", "a,b", "--out", "out"};
  refuses(out + Words{"--class-weight", "ell=3"}, 2, {"unknown class 'ell'", "cat, dog, eel", "did you mean 'eel'"});
  refuses(out + Words{"--class-weight", "eel"}, 2, {"--class-weight", "'eel'", "yes=3"});
  refuses(out + Words{"--class-weight", "eel=much"}, 2, {"'eel=much'"});
  refuses(out + Words{"--class-weight", "eel=-1"}, 2, {"'eel=-1'", "0 or more"});
  refuses(out + Words{"--class-weight", "eel=1,eel=2"}, 2, {"'eel' is given twice"});
  refuses(out + Words{"--class-weight", "cat=0,dog=0,eel=0"}, 2, {"every class weighs 0"});
  refuses(out + Words{"--sample-weight", "wt"}, 2, {"'wt'"});
  refuses({"train", "--data", "t.csv", "--target", "cost", "--features", "a,b", "--layers", "1", "--loss", "mse",
           "--class-weight", "eel=3", "--out", "out", "--quiet"},
          2, {"[class_weight]", "takes numbers"});
}

TEST_F(CliWeights, OfARunCannotChangeWhenItResumes) {
  const Words without{"--features", "a,b"};
  trained(without + Words{"--class-weight", "eel=3"}, "out");
  const Words resume = classes + without + Words{"--out", "out", "--resume", "--epochs", "4"};
  refuses(resume, 2, {"[resume]", "class weights"});
  run_well(resume + Words{"--class-weight", "eel=3"});
}

TEST_F(CliWeights, HaveTheDefaultsOfTheSemantics) {
  const auto layers = [&](const std::string& semantics) {
    run_well(classes + Words{"--features", "a,b", "--semantics", semantics, "--out", semantics});
    return read(semantics + "/checkpoint.safetensors");
  };
  const std::string torch = layers("torch"), sklearn = layers("sklearn"), keras = layers("keras");
  EXPECT_NE(torch.find("torch_uniform"), std::string::npos);
  EXPECT_NE(sklearn.find("sklearn_uniform"), std::string::npos);
  EXPECT_NE(keras.find("glorot_uniform"), std::string::npos);
}

// The kind of a loss is found by asking it: that answers are added up, or weighed, changes nothing.
TEST_F(CliWeights, WorkWithEachFormOfALabelLoss) {
  write("yes.csv", "a,b,yes\n1,2,1\n-1,0,0\n2,1,1\n0,-2,0\n1,1,1\n-2,-1,0\n");
  const Words answers{"train",   "--data",          "yes.csv", "--target",  "yes", "--epochs", "60",
                      "--quiet", "--learning-rate", "0.1",     "--threads", "1",   "--out"};
  run_well(answers + Words{"sum", "--layers", "1:sigmoid", "--loss", "binary_crossentropy", "--semantics", "sklearn"});
  run_well(answers + Words{"focal", "--layers", "1:sigmoid", "--loss", "binary_focal_crossentropy"});
  run_well(answers + Words{"weighed", "--layers", "1", "--loss", "binary_crossentropy:from_logits=true:pos_weight=4"});
  for (const char* model : {"sum", "focal", "weighed"}) {
    const std::string predicted =
        run_well({"predict", std::string(model) + "/model.onnx", "--data", "yes.csv", "--out", "-"}).out;
    std::string last;
    for (std::size_t end = predicted.find('\n'); end != std::string::npos; end = predicted.find('\n', end + 1))
      last += predicted[end - 1];
    EXPECT_EQ(last, "n101010") << model << "\n" << predicted;
  }
}

}  // namespace
}  // namespace millrace::test
