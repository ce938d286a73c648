// SPDX-License-Identifier: Apache-2.0
//
// Tables as users of other trainers reported them: each is read, or one flag away, which the message names.
#include "cli/tables.hpp"

namespace millrace::test {

namespace {

class FieldCases : public CliTables {
 protected:
  // row(i, number) writes a row.
  template <class Row>
  void write_rows(const std::string& header, const Row& row) const {
    CliTables::write_rows(header, 60, [&](int i) { return row(i, std::to_string(i * 37 % 61)); });
  }
  [[nodiscard]] static Words train(const std::string& target, const Words& more = {}) {
    return CliTables::train(target, Words{"--epochs", "2"} + more);
  }
  // What the model takes, in its order.
  [[nodiscard]] std::string inspected(const Words& training) const {
    run_well(training);
    return run_well({"inspect", "out/model.onnx"}).out;
  }
  const Words regression{"--layers", "4:relu,1", "--loss", "mse"};
};

TEST_F(FieldCases, RowNumbersWithoutANameAreNoFeature) {
  write_rows(",f1,y", [](int i, const std::string& x) { return std::to_string(i) + "," + x + "," + x + ".5"; });
  EXPECT_EQ(inspected(train("y")).find("''"), std::string::npos);
  write("new.csv", "f1\n3\n");
  run_well({"predict", "out/model.onnx", "--data", "new.csv", "--out", "p.csv"});
}

TEST_F(FieldCases, AFirstRowOfNumbersIsNoHeader) {
  write_rows("-1.7,-0.4,0", [](int i, const std::string& x) { return x + ".5,-" + x + "," + std::to_string(i % 2); });
  refuses(train("0"), 3, {"t.csv line 1", "--no-header"});
  run_well(train("3", {"--no-header"}));
}

TEST_F(FieldCases, NamesThatAreUsedTwiceAreLeftOut) {
  write_rows("a,b,b,label", [](int i, const std::string& x) { return x + ",1," + x + (i % 2 == 0 ? ",no" : ",yes"); });
  const ProcessResult result = run_well(train("label"));
  EXPECT_NE(result.err.find("another column has the same name"), std::string::npos) << result.err;
}

TEST_F(FieldCases, BooleansInTheSpellingOfOtherPrograms) {
  for (const auto& words : {std::pair{"False", "True"}, {"FALSE", "TRUE"}, {"f", "t"}}) {
    write_rows("vip,amount,fraud", [&](int i, const std::string& x) {
      return std::string(i % 3 == 0 ? words.second : words.first) + "," + x + "," + std::to_string(i % 2);
    });
    EXPECT_NE(run_well({"schema", "--data", "t.csv"}).out.find("[columns.vip]\nkind = \"boolean\""), std::string::npos);
    run_well(train("fraud"));
  }
}

TEST_F(FieldCases, TextInLatin1NamesTheFlag) {
  write_rows(
      "country,gr\xF6\xDF"
      "e,ziel",
      [](int i, const std::string& x) { return "K\xF6ln," + x + (i % 2 == 0 ? ",ja" : ",nein"); });
  refuses(train("ziel"), 3, {"UTF-8", "--encoding latin1"});
  run_well(train("ziel", {"--encoding", "latin1"}));
}

TEST_F(FieldCases, QuestionMarksAreMissing) {
  write_rows("power,mpg", [](int i, const std::string& x) { return (i % 9 == 4 ? "?" : x) + "," + x + ".5"; });
  EXPECT_NE(run_well({"schema", "--data", "t.csv"}).out.find("kind = \"number\"  # 53 distinct, 7 missing"),
            std::string::npos)
      << run_well({"schema", "--data", "t.csv"}).out;
  run_well(train("mpg"));
}

TEST_F(FieldCases, TheLineSepIsObeyed) {
  std::string text = "sep=;\nFeuchte;Temperatur\n";
  for (int i = 0; i < 60; ++i) text += std::to_string(i) + ";" + std::to_string(i) + ".5\n";
  write("t.csv", text);
  run_well(train("Temperatur", regression));
  run_well(train("Temperatur", regression + Words{"--delimiter", ";"}));
}

TEST_F(FieldCases, ADelimiterAtTheEndOfEachLineIsReadOver) {
  write_rows("lcb;froude;resistance;", [](int, const std::string& x) { return x + ";0.5;-" + x + ".25;"; });
  run_well(train("resistance", regression + Words{"--delimiter", ";"}));
}

TEST_F(FieldCases, TargetsWithMarksNameTheFirstCellAndTheFlag) {
  for (const auto& [cell, flags] : {std::pair{"\"9,1%.77\"", Words{"--thousands", ","}},
                                    {"8%.5%", Words{"--percent"}},
                                    {"$81%.77", Words{"--currency"}}}) {
    const std::string form = cell;
    write_rows("x,y", [&](int i, const std::string& x) {
      const std::string digits = std::to_string(10 + i);
      return x + "," + form.substr(0, form.find('%')) + digits + form.substr(form.find('%') + 1);
    });
    refuses(train("y", regression), 3, {"column 'y' of t.csv is not numbers", "line 2 says", flags[0]});
    run_well(train("y", regression + flags));
  }
}

TEST_F(FieldCases, LabelsFromOneAreClasses) {
  write_rows("a,species", [](int i, const std::string& x) { return x + "," + std::to_string(1 + i % 3); });
  const Words three{"--layers", "8:relu,3:softmax", "--loss", "sparse_categorical_crossentropy"};
  run_well(train("species", three));
  run_well(train("species", three + Words{"--classes", "1,2,3"}));
}

// The order of month and day that training saw holds for rows that could be read either way.
TEST_F(FieldCases, DatesOfOneFormMeanTheSameInPrediction) {
  write_rows("sold,y", [](int i, const std::string& x) {
    return std::to_string(i % 28 + 1) + "/" + std::to_string(i % 12 + 1) + "/2023," + x;
  });
  const std::string schema = run_well({"schema", "--data", "t.csv"}).out;
  EXPECT_NE(schema.find("kind = \"date\"  # 60 distinct, none missing, 2023-01-01 to 2023-12-24"), std::string::npos)
      << schema;
  run_well(train("y", {"--epochs", "60"}));
  const auto prediction = [&](const std::string& date, const Words& more = {}) {
    write("new.csv", "sold\n" + date + "\n");
    return run_well(Words{"predict", "out/model.onnx", "--data", "new.csv", "--out", "-"} + more).out;
  };
  EXPECT_EQ(prediction("2/7/2023"), prediction("2023-07-02"));
  EXPECT_NE(prediction("2/7/2023"), prediction("2023-02-07"));
  EXPECT_EQ(prediction("2/7/2023", {"--date-order", "month_first"}), prediction("2023-02-07"));
}

// Dates of training that have the year first say nothing about 2/7/2023. The model is saved and loaded in between.
TEST_F(FieldCases, DatesThatShowNoOrderLeaveItToTheRowsToPredict) {
  write_rows("sold,y", [](int i, const std::string& x) {
    return "2023-" + std::to_string(i % 12 + 1) + "-" + std::to_string(i % 28 + 1) + "," + x;
  });
  run_well(train("y", {"--epochs", "60"}));
  const auto predicted = [&](const std::string& dates) {
    write("new.csv", "sold\n" + dates);
    return run_well({"predict", "out/model.onnx", "--data", "new.csv", "--out", "-"});
  };
  const std::string expected = predicted("2023-07-02\n2023-07-31\n").out;
  for (const char* const dates : {"2/7/2023\n31/7/2023\n", "7/2/2023\n7/31/2023\n"}) {
    const ProcessResult result = predicted(dates);
    EXPECT_EQ(result.out, expected) << dates;
    EXPECT_EQ(result.err, "") << dates;
  }
  const std::string err = predicted("2/7/2023\n3/7/2023\n").err;
  EXPECT_NE(err.find("[predict] column 'sold': dates are read as month/day, and may be day/month: line 2"),
            std::string::npos)
      << err;
}

// Seconds of a day and seconds since 1970 are far from each other.
TEST_F(FieldCases, TimesOfTheDayAndDatesAreNotTakenForEachOther) {
  const auto unread = [&](const std::string& first, const std::string& others) {
    run_well(train("y"));
    write("new.csv", "sold\n" + first + "\n" + others);
    const ProcessResult result = run_well({"predict", "out/model.onnx", "--data", "new.csv", "--out", "-"});
    const Words lines = lines_of(result.out);
    EXPECT_NE(lines.at(1), ",") << result.err;
    for (std::size_t i = 2; i < lines.size(); ++i) EXPECT_EQ(lines[i], ",") << "row " << i;
    return result.err;
  };
  write_rows("sold,y", [](int i, const std::string& x) { return std::to_string(i % 12 + 1) + ":15 PM," + x; });
  EXPECT_NE(unread("13:45:10", "2024-05-31 13:45\n2024-05-31\n")
                .find("2 rows cannot be read and have no score: line 3, column 'sold': '2024-05-31 13:45' is a date, "
                      "expected a time of a day as in training"),
            std::string::npos);
  write_rows("sold,y", [](int i, const std::string& x) { return "2023-01-" + std::to_string(i % 28 + 1) + "," + x; });
  EXPECT_NE(unread("2023-01-12 13:45", "13:45\n1:45 PM\n")
                .find("line 3, column 'sold': '13:45' is a time of a day, expected a date as in training"),
            std::string::npos);
  std::string times = "sold,y\n";
  for (int i = 0; i < 40; ++i) times += std::to_string(i % 12 + 1) + ":15 PM,1\n";
  write("new.csv", times);
  refuses({"evaluate", "out/model.onnx", "--data", "new.csv"}, 3, {"new.csv line 2, column 'sold': '1:15 PM'"});
}

// The message names the date, and the flag that reads it.
TEST_F(FieldCases, DatesOfAnotherOrderThanInTrainingAreUnread) {
  write_rows("sold,y", [](int i, const std::string& x) {
    return std::to_string(i % 28 + 1) + "/" + std::to_string(i % 12 + 1) + "/2023," + x;
  });
  run_well(train("y"));
  write("new.csv", "sold\n2/7/2023\n7/31/2023\n");
  const std::string err = run_well({"predict", "out/model.onnx", "--data", "new.csv", "--out", "p.csv"}).err;
  EXPECT_NE(err.find("1 row cannot be read and has no score: line 3, column 'sold': '7/31/2023' is a date with the "
                     "month first, expected one with the day first; if all are of that form, --date-order month_first"),
            std::string::npos)
      << err;
}

TEST_F(FieldCases, UnclearDatesAreNoted) {
  write_rows("sold,y", [](int i, const std::string& x) { return std::to_string(i % 12 + 1) + "/1/2023," + x; });
  EXPECT_NE(run_well(train("y")).err.find("may be day/month: line 3 says '2/1/2023'"), std::string::npos);
  EXPECT_EQ(run_well(train("y", {"--date-order", "day_first"})).err.find("day/month"), std::string::npos);
}

TEST_F(FieldCases, ATargetOfDatesSaysWhatToDo) {
  write_rows("x,y", [](int i, const std::string& x) { return x + ",2023-01-" + std::to_string(10 + i % 19); });
  refuses(train("y"), 3, {"column 'y' of t.csv holds dates, expected numbers or classes as the target"});
}

TEST_F(FieldCases, AColumnThatIsLeftOutSaysHowToReadIt) {
  write_rows("price,y", [](int i, const std::string& x) { return "€" + std::to_string(i) + ".5," + x; });
  refuses(train("y"), 3, {"no column to learn from", "line 2 says '€0.5'", "--currency"});
  run_well(train("y", {"--currency"}));
}

// A model of booleans knows them as its file writes them, and in the spelling of another file.
TEST_F(FieldCases, BooleansAreClassesInEverySpelling) {
  write_rows("x,y", [](int i, const std::string& x) { return x + (i % 3 == 0 ? ",True" : ",False"); });
  for (const Words& more : {Words{}, Words{"--layers", "4:relu,1:sigmoid", "--loss", "bce", "--scale", "none"}}) {
    run_well(train("y", more));
    run_well({"evaluate", "out/model.onnx", "--data", "t.csv"});
    EXPECT_EQ(run_well({"predict", "out/model.onnx", "--data", "t.csv", "--out", "-"}).out.substr(0, 16),
              "True,prediction\n");
    write("lower.csv", "x,y\n1,true\n2,false\n3,TRUE\n");
    run_well({"evaluate", "out/model.onnx", "--data", "lower.csv"});
    write("other.csv", "x,y\n1,yes\n2,no\n");
    refuses({"evaluate", "out/model.onnx", "--data", "other.csv"}, 3, {"'y'", "class", "False, True"});
  }
}

// Whoever trains on a file evaluates on it: slips and missing targets are treated in the same way.
TEST_F(FieldCases, EvaluateReadsWhatTrainReads) {
  const auto target = [](int i) { return i % 9 == 0 ? "" : std::to_string(i) + ".5"; };
  write_rows("x,y", [&](int i, const std::string& x) { return x + "," + target(i); });
  const auto expect_note = [&](const std::string& text) {
    EXPECT_NE(run_well({"evaluate", "out/model.onnx", "--data", "t.csv"}).err.find(text), std::string::npos);
    run_well({"verify", "out/model.onnx", "--data", "t.csv"});
  };
  run_well(train("y"));
  expect_note("[evaluate] 7 rows have no target and are left out");
  run_well(train("y", {"--validation", "t.csv"}));
  write("t.csv", read("t.csv") + "Total,5.5\n");
  run_well(train("y"));
  expect_note("[evaluate] column 'x': 1 cell is taken for missing, the first in line 62: 'Total' is not a number");
  write_rows("x,y",
             [&](int i, const std::string& x) { return (i % 4 == 0 ? "-inf" : x) + "," + std::to_string(i) + ".5"; });
  run_well(train("y"));
  expect_note(
      "[evaluate] column 'x': 15 cells are taken for missing, the first in line 2: '-inf' is not a finite fp32 number");
  write("other.csv", "x,y\nred,1\ngreen,2\n3,4\n");
  refuses({"evaluate", "out/model.onnx", "--data", "other.csv"}, 3,
          {"other.csv line 2, column 'x': 'red' is not a number"});
}

TEST_F(FieldCases, WholeNumbersAreClassesInEvaluationToo) {
  write_rows("x,c,y",
             [&](int i, const std::string& x) { return x + (i % 2 == 0 ? ",a," : ",b,") + std::to_string(i % 3); });
  run_well(train("y"));
  EXPECT_NE(run_well({"evaluate", "out/model.onnx", "--data", "t.csv"}).out.find("accuracy"), std::string::npos);
  write_rows("x,c,y", [&](int i, const std::string& x) { return x + ",a," + std::to_string(i % 3) + ".0"; });
  run_well({"evaluate", "out/model.onnx", "--data", "t.csv"});
}

// Cells may be missing in those rows only whose target is to be predicted.
TEST_F(FieldCases, MissingCellsOfRowsWithoutATargetArePrepared) {
  write_rows("x,z,y", [&](int i, const std::string& x) {
    return i % 9 == 0 ? x + ",," : x + "," + std::to_string(i % 5) + "," + std::to_string(i) + ".5";
  });
  run_well(train("y"));
  run_well({"evaluate", "out/model.onnx", "--data", "t.csv"});
  run_well({"predict", "out/model.onnx", "--data", "t.csv", "--out", "scores.csv", "--strict"});
}

TEST_F(FieldCases, ATargetOfOneClassIsNamed) {
  write_rows("x,y", [&](int, const std::string& x) { return x + ",Other"; });
  refuses(train("y"), 3, {"column 'y' of t.csv as the target: the only class is 'Other'", "choose another target"});
}

TEST_F(FieldCases, ManyClassesWithMissingTargetsAreClasses) {
  write_rows("x,y",
             [&](int i, const std::string& x) { return x + (i == 7 ? "," : ",place " + std::to_string(i % 25)); });
  EXPECT_NE(run_well(train("y")).err.find("25:softmax"), std::string::npos);
}

}  // namespace

}  // namespace millrace::test
