// SPDX-License-Identifier: Apache-2.0
//
// Shared by the tests of the program: a folder to run it in, and tables to train on.
//   TEST_F(Cli, Writes) { write_two_classes("t.csv"); const ProcessResult result = run({"train", ...}); }
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/process.hpp"
#include "support/temporary.hpp"

namespace millrace::test {

using Words = std::vector<std::string>;

/// `more` wins where the two contradict each other: a call that resumes a run does not replace it.
[[nodiscard]] inline Words operator+(Words words, const Words& more) {
  if (std::ranges::find(more, "--resume") != more.end()) std::erase(words, "--overwrite");
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

class Cli : public testing::Test {
 protected:
  /// Runs the program in the test's folder.
  [[nodiscard]] ProcessResult run(const Words& words, ProcessOptions options = {}) const {
    options.folder = folder.path();
    return run_process(Words{MILLRACE_PROGRAM} + words, options);
  }
  /// Fails unless the exit code is 0.
  ProcessResult run_well(const Words& words) const {
    ProcessResult result = run(words);
    EXPECT_EQ(result.code, 0) << result.err;
    return result;
  }
  [[nodiscard]] nlohmann::json json_of(const Words& words) const { return nlohmann::json::parse(run_well(words).out); }

  /// The names in the folder, sorted, hidden ones too.
  [[nodiscard]] Words files(const std::string& below = ".") const {
    Words names;
    for (const auto& entry : std::filesystem::directory_iterator(folder.file(below)))
      names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }
  [[nodiscard]] std::string read(const std::string& name) const { return read_text(folder.file(name)); }
  void write(const std::string& name, std::string_view text) const { folder.write(name, text); }

  /// Fails unless the program ends with this exit code and a one-line message that contains every one of `parts`, and
  /// writes no result and no file.
  void refuses(const Words& words, int code, const Words& parts, const ProcessOptions& options = {}) const {
    const Words before = files();
    const ProcessResult result = run(words, options);
    EXPECT_EQ(result.code, code) << result.err;
    EXPECT_EQ(result.out, "");
    for (const std::string& part : parts)
      EXPECT_NE(result.err.find(part), std::string::npos) << "no '" << part << "' in: " << result.err;
    EXPECT_EQ(files(), before) << result.err;
    // One line, as all errors of the library: "[who] what we have, what was expected".
    EXPECT_EQ(result.err.find('['), 0U) << result.err;
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  }

  /// a, b and a label that depends on them: no or yes.
  void write_two_classes(const std::string& name, int rows = 40) const {
    std::string text = "a,b,label\n";
    for (int r = 0; r < rows; ++r) text += numbers(r) + (label(r) ? "yes\n" : "no\n");
    write(name, text);
  }
  /// The same with 0 and 1.
  void write_numbers(const std::string& name, int rows = 40) const {
    std::string text = "a,b,label\n";
    for (int r = 0; r < rows; ++r) text += numbers(r) + (label(r) ? "1\n" : "0\n");
    write(name, text);
  }
  /// low, mid and high.
  void write_three_classes(const std::string& name, int rows = 60) const {
    std::string text = "a,b,label\n";
    for (int r = 0; r < rows; ++r) text += numbers(r) + (a(r) < 0.4 ? "low\n" : a(r) < 0.7 ? "mid\n" : "high\n");
    write(name, text);
  }

  /// The values of --isa that this processor has.
  [[nodiscard]] static Words instruction_sets() {
    Words sets{"sse41"};
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) sets.emplace_back("avx2");
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")) sets.emplace_back("avx512");
    return sets;
  }

  TemporaryDirectory folder;

 private:
  static double a(int row) { return (row * 37 % 101) / 101.0; }
  static double b(int row) { return (row * 53 % 89) / 89.0; }
  static bool label(int row) { return a(row) > 0.5; }
  static std::string numbers(int row) { return std::to_string(a(row)) + "," + std::to_string(b(row)) + ","; }
};

/// A small network for the tables above, into the folder "out", which may hold a run.
inline const Words train_two{"train",
                             "--data",
                             "t.csv",
                             "--target",
                             "label",
                             "--layers",
                             "4:tanh,1:sigmoid",
                             "--loss",
                             "binary_crossentropy",
                             "--out",
                             "out",
                             "--threads",
                             "1",
                             "--overwrite"};
inline const Words train_three{"train",
                               "--data",
                               "t.csv",
                               "--target",
                               "label",
                               "--layers",
                               "4:tanh,3:softmax",
                               "--loss",
                               "sparse_categorical_crossentropy",
                               "--out",
                               "out",
                               "--threads",
                               "1",
                               "--overwrite"};

[[nodiscard]] inline Words lines_of(const std::string& text) {
  Words lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

}  // namespace millrace::test
