// SPDX-License-Identifier: Apache-2.0
//
// Tables that cannot be trained on: exit code 3, the place, and no file left behind.
#include "cli/cli.hpp"

namespace millrace::test {

namespace {

class BadData : public Cli {
 protected:
  void refuses_table(const std::string& text, const Words& parts) const {
    write("t.csv", text);
    refuses(train_two, 3, parts);
  }
};

TEST_F(BadData, RefusesFilesThatCannotBeRead) {
  refuses(train_two + Words{"--data", "missing.csv"}, 3, {"missing.csv"});
  refuses(train_two + Words{"--data", "missing.npy", "--target", "y.npy"}, 3, {"missing.npy"});
  std::filesystem::create_directory(folder.file("folder.csv"));
  refuses(train_two + Words{"--data", "folder.csv"}, 3, {"folder.csv is a directory"});
  refuses(train_two + Words{"--data", "missing.txt"}, 2, {"[data] there is no file 'missing.txt'"});
  std::filesystem::create_directory(folder.file("folder"));
  refuses(train_two + Words{"--data", "folder"}, 2,
          {"'folder' is a folder", "a pattern of files such as 'folder/*.csv'"});
  refuses_table("", {"t.csv is empty"});
  refuses_table("a,b,label\n", {"t.csv has a header line but no rows"});
  write("t.npy", "no array");
  refuses(train_two + Words{"--data", "t.npy", "--target", "t.npy"}, 3, {"t.npy"});
}

TEST_F(BadData, RefusesRowsOfTheWrongLength) {
  refuses_table("a,b,label\n1,2,0\n1,2\n", {"t.csv line 3 has 2 cells, expected 3"});
  refuses_table("a,b,label\n1,2,0\n1,2,1,4\n", {"t.csv line 3 has 4 cells, expected 3"});
}

TEST_F(BadData, RefusesCellsThatAreNotNumbers) {
  refuses_table("a,b,label\n1,2,\n1,2,\n", {"column 'label' of t.csv has no value in any row"});
  refuses_table("a,b,label\n1,2,nan\n", {"column 'label' of t.csv has no value in any row"});
  write("t.csv", "a,b,label\n1,2,0\n3,\xE9,1\n");
  refuses(train_two, 3, {"1 column cannot be used", "'b'", "not UTF-8", "--ignore b"});
}

TEST_F(BadData, RefusesNamesThatAreNotUtf8) {
  refuses_table("a,\xE9,label\n1,2,0\n", {"t.csv line 1, column 2 of the header", "expected UTF-8"});
}

TEST_F(BadData, RefusesColumnsWhoseValuesFp32CannotTellApart) {
  std::string text = "a,b,label\n";
  for (int r = 0; r < 20; ++r) text += "1," + std::to_string(1700000000 + r) + "," + std::to_string(r % 2) + "\n";
  refuses_table(text, {"t.csv: 1 column cannot be used, 'b': ", "1700000000 to 1700000019",
                       "such as the smallest value; or leave it out: --ignore b"});
  // A model of such values takes a few rows of them.
  write_numbers("t.csv");
  run_well(train_two);
  write("t.csv", text);
  run_well({"predict", "out/model.onnx", "--data", "t.csv", "--out", "p.csv"});
  run_well({"evaluate", "out/model.onnx", "--data", "t.csv"});
}

TEST_F(BadData, RefusesLabelsThatAreNotClasses) {
  refuses_table("a,b,label\n1,2,0\n1,3,2\n1,3,3\n",
                {"column 'label' has 3 different numbers, 0, 2, 3, and the last layer 1 unit", "3:softmax"});
  write("t.csv", "a,b,label\n1,2,0\n1,2,3\n");
  refuses(train_three, 3, {"target 'label' of row 2 of t.csv is 3, expected a class from 0 to 2"});
  refuses(train_three + Words{"--loss", "categorical_crossentropy"}, 3,
          {"column 'label' of row 2 of t.csv is 3, expected a class from 0 to 2"});
  write("t.csv", "a,b,label\n1,2,0\n1,2,0.5\n");
  refuses(train_three, 3, {"is 0.5, expected a class"});
}

TEST_F(BadData, RefusesATypingErrorAmongNumbers) {
  const Words numbers = train_two + Words{"--loss", "mean_squared_error", "--layers", "1"};
  write("t.csv", "a,b,label\n1,2,2.5\n1,3,oops\n2,2,1.5\n");
  refuses(numbers, 3, {"column 'label' of t.csv is not numbers: 2 of 3 cells are numbers, line 3 says 'oops'"});
  write("good.csv", "a,b,label\n1,2,2.5\n2,2,1.5\n");
  run_well(numbers + Words{"--data", "good.csv"});
  refuses({"evaluate", "out/model.onnx", "--data", "t.csv"}, 3, {"t.csv line 3, column 'label': 'oops'"});
  refuses({"train", "--init", "out/model.onnx", "--data", "t.csv", "--out", "new"}, 3, {"line 3 says 'oops'"});
}

TEST_F(BadData, RefusesUnitsAndLossesThatDoNotFitTheLabels) {
  write_three_classes("t.csv");
  refuses(train_two, 2, {"3 classes (high, low, mid)", "3 softmax units"});
  refuses(train_three + Words{"--layers", "2:softmax"}, 2, {"3 classes", "2 output units"});
  refuses(train_three + Words{"--layers", "4:softmax"}, 2, {"3 classes", "4 output units"});
  refuses(train_three + Words{"--layers", "1:softmax"}, 2, {"1 output unit"});
  refuses(train_three + Words{"--loss", "mean_squared_error", "--layers", "1"}, 3,
          {"column 'label' of t.csv is 'low' in row 1, expected numbers as the target"});
  refuses(train_three + Words{"--loss", "binary_crossentropy"}, 2, {"expected 3, one for each unit of the last layer"});
  write_two_classes("t.csv");
  refuses(train_three, 2, {"2 classes", "3 output units"});
  write("t.csv", "a,b,label\n1,2,same\n3,4,same\n");
  refuses(train_two, 2, {"1 class (same), and nothing to tell apart; expected rows of a second class"});
  refuses(train_three + Words{"--layers", "2:softmax"}, 2, {"1 class (same)", "rows of a second class"});
  write_numbers("t.csv");
  refuses(train_two + Words{"--loss", "mean_squared_error", "--layers", "2"}, 2,
          {"1 target column, expected 2", "--layers 64:relu,1"});
}

TEST_F(BadData, RefusesFoldersThatCannotBeWritten) {
  write_numbers("t.csv");
  write("file", "");
  refuses(train_two + Words{"--out", "file"}, 2, {"[train] the output folder 'file'"});
  refuses(train_two + Words{"--out", "file/below"}, 2, {"file/below"});
  refuses(train_two + Words{"--out", "/proc/millrace"}, 2, {"/proc/millrace"});
  // Before anything is read: hours of training would end with it.
  refuses(train_two + Words{"--out", "/proc", "--data", "missing.csv"}, 2, {"/proc/model.onnx"});
  // Folders on the way to one that cannot be are gone again.
  refuses(train_two + Words{"--out", "new/deep", "--target", "lbl"}, 2, {"'lbl'"});
  if (geteuid() != 0) {
    std::filesystem::create_directory(folder.file("locked"));
    std::filesystem::permissions(folder.file("locked"),
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
    refuses(train_two + Words{"--out", "locked"}, 7, {"locked", "Permission denied"});
  }
}

TEST_F(BadData, KeepsAFolderThatExistedBefore) {
  write_numbers("t.csv");
  std::filesystem::create_directory(folder.file("out"));
  refuses(train_two + Words{"--target", "lbl"}, 2, {"'lbl'"});
  EXPECT_EQ(files("out"), Words{});
}

TEST_F(BadData, LeavesNoFileOnAFullDisk) {
  write_two_classes("t.csv");
  // A limit on the size of files fails the same call as a full disk does.
  const ProcessOptions full{.folder = "", .out_file = "", .terminal_columns = {}, .file_bytes = 64};
  refuses(train_two + Words{"--quiet"}, 7, {"out/", "expected a higher limit"}, full);
  run_well(train_two);
  const std::string before = read("out/model.onnx");
  std::string rows = "a,b\n";
  for (int r = 0; r < 40; ++r) rows += "1,2\n";
  write("rows.csv", rows);
  refuses({"predict", "out/model.onnx", "--data", "rows.csv", "--out", "p.csv"}, 7, {"p.csv"}, full);
  refuses({"export", "out/checkpoint.safetensors", "--out", "out/model.onnx"}, 7, {"out/model.onnx"}, full);
  EXPECT_EQ(read("out/model.onnx"), before);
  EXPECT_EQ(files("out").size(), 4U);
}

}  // namespace

}  // namespace millrace::test
