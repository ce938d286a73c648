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
  notes(train("y"), "column 'one': all rows say 1");
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

TEST_F(SilentTables, ATabMayBeWrittenAsInPrograms) {
  write("t.csv", "a\ty\n1\t2\n2\t3\n");
  run_well(train("y", {"--delimiter", "\\t"}));
}

}  // namespace

}  // namespace millrace::test
