// SPDX-License-Identifier: Apache-2.0
//
// Flags and the configuration file: who wins, and what messages name.
#include "cli/cli.hpp"

namespace millrace::test {

namespace {

class Config : public Cli {
 protected:
  Config() { write_two_classes("t.csv"); }

  /// What the model in "out" was trained with.
  [[nodiscard]] nlohmann::json trained(const Words& words) const {
    run_well(words + Words{"--overwrite"});
    return json_of({"inspect", "out/model.onnx", "--json"});
  }
  /// The whole of train_two as a file, and what is added.
  void write_config(const std::string& more) const {
    write("run.toml",
          "data = \"t.csv\"\ntarget = \"label\"\nlayers = \"4:tanh,1:sigmoid\"\nout = \"out\"\nquiet = true\n" + more);
  }
  void refuses_config(const std::string& text, const Words& parts) const {
    write("run.toml", text);
    refuses(train_two + Words{"--config", "run.toml"}, 2, Words{"[run.toml] line"} + parts);
  }
};

TEST_F(Config, HasAKeyForEachFlag) {
  write_config(
      "loss = \"binary_crossentropy\"\nepochs = 4\nbatch = 8\nvalidation = 0.2\nsplit = \"stratified\"\nseed = "
      "3\nthreads = 1\nshuffle = false\n"
      "json = true\nmetrics = [\"accuracy\", \"mae\"]\nlearning-rate = 0.01\ngemm = \"auto\"\nfeatures = "
      "[\"b\"]\nscale = \"none\"\n");
  const nlohmann::json report = json_of({"train", "--config", "run.toml"});
  EXPECT_EQ(report.at("steps"), 16);
  EXPECT_TRUE(report.at("metrics").contains("mae"));
  const nlohmann::json model = json_of({"inspect", "out/model.onnx", "--json"});
  EXPECT_EQ(model.at("optimizer"), "adam:learning_rate=0.01");
  EXPECT_EQ(model.at("features"), (Words{"b"}));
  EXPECT_FALSE(model.at("standardized").get<bool>());
  // The same run by flags gives the same bytes.
  const std::string by_file = read("out/model.onnx");
  run_well(
      train_two +
      Words{"--epochs", "4",    "--batch",    "8",     "--validation", "0.2",          "--split",         "stratified",
            "--seed",   "3",    "--shuffle",  "false", "--metrics",    "accuracy,mae", "--learning-rate", "0.01",
            "--gemm",   "auto", "--features", "b",     "--scale",      "none"});
  EXPECT_EQ(read("out/model.onnx"), by_file);
}

TEST_F(Config, TakesOperationsAsTextsOrTables) {
  write_config("loss = \"binary_crossentropy:label_smoothing=0.2\"\noptimizer = \"sgd:0.5\"\n");
  nlohmann::json model = trained({"train", "--config", "run.toml"});
  EXPECT_EQ(model.at("loss"), "binary_crossentropy:label_smoothing=0.2");
  EXPECT_EQ(model.at("optimizer"), "sgd:learning_rate=0.5");
  write("run.toml",
        "data = \"t.csv\"\ntarget = [\"label\"]\nout = \"out\"\nlayers = [\"4:tanh\", { op = \"dense\", units = 1, "
        "activation = \"sigmoid\", use-bias = false }]\n"
        "[optimizer]\nname = \"sgd\"\nmomentum = 0.9\n[loss]\nname = \"binary_crossentropy\"\nlabel-smoothing = 0.1\n");
  model = trained({"train", "--config", "run.toml"});
  EXPECT_EQ(model.at("loss"), "binary_crossentropy:label_smoothing=0.1");
  EXPECT_EQ(model.at("optimizer"), "sgd:momentum=0.9");
  EXPECT_EQ(model.at("layers")[1].at("layer"), "dense:units=1:activation=sigmoid:use_bias=false");
}

// op names the operation, as in layers; "name" is the word of earlier files.
TEST_F(Config, NamesOperationsByOp) {
  for (const char* const key : {"op", "name"}) {
    const std::string op(key);
    write_config("optimizer = { " + op + " = \"sgd\", momentum = 0.9 }\nloss = { " + op +
                 " = \"binary_crossentropy\", label_smoothing = 0.1 }\nschedule = { " + op +
                 " = \"cosine_decay\", decay_steps = 9 }\nmetrics = [\"accuracy\", { op = \"f_beta\", beta = 2 }]\n");
    const nlohmann::json model = trained({"train", "--config", "run.toml"});
    EXPECT_EQ(model.at("optimizer"), "sgd:momentum=0.9");
    EXPECT_EQ(model.at("loss"), "binary_crossentropy:label_smoothing=0.1");
    EXPECT_EQ(model.at("schedule"), "cosine_decay:decay_steps=9");
    EXPECT_EQ(model.at("metrics"), (Words{"accuracy", "f_beta:beta=2"}));
    EXPECT_NE(read("out/run.toml").find("op = 'sgd'"), std::string::npos) << read("out/run.toml");
    // run.toml repeats the run.
    EXPECT_EQ(trained({"train", "--config", "out/run.toml"}).at("optimizer"), "sgd:momentum=0.9");
  }
  refuses_config("optimizer = { op = \"sgd\", name = \"adam\" }\n", {"sets the same, expected one of them"});
  refuses_config("optimizer = { op = \"sdg\" }\n", {"line 1, column 20", "unknown optimizer 'sdg'"});
}

TEST_F(Config, TakesOptionsOfOperationsAsDottedFlags) {
  const nlohmann::json model =
      trained(train_two + Words{"--optimizer.momentum=0.9", "--optimizer", "sgd", "--optimizer.nesterov",
                                "--loss.label-smoothing", "0.1", "--learning-rate", "0.25"});
  EXPECT_EQ(model.at("optimizer"), "sgd:learning_rate=0.25:momentum=0.9:nesterov=true");
  EXPECT_EQ(model.at("loss"), "binary_crossentropy:label_smoothing=0.1");
}

TEST_F(Config, TakesTheOptionsOfAllOptimizers) {
  EXPECT_EQ(
      trained(train_two + Words{"--optimizer", "sgd", "--optimizer.clipnorm", "1", "--optimizer.use-ema"}).at("update"),
      "clipnorm=1:use_ema=true");
  // A weight decay is the optimizer's own where it has one.
  const nlohmann::json model = trained(train_two + Words{"--optimizer", "adamw", "--optimizer.weight-decay", "0.5"});
  EXPECT_EQ(model.at("optimizer"), "adamw:weight_decay=0.5");
  EXPECT_FALSE(model.contains("update"));
  write_config(
      "loss = \"binary_crossentropy\"\n[optimizer]\nname = \"sgd\"\nweight_decay = 0.25\nlearning_rate = 0.5\n");
  EXPECT_EQ(trained({"train", "--config", "run.toml"}).at("update"), "weight_decay=0.25");
  refuses(train_two + Words{"--optimizer.clipnrm", "1"}, 2,
          {"unknown option 'clipnrm'", "learning_rate", "did you mean 'clipnorm'"});
  refuses(train_two + Words{"--optimizer.clipnorm", "-1"}, 2, {"clipnorm is '-1'"});
}

TEST_F(Config, TreatsSpellingsOfAValueAlike) {
  run_well(train_two + Words{"--learning-rate", "0.01", "--epochs", "2"});
  // The same run, or it could not be resumed.
  run_well(train_two + Words{"--optimizer", "adam:1e-2", "--optimizer.beta-1", "0.90", "--epochs", "3", "--resume"});
}

TEST_F(Config, ReadsListsAsCsv) {
  write("names.csv", "\"a,b\",\"b \"\"x\"\"\",\" z \",y\n1,2,3,4\n5,6,7,9\n");
  const Words train{"train", "--data", "names.csv", "--target", "y",    "--layers",
                    "1",     "--loss", "mse",       "--out",    "names"};
  run_well(train + Words{"--features", "\"a,b\", b \"x\" ,\" z \""});
  EXPECT_EQ(json_of({"inspect", "names/model.onnx", "--json"}).at("features"), (Words{"a,b", "b \"x\"", " z "}));
  refuses(train + Words{"--features", "\"a,b"}, 2, {"--features is '\"a,b', expected names", "in quotes: \"a,b\",c"});
  refuses(train + Words{"--features", "\"a\"b,c"}, 2, {"in quotes"});
  refuses(train + Words{"--features", "a,,b"}, 2, {"names between the commas"});
}

TEST_F(Config, TakesTheLastOfRepeatedFlags) {
  EXPECT_EQ(json_of(train_two + Words{"--epochs", "7", "--json", "--epochs", "2", "--batch", "40"}).at("steps"), 2);
  EXPECT_EQ(trained(train_two + Words{"--learning-rate", "0.5", "--optimizer.learning-rate", "0.25"}).at("optimizer"),
            "adam:learning_rate=0.25");
  EXPECT_EQ(trained(train_two + Words{"--optimizer.learning_rate", "0.25", "--learning-rate", "0.5"}).at("optimizer"),
            "adam:learning_rate=0.5");
  const ProcessResult both = run_well(train_two + Words{"--learning-rate", "0.5", "--optimizer.learning-rate", "0.25"});
  EXPECT_NE(both.err.find("--learning-rate and --optimizer.learning-rate set the same option, and the last one counts: "
                          "0.25"),
            std::string::npos)
      << both.err;
}

TEST_F(Config, PrefersFlagsToTheFile) {
  write_config(
      "epochs = 9\nbatch = 40\nlearning_rate = 0.5\n[loss]\nname = \"binary_crossentropy\"\nlabel_smoothing = "
      "0.1\n[optimizer]\nname = \"sgd\"\nmomentum = 0.9\n");
  EXPECT_EQ(json_of({"train", "--config", "run.toml", "--epochs", "2", "--json"}).at("steps"), 2);
  const auto optimizer = [&](const Words& flags) {
    return trained(Words{"train", "--config", "run.toml"} + flags).at("optimizer");
  };
  EXPECT_EQ(optimizer({}), "sgd:learning_rate=0.5:momentum=0.9");
  EXPECT_EQ(optimizer({"--optimizer.momentum", "0.5"}), "sgd:learning_rate=0.5:momentum=0.5");
  EXPECT_EQ(optimizer({"--optimizer", "sgd"}), "sgd:learning_rate=0.5:momentum=0.9");
  // The file's options are those of the file's optimizer; the rate is a key of its own.
  EXPECT_EQ(optimizer({"--optimizer", "adam"}), "adam:learning_rate=0.5");
  EXPECT_EQ(optimizer({"--learning-rate", "0.1"}), "sgd:learning_rate=0.1:momentum=0.9");
  EXPECT_EQ(trained({"train", "--config", "run.toml", "--loss", "binary_crossentropy"}).at("loss"),
            "binary_crossentropy:label_smoothing=0.1");
}

TEST_F(Config, NamesFileLineAndColumnOfAWrongValue) {
  const auto refuses_value = [&](const std::string& text, const Words& parts) {
    write("run.toml", text);
    refuses({"train", "--data", "t.csv", "--target", "label", "--out", "new", "--config", "run.toml"}, 2,
            Words{"[run.toml] line"} + parts);
  };
  const std::string rest = "layers = \"1:sigmoid\"\nloss = \"binary_crossentropy\"\n";
  refuses_value(rest + "batch = 0\n", {"line 3, column 9: batch is 0, expected a whole number of 1 or more"});
  refuses_value(rest + "\n  batch = \"x\"\n", {"line 4, column 11: batch is 'x'"});
  refuses_value(rest + "epochs = -1\n", {"line 3, column 10: epochs is -1"});
  refuses_value(rest + "epochs = 2.5\n", {"epochs is 2.5"});
  refuses_value(rest + "epochs = 1979-05-27\n", {"column 10", "date"});
  refuses_value(rest + "epochs = [1]\n", {"line 3, column 10: epochs is an array"});
  refuses_value(rest + "seed = -1\n", {"seed is -1"});
  refuses_value(rest + "threads = 0\n", {"threads is 0, expected auto or"});
  refuses_value(rest + "resume = \"maybe\"\n", {"resume is 'maybe', expected true or false"});
  refuses_value(rest + "resume = [1]\n", {"resume is an array, expected true or false"});
  refuses_value(rest + "validation = 1.0\n", {"validation is 1"});
  refuses_value(rest + "split = \"lats\"\n", {"split: unknown value 'lats'", "did you mean 'last'"});
  refuses_value(rest + "init = 3\n", {"line 3, column 8: init is 3, expected text"});
  refuses_value(rest + "metrics = [\"acuracy\"]\n", {"line 3, column 11", "did you mean 'accuracy'"});
  refuses_value(rest + "optimizer = \"sg\"\n", {"line 3, column 13", "did you mean 'sgd'"});
  refuses_value(rest + "learning-rate = -1\n", {"line 3, column 17", "learning_rate is -1"});
  refuses_value(rest + "[optimizer]\nname = \"sgd\"\nmomentum = 1.5\n", {"line 5, column 12", "momentum is 1.5"});
  refuses_value(rest + "[optimizer]\nbeta_3 = 1.5\n", {"line 4, column 10", "unknown option 'beta_3'", "beta_1"});
  refuses_value("loss = \"mse\"\nlayers = [\"3:relu\",\n  \"1:sigmod\"]\n",
                {"line 3, column 3", "did you mean 'sigmoid'"});
  refuses_value("loss = \"mse\"\nlayers = [{ op = \"dense\", units = -3 }]\n", {"line 2, column 11", "units is -3"});
  refuses_value("loss = \"mse\"\nlayers = [{ units = 3 }]\n", {"line 2, column 11", "table with op"});
  refuses_value("loss = \"mse\"\nlayers = [{ op = \"dense\", units = 1, activation = [\"relu\"] }]\n",
                {"line 2", "activation is an array, expected a text, a number, true or false"});
  refuses_value(rest + "[batch]\nsize = 3\n",
                {"line 3", "batch is a table, expected a text, a number, true, false or an array"});
  refuses_value(rest + "epochs = 07:32:00\n", {"epochs is a date or a time"});
  refuses_value("loss = \"mse\"\nlayers = []\n", {"line 2, column 10", "at least one layer"});
}

TEST_F(Config, CountsThePartsOfKeysOnly) {
  const std::string dots(1100, '.'), part = "\"" + dots + "\"";
  write("run.toml", "# " + dots + "\nepochs = 1  # " + dots + "\nmetadata = [\"a=" + dots + "\", 'b=" + dots +
                        "', \"\"\"c=\\\"\n" + dots + "\"\"\"\"\", '''d=" + dots + "''''']\n");
  run_well(train_two + Words{"--config", "run.toml"});
  // Behind any of them a key is counted as before.
  std::string deep = "a";
  for (int i = 0; i < 2000; ++i) deep += i % 2 == 0 ? "." + part : ".'a'";
  for (const std::string& text : Words{"# " + dots + "\n", "[x]\ny = \"\\\"\"\n", "[x]\ny = '''''''\n",
                                       "[x]\ny = \"\"\"'\"\"\"\"\n", "x = {y = \"\"\"\"\"\"\"\"\", z = '\\', "})
    refuses_config(text + deep + (text.starts_with("x") ? " = 1}\n" : " = 1\n"),
                   {": a key has more than 1000 parts, expected fewer"});
}

TEST_F(Config, RefusesNumbersWithoutEnd) {
  refuses_config("threshold = nan\n", {"line 1, column 13: threshold is nan, expected a finite number"});
  refuses_config("epochs = 1\nthreshold = -inf\n", {"line 2, column 13: threshold is -inf, expected a finite number"});
  refuses_config("threshold = 'half'\n", {"threshold is 'half', expected a number"});
}

// What a system calls a path ends there, and so do messages.
TEST_F(Config, RefusesTheCharacterZero) {
  for (const char* line :
       {"out = \"out\\u0000x\"", "features = [\"a\", \"b\\u0000\"]", "best = { path = \"x\\u0000y\" }"}) {
    write("run.toml", std::string(line) + "\n");
    refuses(train_two + Words{"--config", "run.toml"}, 2,
            {"[run.toml] line 1, column ", " contains a character 0, expected text without"});
  }
}

TEST_F(Config, RefusesDamagedFiles) {
  refuses_config("bacth = 3\n", {"line 1, column 1: unknown key 'bacth', did you mean 'batch'? known: data,"});
  refuses_config("[optimiser]\nname = \"sgd\"\n", {"line 1, column 2", "did you mean 'optimizer'"});
  refuses_config("config = \"run.toml\"\n",
                 {"line 1, column 1: 'config' is no key of a file, expected --config on the command line"});
  refuses_config("alone = true\n", {"'alone' is no key of a file, expected --alone on the command line"});
  refuses_config("batch = \n", {"line 1, column 9", "expected TOML"});
  refuses_config("batch = 1\nbatch = 2\n", {"line 2", "redefine"});
  refuses_config("target = \"\xff\"\n", {"line 1"});
  refuses_config("learning-rate = 0.1\n[optimizer]\nlearning_rate = 1\n",
                 {"line 3", "learning-rate at line 1, column 17 sets the same"});
  std::string deep = "epochs = 1\na";
  for (int i = 0; i < 1'000'000; ++i) deep += ".a";
  for (const std::string& text :
       {deep + " = 1\n", "x = {" + deep.substr(11) + " = 1}\n", "[" + deep.substr(11) + "]\n"})
    refuses_config(text, {": a key has more than 1000 parts, expected fewer"});
  refuses(train_two + Words{"--config", "missing.toml"}, 2, {"missing.toml"});
  refuses(train_two + Words{"--config", "."}, 2, {"directory"});
}

}  // namespace

}  // namespace millrace::test
