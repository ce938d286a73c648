// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.hpp"

namespace millrace::test {

namespace {

class Evaluate : public Cli {
 protected:
  void SetUp() override {
    write_two_classes("t.csv", 80);
    run_well(train_two + Words{"--epochs", "40", "--learning-rate", "0.05", "--quiet"});
  }
  [[nodiscard]] nlohmann::json evaluated(const Words& more = {}) const {
    return json_of(Words{"evaluate", "out/model.onnx", "--data", "t.csv", "--json"} + more);
  }
};

TEST_F(Evaluate, AnyMetric) {
  const nlohmann::json result = evaluated({"--metrics", "roc_auc,f_beta:beta=2"});
  EXPECT_GT(result.at("roc_auc").get<double>(), 0.9);
  EXPECT_TRUE(result.contains("f_beta:beta=2")) << result;
  EXPECT_FALSE(result.contains("accuracy"));
  refuses({"evaluate", "out/model.onnx", "--data", "t.csv", "--metrics", "rock_auc"}, 2, {"roc_auc"});
}

// Only "target" and "target_1" stand for a name that a model of another program does not have.
TEST_F(Evaluate, ATargetThatTheTableLacksIsNamed) {
  const auto says = [&](const std::string& target, int code, const std::string& message) {
    write("named.csv", "a,b," + target + "\n0.1,0.2,1.5\n0.4,0.3,2.5\n0.7,0.1,3.5\n");
    run_well({"train", "--data", "named.csv", "--target", target, "--layers", "1", "--loss", "mse", "--out", "named",
              "--overwrite", "--quiet"});
    write("other.csv", "a,b,id\n0.1,0.2,7\n");
    const Words evaluate{"evaluate", "named/model.onnx", "--data", "other.csv"};
    if (code == 0) return run_well(evaluate).err.find(message) != std::string::npos;
    refuses(evaluate, code, {message});
    return true;
  };
  EXPECT_TRUE(says("target_price", 3, "other.csv has no column 'target_price'"));
  EXPECT_TRUE(says("target", 0, "the target is 'id', the only column that the model does not take"));
  write("other.csv", "a,b\n0.1,0.2\n");
  refuses({"evaluate", "named/model.onnx", "--data", "other.csv"}, 2,
          {"calls its target 'target', which other.csv does not have, expected --target COLUMN"});
}

TEST_F(Evaluate, AMetricThatTheRowsDoNotAllowIsNamed) {
  write("one.csv", "a,b,label\n0.9,0.2,yes\n0.8,0.3,yes\n");
  const Words evaluate{"evaluate", "out/model.onnx", "--data", "one.csv", "--metrics", "accuracy,roc_auc"};
  EXPECT_EQ(run_well(evaluate).err,
            "[evaluate] roc_auc cannot be computed from one.csv: it has the same target in all rows\n");
  EXPECT_EQ(run_well(evaluate + Words{"--data", "t.csv"}).err, "");
}

// As of a network that Python has trained on a frame and an array.
TEST_F(Evaluate, AModelOfATableThatDoesNotKnowItsTarget) {
  write("k.csv", "a,b,y\n1,x,0\n2,z,1\n,x,0\n4,z,1\n");
  const Table table = read_table(folder.file("k.csv"), {.ignore = {"y"}});
  Model model{Dense{.units = 1, .activation = "sigmoid"}};
  model.prepare(table);
  Dataset data = model.prepared(table);
  Matrix targets(4, 1);
  *targets.row(1) = *targets.row(3) = 1;
  data.targets = targets.view();
  model.build(data).compile({.loss = BinaryCrossentropy{}});
  model.export_onnx(folder.file("k.onnx"));
  const double expected = model.evaluate(data).loss;
  for (const Words& target : {Words{}, Words{"--target", "y"}})
    EXPECT_EQ(json_of(Words{"evaluate", "k.onnx", "--data", "k.csv", "--json"} + target).at("loss").get<double>(),
              expected);
}

TEST_F(Evaluate, EveryClassHasItsScores) {
  const nlohmann::json classes = evaluated().at("classes");
  ASSERT_EQ(classes.size(), 2U);
  EXPECT_EQ(classes[1].at("name"), "yes");
  EXPECT_GT(classes[1].at("f1").get<double>(), 0.8);
  EXPECT_EQ(classes[0].at("rows").get<double>() + classes[1].at("rows").get<double>(), 80);
  EXPECT_NE(run_well({"evaluate", "out/model.onnx", "--data", "t.csv"}).out.find("class  precision  recall"),
            std::string::npos);
}

TEST_F(Evaluate, AThresholdDecides) {
  const nlohmann::json all = evaluated({"--threshold", "0", "--confusion", "--metrics", "accuracy,recall"});
  EXPECT_EQ(all.at("confusion").at("rows")[0][0].get<double>(), 0) << "no row is predicted as no";
  EXPECT_EQ(all.at("classes")[1].at("recall").get<double>(), 1);
  EXPECT_EQ(all.at("recall").get<double>(), 1);
  EXPECT_LT(all.at("accuracy").get<double>(), 0.7);
}

TEST_F(Evaluate, TheThresholdOfTheModelDecidesInMetricsToo) {
  run_well(train_two + Words{"--epochs", "1", "--threshold", "0.9", "--out", "strict", "--quiet"});
  const nlohmann::json strict =
      json_of(Words{"evaluate", "strict/model.onnx", "--data", "t.csv", "--confusion", "--json"});
  const nlohmann::json& rows = strict.at("confusion").at("rows");
  EXPECT_EQ(rows[0][1].get<double>() + rows[1][1].get<double>(), 0) << "no score is above it after an epoch";
  EXPECT_EQ(strict.at("accuracy").get<double>(), rows[0][0].get<double>() / 80);
}

// Scores of 0 and more mean yes: an accuracy at 0.5, as Keras's, would be that of other answers.
TEST_F(Evaluate, AccuracyOfLogitsAndMarginsIsThatOfTheAnswers) {
  for (const Words& loss : {Words{}, Words{"--loss", "hinge"}}) {
    run_well(Words{"train", "--data", "t.csv", "--target", "label", "--layers", "4:tanh,1", "--epochs", "3", "--out",
                   "scores", "--overwrite", "--quiet"} +
             loss);
    const nlohmann::json result =
        json_of(Words{"evaluate", "scores/model.onnx", "--data", "t.csv", "--confusion", "--json"});
    const nlohmann::json& rows = result.at("confusion").at("rows");
    EXPECT_EQ(result.at("accuracy").get<double>(), (rows[0][0].get<double>() + rows[1][1].get<double>()) / 80);
  }
}

TEST_F(Evaluate, VerifyNamesATextWhereTheModelTakesNumbers) {
  write("plan.csv", "x,plan,label\n1,10,no\n2,20,yes\n3,10,no\n4,20,yes\n");
  write("s.toml", "[columns.plan]\nkind = \"category\"\n");
  run_well({"train", "--data", "plan.csv", "--target", "label", "--schema", "s.toml", "--layers", "1:sigmoid", "--out",
            "plans", "--quiet"});
  write("odd.csv", "x,plan,label\n1,10,no\n2,abc,yes\n3,1e999,no\n");
  refuses({"verify", "plans/model.onnx", "--data", "odd.csv"}, 3,
          {"[verify] column 'plan', row 2", "'abc'", "numbers"});
}

// A metric over some of the rows would be another one, so no row is left out in silence.
TEST_F(Evaluate, NumbersThatNobodyCanComputeWithAreNamed) {
  const auto refuses_rows = [&](const std::string& model, const std::string& rows, int code, const Words& parts) {
    write("far.csv", "a,b,label\n" + rows);
    refuses({"evaluate", model, "--data", "far.csv"}, code, Words{"[evaluate]"} + parts);
  };
  refuses_rows("out/model.onnx", "0.1,0.2,no\n0.1,3.4e38,yes\n", 3,
               {"column 'b' of row 2 of far.csv is too far from the values of training"});
  write_numbers("t.csv");
  run_well({"train", "--data", "t.csv", "--target", "label", "--layers", "4:tanh,1", "--loss", "mse", "--out",
            "numbers", "--quiet"});
  refuses_rows("numbers/model.onnx", "0.1,0.2,1\n0.1,0.3,3e38\n", 4,
               {"the loss is inf: the target of row 2 of far.csv is 3e+38", "nearer to those of training"});
}

TEST_F(Evaluate, ATextAmongNumbersOfTheTargetIsNamed) {
  write_numbers("t.csv");
  run_well({"train", "--data", "t.csv", "--target", "label", "--layers", "4:tanh,1", "--loss", "mse", "--out",
            "numbers", "--quiet"});
  write("text.csv", "a,b,label\n0.1,0.2,1\n0.3,0.1,oops\n0.5,0.1,0\n");
  const Words evaluate{"evaluate", "numbers/model.onnx", "--data", "text.csv"};
  refuses(evaluate, 3,
          {"line 3", "column 'label'", "'oops' is not a number", "correct the cell, or --missing-marks 'oops'"});
  const ProcessResult rest = run_well(evaluate + Words{"--missing-marks", "oops"});
  EXPECT_NE(rest.err.find("1 row has no target and is left out"), std::string::npos) << rest.err;
}

TEST_F(Evaluate, AnotherLoss) {
  const nlohmann::json result = evaluated({"--loss", "binary_focal_crossentropy", "--loss.gamma", "1"});
  EXPECT_NE(result.at("loss"), evaluated().at("loss"));
  EXPECT_TRUE(result.contains("accuracy"));
  refuses({"evaluate", "out/model.onnx", "--data", "t.csv", "--features", "a,b"}, 2,
          {"knows the names of its columns, a, b, expected no --features"});
}

TEST_F(Evaluate, ATableWithoutRowsIsRefused) {
  write("none.csv", "a,b,city,label\n");
  write("t.csv", "a,b,city,label\n1,2,Oslo,no\n2,3,Rom,yes\n3,4,Oslo,no\n");
  run_well({"train", "--data", "t.csv", "--target", "label", "--layers", "1:sigmoid", "--out", "texts", "--quiet"});
  for (const char* const model : {"out/model.onnx", "texts/model.onnx"})
    for (const char* const command : {"evaluate", "verify"})
      refuses({command, model, "--data", "none.csv"}, 3, {"none.csv has a header line but no rows, expected at least"});
}

TEST_F(Evaluate, CurvesHaveEveryThreshold) {
  run_well({"evaluate", "out/model.onnx", "--data", "t.csv", "--curves", "curves.csv"});
  const Words lines = lines_of(read("curves.csv"));
  EXPECT_EQ(lines[0], "class,threshold,false_positive_rate,true_positive_rate,precision");
  EXPECT_EQ(lines[1], "yes,inf,0,0,1");
  EXPECT_TRUE(lines.back().find(",1,1,") != std::string::npos) << lines.back();
  EXPECT_GT(lines.size(), 50U);
  refuses({"evaluate", "out/model.onnx", "--data", "t.csv", "--curves", "t.csv"}, 2, {"the file of --data"});
}

TEST_F(Evaluate, ImportanceFindsTheColumnThatMatters) {
  const nlohmann::json importance = evaluated({"--importance"}).at("importance");
  ASSERT_EQ(importance.size(), 2U);
  EXPECT_EQ(importance[0].at("column"), "a");
  EXPECT_GT(importance[0].at("worse").get<double>(), 3 * std::abs(importance[1].at("worse").get<double>()));
  EXPECT_EQ(importance, evaluated({"--importance"}).at("importance"));
}

TEST_F(Evaluate, ImportanceOfRawColumns) {
  std::string text = "x,city,when,label\n";
  for (int r = 0; r < 90; ++r)
    text += std::to_string(r % 13) + ",city" + std::to_string(r % 3) + ",2024-02-1" + std::to_string(r % 10) +
            (r % 3 == 1 ? ",yes\n" : ",no\n");
  write("t.csv", text);
  run_well(
      {"train", "--data", "t.csv", "--target", "label", "--out", "out", "--overwrite", "--epochs", "60", "--quiet"});
  const nlohmann::json importance = evaluated({"--importance"}).at("importance");
  ASSERT_EQ(importance.size(), 3U);
  EXPECT_EQ(importance[0].at("column"), "city");
}

TEST_F(Evaluate, NumbersHaveNoClasses) {
  write_numbers("t.csv");
  run_well({"train", "--data", "t.csv", "--target", "label", "--layers", "1", "--loss", "mse", "--out", "out",
            "--overwrite"});
  EXPECT_FALSE(evaluated().contains("classes"));
  for (const std::string flag : {"--confusion", "--curves=c.csv"})
    refuses({"evaluate", "out/model.onnx", "--data", "t.csv", flag}, 2, {"expected a model that tells classes apart"});
}

}  // namespace

}  // namespace millrace::test
