// SPDX-License-Identifier: Apache-2.0
//
// Models of other libraries in the program: millrace train --init, evaluate, predict, export and verify.
#include "cli/cli.hpp"

namespace millrace::test {
namespace {

std::string imported(const std::string& name) { return std::string(MILLRACE_IMPORT_DIR) + "/" + name + ".onnx"; }

class Imported : public Cli {
 protected:
  // The columns of skl2onnx_table_onehot, and a target that depends on one of them.
  void write_people(const std::string& name, int rows, const std::string& more = "") const {
    std::string text = "age,income,town,grade,zone,old\n";
    for (int r = 0; r < rows; ++r)
      text += std::to_string(20 + r * 7 % 50) + "," + std::to_string(20000 + r * 997 % 20000) + "," +
              (r % 3 == 0 ? "Oslo" : "Rom") + "," + (r % 2 == 0 ? "low" : "high") + "," + std::to_string(1 + r % 4) +
              "," + (20 + r * 7 % 50 > 45 ? "yes" : "no") + "\n";
    write(name, text + more);
  }
};

TEST_F(Imported, TablesTrainWithValidationRowsOfAnotherFile) {
  write_people("t.csv", 60);
  write_people("v.csv", 20, "30,30000,Rom,low,1,\n");
  const Words train{"train",        "--init",   imported("skl2onnx_table_onehot"),
                    "--data",       "t.csv",    "--target",
                    "old",          "--epochs", "2",
                    "--validation", "v.csv",    "--out",
                    "out",          "--json"};
  const ProcessResult result = run_well(train);
  EXPECT_NE(result.err.find("v.csv: 1 row has no target and is left out"), std::string::npos) << result.err;
  const nlohmann::json trained = nlohmann::json::parse(result.out);
  EXPECT_TRUE(trained.at("validation").contains("loss")) << trained;
  // The same rows, measured afterwards.
  const nlohmann::json measured =
      json_of({"evaluate", "out/model.onnx", "--data", "v.csv", "--target", "old", "--json"});
  EXPECT_NEAR(measured.at("loss").get<double>(), trained.at("validation").at("loss").get<double>(), 1e-6);
  run_well({"verify", "out/model.onnx", "--data", "v.csv", "--against", "out/checkpoint.safetensors"});
}

TEST_F(Imported, TablesRefuseValidationRowsThatDoNotFit) {
  write_people("t.csv", 60);
  const auto refuses_rows = [&](const std::string& text, int code, const Words& parts) {
    write("v.csv", text);
    refuses({"train", "--init", imported("skl2onnx_table_onehot"), "--data", "t.csv", "--target", "old", "--epochs",
             "1", "--validation", "v.csv", "--out", "out"},
            code, parts);
  };
  refuses_rows("age,income,town,grade,zone,old\n30,30000,Rom,low,1,maybe\n", 3, {"'maybe'", "no, yes"});
  refuses_rows("age,income,town,grade,zone,old\n30,30000,Rom,low,1,\n", 3, {"'old'", "no value in any row"});
  refuses_rows("income,town,grade,zone,old\n30000,Rom,low,1,yes\n", 2, {"v.csv: unknown column 'age'"});
}

// The model calls its target "target", which no column of the file is called.
TEST_F(Imported, TablesFindTheirTarget) {
  write("t.csv", "age,income,town,grade,old\n30,30000,Rom,low,yes\n50,20000,Oslo,high,no\n");
  const Words evaluate{"evaluate", imported("skl2onnx_table_onehot"), "--data", "t.csv", "--json"};
  const ProcessResult found = run_well(evaluate);
  EXPECT_NE(found.err.find("the target is 'old', the only column that the model does not take"), std::string::npos)
      << found.err;
  EXPECT_EQ(nlohmann::json::parse(found.out), json_of(evaluate + Words{"--target", "old"}));
  write_people("t.csv", 30);  // has the column zone, too
  refuses(evaluate, 2, {"expected --target COLUMN: --target old is the last that may be it"});
  write("t.csv", "age,income,town,grade\n30,30000,Rom,low\n");
  refuses(evaluate, 2, {"has no other column than those that the model takes"});
}

TEST_F(Imported, ModelsWithoutColumnNamesTakeTheNamedOnes) {
  write("t.csv", "y,a,b,c,d,e\n7,1,2,3,4,5\n7,5,4,3,2,1\n");
  write("x.csv", "a,b,c,d,e\n1,2,3,4,5\n5,4,3,2,1\n");
  const Words predict{"predict", imported("skl2onnx_linear_regression"), "--out", "-", "--data"};
  refuses(predict + Words{"t.csv"}, 3, {"t.csv has 6 feature columns, expected 5", "--features"});
  refuses(predict + Words{"t.csv", "--features", "a,b,c,d,z"}, 2, {"unknown column 'z'"});
  EXPECT_EQ(run_well(predict + Words{"t.csv", "--features", "a,b,c,d,e"}).out, run_well(predict + Words{"x.csv"}).out);
}

// As predict does it: the target and other columns may stand anywhere in the file.
TEST_F(Imported, ModelsWithoutColumnNamesAreMeasured) {
  std::string text = "id,a,b,c,d,e,word,y\n", plain = "a,b,c,d,e,y\n";
  for (int r = 0; r < 30; ++r) {
    std::string cells;
    for (int c = 0; c < 5; ++c) cells += std::to_string((r * 7 + c * 3) % 11 / 11.0) + ",";
    text += std::to_string(r) + "," + cells + "w" + std::to_string(r) + "," + std::to_string(r % 3) + "\n";
    plain += cells + std::to_string(r % 3) + "\n";
  }
  write("t.csv", text);
  write("x.csv", plain);
  const std::string keras = imported("keras_dense");
  refuses({"evaluate", keras, "--data", "t.csv", "--target", "y"}, 3,
          {"t.csv has 7 feature columns, expected 5", "--features a,b,c names those to use"});
  // One column more than the model takes: the last one. Where there are others, the message names what to type.
  const ProcessResult last = run_well({"evaluate", keras, "--data", "x.csv", "--json"});
  EXPECT_NE(last.err.find("[evaluate] the target is 'y', the last column of x.csv; --target names another"),
            std::string::npos)
      << last.err;
  EXPECT_EQ(nlohmann::json::parse(last.out),
            json_of({"evaluate", keras, "--data", "x.csv", "--target", "y", "--json"}));
  refuses({"evaluate", keras, "--data", "t.csv"}, 2,
          {"does not know the name of its target, expected --target COLUMN: --target y is the last that may be it"});
  const Words features{"--features", "a,b,c,d,e"};
  EXPECT_EQ(json_of(Words{"evaluate", keras, "--data", "t.csv", "--target", "y", "--json"} + features),
            json_of({"evaluate", keras, "--data", "x.csv", "--target", "y", "--json"}));
  run_well(Words{"verify", keras, "--data", "t.csv"} + features);
  // A file that ends in logits names no loss.
  const Words logits{"evaluate", imported("skl2onnx_linear_regression"), "--data", "t.csv", "--target", "y", "--json"};
  EXPECT_NE(json_of(logits + features).at("loss"), json_of(logits + features + Words{"--loss", "mae"}).at("loss"));
}

TEST_F(Imported, BranchesLinesAndSequencesTrainAndAreVerified) {
  for (const std::string name : {"torch_gates", "torchscript_lines", "keras_sequence"}) {
    const std::string rows = std::string(MILLRACE_IMPORT_DIR) + "/" + name;
    run_well({"train", "--init", imported(name), "--data", rows + ".features.npy", "--target", rows + ".outputs.npy",
              "--epochs", "2", "--out", name, "--quiet"});
    run_well({"verify", name + "/model.onnx", "--data", rows + ".features.npy", "--against",
              name + "/checkpoint.safetensors"});
  }
}

// The file of a network that ends in logits does not say so: the loss does, as it does for evaluate.
TEST_F(Imported, LogitsBecomeSmallerWithTheirLoss) {
  std::string text = "a,b,c,d,e,f,g,h,i,j,k,l,kind\n";
  for (int r = 0; r < 40; ++r) {
    for (int c = 0; c < 12; ++c) text += std::to_string((r * 7 + c * 5) % 13 / 6.0 - 1) + ",";
    text += r % 3 == 0 ? "u\n" : "v\n";
  }
  write("t.csv", text);
  const Words words{"export", imported("torch_sequence"),
                    "--out",  "small.onnx",
                    "--int8", "--data",
                    "t.csv",  "--target",
                    "kind",   "--max-loss",
                    "100%"};
  refuses(words, 2, {"column 'kind' of t.csv has 2 classes", "expected a cross-entropy as the loss"});
  const ProcessResult made = run_well(words + Words{"--loss", "sparse_categorical_crossentropy:from_logits=true"});
  EXPECT_NE(made.out.find("accuracy"), std::string::npos) << made.out;
}

}  // namespace
}  // namespace millrace::test
