// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "millrace/error.hpp"
#include "table/columns_named.hpp"

namespace millrace {
namespace {

Table table_of(const std::vector<std::string>& names) {
  Table table;
  table.source = "t.csv";
  for (const std::string& name : names) table.columns.push_back({.name = name});
  return table;
}

TEST(Table, GivesColumnsInTheOrderOfNames) {
  const Table table = table_of({"a", "b", "c", "b"});
  const auto columns = columns_named(table, std::vector<std::string>{"c", "a", "b", "c"});
  const TableColumn* const all = table.columns.data();
  EXPECT_EQ(columns, (std::vector<const TableColumn*>{all + 2, all, all + 1, all + 2})) << "the first of a name";
  EXPECT_TRUE(columns_named(table, {}).empty());
  EXPECT_THROW(static_cast<void>(columns_named(table, std::vector<std::string>{"a", "x"})), Error);
}

TEST(Table, NamesAColumnThatItLacks) {
  const Table table = table_of({"age", "income"});
  try {
    static_cast<void>(table.column("incom"));
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find("[table] t.csv: unknown column 'incom'"), 0U) << error.what();
  }
  EXPECT_THROW(static_cast<void>(Table{}.column("a")), Error);
}

}  // namespace
}  // namespace millrace
