// SPDX-License-Identifier: Apache-2.0
#include "table/csv/chunks.hpp"

#include <gtest/gtest.h>

#include "millrace/data.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"
#include "table/tables.hpp"

namespace millrace {
namespace {

class Chunks : public testing::Test {
 protected:
  // The chunks as text, and "rows" behind each.
  std::vector<std::string> cut(std::string_view body, std::int64_t bytes, bool by_records = false) {
    const CsvFile file = open_csv(folder_.write("table.csv", "a,b\n" + std::string(body)), {});
    Crew crew(1);
    const auto chunks = by_records ? cut_at_records(file, bytes) : cut_at_line_ends(file, crew, bytes);
    std::vector<std::string> texts;
    std::int64_t row = 0;
    for (const CsvChunk& chunk : chunks) {
      EXPECT_EQ(chunk.first_row, row);
      row += chunk.rows;
      texts.push_back(std::string(chunk.begin, chunk.end) + "=" + std::to_string(chunk.rows));
    }
    return texts;
  }
  test::TemporaryDirectory folder_;
};

using Texts = std::vector<std::string>;

TEST_F(Chunks, BeginAtLines) {
  EXPECT_EQ(cut("1,2\n3,4\n5,6\n", 4), (Texts{"1,2\n3,4\n=2", "5,6=1"}));
  EXPECT_EQ(cut("1,2\n3,4\n5,6\n", 3), (Texts{"1,2\n=1", "3,4\n=1", "5,6=1"}));
  EXPECT_EQ(cut("1,2\n3,4\n5,6\n", 100), (Texts{"1,2\n3,4\n5,6=3"}));
  EXPECT_EQ(cut("1,23456789\n3,4\n", 3), (Texts{"1,23456789\n=1", "3,4=1"}));
  EXPECT_EQ(cut("", 3), Texts{});
}

TEST_F(Chunks, DoNotCutWithinQuotes) {
  for (std::int64_t bytes = 1; bytes < 30; ++bytes) {
    std::string all;
    std::int64_t rows = 0;
    for (const std::string& text : cut("1,\"x\ny\n\nz\"\n2,\"\"\"\n\"\n3,4", bytes)) {
      const std::string chunk = text.substr(0, text.rfind('='));
      EXPECT_NE(std::string("123").find(chunk[0]), std::string::npos) << chunk;
      all += chunk;
      rows += std::stoi(text.substr(text.rfind('=') + 1));
    }
    EXPECT_EQ(all, "1,\"x\ny\n\nz\"\n2,\"\"\"\n\"\n3,4");
    EXPECT_EQ(rows, 3);
  }
}

TEST_F(Chunks, OfRecordsAreRightWhereQuotesOrBlankLinesMislead) {
  EXPECT_EQ(cut("1,5\" disk\n3,4\n5,6", 1, true), (Texts{"1,5\" disk\n=1", "3,4\n=1", "5,6=1"}));
  EXPECT_EQ(cut("1,2\n\n \n3,4\n", 1, true), (Texts{"1,2\n\n \n=1", "3,4=1"}));
  EXPECT_EQ(cut("1,2\n\"3\"x,4\n5,6", 1, true), (Texts{"1,2\n=1", "\"3\"x,4\n5,6=1"}));
}

// A table larger than a chunk in which every line but for some is "i,i+1": on any number of threads it reads the same.
class LargeTable : public testing::Test {
 protected:
  static constexpr int rows = 400000;
  static std::string text(int place, const std::string& instead) {
    std::string text = "a,b\n";
    for (int i = 0; i < rows; ++i)
      text += i == place ? instead : std::to_string(i) + "," + std::to_string(i + 1) + "\n";
    return text;
  }
  // check(read) for 1, 2, 3 and 8 threads.
  template <class Check>
  void read(const std::string& text, const CsvOptions& options, Check&& check) {
    const std::string path = folder_.write("large.csv", text);
    for (const int threads : {1, 2, 3, 8}) {
      CsvOptions with = options;
      with.threads = threads;
      check([&] { return read_csv(path, with); });
    }
  }
  test::TemporaryDirectory folder_;
};

TEST_F(LargeTable, ReadsTheSameOnAnyNumberOfThreads) {
  read(text(300000, "7,8\n"), {}, [&](auto&& read) {
    const Dataset data = read();
    ASSERT_EQ(data.rows(), rows);
    for (int i = 0; i < rows; ++i) ASSERT_EQ(data.features.row(i)[1], static_cast<float>(i == 300000 ? 8 : i + 1));
  });
}

TEST_F(LargeTable, HasAQuotedLineEnd) {
  read(text(300000, "\"3\n0\",1\n"), {}, [&](auto&& read) {
    test::expect_error(ErrorKind::data, {"line 300002, column 'a'", "'3 0' is not a number"}, read);
  });
}

TEST_F(LargeTable, HasQuotesThatMislead) {
  read(text(200000, "\"1\",5\" disk\n"), {.features = {"a"}, .ignore = {"b"}}, [&](auto&& read) {
    const Dataset data = read();
    ASSERT_EQ(data.rows(), rows);
    for (const int i : {0, 199999, 200001, 399999}) ASSERT_EQ(data.features.row(i)[0], static_cast<float>(i));
    ASSERT_EQ(data.features.row(200000)[0], 1);
  });
}

TEST_F(LargeTable, HasBlankLines) {
  read(text(100000, "\n \n7,8\n\r\n"), {}, [&](auto&& read) {
    const Dataset data = read();
    ASSERT_EQ(data.rows(), rows);
    for (const int i : {0, 99999, 100001, 399999}) ASSERT_EQ(data.features.row(i)[0], static_cast<float>(i));
    ASSERT_EQ(data.features.row(100000)[1], 8);
  });
}

TEST_F(LargeTable, NamesTheFirstOfSeveralErrors) {
  std::string bad = text(350000, "1,oops\n");
  bad += "1,2,3\n";
  read(bad, {}, [&](auto&& read) {
    test::expect_error(ErrorKind::data, {"line 350002, column 'b'", "'oops' is not a number"}, read);
  });
}

TEST_F(LargeTable, HasAQuoteThatNeverCloses) {
  read(text(150000, "1,\"2\n"), {}, [&](auto&& read) {
    test::expect_error(ErrorKind::data, {"line 150002, column 'b'", "a quote opens here and never closes"}, read);
  });
}

TEST_F(LargeTable, HasClassesInByteOrder) {
  std::string text = "a,kind\n";
  for (int i = 0; i < rows; ++i)
    text += std::to_string(i % 5) + (i % 3 == 0 ? ",\"a \"\"b\"\"\"\n" : i % 3 == 1 ? ",Z\n" : ",é\n");
  read(text, {.target = {"kind"}}, [&](auto&& read) {
    const Dataset data = read();
    ASSERT_EQ(data.classes, (std::vector<std::string>{"Z", "a \"b\"", "é"}));
    for (int i = 0; i < rows; ++i)
      ASSERT_EQ(*data.targets.row(i), static_cast<float>(i % 3 == 0 ? 1 : i % 3 == 1 ? 0 : 2));
  });
}

}  // namespace
}  // namespace millrace
