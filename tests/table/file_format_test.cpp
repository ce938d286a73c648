// SPDX-License-Identifier: Apache-2.0
#include "table/file_format.hpp"

#include <gtest/gtest.h>

#include "support/temporary.hpp"
#include "table/npz/zip_bytes.hpp"
#include "table/text/packed.hpp"

namespace millrace {
namespace {

class FormatOf : public testing::Test {
 protected:
  std::optional<FileFormat> of(const std::string& bytes, const std::string& name = "t.bin") {
    return format_of(folder_.write(name, bytes));
  }
  test::TemporaryDirectory folder_;
};

const std::string npy = test::npy_bytes("<f4", "False", "(1,)", test::bytes_of<float>({1}));
const std::string idx("\0\0\x08\1\0\0\0\1\7", 9);
const std::string libsvm = "# a comment\n+1 1:0.5 7:-2e3\n-1\n-1 qid:3 2:1\n";

TEST_F(FormatOf, KnowsBytesWhateverTheirName) {
  for (const auto& [bytes, format] : {std::pair{npy, FileFormat::npy},
                                      {test::zip_bytes({{"x.npy", npy}}), FileFormat::npz},
                                      {idx, FileFormat::idx},
                                      {test::zip_bytes({{"t.csv", "a,b\n1,2\n"}}), FileFormat::text},
                                      {std::string("a|b\n1|2\n"), FileFormat::text},
                                      {libsvm, FileFormat::libsvm}}) {
    EXPECT_EQ(of(bytes), format);
    EXPECT_EQ(of(test::gzipped(bytes), "t.bin.gz"), format);
    EXPECT_EQ(of(test::zstd_packed(bytes)), format);
  }
}

TEST_F(FormatOf, KnowsNames) {
  for (const char* const name : {"t.csv", "T.TSV", "t.csv.gz", "t.tsv.zst"}) EXPECT_EQ(of(npy, name), FileFormat::text);
  EXPECT_EQ(of("", "t.npy"), FileFormat::npy);
  EXPECT_EQ(of("", "t.npz"), FileFormat::npz);
  EXPECT_EQ(format_of("/dev/stdin"), FileFormat::text);
  EXPECT_EQ(format_of(folder_.file("missing.bin")), std::nullopt);
  folder_.write("part-1.txt", "a,b\n1,2\n");
  EXPECT_EQ(format_of(folder_.file("part-*.txt")), FileFormat::text) << "the first file that the pattern stands for";
  EXPECT_EQ(format_of(folder_.file("missing.npz")), FileFormat::npz);
}

TEST_F(FormatOf, TakesNothingElseForAnArray) {
  for (const std::string bytes :
       {"a,b\n1,2\n", "1 2 3\n4 5 6\n", "1\n2\n", "a 1:2\n", "1 a:2\n", "1 1:x\n", "12:30 1:2\n"})
    EXPECT_EQ(of(bytes), FileFormat::text) << bytes;
  EXPECT_EQ(of(test::gzipped("1 2 3")), FileFormat::text);
  EXPECT_EQ(of(""), std::nullopt);
  EXPECT_EQ(of(std::string("\0\0\x07\1", 4)), std::nullopt);
  EXPECT_EQ(of("\x1F\x8B damaged"), std::nullopt);
  EXPECT_EQ(of("\x28\xB5\x2F\xFD damaged"), std::nullopt);
}

// A line that the look at the file cuts in two is not judged.
TEST_F(FormatOf, KnowsLongFilesByTheirFirstLines) {
  std::string rows;
  for (int i = 0; i < 20000; ++i) rows += "1 1:0.123456 22:5\n";
  EXPECT_EQ(of(rows), FileFormat::libsvm);
  EXPECT_EQ(of(test::gzipped(rows)), FileFormat::libsvm);
}

}  // namespace
}  // namespace millrace
