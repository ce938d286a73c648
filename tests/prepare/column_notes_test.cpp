// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "millrace/prepare.hpp"

namespace millrace {
namespace {

using Sentences = std::vector<std::string>;

TEST(ColumnNotes, AreSentences) {
  EXPECT_EQ(sentences({}), Sentences{});
  EXPECT_EQ(sentences(std::vector<ColumnNote>{{"age", "3 cells are missing"}, {"id", "it counts the rows", true}}),
            (Sentences{"column 'age': 3 cells are missing", "column 'id' is left out: it counts the rows"}));
}

TEST(ColumnNotes, OfColumnsThatDifferInNothingElseAreOne) {
  const auto left_out = [](const std::string& column) { return ColumnNote{column, "one value", true}; };
  std::vector<ColumnNote> notes{left_out("a"), {"b", "one value"}, left_out("c")};
  EXPECT_EQ(sentences(notes), (Sentences{"columns 'a' and 'c' are left out: one value", "column 'b': one value"}));
  notes.push_back(left_out("d"));
  EXPECT_EQ(sentences(notes)[0], "columns 'a', 'c' and 'd' are left out: one value");
  for (int i = 0; i < 400; ++i) notes.push_back(left_out("e" + std::to_string(i)));
  EXPECT_EQ(sentences(notes)[0], "columns 'a', 'c', 'd' and 400 more are left out: one value");
  EXPECT_EQ(sentences(notes).size(), 2U);
}

TEST(ColumnNotes, SayWhatToTypeForAllColumns) {
  EXPECT_EQ(
      sentences(std::vector<ColumnNote>{{"a", "all say 0", false, "--ignore"}, {"b", "all say 0", false, "--ignore"}}),
      Sentences{"columns 'a' and 'b': all say 0: --ignore a,b"});
}

}  // namespace
}  // namespace millrace
