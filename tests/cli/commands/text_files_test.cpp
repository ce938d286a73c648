// SPDX-License-Identifier: Apache-2.0
//
// Text files as people have them, through every command that reads a table: the same model and the same predictions as
// from a plain CSV file.
#include "cli/cli.hpp"
#include "table/npz/zip_bytes.hpp"

namespace millrace::test {

namespace {

class TextFiles : public Cli {
 protected:
  TextFiles() {
    write_two_classes("t.csv");
    run_well(train_two + Words{"--quiet"});
    predictions_ = run_well({"predict", "out/model.onnx", "--data", "t.csv", "--out", "-"}).out;
    values_ = run_well({"evaluate", "out/model.onnx", "--data", "t.csv"}).out;
  }

  // The columns are the same wherever the flags name them in the same way.
  void give_the_same(const Words& table, int line = __builtin_LINE()) {
    const testing::ScopedTrace trace(__FILE__, line, table[1]);
    EXPECT_EQ(run_well(Words{"predict", "out/model.onnx", "--out", "-"} + table).out, predictions_);
    EXPECT_EQ(run_well(Words{"evaluate", "out/model.onnx"} + table).out, values_);
    run_well(train_two + table + Words{"--out", "again", "--quiet", "--overwrite"});
    EXPECT_EQ(read("again/model.onnx"), read("out/model.onnx"));
    run_well(Words{"schema", "--target", "label"} + table);
  }

  // The text with every `what` replaced.
  [[nodiscard]] std::string text_with(char what, const std::string& by) const {
    std::string text;
    for (const char c : read("t.csv")) text += c == what ? by : std::string(1, c);
    return text;
  }
  std::string predictions_, values_;
};

TEST_F(TextFiles, OtherFormsGiveTheSameModel) {
  write("blanks.csv", text_with(',', "  \t "));
  give_the_same({"--data", "blanks.csv", "--delimiter", "blanks"});
  write("comments.csv", "# ours\n" + text_with('\n', "\n# \"note\n"));
  give_the_same({"--data", "comments.csv", "--comment", "#"});
  write("trailing.csv", text_with('\n', ",\n"));
  give_the_same({"--data", "trailing.csv"});
  std::string german = text_with(',', ";");
  std::replace(german.begin(), german.end(), '.', ',');
  write("german.csv", german);
  give_the_same({"--data", "german.csv", "--delimiter", ";", "--decimal", ","});
  write("marked.csv", "\xEF\xBB\xBF" + read("t.csv"));
  give_the_same({"--data", "marked.csv"});
  std::string wide = "\xFF\xFE";
  for (const char c : read("t.csv")) wide += {c, '\0'};
  write("wide.csv", wide);
  give_the_same({"--data", "wide.csv"});
  give_the_same({"--data", "t.csv", "--encoding", "latin1"});
}

TEST_F(TextFiles, NamesAndArchivesMakeNoDifference) {
  write("t.data", text_with(',', "|"));
  give_the_same({"--data", "t.data", "--delimiter", "|"});
  write("titled.txt", "Two classes\n\n" + read("t.csv"));
  give_the_same({"--data", "titled.txt", "--skip-lines", "2"});
  write("totals.csv", read("t.csv") + "Total,,\nSource: us\n");
  give_the_same({"--data", "totals.csv", "--skip-footer", "2"});
  write("mac.csv", text_with('\n', "\r"));
  give_the_same({"--data", "mac.csv"});
  write("t.zip", zip_bytes({{"folder/", ""}, {"folder/t.csv", read("t.csv")}, {"__MACOSX/folder/._t.csv", "x"}}));
  give_the_same({"--data", "t.zip"});
  write("two.zip", zip_bytes({{"a.csv", "x"}, {"b.csv", "x"}}));
  refuses({"schema", "--data", "two.zip"}, 3, {"two.zip is a zip archive of 2 files, expected one", "unzip -p"});
}

TEST_F(TextFiles, FilesOfOtherProgramsAreNamed) {
  for (const auto& [bytes, name] :
       {std::pair<std::string, const char*>{"PAR1....",
                                            "a Parquet file, expected a table of text: millrace.read_parquet"},
        {"{\"a\": 1}\n{\"a\": 2}\n", "is JSON"},
        {"\n[{\"a\": 1}]", "is JSON"},
        {"% ours\n@RELATION x\n@data\n1,2\n", "an ARFF file"},
        {"<!DOCTYPE html><html>", "XML or HTML"},
        {zip_bytes({{"[Content_Types].xml", "x"}, {"xl/workbook.xml", "x"}}), "a spreadsheet"},
        {"\x89HDF\r\n", "an HDF5 file"},
        {"<stata_dta><header>", "a Stata file"},
        {"MATLAB 5.0 MAT-file", "a MATLAB file"},
        {std::string(12, '\0') + "\xC2\xEA\x81\x60", "a SAS file"},
        {std::string("X\n\0\0\0\3", 6), "an R object"},
        {"%PDF-1.4\n", "a PDF document"},
        {"a.csv" + std::string(252, '\0') + "ustar" + std::string(250, '\0'), "a tar archive"},
        {"BZh91AY", "bzip2 data"}}) {
    for (const char* const file : {"t.csv2", "other.csv"}) {
      write(file, bytes);
      refuses({"schema", "--data", file}, 3, {file, name});
    }
  }
  // Names of columns may have brackets.
  write("brackets.csv", "[m],\"{s}\"\n1,2\n");
  run_well({"schema", "--data", "brackets.csv"});
}

TEST_F(TextFiles, SeveralFilesAreOneTable) {
  const std::string text = read("t.csv");
  const std::size_t header = text.find('\n') + 1, half = text.find('\n', text.size() / 2) + 1;
  write("part-1.csv", text.substr(0, half));
  write("part-2.csv", text.substr(0, header) + text.substr(half));
  give_the_same({"--data", "part-*.csv"});
  write("run.toml", "data = [\"part-1.csv\", \"part-2.csv\"]\nquiet = true\n");
  Words words = train_two;
  words.erase(words.begin() + 1, words.begin() + 3);  // --data t.csv
  run_well(words + Words{"--config", "run.toml", "--out", "listed"});
  EXPECT_EQ(read("listed/model.onnx"), read("out/model.onnx"));
  write("run.toml", "data = [\"part-1.csv\", \"x.npy\"]\n");
  refuses(words + Words{"--config", "run.toml", "--out", "x"}, 2, {"'x.npy' among several files, expected text"});
  write("run.toml", "data = []\n");
  refuses(words + Words{"--config", "run.toml", "--out", "x"}, 2, {"data is an array, expected one file or more"});
  write("part-3.csv", "a,b\n1,2\n");
  refuses({"schema", "--data", "part-*.csv"}, 3, {"part-3.csv has", "as in part-1.csv"});
  refuses({"schema", "--data", "no-*.csv"}, 3, {"no file matches the pattern 'no-*.csv'"});
}

TEST_F(TextFiles, FlagsThatCannotBeAreRefused) {
  const Words schema{"schema", "--data", "t.csv"};
  refuses(schema + Words{"--comment", "//"}, 2, {"--comment is '//', expected one character"});
  refuses(schema + Words{"--comment", ","}, 2, {"lines of comment start with ','"});
  refuses(schema + Words{"--encoding", "klingon"}, 2, {"the encoding is 'klingon'"});
  refuses(schema + Words{"--thousands", "x"}, 2, {"--thousands is 'x', expected one of the characters .,' _"});
  refuses(schema + Words{"--skip-lines", "-1"}, 2, {"--skip-lines is -1"});
  refuses(schema + Words{"--skip-footer", "-1"}, 2, {"--skip-footer is -1"});
  refuses(schema + Words{"--date-order", "dmy"}, 2,
          {"--date-order: unknown value 'dmy', known: month_first, day_first"});
  refuses(schema + Words{"--decimal", ",", "--thousands", ","}, 2, {"the decimal point is ','"});
  refuses({"schema", "--data", "t.npy", "--percent"}, 2, {"--percent: 't.npy' has no lines of text"});
  write("latin1.csv",
        "gr\xF6\xDF"
        "e,y\n1,2\n");
  refuses({"schema", "--data", "latin1.csv"}, 3, {"the text is not UTF-8", "--encoding latin1"});
}

}  // namespace

}  // namespace millrace::test
