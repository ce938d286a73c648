// SPDX-License-Identifier: Apache-2.0
//
// Tables that trained without a word and learned something else than was meant.
#include "cli/tables.hpp"

namespace millrace::test {

namespace {

class SilentTables : public CliTables {
 protected:
  template <class Row>
  void write_rows(const std::string& header, const Row& row) const {
    CliTables::write_rows(header, 200, row);
  }
  static std::string measured(int i) { return std::to_string(i * 37 % 61) + ".5"; }
  [[nodiscard]] static Words train(const std::string& target, const Words& more = {}) {
    return CliTables::train(target, Words{"--epochs", "1"} + more);
  }
  void notes(const Words& training, const std::string& part) const {
    const ProcessResult result = run_well(training);
    EXPECT_NE(result.err.find(part), std::string::npos) << result.err;
  }
};

// Four frauds in two hundred rows are a class, however rare, and not the number 1.
TEST_F(SilentTables, ARareOneAmongZerosIsAClass) {
  write_rows("a,fraud", [](int i) { return measured(i) + (i % 50 == 3 ? ",1" : ",0"); });
  notes(train("fraud"), "binary_crossentropy");
  run_well(train("fraud", {"--class-weight", "balanced"}));
  run_well(train("fraud", {"--class-weight", "0=1,1=20"}));
}

TEST_F(SilentTables, ClassWeightsOfNumbersAreRefused) {
  write_rows("a,y", [](int i) { return measured(i) + "," + std::to_string(i) + ".25"; });
  refuses(train("y", {"--class-weight", "balanced"}), 2,
          {"--class-weight weighs classes", "column 'y' of t.csv holds numbers", "--task classification",
           "--sample-weight"});
}

TEST_F(SilentTables, ALineOfUnitsMakesNoClassesOfNumbers) {
  write_rows("a,y\nm,kg", [](int i) { return measured(i) + "," + std::to_string(i % 5) + ".5"; });
  refuses(train("y"), 3,
          {"column 'y' of t.csv as the target", "line 2 says 'm', 'kg'", "sed '2d' FILE > table.csv",
           "--task classification"});
  run_well(train("y", {"--missing-marks", "kg,m"}));
}

TEST_F(SilentTables, ColumnsThatSayNothingAreNoted) {
  write_rows("id,one,a,y", [](int i) { return std::to_string(i + 1) + ",1," + measured(i) + "," + measured(i + 3); });
  notes(train("y"), "column 'id': counts the rows from 1 to 200");
  notes(train("y"), "column 'one': every row has the value 1");
}

TEST_F(SilentTables, LabelsThatDifferInCapitalsAreNoted) {
  write_rows("a,y", [](int i) { return measured(i) + (i % 3 == 0 ? ",nein" : i % 3 == 1 ? ",Ja" : ",ja"); });
  notes(train("y"), "column 'y': 'Ja' and 'ja' differ in capital letters only");
}

TEST_F(SilentTables, AsManyUnitsAsClassesAreAskedFor) {
  write_rows("a,y", [](int i) { return measured(i) + "," + std::to_string(1 << i % 4); });
  refuses(train("y", {"--layers", "4:relu,3:softmax"}), 3,
          {"column 'y' has 4 different numbers, 1, 2, 4, 8, and the last layer 3 units", "4:softmax"});
  run_well(train("y", {"--layers", "4:relu,4:softmax"}));
}

TEST_F(SilentTables, SeveralTargetsAreScaled) {
  write_rows("a,y,z",
             [](int i) { return measured(i) + "," + std::to_string(1000 + i % 7) + "," + std::to_string(i % 5); });
  const std::string out = run_well(train("y,z")).out, before = "training    loss ";
  ASSERT_NE(out.find(before), std::string::npos) << out;
  EXPECT_LT(std::stod(out.substr(out.find(before) + before.size())), 10) << "of targets near 1000: " << out;
}

TEST_F(SilentTables, LabelsInSeveralColumnsAreNoted) {
  write_rows("a,y,z",
             [](int i) { return measured(i) + "," + std::to_string(i % 2) + "," + std::to_string(i % 3 / 2); });
  notes(train("y,z"),
        "the targets are 0 and 1 only, and are learned as numbers; as labels: --layers 64:relu,64:relu,2:sigmoid");
  run_well(train("y,z", {"--layers", "64:relu,64:relu,2:sigmoid"}));
}

TEST_F(SilentTables, OneHotTargetsAreClasses) {
  write_rows("a,x,y,z", [](int i) { return measured(i) + (i % 3 == 0 ? ",1,0,0" : i % 3 == 1 ? ",0,1,0" : ",0,0,1"); });
  const Words layers{"--layers", "64:relu,64:relu,3:softmax", "--loss", "categorical_crossentropy"};
  notes(train("x,y,z"),
        "as classes, one in each row: --layers 64:relu,64:relu,3:softmax --loss categorical_crossentropy");
  EXPECT_EQ(run_well(train("x,y,z", layers)).err.find("learned as numbers"), std::string::npos);
}

// Targets of 0 and 1 are classes for the notes, too, as no and yes are.
TEST_F(SilentTables, ZeroAndOneGetTheNotesOfClasses) {
  const Words layers{"--layers", "4:relu,1:sigmoid", "--validation", "0.2"};
  write_rows("a,y", [](int i) { return measured(i) + (i < 150 ? ",0" : ",1"); });
  notes(train("y", layers),
        "all 40 validation rows are of one class: the rows are sorted by class; --split stratified");
  write_rows("a,y", [](int i) { return measured(i) + (i < 160 ? ",0" : i % 2 == 0 ? ",1" : ",0"); });
  notes(train("y", layers), "no training row of class '1', which has 20 validation rows; --split stratified");
  write_rows("a,y", [](int i) { return measured(i) + (i == 50 ? ",1" : ",0"); });
  notes(train("y", {"--layers", "4:relu,1:sigmoid"}),
        "a single row of class '1', so it cannot both train and validate");
  // Numbers have no classes.
  const std::string err = run_well(train("y", {"--layers", "4:relu,1", "--loss", "mse"})).err;
  EXPECT_EQ(err.find("class"), std::string::npos) << err;
}

// Without layers, margins get a unit that has a sign: a sigmoid said yes to every row.
TEST_F(SilentTables, MarginsGetALinearUnit) {
  write_rows("a,y", [](int i) { return measured(i) + (i * 37 % 61 > 30 ? ",yes" : ",no"); });
  run_well(train("y", {"--loss", "hinge", "--members", "1", "--epochs", "40", "--seed", "1"}));
  EXPECT_GT(json_of({"evaluate", "out/model.onnx", "--data", "t.csv", "--json"}).at("accuracy"), 0.8);
}

TEST_F(SilentTables, MarksInTheTargetAreNoted) {
  write_rows("a,y", [](int i) { return measured(i) + "," + (i % 50 == 7 ? "-999" : std::to_string(i % 61) + ".5"); });
  notes(train("y"),
        "column 'y': 4 values are -999, and all others are from 0.5 to 60.5; if that stands for a missing "
        "value: --missing-marks -999");
  const std::string err = run_well(train("y", {"--missing-marks", "-999"})).err;
  EXPECT_EQ(err.find("are -999"), std::string::npos) << err;
}

// Words are checked also where no column needs them.
TEST_F(SilentTables, WordsOfOptionsAreCheckedInEveryTable) {
  write_rows("a,y", [](int i) { return measured(i) + "," + measured(i + 3); });
  refuses(train("y", {"--encode", "embeding"}), 2, {"unknown encoding 'embeding', did you mean 'embedding'?"});
  refuses(train("y", {"--encode", "target"}), 2, {"unknown encoding 'target', known: auto, onehot"});
  refuses(train("y", {"--missing", "drop"}), 2,
          {"unknown way of filling in missing values 'drop'", "refuse, or a number"});
  refuses(train("y", {"--missing", "mena"}), 2, {"'mena', did you mean 'mean'"});
  for (const char* const word : {"median", "mean", "most_frequent", "refuse", "0", "-1.5"})
    run_well(train("y", {"--missing", word}));
  write("s.toml", "[columns.a]\nencode = \"onehott\"\n");
  refuses(train("y", {"--schema", "s.toml"}), 2, {"s.toml", "unknown encoding 'onehott', did you mean 'onehot'?"});
  write("s.toml", "[columns.a]\ntype = \"number\"\n");
  refuses(train("y", {"--schema", "s.toml"}), 2, {"s.toml", "unknown option 'type', did you mean kind = \"number\"?"});
}

// Three classes for one unit: whatever they are called, the message has a last layer that takes them.
TEST_F(SilentTables, ThreeClassesAskForThreeUnits) {
  const std::string softmax = "3:softmax";
  for (const int first : {0, 1, 7}) {
    write_rows("a,y", [&](int i) { return measured(i) + "," + std::to_string(first + i % 3); });
    refuses(train("y", {"--layers", "4:relu,1:sigmoid"}), 3,
            {"has 3 different numbers", "the last layer 1 unit", softmax});
    run_well(train("y", {"--layers", "4:relu,3:softmax"}));
  }
  write_rows("a,y", [](int i) { return measured(i) + "," + measured(i + 3); });
  refuses(train("y", {"--layers", "4:relu,1:sigmoid", "--loss", "binary_crossentropy"}), 3,
          {"has 61 different numbers", "the last layer 1 unit, expected a loss of numbers", "mse"});
  write_rows("a,y", [](int i) { return measured(i) + (i % 3 == 0 ? ",low" : i % 3 == 1 ? ",mid" : ",high"); });
  const std::string typed = "--layers 64:relu,3:softmax --loss sparse_categorical_crossentropy";
  refuses(train("y", {"--layers", "4:relu,1"}), 3, {"expected numbers as the target, or for its 3 classes", typed});
  run_well(train("y", {"--layers", "64:relu,3:softmax", "--loss", "sparse_categorical_crossentropy"}));
  write_rows("a,y", [](int i) { return measured(i) + (i % 2 == 0 ? ",low" : ",high"); });
  refuses(train("y", {"--layers", "4:relu,1", "--loss", "mse"}), 3,
          {"--layers 64:relu,1:sigmoid --loss binary_crossentropy"});
  run_well(train("y", {"--layers", "64:relu,1:sigmoid", "--loss", "binary_crossentropy"}));
}

TEST_F(SilentTables, ATabMayBeWrittenAsInPrograms) {
  write("t.csv", "a\ty\n1\t2\n2\t3\n");
  run_well(train("y", {"--delimiter", "\\t"}));
}

// Classes that fp32 would merge: their names are those of the file, from training to prediction.
TEST_F(SilentTables, LargeNumbersAreClassesOfTheirOwn) {
  const auto code = [](int i) {
    return std::vector{"100000001", "100000002", "200000001"}[static_cast<std::size_t>(i) % 3];
  };
  write_rows("a,y", [&](int i) { return std::to_string(i % 3) + "," + code(i); });
  EXPECT_NE(run_well({"schema", "--data", "t.csv", "--target", "y"}).out.find("'100000001', '100000002', '200000001'"),
            std::string::npos);
  run_well(train("y", {"--epochs", "30", "--learning-rate", "0.05", "--class-weight", "100000002=2"}));
  EXPECT_NE(run_well({"inspect", "out/model.onnx"}).out.find("100000001, 100000002, 200000001"), std::string::npos);
  const std::string predicted = run_well({"predict", "out/model.onnx", "--data", "t.csv", "--out", "-"}).out;
  for (int i = 0; i < 3; ++i)
    EXPECT_NE(predicted.find("," + std::string(code(i)) + "\n"), std::string::npos) << predicted;
  write("few.csv", "a,y\n0,100000001\n1,100000002\n2,200000001\n");
  EXPECT_NE(run_well({"evaluate", "out/model.onnx", "--data", "few.csv"}).out.find("accuracy 1"), std::string::npos);
  run_well(train("y", {"--validation", "few.csv"}));
  run_well({"report", "out", "--data", "t.csv"});
}

TEST_F(SilentTables, ClassesHaveNoExponent) {
  write_rows("a,y", [](int i) { return measured(i) + (i % 2 == 0 ? ",100000" : ",300000"); });
  run_well(train("y", {"--class-weight", "100000=2"}));
  const std::string text = run_well({"inspect", "out/model.onnx"}).out;
  EXPECT_NE(text.find("100000, 300000"), std::string::npos) << text;
  write("new.csv", "a,y\n1,1e5\n2,300000\n");
  run_well({"evaluate", "out/model.onnx", "--data", "new.csv"});
}

TEST_F(SilentTables, ATargetThatFp32CannotTellApartIsNotConstant) {
  write_rows("a,y", [](int i) { return measured(i) + "," + std::to_string(20210000000100 + i); });
  refuses(train("y"), 3,
          {"column 'y' of t.csv has values from 20210000000100 to 20210000000299, which fp32 cannot tell apart"});
  run_well(train("y", {"--task", "classification", "--layers", "4:relu,200:softmax"}));
  write_rows("a,y,z", [](int i) { return measured(i) + "," + std::to_string(20210000000100 + i) + "," + measured(i); });
  refuses(train("y,z"), 3, {"column 'y' of t.csv, a target, has values from", "fp32"});
}

// crx.data of the UCI repository, and the sleep disorders of Kaggle.
TEST_F(SilentTables, MarksOfMissingValuesMayBeClasses) {
  write_rows("a,y", [](int i) { return std::to_string(i % 2) + (i % 2 == 0 ? ",+" : ",-"); });
  run_well(train("y", {"--epochs", "30", "--learning-rate", "0.05"}));
  EXPECT_NE(run_well({"evaluate", "out/model.onnx", "--data", "t.csv"}).out.find("accuracy 1"), std::string::npos);

  const auto disorder = [](int i) {
    return std::vector{"None", "Insomnia", "Sleep Apnea"}[static_cast<std::size_t>(i) % 3];
  };
  write_rows("a,y", [&](int i) { return std::to_string(i % 3) + "," + disorder(i); });
  notes(train("y"),
        "67 rows have no target and are left out: 67 cells say 'None'; if that is a class: --classes "
        "'Insomnia,None,Sleep "
        "Apnea'");
  const Words classes =
      train("y", {"--epochs", "40", "--learning-rate", "0.05", "--classes", "Insomnia,None,Sleep Apnea"});
  EXPECT_EQ(run_well(classes).err.find("no target"), std::string::npos);
  const ProcessResult scored = run_well({"evaluate", "out/model.onnx", "--data", "t.csv"});
  EXPECT_NE(scored.out.find("accuracy 1"), std::string::npos) << scored.out;
  EXPECT_EQ(scored.err, "") << "no row is left out";
  write("few.csv", "a,y\n0,None\n1,Insomnia\n2,Sleep Apnea\n");
  EXPECT_EQ(run_well(classes + Words{"--validation", "few.csv"}).err.find("no target"), std::string::npos);
  EXPECT_EQ(run_well(train("y", {"--missing-marks", "only"})).err.find("no target"), std::string::npos);
  write_rows("a,y", [&](int i) { return measured(i) + (i % 3 == 0 ? ",yes" : ",None"); });
  refuses(train("y"), 3, {"the only class is 'yes'", "133 cells say 'None'; if that is a class: --classes 'None,yes'"});
  run_well(train("y", {"--classes", "None,yes"}));
}

TEST_F(SilentTables, RangesOfTimesAreNoTimes) {
  write_rows("slot,y", [](int i) { return (i % 2 == 0 ? "08:00-09:00," : "17:00-18:00,") + measured(i); });
  EXPECT_NE(run_well({"schema", "--data", "t.csv"}).out.find("[columns.slot]\nkind = \"category\""), std::string::npos);
  run_well(train("y"));
}

// The advice for a target of dates is one that works.
TEST_F(SilentTables, DatesAreClassesAsACategory) {
  write_rows("a,y", [](int i) { return std::to_string(i % 2) + (i % 2 == 0 ? ",2021-03-25" : ",2021-03-26"); });
  EXPECT_NE(run_well({"schema", "--data", "t.csv", "--target", "y"}).out.find("give it the kind category"),
            std::string::npos);
  refuses(train("y"), 3, {"give it the kind category"});
  write("s.toml", "[columns.y]\nkind = \"category\"\n");
  run_well(train("y", {"--schema", "s.toml"}));
  EXPECT_NE(run_well({"inspect", "out/model.onnx"}).out.find("2021-03-25, 2021-03-26"), std::string::npos);
  run_well({"evaluate", "out/model.onnx", "--data", "t.csv"});
}

}  // namespace

}  // namespace millrace::test
