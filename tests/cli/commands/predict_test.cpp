// SPDX-License-Identifier: Apache-2.0
//
// Labels in, words out: what every kind of target becomes in training, evaluate and predict.
#include "cli/cli.hpp"

#include "table/npy/npy_bytes.hpp"

namespace millrace::test {

namespace {

class Predict : public Cli {
 protected:
  [[nodiscard]] Words predicted(const std::string& data = "t.csv") const {
    return lines_of(run_well({"predict", "out/model.onnx", "--data", data, "--out", "-"}).out);
  }
  [[nodiscard]] double accuracy(const std::string& data = "t.csv") const {
    return json_of({"evaluate", "out/model.onnx", "--data", data, "--json"}).at("accuracy").get<double>();
  }
  /// The share of rows whose last cell is the same as in t.csv.
  [[nodiscard]] double agreement() const {
    const auto last_cell = [](const std::string& line) { return line.substr(line.rfind(',') + 1); };
    const Words wanted = lines_of(read("t.csv")), got = predicted();
    EXPECT_EQ(got.size(), wanted.size());
    double same = 0;
    for (std::size_t r = 1; r < wanted.size(); ++r) same += last_cell(wanted[r]) == last_cell(got[r]) ? 1 : 0;
    return same / static_cast<double>(wanted.size() - 1);
  }
};

const Words long_enough{"--epochs", "60", "--learning-rate", "0.05", "--quiet"};

TEST_F(Predict, WritesTwoClassesAsText) {
  write_two_classes("t.csv");
  run_well(train_two + long_enough);
  EXPECT_EQ(predicted().at(0), "yes,prediction");  // sorted, the second is the positive one
  EXPECT_GT(agreement(), 0.95);
  EXPECT_NEAR(agreement(), accuracy(), 1e-9);
}

TEST_F(Predict, WritesTwoClassesAsNumbers) {
  write_numbers("t.csv");
  run_well(train_two + long_enough);
  EXPECT_EQ(predicted().at(0), "output_1,prediction");
  EXPECT_GT(agreement(), 0.95);
}

TEST_F(Predict, ComparesLogitsWithZero) {
  write_two_classes("t.csv");
  run_well(train_two + Words{"--layers", "4:tanh,1", "--loss.from-logits", "true"});
  bool telling = false;  // whether a logit says yes that would be a no as a probability
  const Words lines = predicted();
  for (std::size_t r = 1; r < lines.size(); ++r) {
    const double logit = std::stod(lines[r]);
    EXPECT_TRUE(lines[r].ends_with(logit > 0 ? ",yes" : ",no")) << lines[r];
    telling = telling || (logit > 0 && logit < 0.5);
  }
  EXPECT_TRUE(telling);
}

TEST_F(Predict, ComparesMarginsWithZero) {
  write_two_classes("t.csv");
  run_well(train_two + long_enough + Words{"--layers", "4:tanh,1:tanh", "--loss", "hinge"});
  EXPECT_EQ(predicted().at(0), "yes,prediction");
  EXPECT_GT(agreement(), 0.95);
}

TEST_F(Predict, WritesClassesForEachCrossEntropy) {
  write_three_classes("t.csv");
  for (const char* loss :
       {"sparse_categorical_crossentropy", "categorical_crossentropy", "kl_divergence", "categorical_hinge"}) {
    run_well(train_three + long_enough + Words{"--loss", loss, "--epochs", "150"});
    EXPECT_EQ(predicted().at(0), "high,low,mid,prediction") << loss;
    EXPECT_GT(agreement(), 0.9) << loss;
    EXPECT_NEAR(agreement(), accuracy(), 1e-9) << loss;
  }
}

TEST_F(Predict, NamesNumericClassesByTheirNumbers) {
  write("t.csv", "a,b,label\n1,2,0\n5,2,2\n9,1,1\n");
  run_well(train_three);
  EXPECT_EQ(predicted().at(0), "0,1,2,prediction");
  EXPECT_EQ(json_of({"inspect", "out/model.onnx", "--json"}).at("classes"), (Words{"0", "1", "2"}));
  run_well({"evaluate", "out/model.onnx", "--data", "t.csv"});
  write("other.csv", "a,b,label\n1,2,3\n");
  refuses({"evaluate", "out/model.onnx", "--data", "other.csv"}, 3,
          {"other.csv line 2, column 'label'", "'3' is no known class"});
}

// Numbers that stand for classes and are not 0 to n - 1.
TEST_F(Predict, UsesTheClassesOfTheFlag) {
  write("t.csv", "a,b,label\n1,2,1\n5,2,2\n9,1,2\n2,3,1\n");
  const Words two{"train",    "--data",    "t.csv", "--target", "label",   "--loss",     "binary_crossentropy",
                  "--layers", "1:sigmoid", "--out", "out",      "--quiet", "--overwrite"};
  run_well(two);  // as many numbers as the unit can tell apart
  EXPECT_EQ(json_of({"inspect", "out/model.onnx", "--json"}).at("classes"), (Words{"1", "2"}));
  run_well(two + Words{"--classes", "1,2", "--epochs", "3"});
  EXPECT_EQ(json_of({"inspect", "out/model.onnx", "--json"}).at("classes"), (Words{"1", "2"}));
  const Words lines = predicted();
  for (std::size_t r = 1; r < lines.size(); ++r)
    EXPECT_TRUE(lines[r].ends_with(",1") || lines[r].ends_with(",2")) << lines[r];
  run_well({"evaluate", "out/model.onnx", "--data", "t.csv"});
  refuses(two + Words{"--classes", "1,3"}, 3, {"is '2', expected one of the classes: 1, 3"});
  refuses(two + Words{"--data", "x.npy", "--classes", "1,2"}, 2, {"--classes: 'x.npy'", "numbers only"});
}

TEST_F(Predict, WritesNumbersForRegression) {
  write("t.csv", "a,price,size\n1,2,3\n4,5,6\n");
  const Words train{"train", "--data", "t.csv",   "--loss",     "mean_squared_error",
                    "--out", "out",    "--quiet", "--overwrite"};
  run_well(train + Words{"--target", "price", "--layers", "1"});
  const Words one = predicted();
  EXPECT_EQ(one.at(0), "price,prediction");
  EXPECT_EQ(one.at(1).substr(0, one.at(1).find(',')), one.at(1).substr(one.at(1).find(',') + 1));
  EXPECT_TRUE(json_of({"evaluate", "out/model.onnx", "--data", "t.csv", "--json"}).contains("mean_absolute_error"));
  run_well(train + Words{"--target", "size,price", "--layers", "2"});
  EXPECT_EQ(predicted().at(0), "size,price");  // two numbers have no single answer
}

TEST_F(Predict, WritesSeveralLabels) {
  write("t.csv", "a,p,q\n1,0,1\n4,1,0\n");
  run_well({"train", "--data", "t.csv", "--target", "p,q", "--layers", "2:sigmoid", "--loss", "binary_crossentropy",
            "--out", "out"});
  EXPECT_EQ(predicted().at(0), "p,q");
  EXPECT_EQ(lines_of(read("out/history.csv")).at(0), "epoch,loss,binary_accuracy,learning_rate,step");
}

TEST_F(Predict, NamesClassesByOneHotColumns) {
  write("t.csv", "a,cat,dog\n-3,0,1\n4,1,0\n");
  run_well({"train", "--data", "t.csv", "--target", "cat,dog", "--layers", "2:softmax", "--loss",
            "categorical_crossentropy", "--out", "out", "--epochs", "300", "--learning-rate", "0.05"});
  const Words lines = predicted();
  EXPECT_EQ(lines.at(0), "cat,dog,prediction");
  EXPECT_TRUE(lines.at(1).ends_with(",dog") && lines.at(2).ends_with(",cat")) << lines.at(1) << " " << lines.at(2);
}

TEST_F(Predict, QuotesNamesThatNeedIt) {
  write("t.csv", "a,label\n1,\"x, \"\"y\"\"\"\n4,z\n5,z\n");
  run_well({"train", "--data", "t.csv", "--target", "label", "--layers", "2:softmax", "--loss",
            "sparse_categorical_crossentropy", "--out", "out"});
  EXPECT_EQ(predicted().at(0), "\"x, \"\"y\"\"\",z,prediction");
}

TEST_F(Predict, FindsColumnsByNameInAnyOrder) {
  write_two_classes("t.csv");
  run_well(train_two + Words{"--epochs", "5"});
  std::string turned = "label,note,b,a\n";
  const Words lines = lines_of(read("t.csv"));
  for (std::size_t r = 1; r < lines.size(); ++r) {
    const std::size_t first = lines[r].find(','), second = lines[r].find(',', first + 1);
    // The target's cells are empty and a column holds text: neither is looked at.
    turned += ",some text," + lines[r].substr(first + 1, second - first - 1) + "," + lines[r].substr(0, first) + "\n";
  }
  write("turned.csv", turned);
  EXPECT_EQ(predicted("turned.csv"), predicted());
}

TEST_F(Predict, NamesMissingColumnsAndTheNearestOnes) {
  write_two_classes("t.csv");
  run_well(train_two);
  write("other.csv", "a,bb,label\n1,2,no\n");
  refuses({"predict", "out/model.onnx", "--data", "other.csv", "--out", "p.csv"}, 3,
          {"other.csv has no column 'b', which out/model.onnx takes; is it 'bb'? known: a, bb, label"});
  refuses({"evaluate", "out/model.onnx", "--data", "other.csv"}, 3, {"no column 'b'"});
  // Not is it 'a', which the model takes already, nor 'x', which has nothing of it.
  write("other.csv", "a,x\n1,2\n");
  const ProcessResult none = run({"predict", "out/model.onnx", "--data", "other.csv", "--out", "p.csv"});
  EXPECT_NE(none.err.find("no column 'b'"), std::string::npos);
  EXPECT_EQ(none.err.find("is it"), std::string::npos) << none.err;
  write("other.csv", "a,b\n1,2\n");
  refuses({"evaluate", "out/model.onnx", "--data", "other.csv"}, 3, {"no column 'label'"});
  write("other.csv", "a,b,answer\n1,2,yes\n2,1,no\n");
  run_well({"evaluate", "out/model.onnx", "--data", "other.csv", "--target", "answer"});
  refuses({"evaluate", "out/model.onnx", "--data", "other.csv", "--target", "anser"}, 2, {"did you mean 'answer'"});
  write("other.csv", "a,b,label\n1,2,perhaps\n");
  refuses({"evaluate", "out/model.onnx", "--data", "other.csv"}, 3, {"'perhaps' is no known class", "no, yes"});
  write("other.csv", "a,b,label\n");
  EXPECT_EQ(predicted("other.csv"), Words{"yes,prediction"});
}

TEST_F(Predict, WritesAWholeFileAndReportsItsRows) {
  write_two_classes("t.csv");
  run_well(train_two);
  const Words predict{"predict", "out/model.onnx", "--data", "t.csv", "--out", "p.csv"};
  EXPECT_EQ(json_of(predict + Words{"--json"}), nlohmann::json({{"rows", 40}, {"unscored", 0}}));
  EXPECT_EQ(lines_of(read("p.csv")), predicted());
  EXPECT_NE(run_well(predict).out.find("40 rows written to p.csv"), std::string::npos);
  refuses({"predict", "out/model.onnx", "--data", "t.csv", "--out", "-", "--json"}, 2, {"--out - and --json"});
  refuses({"predict", "out/model.onnx", "--data", "t.csv", "--out", "nowhere/p.csv"}, 2, {"nowhere/p.csv"});
}

TEST_F(Predict, GivesEachColumnItsOwnName) {
  write("t.csv", "a,prediction\n1,2\n4,5\n");
  const Words train{"train", "--data", "t.csv", "--target", "prediction", "--out", "out", "--quiet", "--overwrite"};
  run_well(train + Words{"--layers", "1", "--loss", "mse"});
  EXPECT_EQ(predicted().at(0), "output_1,prediction");
  write("t.csv", "a,kind\n1,guess\n4,prediction\n");
  run_well(train + Words{"--target", "kind", "--layers", "2:softmax", "--loss", "sparse_categorical_crossentropy"});
  EXPECT_EQ(predicted().at(0), "guess,output_2,prediction");
  // Several numbers have no answer beside them.
  write("t.csv", "a,prediction,b\n1,2,3\n4,5,6\n");
  run_well(train + Words{"--target", "b,prediction", "--layers", "2", "--loss", "mse"});
  EXPECT_EQ(predicted().at(0), "b,prediction");
}

TEST_F(Predict, ChoosesTheDelimiterByTheEnding) {
  write("t.csv", "a,label\n1,\"x, y\"\n4,\"u\tv\"\n5,\"x, y\"\n");
  run_well({"train", "--data", "t.csv", "--target", "label", "--layers", "2:softmax", "--loss",
            "sparse_categorical_crossentropy", "--out", "out"});
  const Words predict{"predict", "out/model.onnx", "--data", "t.csv", "--out"};
  run_well(predict + Words{"p.tsv"});
  for (const char* name : {"p.csv", "P.CSV", "p"}) {
    run_well(predict + Words{name});
    EXPECT_EQ(lines_of(read(name)), predicted()) << name;
  }
  EXPECT_EQ(lines_of(read("p.csv")).at(0), "u\tv,\"x, y\",prediction");
  EXPECT_EQ(lines_of(read("p.tsv")).at(0), "\"u\tv\"\tx, y\tprediction");
  EXPECT_EQ(lines_of(read("p.tsv")).size(), 4U);
  for (const char* name : {"p.parquet", "p.csv.gz"})
    refuses(predict + Words{name}, 2, {"[predict] --out '" + std::string(name) + "' ends in", ".csv, .tsv"});
}

TEST_F(Predict, TakesColumnsOfArraysByPosition) {
  write("x.npy", npy_bytes("<f4", "False", "(6, 2)", bytes_of<float>({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})));
  write("y.npy", npy_bytes("<f4", "False", "(6,)", bytes_of<float>({0, 1, 2, 0, 1, 2})));
  write("wide.npy", npy_bytes("<f4", "False", "(2, 3)", bytes_of<float>({1, 2, 3, 4, 5, 6})));
  const Words train{"train", "--data", "x.npy",  "--layers", "3:softmax", "--loss", "sparse_categorical_crossentropy",
                    "--out", "out",    "--quiet"};
  run_well(train + Words{"--target", "y.npy"});
  EXPECT_FALSE(json_of({"inspect", "out/model.onnx", "--json"}).at("standardized").get<bool>());
  EXPECT_EQ(predicted("x.npy").at(0), "0,1,2,prediction");
  EXPECT_EQ(predicted("x.npy").size(), 7U);
  run_well({"evaluate", "out/model.onnx", "--data", "x.npy", "--target", "y.npy"});
  write("named.csv", "u,v\n1,2\n");
  EXPECT_EQ(predicted("named.csv").at(1),
            predicted("x.npy").at(1));  // a model without names takes columns in their order
  refuses({"predict", "out/model.onnx", "--data", "wide.npy", "--out", "p.csv"}, 3,
          {"wide.npy has 3 feature columns, expected 2"});
  refuses({"evaluate", "out/model.onnx", "--data", "x.npy"}, 2, {"no --target"});
  write("bad.npy", npy_bytes("<f4", "False", "(6,)", bytes_of<float>({0, 1, 2, 0, 7, 2})));
  refuses({"evaluate", "out/model.onnx", "--data", "x.npy", "--target", "bad.npy"}, 3,
          {"row 5 of x.npy with targets bad.npy is 7"});
  refuses(train + Words{"--out", "new"}, 2, {"no --target"});
  refuses(train + Words{"--out", "new", "--target", "label"}, 2, {"'label'"});
  refuses(train + Words{"--out", "new", "--target", "y.npy", "--features", "a"}, 2, {"--features"});
  refuses(train + Words{"--out", "new", "--target", "wide.npy"}, 3, {"wide.npy has 2 rows, expected 6"});
}

}  // namespace

}  // namespace millrace::test
