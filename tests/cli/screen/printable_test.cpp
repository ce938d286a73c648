// SPDX-License-Identifier: Apache-2.0
//
// Names from files that contain what a terminal obeys: colours, window titles, the writing direction.
#include "cli/cli.hpp"

namespace millrace::test {

namespace {

class Printable : public Cli {
 protected:
  // A colour, a window title (OSC), a C1 control sequence and a right-to-left override, beside usual letters.
  const std::string bad = "c\x1b[31m\x1b]0;t\x07\u009b31m\u202e\u00e9";
  const std::string shown = R"(c\x1b[31m\x1b]0;t\x07\u009b31m\u202e)"
                            "\u00e9";

  Printable() {
    write("t.csv", "a," + bad + ",label\n1,2," + bad + "\n3,1,no\n4,2," + bad + "\n2,2,no\n");
    run_well(train_two + Words{"--quiet"});
  }
  static void expect_printable(const std::string& text) {
    for (const char* const part : {"\x1b", "\x07", "\u009b", "\u202e"})
      EXPECT_EQ(text.find(part), std::string::npos) << text;
  }
};

TEST_F(Printable, EscapesNamesInResults) {
  for (const Words& words :
       {Words{"inspect", "out/model.onnx"}, Words{"evaluate", "out/model.onnx", "--data", "t.csv", "--confusion"}}) {
    const std::string text = run_well(words).out;
    expect_printable(text);
    EXPECT_NE(text.find(shown), std::string::npos) << text;
    const std::string json = run_well(words + Words{"--json"}).out;
    expect_printable(json);
    EXPECT_NE(nlohmann::json::parse(json).dump().find("\u202e"), std::string::npos) << json;
  }
}

TEST_F(Printable, EscapesNamesInMessages) {
  write("u.csv", "a,b\n1,2\n");
  const std::string err = run({"predict", "out/model.onnx", "--data", "u.csv", "--out", "p.csv"}).err;
  expect_printable(err);
  EXPECT_NE(err.find("\\u202e"), std::string::npos) << err;
}

TEST_F(Printable, LeavesDataForProgramsUnchanged) {
  EXPECT_NE(run_well({"predict", "out/model.onnx", "--data", "t.csv", "--out", "-"}).out.find(bad), std::string::npos);
}

}  // namespace

}  // namespace millrace::test
