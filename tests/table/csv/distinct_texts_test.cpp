// SPDX-License-Identifier: Apache-2.0
//
// Columns of texts in files of several chunks, read by several workers, against a plain reference.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "base/random.hpp"
#include "millrace/table.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace {
namespace {

using test::expect_error;

// A text of a column: short or long, with beginnings and ends in common, now and then with a quote in it, or none.
std::string draw_text(Random& random) {
  const std::uint64_t kind = random.below(20), number = random.below(3000);
  if (kind == 0) return "";
  if (kind == 1) return "a \"quote\" " + std::to_string(number % 7);
  const std::string text = "level " + std::to_string(number);
  return kind < 4 ? "one beginning of many bytes, " + text + ", and one end of many bytes" : text;
}

// As a file has it: a text with quotes in a quoted cell or as it is.
std::string cell_of(const std::string& text, bool quoted) {
  if (!quoted) return text;
  std::string cell = "\"";
  for (const char c : text) cell += c == '"' ? "\"\"" : std::string(1, c);
  return cell + "\"";
}

TEST(DistinctTexts, AreThoseOfAPlainReadingForAnyNumberOfWorkers) {
  constexpr std::int64_t rows = 2000, columns = 70;  // more than are read together
  Random random(7, RandomStream::shuffle);
  std::vector<std::vector<std::string>> cells(columns);
  std::string file;
  for (std::int64_t c = 0; c < columns; ++c) file += (c == 0 ? "c" : ",c") + std::to_string(c);
  file += '\n';
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t c = 0; c < columns; ++c) {
      cells[c].push_back(draw_text(random));
      const std::string& text = cells[c].back();
      const bool quoted = text.find(',') != std::string::npos || (!text.empty() && random.below(2) == 0);
      file += (c == 0 ? "" : ",") + cell_of(text, quoted);
    }
    file += '\n';
  }
  ASSERT_GT(file.size(), std::size_t{2} << 20) << "several chunks";
  const test::TemporaryDirectory folder;
  const std::string path = folder.write("table.csv", file);
  for (const int threads : {1, 2, 3, 8}) {
    const Table table = read_table(path, {.threads = threads});
    for (std::int64_t c = 0; c < columns; ++c) {
      const std::set<std::string> texts(cells[c].begin(), cells[c].end());
      const TableColumn& column = table.columns[c];
      EXPECT_EQ(column.levels, std::vector<std::string>(std::next(texts.begin()), texts.end()))
          << "without the empty one";
      EXPECT_EQ(column.missing, std::ranges::count(cells[c], std::string())) << threads;
      for (std::int64_t row = 0; row < rows; ++row) {
        const float code = table.values.row(row)[column.place];
        const std::string& text = cells[c][row];
        ASSERT_EQ(std::isnan(code) ? "" : column.levels.at(static_cast<std::int64_t>(code)), text)
            << threads << " threads, column " << c << ", row " << row;
      }
    }
  }
}

TEST(DistinctTexts, StandWhereTheyAreFirstInTheFile) {
  constexpr int rows = 400'000, first = 150'000, again = 390'000;
  std::string file = "n,t\n";
  for (int row = 0; row < rows; ++row) file += row == first || row == again ? "1,stray\n" : "1,2.25\n";
  ASSERT_GT(file.size(), std::size_t{2} << 20) << "several chunks";
  const test::TemporaryDirectory folder;
  const std::string path = folder.write("table.csv", file);
  for (const int threads : {1, 2, 3, 8}) {
    for (int repeat = 0; repeat < 3; ++repeat) {
      expect_error(ErrorKind::data, {"line " + std::to_string(first + 2) + ", column 't': 'stray' is not a number"},
                   [&] {
                     return read_table(path, {.kinds = {{"t", ColumnKind::number}}, .threads = threads});
                   });
    }
  }
}

}  // namespace
}  // namespace millrace
