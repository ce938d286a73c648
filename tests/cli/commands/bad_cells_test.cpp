// SPDX-License-Identifier: Apache-2.0
//
// A few bad cells in a table of sound ones: dates, marks of missing values, numbers that no network can compute with.
#include "cli/cli.hpp"

namespace millrace::test {

namespace {

class BadCells : public Cli {
 protected:
  // 120 rows of a date, a number and a class; cell 60 of the column that has it is `bad`.
  void write_dates(const std::string& bad, const std::string& form = "iso") const {
    std::string text = "when,x,y\n";
    for (int i = 0; i < 120; ++i) {
      const std::string day = std::to_string(13 + i % 15), month = std::to_string(1 + i % 9);
      const std::string date = form == "iso" ? "2023-0" + month + "-" + day : month + "/" + day + "/2023";
      text += (i == 60 ? bad : date) + "," + std::to_string(i * 37 % 61) + "," + (i % 2 == 0 ? "no" : "yes") + "\n";
    }
    write("t.csv", text);
  }
  // 60 rows of two numbers; a of row 30 is `bad`.
  void write_numbers_with(const std::string& bad, const std::string& name = "t.csv") const {
    std::string text = "a,b,y\n";
    for (int i = 0; i < 60; ++i)
      text += (i == 30 ? bad : "0." + std::to_string(i * 37 % 61)) + "," + std::to_string(i) + "," +
              std::to_string(i * 3) + "\n";
    write(name, text);
  }
  const Words training{"train",     "--data", "t.csv",    "--target", "y",     "--layers", "4:relu,1",
                       "--members", "1",      "--epochs", "2",        "--out", "out",      "--overwrite"};
};

TEST_F(BadCells, OneBadDateIsMissingAndNoCategory) {
  for (const char* bad : {"2023-02-30", "0000-00-00", "unclear", "12:30"}) {
    write_dates(bad);
    const std::string err = run_well(training).err;
    EXPECT_NE(err.find("column 'when': 1 cell is taken for missing, the first in line 62: '" + std::string(bad) + "'"),
              std::string::npos)
        << err;
    EXPECT_EQ(run_well({"inspect", "out/model.onnx"}).out.find("2023-0"), std::string::npos);
    const std::string schema = run_well({"schema", "--data", "t.csv"}).out;
    EXPECT_NE(schema.find("in the way: 119 of 120 cells are dates, line 62 says '" + std::string(bad) + "'"),
              std::string::npos)
        << schema;
  }
}

TEST_F(BadCells, ADateInTheOtherOrderIsNamed) {
  write_dates("25/12/2023", "month first");
  const std::string schema = run_well({"schema", "--data", "t.csv"}).out;
  EXPECT_NE(schema.find("with the month first, line 62 says '25/12/2023', which is one with the day first"),
            std::string::npos)
      << schema;
  const std::string err = run_well(training).err;
  EXPECT_NE(err.find("line 62: '25/12/2023' is a date with the day first, expected one with the month first"),
            std::string::npos)
      << err;
}

// Only infinite numbers may be more than a tenth of a column: other ones are not of a column of dates or booleans.
TEST_F(BadCells, AColumnOfNumbersIsNoColumnOfDatesOrBooleans) {
  const auto table = [&](const std::string& name, const char* since, const char* yes, const char* no) {
    std::string text = "since,member,x,y\n";
    for (int i = 0; i < 60; ++i)
      text += since + std::to_string(10 + i % 20) + "," + (i % 2 == 0 ? yes : no) + "," + std::to_string(i) + "," +
              std::to_string(i * 37 % 61) + "\n";
    write(name, text);
  };
  table("t.csv", "2024-01-", "yes", "no");
  run_well(training);
  const Words evaluate{"evaluate", "out/model.onnx", "--data"};
  table("new.csv", "17050000", "yes", "no");
  refuses(evaluate + Words{"new.csv"}, 3, {"line 2, column 'since': '1705000010' is not a date"});
  table("new.csv", "2024-01-", "17", "18");
  refuses(evaluate + Words{"new.csv"}, 3, {"line 2, column 'member': '17' is not a boolean"});
}

TEST_F(BadCells, ANumberThatNobodyCanComputeWithLeavesOutItsRowOnly) {
  write_numbers_with("0.5");
  run_well(training);
  for (const char* bad : {"-3.4028235e+38", "3.4028235e38", "-3e38", "1e39"}) {
    write_numbers_with(bad, "new.csv");
    const ProcessResult result =
        run_well({"predict", "out/model.onnx", "--data", "new.csv", "--out", "p.csv", "--unread", "-"});
    const Words rows = lines_of(read("p.csv")), unread = lines_of(result.out);
    ASSERT_EQ(rows.size(), 61U);
    EXPECT_EQ(rows[31].find_first_of("0123456789"), std::string::npos) << rows[31];
    EXPECT_NE(rows[30].find_first_of("0123456789"), std::string::npos);
    EXPECT_NE(rows[32].find_first_of("0123456789"), std::string::npos);
    ASSERT_EQ(unread.size(), 2U) << result.out;
    EXPECT_TRUE(unread[1].starts_with("31,line 32,a," + std::string(bad) + ",")) << unread[1];
    EXPECT_NE(result.err.find("line 32, column 'a'"), std::string::npos) << result.err;
  }
  EXPECT_EQ(files(), (Words{"new.csv", "out", "p.csv", "t.csv"}));
}

// A column may be prepared to several, or under another name: the message names the column of the file.
TEST_F(BadCells, AFarNumberIsNamedByTheColumnOfTheFile) {
  std::string text = "city,a,when,b,y\n";
  for (int i = 0; i < 60; ++i)
    text += (i % 2 == 0 ? "Oslo,0." : "Rom,0.") + std::to_string(i * 37 % 61) + ",2024-01-" +
            std::to_string(10 + i % 20) + "," + (i % 5 == 0 ? "" : "0." + std::to_string(i)) + "," +
            std::to_string(i * 3) + "\n";
  write("t.csv", text);
  run_well(training);
  for (const char* const column : {"a", "b"}) {
    write("new.csv", "city,a,when,b\nOslo,1,2024-01-11,2\nRom," +
                         std::string(*column == 'a' ? "3e38,2024-01-12,2\n" : "1,2024-01-12,3e38\n"));
    const ProcessResult result = run_well({"predict", "out/model.onnx", "--data", "new.csv", "--out", "p.csv"});
    EXPECT_NE(result.err.find("line 3, column '" + std::string(column) + "': '3e38' is too far"), std::string::npos)
        << result.err;
  }
}

TEST_F(BadCells, AFarNumberOfAnArrayLeavesOutItsRowOnly) {
  write_numbers_with("0.5");
  run_well(training);
  write("x.svm", "0 1:0.5 2:7\n0 1:3e38 2:7\n0 1:0.25 2:9\n");
  const Words predict{"predict", "out/model.onnx", "--data", "x.svm", "--out", "p.csv"};
  const ProcessResult result = run_well(predict);
  EXPECT_NE(result.err.find("row 2, column '1': 3e+38 is too far from the values of training"), std::string::npos)
      << result.err;
  const Words rows = lines_of(read("p.csv"));
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[2], ",");
  std::filesystem::remove(folder.file("p.csv"));
  refuses(predict + Words{"--strict"}, 3, {"row 2, column '1'"});
}

TEST_F(BadCells, AMarkForMissingValuesIsNoticed) {
  for (const char* mark : {"-9999", "-3.4028235e+38", "99999"}) {
    write_numbers_with(mark);
    const std::string err = run_well(training).err;
    EXPECT_NE(err.find("column 'a': 1 value is " + std::string(mark)), std::string::npos) << err;
    EXPECT_NE(err.find("--missing-marks " + std::string(mark)), std::string::npos) << err;
    EXPECT_EQ(run_well(training + Words{"--missing-marks", mark}).err.find("1 value is"), std::string::npos);
  }
}

TEST_F(BadCells, BlanksThatNobodySeesAreReadOver) {
  write_numbers_with("0.5\xC2\xA0");
  const std::string schema = run_well({"schema", "--data", "t.csv"}).out;
  EXPECT_NE(schema.find("[columns.a]\nkind = \"number\""), std::string::npos) << schema;
}

TEST_F(BadCells, HeavyTailsAreNoMarks) {
  std::string text = "a,b,y\n";
  for (int i = 1; i <= 200; ++i)
    text +=
        std::to_string(10000.0 / i / i) + "," + std::to_string(i % 50 == 0 ? 4000 : 0) + "," + std::to_string(i) + "\n";
  write("t.csv", text);
  EXPECT_EQ(run_well(training).err.find("missing value"), std::string::npos);
}

TEST_F(BadCells, TheAdviceForArffWorks) {
  std::string text = "% a comment\n@RELATION t\n@ATTRIBUTE a NUMERIC\n@ATTRIBUTE b NUMERIC\n@DATA\n";
  for (int i = 0; i < 60; ++i) text += std::to_string(i * 37 % 61) + "," + std::to_string(i) + "\n";
  write("t.arff", text);
  const Words schema{"schema", "--data", "t.arff"};
  refuses(schema, 3, {"an ARFF file", "(--skip-lines 5 --no-header)"});
  EXPECT_NE(run_well(schema + Words{"--skip-lines", "5", "--no-header"}).out.find("60 rows, 2 columns"),
            std::string::npos);
}

TEST_F(BadCells, APointerOfGitLfsIsNoTable) {
  write("t.csv", "version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 3\n");
  refuses({"schema", "--data", "t.csv"}, 3, {"a pointer of Git LFS", "git lfs pull"});
}

TEST_F(BadCells, AnotherClassThanThoseOfTheModelIsNamed) {
  const auto table = [&](const std::string& name, int classes) {
    std::string text = "a,y\n";
    for (int i = 0; i < 60; ++i) text += std::to_string(i * 37 % 61) + "," + std::to_string(i % classes) + "\n";
    write(name, text);
  };
  table("t.csv", 2);
  table("new.csv", 3);
  const Words two{"train", "--data",   "t.csv", "--target", "y",   "--members",
                  "1",     "--epochs", "2",     "--out",    "out", "--overwrite"};
  const std::string err =
      run_well(two + Words{"--layers", "4:relu,3:softmax", "--loss", "sparse_categorical_crossentropy"}).err;
  EXPECT_NE(err.find("no row is of class '2': the network has 3 outputs, the target 2 classes"), std::string::npos)
      << err;
  run_well(two + Words{"--layers", "4:relu,1:sigmoid", "--loss", "binary_crossentropy"});
  refuses({"evaluate", "out/model.onnx", "--data", "new.csv"}, 3,
          {"column 'y' of row 3 of new.csv is 2, expected a class from 0 to 1, which the model knows"});
  refuses(two + Words{"--layers", "4:relu,1:sigmoid", "--validation", "new.csv"}, 3,
          {"target 'y' of row 3 of new.csv is 2, expected 0 or 1", "no training row has that class"});
  refuses(two + Words{"--layers", "4:relu,1", "--loss", "kl_divergence"}, 2,
          {"kl_divergence with 1 output unit, expected one unit a class"});
}

TEST_F(BadCells, TheFolderOfARunNamesTheModelInIt) {
  write_numbers_with("0.5");
  run_well(training);
  for (const char* command : {"evaluate", "predict", "verify"})
    refuses(
        Words{command, "out", "--data", "t.csv"} + (command == std::string("predict") ? Words{"--out", "p"} : Words{}),
        3, {"'out' is a folder", "out/model.onnx"});
  refuses({"inspect", "out"}, 3, {"out/model.onnx"});
  EXPECT_NE(run_well({"inspect", "out/model.onnx"}).out.find("out/model.onnx: an ONNX model\n"), std::string::npos);
}

TEST_F(BadCells, ColumnsThatAreNotThereAreNamedWithTheDelimiter) {
  write_numbers_with("0.5");
  run_well(training);
  write("new.csv", "first;second\n1;2\n");
  refuses({"predict", "out/model.onnx", "--data", "new.csv", "--out", "p.csv"}, 3,
          {"has no column 'a', which out/model.onnx takes; known: first;second", "--delimiter"});
}

}  // namespace

}  // namespace millrace::test
