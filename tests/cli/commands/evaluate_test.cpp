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
  EXPECT_EQ(all.at("recall:threshold=0").get<double>(), 1);
  EXPECT_LT(all.at("binary_accuracy:threshold=0").get<double>(), 0.7);
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
