// SPDX-License-Identifier: Apache-2.0
//
// millrace predict as a batch job: no row stops another one.
#include "cli/cli.hpp"

namespace millrace::test {

namespace {

class PredictBatch : public Cli {
 protected:
  void train_people() const {
    std::string text = "age,city,joined,income\n";
    for (int r = 0; r < 60; ++r)
      text += std::to_string(20 + r % 30) + ",city" + std::to_string(r % 3) + ",2024-01-0" + std::to_string(1 + r % 9) +
              (r % 30 > 14 ? ",high\n" : ",low\n");
    write("t.csv", text);
    run_well({"train", "--data", "t.csv", "--target", "income", "--out", "out", "--epochs", "20", "--quiet"});
  }
  [[nodiscard]] ProcessResult predict(const std::string& rows, const Words& more = {}) const {
    write("new.csv", rows);
    return run(Words{"predict", "out/model.onnx", "--data", "new.csv", "--out", "-"} + more);
  }
};

TEST_F(PredictBatch, ABadCellLeavesOutItsRowOnly) {
  train_people();
  const ProcessResult result = predict(
      "id,age,city,joined\n7,30,city1,2024-01-03\n8,thirty,city1,2024-01-03\n9,31,city7,\n10,32,city0,2024-99-03\n"
      "11,33\n12,34,city2,2024-01-04\n",
      {"--keep", "id", "--unread", "unread.csv"});
  ASSERT_EQ(result.code, 0) << result.err;
  const Words lines = lines_of(result.out);
  ASSERT_EQ(lines.size(), 7U);
  EXPECT_EQ(lines[0], "id,low,prediction");
  EXPECT_TRUE(lines[1].starts_with("7,0") && lines[3].starts_with("9,0") && lines[6].starts_with("12,0")) << result.out;
  EXPECT_EQ(lines[2], "8,,");
  EXPECT_EQ(lines[4], "10,,");
  EXPECT_EQ(lines[5], ",,") << "a record with too few cells has no id either";
  EXPECT_NE(result.err.find("3 rows cannot be read and have no score: line 3, column 'age': 'thirty' is not a number"),
            std::string::npos)
      << result.err;
  EXPECT_EQ(lines_of(read("unread.csv")),
            (Words{"row,place,column,cell,problem", "2,line 3,age,thirty,\"'thirty' is not a number, expected one\"",
                   "4,line 5,joined,2024-99-03,\"'2024-99-03' is not a date, expected one\"",
                   "5,line 6,,,\"another number of cells than the header line, expected 4\""}));
}

TEST_F(PredictBatch, BooleansMayBeWordsOrNumbers) {
  std::string rows = "member,y\n";
  for (int i = 0; i < 20; ++i) rows += i % 3 == 0 ? "yes,1.5\n" : "no,2.5\n";
  write("t.csv", rows);
  run_well({"train", "--data", "t.csv", "--target", "y", "--layers", "2,1", "--out", "out"});
  const std::string words = predict("member\nyes\nno\n", {}).out;
  EXPECT_EQ(predict("member\n1\n0\n", {}).out, words);
  EXPECT_EQ(predict("member\n1.0\n0.0\n", {}).out, words);
  EXPECT_EQ(predict("member\nTRUE\noff\n", {}).out, words);
  for (const char* const cell : {"maybe", "2"}) {
    const ProcessResult result = predict("member\nyes\n" + std::string(cell) + "\n", {});
    EXPECT_NE(result.err.find("'" + std::string(cell) +
                              "' is not a boolean, expected one: true or false, yes or no, on "
                              "or off, t or f, y or n, 1 or 0"),
              std::string::npos)
        << result.err;
  }
}

TEST_F(PredictBatch, ColumnsThatCannotBeToldByName) {
  train_people();
  EXPECT_NE(predict("age,city,joined,age\n30,city1,2024-01-03,31\n")
                .err.find("there are several columns 'age', expected one: rename or remove the others"),
            std::string::npos);
  EXPECT_NE(predict("30,city1,2024-01-03\n", {"--no-header"})
                .err.find("put a header line ahead of the rows: 'age,city,joined', in the order in which the file has "
                          "them, and leave "
                          "out --no-header"),
            std::string::npos);
  EXPECT_NE(predict("30,city1,2024-01-03,low\n", {"--no-header"}).err.find("'age,city,joined,income'"),
            std::string::npos);
}

TEST_F(PredictBatch, StrictStopsAtTheFirstBadCell) {
  train_people();
  const std::string rows = "age,city,joined\n30,city1,2024-01-03\nthirty,city1,2024-01-03\n";
  write("new.csv", rows);
  refuses({"predict", "out/model.onnx", "--data", "new.csv", "--out", "p.csv", "--strict"}, 3,
          {"new.csv line 3, column 'age'", "'thirty' is not a number"});
  EXPECT_EQ(predict("age,city,joined\n30,new city,\n", {"--strict"}).code, 0)
      << "missing and unseen values are no errors";
  EXPECT_EQ(predict(rows, {"--strict", "--unread", "u.csv"}).code, 2);
}

TEST_F(PredictBatch, AModelOfNumbersNeedsEveryNumber) {
  write_two_classes("t.csv");
  run_well(train_two);
  const ProcessResult result = predict("a,b\n0.1,0.2\n,0.3\n0.4,x\n0.5,0.6\n");
  ASSERT_EQ(result.code, 0) << result.err;
  const Words lines = lines_of(result.out);
  EXPECT_EQ(lines[2], ",");
  EXPECT_EQ(lines[3], ",");
  EXPECT_NE(result.err.find("row 2, column 'a': empty"), std::string::npos) << result.err;
  EXPECT_NE(lines[4], ",");
}

TEST_F(PredictBatch, AHeaderGivesAHeader) {
  train_people();
  const ProcessResult result = predict("age,city,joined\n");
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out, "low,prediction\n");
  write_two_classes("t.csv");
  run_well(train_two);
  EXPECT_EQ(predict("a,b\n").out, "yes,prediction\n");
  refuses({"predict", "out/model.onnx", "--data", "new.csv", "--out", "p.csv", "--keep", "c"}, 2,
          {"unknown column 'c'"});
}

// Whatever the cells say, and whether or not the row has a score.
TEST_F(PredictBatch, KeptCellsAreWhatTheTableSays) {
  train_people();
  const Words cells{"007", "1.50", "NA", "-", "1e3", "", "\"a, \"\"b\"\"\"", "2024-1-2", "Z\xFCrich", "007"};
  std::string text = "age,code,city,joined\n";
  for (std::size_t i = 0; i < cells.size(); ++i)
    text += std::string(i == 4 ? "x" : "30") + "," + cells[i] + ",city1,2024-01-03\n\n";
  const ProcessResult result = predict(text, {"--keep", "code,age,code"});
  ASSERT_EQ(result.code, 0) << result.err;
  const Words lines = lines_of(result.out);
  ASSERT_EQ(lines.size(), cells.size() + 1);
  EXPECT_EQ(lines[0], "code,age,code_2,low,prediction");
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string kept = cells[i] + (i == 4 ? ",x," : ",30,") + cells[i] + ",";
    EXPECT_TRUE(lines[i + 1].starts_with(kept)) << lines[i + 1] << ", expected " << kept;
  }
  EXPECT_EQ(predict("age,code,city,joined,code\n30,1,city1,2024-01-03,2\n", {"--keep", "code"}).code, 3);
}

TEST_F(PredictBatch, ColumnsThatTheModelDoesNotTakeAreNoted) {
  train_people();
  const std::string err = predict("id,age,city,joined\n7,30,city1,2024-01-03\n").err;
  EXPECT_EQ(err, "[predict] 1 column of new.csv that out/model.onnx does not take: id\n");
  EXPECT_EQ(predict("id,age,city,joined\n7,30,city1,2024-01-03\n", {"--keep", "id"}).err, "");
  EXPECT_NE(predict("joined,city,age,income\n2024-01-03,city1,30,low\n").err.find("income is the target of"),
            std::string::npos);
}

// A text in Latin-1 is no category that training did not have.
TEST_F(PredictBatch, ACategoryInAnotherEncodingIsUnread) {
  train_people();
  const std::string rows =
      "age,city,joined\n30,city1,2024-01-03\n31,Z\xFCrich,2024-01-03\n32,city2,2024-01-03\n33,Z\xFCrich,2024-01-03\n";
  const ProcessResult result = predict(rows, {"--unread", "u.csv"});
  EXPECT_NE(result.err.find("2 rows cannot be read and have no score: line 3, column 'city': the text is not UTF-8, "
                            "expected UTF-8, or its encoding by name: --encoding latin1"),
            std::string::npos)
      << result.err;
  const Words lines = lines_of(result.out), unread = lines_of(read("u.csv"));
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_EQ(lines[2] + lines[4], ",,");
  EXPECT_TRUE(lines[1] != "," && lines[3] != ",") << result.out;
  ASSERT_EQ(unread.size(), 3U);
  EXPECT_TRUE(unread[1].starts_with("2,line 3,city,") && unread[2].starts_with("4,line 5,city,")) << unread[2];
  EXPECT_EQ(predict(rows, {"--encoding", "latin1"}).err, "");
  write("new.csv", rows);
  refuses({"predict", "out/model.onnx", "--data", "new.csv", "--out", "p.csv", "--strict"}, 3, {"line 3", "not UTF-8"});
}

// Readers skip a line without any character, and every later row would be that of another.
TEST_F(PredictBatch, ARowWithoutAScoreHasItsLineAlsoIfThatIsItsClassOnly) {
  write_two_classes("t.csv");
  run_well(train_two);
  const Words lines = lines_of(predict("a,b\n0.1,0.2\n,0.3\n0.5,0.6\n", {"--classes-only"}).out);
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[2], "\"\"");
  write("p.csv", "prediction\n" + lines[1] + "\n" + lines[2] + "\n" + lines[3] + "\n");
  EXPECT_EQ(json_of({"schema", "--data", "p.csv", "--json"}).at("rows"), 3);
}

TEST_F(PredictBatch, ThresholdsAndClassesOnly) {
  write_two_classes("t.csv");
  run_well(train_two + Words{"--epochs", "30", "--learning-rate", "0.05"});
  const std::string rows = "a,b\n0.1,0.2\n0.9,0.3\n";
  EXPECT_EQ(predict(rows, {"--threshold", "0", "--classes-only"}).out, "prediction\nyes\nyes\n");
  EXPECT_EQ(predict(rows, {"--threshold", "1", "--classes-only"}).out, "prediction\nno\nno\n");
  write_three_classes("t.csv");
  run_well(train_three);
  EXPECT_EQ(predict(rows, {"--threshold", "0.3"}).code, 2);
  EXPECT_EQ(lines_of(predict(rows, {"--classes-only"}).out).size(), 3U);
  write_numbers("t.csv");
  run_well({"train", "--data", "t.csv", "--target", "label", "--layers", "1", "--loss", "mse", "--out", "out",
            "--overwrite"});
  EXPECT_EQ(predict(rows, {"--classes-only"}).code, 2);
}

TEST_F(PredictBatch, ArraysHoldTheOutputs) {
  write_two_classes("t.csv");
  run_well(train_two);
  write("new.csv", "a,b\n0.1,0.2\n,0.3\n0.4,0.1\n");
  run_well({"predict", "out/model.onnx", "--data", "new.csv", "--out", "p.npy"});
  const std::string bytes = read("p.npy");
  ASSERT_EQ(bytes.size(), 128U + 3 * sizeof(float));
  EXPECT_NE(bytes.find("'shape': (3, 1)"), std::string::npos);
  float scores[3];
  std::memcpy(scores, bytes.data() + 128, sizeof scores);
  EXPECT_TRUE(scores[0] > 0 && std::isnan(scores[1]) && scores[2] > 0);
  refuses({"predict", "out/model.onnx", "--data", "new.csv", "--out", "q.npy", "--keep", "a"}, 2, {"expected a .csv"});
}

TEST_F(PredictBatch, NoTwoColumnsHaveTheSameName) {
  write("t.csv", "a,prediction,kind\n1,2,prediction\n2,3,output_1\n3,4,c\n1,5,prediction\n2,2,output_1\n3,1,c\n");
  run_well({"train", "--data", "t.csv", "--target", "kind", "--layers", "4:relu,3:softmax", "--loss",
            "sparse_categorical_crossentropy", "--out", "out"});
  const std::string header =
      lines_of(run_well({"predict", "out/model.onnx", "--data", "t.csv", "--out", "-", "--keep", "prediction"}).out)
          .at(0);
  EXPECT_EQ(header, "prediction_2,c,output_1,output_3,prediction");
}

}  // namespace

}  // namespace millrace::test
