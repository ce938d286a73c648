// SPDX-License-Identifier: Apache-2.0
//
// This covers --cache and --memory of millrace train; bench/data/larger_than_memory.py shows a file of four times the
// limit.
#include <filesystem>
#include <fstream>

#include "cli/cli.hpp"

namespace millrace::test {

namespace {

class Cache : public Cli {
 protected:
  // Columns of every kind, missing cells, stray texts in numbers, rows without a target.
  void write_table(int rows = 600) const {
    std::string text = "age,city,when,member,income\n";
    for (int r = 0; r < rows; ++r) {
      text += r % 11 == 0 ? "," : r % 97 == 5 ? "old," : std::to_string(r % 70) + ",";
      text += "city" + std::to_string(r * 7 % 13) + ",2024-05-" + std::to_string(10 + r % 20);
      text += std::string(r % 3 == 0 ? ",yes," : ",no,") + (r % 50 == 7 ? "" : std::to_string(r % 70 * 100 + r % 13)) +
              "\n";
    }
    write("t.csv", text);
  }
  const Words train{"train",       "--data",   "t.csv", "--target",     "income", "--out",     "out",
                    "--overwrite", "--epochs", "4",     "--validation", "0.2",    "--threads", "2"};
};

TEST_F(Cache, TheModelIsTheSameWithAndWithoutACache) {
  write_table();
  const std::string notes = run_well(train).err, model = read("out/model.onnx");
  const Words cached = train + Words{"--cache", "t.cache"};
  for (const char* const run : {"written", "read"}) {
    const ProcessResult result = run_well(cached);
    EXPECT_EQ(read("out/model.onnx"), model) << run;
    EXPECT_NE(result.err.find("column 'age': 7 cells are taken for missing"), std::string::npos) << run << result.err;
  }
  run_well(cached + Words{"--memory", "4GiB"});
  EXPECT_EQ(read("out/model.onnx"), model);
  run_well(train + Words{"--memory", "4GiB"});
  EXPECT_EQ(read("out/model.onnx"), model);
  EXPECT_EQ(files(), (Words{"out", "t.cache", "t.csv"}));
}

TEST_F(Cache, ThatDoesNotFitIsRefused) {
  write_table();
  const Words cached = train + Words{"--cache", "t.cache"};
  run_well(cached);
  refuses(cached + Words{"--target", "age"}, 2, {"[cache] 't.cache' was made with another target"});
  refuses(cached + Words{"--ignore", "city"}, 2, {"'t.cache' was made with"});
  const std::string whole = read("t.cache");
  write("t.cache", whole.substr(0, whole.size() - 10));
  refuses(cached, 3, {"'t.cache' has", "it was cut off", "remove it, and it is made anew"});
  write("t.cache", "no cache");
  refuses(cached, 3, {"'t.cache' is no cache of a table"});
  write("t.cache", whole);
  write_table(601);
  refuses(cached, 3, {"'t.cache' is a cache of 't.csv' with"});
  std::filesystem::remove(folder.file("t.cache"));
  run_well(cached);
}

TEST_F(Cache, RefusesFilesAndLimitsThatCannotBe) {
  write_table();
  refuses(train + Words{"--cache", "t.csv"}, 2, {"--cache is 't.csv', the file of --data"});
  refuses(train + Words{"--cache", "out/model.onnx"}, 2, {"the file of --cache"});
  refuses(train + Words{"--cache", "nowhere/t.cache"}, 2, {"nowhere"});
  for (const char* const limit : {"much", "0", "-1GiB", "2 parsecs", "GiB", "nanMiB", "1e30GB"})
    refuses(train + Words{"--memory", limit}, 2, {"--memory", "expected a number of bytes with its unit: 2GiB, 800MB"});
  refuses(train + Words{"--memory", "1MiB"}, 2, {"[memory] the limit is 1MiB, expected"});
}

// The text and the cache are larger than the limit.
TEST_F(Cache, TheLimitHoldsWhileTextAndCacheAreRead) {
  std::string block;
  for (int r = 0; r < 1000; ++r)
    for (int c = 0; c < 50; ++c) block += std::to_string((r * 50 + c) * 7919 % 100003) + (c < 49 ? "," : "\n");
  std::ofstream text(folder.file("t.csv"));
  for (int c = 0; c < 50; ++c) text << "n" << c << (c < 49 ? "," : "\n");
  for (int i = 0; i < 600; ++i) text << block;
  text.close();
  ASSERT_GT(std::filesystem::file_size(folder.file("t.csv")), 150U << 20);
  const Words limited{"train",    "--data",   "t.csv",    "--target", "n0",      "--task",      "regression",
                      "--layers", "1",        "--epochs", "1",        "--out",   "o",           "--threads",
                      "2",        "--memory", "128MiB",   "--cache",  "t.cache", "--overwrite", "--json"};
  for (const char* const run : {"written", "read"}) EXPECT_LT(json_of(limited).at("peak_rss_mib"), 128) << run;
}

}  // namespace

}  // namespace millrace::test
