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
          {"column 'y' of t.csv as the target", "line 2 says 'kg'", "--missing-marks 'kg'", "--task classification"});
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

}  // namespace

}  // namespace millrace::test
