// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "millrace/table.hpp"
#include "millrace/unread_cells.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace {
namespace {

using test::expect_error;
using Texts = std::vector<std::string>;

class ReadTable : public testing::Test {
 protected:
  Table read(std::string_view text, const TableOptions& options = {}) {
    return read_table(folder_.write("table.csv", text), options);
  }
  // The values of a column as text, "-" where missing.
  static Texts values(const Table& table, const std::string& name) {
    const TableColumn& column = table.column(name);
    Texts texts;
    for (std::int64_t row = 0; row < table.rows; ++row) {
      const double value = column.kind == ColumnKind::date ? table.dates[column.place][row]
                                                           : double{table.values.row(row)[column.place]};
      std::string text = std::to_string(value);
      text.erase(text.find_last_not_of('0') + 1);
      if (text.ends_with('.')) text.pop_back();
      texts.push_back(std::isnan(value) ? "-" : text);
    }
    return texts;
  }
  static std::string obstacles(const Table& table, const std::string& name) {
    std::string all;
    for (const std::string& obstacle : table.column(name).obstacles) all += obstacle + "\n";
    return all;
  }
  void expect_kind(const std::string& cells, ColumnKind kind, const Texts& expected, const Texts& levels = {}) {
    std::string text = "x,y\n";
    for (std::size_t begin = 0; begin < cells.size();) {
      const std::size_t end = std::min(cells.find('|', begin), cells.size());
      text += cells.substr(begin, end - begin) + ",1\n";
      begin = end + 1;
    }
    const Table table = read(text);
    EXPECT_EQ(kind_name(table.column("x").kind), kind_name(kind)) << cells;
    EXPECT_EQ(values(table, "x"), expected) << cells;
    EXPECT_EQ(table.column("x").levels, levels) << cells;
  }
  test::TemporaryDirectory folder_;
};

TEST_F(ReadTable, InfersNumbers) {
  expect_kind("1|-2.5|\"3\"| +4 |1e3", ColumnKind::number, {"1", "-2.5", "3", "4", "1000"});
  expect_kind("0|1|0", ColumnKind::number, {"0", "1", "0"});
}

TEST_F(ReadTable, InfersCategories) {
  expect_kind("red|blue|\"red\"|\"a, \"\"b\"\"\"", ColumnKind::category, {"2", "1", "2", "0"},
              {"a, \"b\"", "blue", "red"});
  expect_kind("yes|no|maybe", ColumnKind::category, {"2", "1", "0"}, {"maybe", "no", "yes"});
  expect_kind("yes|true", ColumnKind::category, {"1", "0"}, {"true", "yes"});
  expect_kind("yes|yes", ColumnKind::category, {"0", "0"}, {"yes"});
  expect_kind("1|2|inf", ColumnKind::category, {"0", "1", "2"}, {"1", "2", "inf"});
}

TEST_F(ReadTable, InfersBooleans) {
  expect_kind("yes|no|YES|yes", ColumnKind::boolean, {"1", "0", "1", "1"}, {"no", "yes"});
  expect_kind("True||False", ColumnKind::boolean, {"1", "-", "0"}, {"False", "True"});
  expect_kind("Y|n", ColumnKind::boolean, {"1", "0"}, {"n", "Y"});
  expect_kind("off|on", ColumnKind::boolean, {"0", "1"}, {"off", "on"});
  expect_kind("T|F", ColumnKind::boolean, {"1", "0"}, {"F", "T"});
}

TEST_F(ReadTable, InfersDates) {
  expect_kind("1970-01-02|NA|1969-12-31 23:59:59", ColumnKind::date, {"86400", "-", "-1"});
  expect_kind("2024/05/31|2024-05-31T17:30:00Z", ColumnKind::date, {"1717113600", "1717176600"});
  expect_kind("2024-05-31|2024-02-30", ColumnKind::category, {"1", "0"}, {"2024-02-30", "2024-05-31"});
}

TEST_F(ReadTable, InfersTheOrderOfMonthAndDayFromAllDates) {
  expect_kind("1/2/1970|2/1/1970|1/31/1970", ColumnKind::date, {"86400", "2678400", "2592000"});
  expect_kind("1/2/1970|2/1/1970|31/1/1970", ColumnKind::date, {"2678400", "86400", "2592000"});
  expect_kind("1970-01-02|2.1.1970|2 Jan 1970", ColumnKind::date, {"86400", "86400", "86400"});
  expect_kind("1/31/1970|31/1/1970", ColumnKind::category, {"0", "1"}, {"1/31/1970", "31/1/1970"});
  const std::string unclear = "x,y\n1/2/1970,1\n3/3/1970,2\n";
  EXPECT_EQ(obstacles(read(unclear), "x"),
            "dates are read as month/day, and may be day/month: line 2 says '1/2/1970', expected --date-order "
            "month_first or day_first\n");
  EXPECT_EQ(obstacles(read("x,y\n3/3/1970,1\n4/4/1970,2\n"), "x"), "") << "both orders say the same";
  const Table told = read(unclear, {.format = {.date_order = DateOrder::day_first}});
  EXPECT_EQ(values(told, "x"), (Texts{"2678400", "5270400"}));
  EXPECT_EQ(obstacles(told, "x"), "");
  EXPECT_EQ(told.column("x").date_order, DateOrder::day_first);
  EXPECT_EQ(values(read(unclear, {.date_orders = {{"x", DateOrder::day_first}}}), "x"), (Texts{"2678400", "5270400"}));
}

// Leniently, too, as rows to predict are read.
TEST_F(ReadTable, SaysWhichOrderTheDatesShow) {
  struct Case {
    const char *first, *second;
    std::optional<DateOrder> order;
    bool guess = false;
  };
  for (const Case& of :
       {Case{"1970-01-02", "2.1.1970", std::nullopt}, Case{"3/3/1970", "4/4/1970", std::nullopt},
        Case{"12:30", "17:45", std::nullopt}, Case{"1/2/1970", "3/3/1970", DateOrder::month_first, true},
        Case{"1/2/1970", "1/31/1970", DateOrder::month_first}, Case{"1/2/1970", "31/1/1970", DateOrder::day_first}}) {
    const std::string text = std::string("x,y\n") + of.first + ",1\n" + of.second + ",2\n";
    std::vector<UnreadCell> unread;
    for (const Table& table : {read(text), read(text, {.kinds = {{"x", ColumnKind::date}}, .unread = &unread})}) {
      ASSERT_EQ(table.column("x").kind, ColumnKind::date) << text;
      EXPECT_EQ(table.column("x").date_order, of.order) << text;
      EXPECT_EQ(table.column("x").order_is_guess, of.guess) << text;
    }
    EXPECT_TRUE(unread.empty()) << text;
  }
  const Table told = read("x,y\n1970-01-02,1\n", {.format = {.date_order = DateOrder::day_first}});
  EXPECT_EQ(told.column("x").date_order, DateOrder::day_first) << "which is asked for";
}

// Where it is asked for; a column whose kind is inferred has an obstacle.
TEST_F(ReadTable, RefusesCategoriesThatAreNotUtf8) {
  const std::string text = "x,y\nOslo,1\nZ\xFCrich,2\nBern,3\n";
  expect_error(ErrorKind::data, {"line 3, column 'x': the text is not UTF-8", "--encoding latin1"}, [&] {
    return read(text, {.kinds = {{"x", ColumnKind::category}}});
  });
  std::vector<UnreadCell> unread;
  const Table table = read(text, {.kinds = {{"x", ColumnKind::category}}, .unread = &unread});
  EXPECT_EQ(table.column("x").levels, (Texts{"Bern", "Oslo"}));
  EXPECT_EQ(values(table, "x"), (Texts{"1", "-", "0"}));
  EXPECT_EQ(table.column("x").missing, 1);
  ASSERT_EQ(unread.size(), 1U);
  EXPECT_EQ(unread[0].row, 1);
  EXPECT_EQ(unread[0].place, "line 3");
}

TEST_F(ReadTable, InfersTimesOfTheDay) {
  expect_kind("0:00|12:30:15|11:59 PM", ColumnKind::date, {"0", "45015", "86340"});
  expect_kind("12:30|2024-05-31", ColumnKind::category, {"0", "1"}, {"12:30", "2024-05-31"});
}

TEST_F(ReadTable, NamesWhatKeepsTextsFromBeingNumbers) {
  const auto obstacle = [&](const std::string& before, const std::string& behind) {
    std::string text = "x;y\n";
    for (int i = 0; i < 40; ++i) text += before + std::to_string(i) + ".5" + behind + ";1\n";
    return obstacles(read(text, {.format = {.delimiter = ';'}}), "x");
  };
  const auto says = [&](const std::string& found, const std::string& part) {
    EXPECT_NE(found.find(part), std::string::npos) << found;
  };
  says(obstacle("", " kg"), "line 2 says '0.5 kg', a number with 'kg' behind it, expected the number alone: change");
  says(obstacle("EUR ", ""), "or --currency, which reads it as a number");
  says(obstacle("(", ")"), "a number in brackets, expected a minus sign ahead of it");
  says(obstacle("", "-"), "a number with its minus sign behind it");
  says(obstacle("\xE2\x88\x92", ""), "a number with a dash for its minus sign, expected -");
  says(obstacle("", "D+02"), "a number with D ahead of its exponent, expected E");
  says(obstacle("1\xC2\xA0"
                "00",
                ""),
       "--thousands ' '");
  std::string few = "x,y\n";
  for (int i = 0; i < 40; ++i) few += std::to_string(i % 4) + " rooms,1\n";
  EXPECT_EQ(obstacles(read(few), "x"), "") << "four levels";
}

TEST_F(ReadTable, TakesNamesOfRowsAsRWritesThem) {
  for (const std::string text : {"x,y\nfirst,1,2\nsecond,3,4\nthird,5,6\n", "x,y\n\"1\",1,2\n2,3,4\n5,5,6\n"}) {
    const Table table = read(text);
    ASSERT_EQ(table.columns.size(), 3);
    EXPECT_EQ(table.columns[0].kind, ColumnKind::ignored);
    EXPECT_EQ(values(table, "y"), (Texts{"2", "4", "6"}));
  }
  for (const std::string text : {"x,y\n1,2,3\n2,4,5\n3,4\n", "x,y\n1,2,3\n2,2,3\n", "x,y\n1,2,3\n1,2,4\n2,2,4\n",
                                 "x,y\na,2,3\na,2,4\nb,2,4\n", "x,y\na,2,3\n1,2,4\nb,2,4\n"})
    expect_error(ErrorKind::data, {"line 2 has 3 cells, expected 2"}, [&] { return read(text); });
}

TEST_F(ReadTable, SkipsLinesAheadOfTheHeaderLine) {
  const Table table = read("Report, 2024\n\nx,y\n1,2\n", {.format = {.skip_lines = 2}});
  EXPECT_EQ(values(table, "y"), (Texts{"2"}));
  expect_error(ErrorKind::data, {"is empty without the lines that are skipped (--skip-lines 9)"},
               [&] { return read("x\n1\n", {.format = {.skip_lines = 9}}); });
  expect_error(ErrorKind::usage,
               {"unknown target column 'y'", "line 1 is one cell, and line 3 has 2", "--skip-lines 2"},
               [&] { return read("Report 2024\n\nx,y\n1,2\n", {.target = "y"}); });
  expect_error(ErrorKind::usage, {"unknown target column 'y'", "is line 1 a comment? (--comment '#')"},
               [&] { return read("# made by us\nx,y\n1,2\n", {.target = "y"}); });
}

TEST_F(ReadTable, SkipsLinesAtTheEnd) {
  const std::string rows = "x,y\n1,2\n3,4\n";
  EXPECT_EQ(values(read(rows + "Total,6\n\nSource: us\n\n", {.format = {.skip_footer = 3}}), "y"), (Texts{"2", "4"}));
  EXPECT_EQ(values(read(rows + "Total,6", {.format = {.skip_footer = 1}}), "y"), (Texts{"2", "4"}));
  EXPECT_EQ(values(read("x,y\r\n1,2\r\nend\r\n", {.format = {.skip_footer = 1}}), "y"), (Texts{"2"}));
  expect_error(ErrorKind::data, {"no rows"}, [&] { return read(rows, {.format = {.skip_footer = 2}}); });
  expect_error(ErrorKind::data, {"is empty without the lines that are skipped (--skip-footer 9), expected"},
               [&] { return read(rows, {.format = {.skip_footer = 9}}); });
  expect_error(ErrorKind::data, {"line 5 has 1 cell, expected 2", "(--skip-footer 1)"},
               [&] { return read(rows + "\nSource: us"); });
  try {
    static_cast<void>(read(rows + "5\n6,7\n"));
    ADD_FAILURE() << "no error was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find("--skip-footer"), std::string::npos) << error.what() << ": a row follows";
  }
}

TEST_F(ReadTable, ReadsLinesThatEndWithCarriageReturns) {
  const Table table = read("a,b\r1,\"u\rv\"\r3,w\r");
  EXPECT_EQ(values(table, "a"), (Texts{"1", "3"}));
  EXPECT_EQ(table.column("b").levels, (Texts{"u\nv", "w"}));
  expect_error(ErrorKind::data, {"line 3 has 1 cell"}, [&] { return read("a,b\r1,2\r3\r4,5\r"); });
}

TEST_F(ReadTable, NamesBlanksAsTheDelimiter) {
  expect_error(ErrorKind::usage, {"unknown target column 'c'", "--delimiter blanks"},
               [&] { return read("a b c\n1 2 3\n", {.target = "c"}); });
}

TEST_F(ReadTable, KnowsMissingValues) {
  for (const std::string missing :
       {"",    " ",    "\"\"", "NA",      "N/A",     "n/a",   "#N/A",   "#N/A N/A", "#NA",   "<NA>", "NaN",
        "nan", "-nan", "-NaN", "NaT",     "NULL",    "null",  "(null)", "\\N",      "None",  "NONE", "?",
        "-",   "--",   ".",    "#DIV/0!", "#VALUE!", "#REF!", "#NUM!",  "#NAME?",   "#NULL!"}) {
    const Table table = read("a,b,c,d\n1,u,yes,2024-01-01\n" + missing + "," + missing + "," + missing + "," + missing +
                             "\n2,v,no,2024-01-02\n");
    for (const std::string name : {"a", "b", "c", "d"}) {
      EXPECT_EQ(table.column(name).missing, 1) << missing << name;
      EXPECT_EQ(values(table, name)[1], "-") << missing << name;
    }
    EXPECT_EQ(table.column("a").kind, ColumnKind::number) << missing;
    EXPECT_EQ(table.column("b").levels, (Texts{"u", "v"})) << missing;
    EXPECT_EQ(table.column("c").kind, ColumnKind::boolean) << missing;
    EXPECT_EQ(table.column("d").kind, ColumnKind::date) << missing;
  }
  EXPECT_EQ(read("country\n\"NA\"\nBW\n\"?\"\n").column("country").levels, (Texts{"?", "BW", "NA"}))
      << "in quotes it is a text";
}

TEST_F(ReadTable, InfersFromTheWholeFile) {
  std::string text = "a,b\n";
  for (int i = 0; i < 300000; ++i) text += std::to_string(i % 7) + "," + std::to_string(i) + "\n";
  text += "x,1\n";
  for (const int threads : {1, 2, 3, 8}) {
    const Table table = read(text, {.threads = threads});
    EXPECT_EQ(table.column("a").kind, ColumnKind::category);
    EXPECT_EQ(table.column("a").levels, (Texts{"0", "1", "2", "3", "4", "5", "6", "x"}));
    EXPECT_EQ(table.column("b").kind, ColumnKind::number);
    for (int i = 0; i < 300000; ++i) {
      ASSERT_EQ(table.values.row(i)[0], static_cast<float>(i % 7));
      ASSERT_EQ(table.values.row(i)[1], static_cast<float>(i));
    }
    EXPECT_EQ(table.values.row(300000)[0], 7);
    EXPECT_NE(obstacles(table, "a").find("300000 of 300001 cells are numbers, line 300002 says 'x'"), std::string::npos)
        << obstacles(table, "a");
  }
}

TEST_F(ReadTable, TakesTheKindsItIsTold) {
  const Table table =
      read("zip,when,ok,junk\n01,2024-01-01,yes,1\n2,,yes,a\n",
           {.ignore = {"junk"},
            .kinds = {{"zip", ColumnKind::category}, {"ok", ColumnKind::boolean}, {"when", ColumnKind::date}}});
  EXPECT_EQ(table.column("zip").levels, (Texts{"01", "2"}));
  EXPECT_EQ(values(table, "ok"), (Texts{"1", "1"}));
  EXPECT_EQ(values(table, "when"), (Texts{"1704067200", "-"}));
  EXPECT_EQ(table.column("junk").kind, ColumnKind::ignored);
  EXPECT_EQ(table.values.columns(), 3);
}

TEST_F(ReadTable, TakesNumbersForBooleansWhereItIsTold) {
  const auto read_as = [&](const std::string& cells, std::optional<ColumnKind> kind) {
    TableOptions options;
    if (kind) options.kinds["a"] = *kind;
    return read("a,b\n" + cells, options);
  };
  for (const std::string cells : {"0,1\n1,1\n,1\n1,1\n", "0.0,1\n1.0,1\n,1\n1.0,1\n"}) {
    EXPECT_EQ(read_as(cells, {}).column("a").kind, ColumnKind::number);
    const Table told = read_as(cells, ColumnKind::boolean);
    EXPECT_EQ(told.column("a").kind, ColumnKind::boolean);
    EXPECT_EQ(values(told, "a"), (Texts{"0", "1", "-", "1"}));
  }
  expect_error(ErrorKind::data, {"line 3, column 'a'", "'2' is not a boolean, expected one"},
               [&] { return read_as("1,1\n2,1\n", ColumnKind::boolean); });
}

TEST_F(ReadTable, RefusesCellsOfAnotherKindThanItIsTold) {
  const auto refuses = [&](ColumnKind kind, std::initializer_list<std::string> parts) {
    expect_error(ErrorKind::data, parts, [&] {
      return read("a,b\n1,2\n2024-01-01,3\nx,4\n", {.kinds = {{"a", kind}}});
    });
  };
  refuses(ColumnKind::number, {"[table]", "table.csv line 3, column 'a'",
                               "'2024-01-01' is not a number, expected one, as asked for or as in training"});
  refuses(ColumnKind::date, {"line 2, column 'a'", "'1' is not a date"});
  refuses(ColumnKind::boolean, {"line 3, column 'a'", "'2024-01-01' is not a boolean"});
  expect_error(ErrorKind::usage, {"[table]", "unknown column 'c'", "a, b"}, [&] {
    return read("a,b\n1,2\n", {.kinds = {{"c", ColumnKind::date}}});
  });
  expect_error(ErrorKind::usage, {"unknown target column 'c'"}, [&] { return read("a,b\n1,2\n", {.target = "c"}); });
  expect_error(ErrorKind::usage, {"unknown ignored column 'c'"}, [&] { return read("a,b\n1,2\n", {.ignore = {"c"}}); });
  expect_error(ErrorKind::data, {"line 2 has 3 cells, expected 2"}, [&] { return read("a,b\n1,2,3\n"); });
  expect_error(ErrorKind::data, {"a quote opens here and never closes"}, [&] { return read("a,b\n1,\"2\n"); });
  expect_error(ErrorKind::data, {"has a header line but no rows"}, [&] { return read("a,b\n"); });
}

TEST_F(ReadTable, ReadsNumbersInTheFormItIsTold) {
  const TableOptions european{.format = {.delimiter = ';', .decimal = ',', .thousands = '.'}};
  EXPECT_EQ(values(read("a;b\n1.234,5;1\n-2,25;2\n1.000.000;3\n", european), "a"),
            (Texts{"1234.5", "-2.25", "1000000"}));
  EXPECT_EQ(values(read("a,b\n\"1,234.5\",1\n12,2\n", {.format = {.thousands = ','}}), "a"), (Texts{"1234.5", "12"}));
  EXPECT_EQ(values(read("a,b\n12.5%,1\n-3 %,2\n", {.format = {.percent = true}}), "a"), (Texts{"0.125", "-0.03"}));
  for (const std::string sign : {"$", "€", "£", "kr"}) {
    const std::string text = "a,b\n" + sign + "5,1\n-" + sign + "2.5,2\n3 " + sign + ",3\n" + sign + " -4,4\n";
    EXPECT_EQ(values(read(text, {.format = {.currency = true}}), "a"), (Texts{"5", "-2.5", "3", "-4"})) << sign;
  }
  expect_error(ErrorKind::usage, {"[csv]", "the decimal point is ','", "thousands ','"},
               [&] { return read("a\n1\n", {.format = {.decimal = ',', .thousands = ','}}); });
  expect_error(ErrorKind::usage, {"decimal point is ';'", "thousands none"},
               [&] { return read("a\n1\n", {.format = {.decimal = ';'}}); });
  for (const std::string bad :
       {"1,23", "12,34,56", "123,45,678", "1,234,56,789", ",123", "1234,567", "1,,234", "0,669", "-0,669", "012,345"})
    EXPECT_EQ(read("a,b\n\"" + bad + "\",1\n", {.format = {.thousands = ','}}).column("a").kind, ColumnKind::category)
        << bad;
}

TEST_F(ReadTable, NamesTheFlagThatReadsANumber) {
  const auto names = [&](const std::string& cell, const std::string& flags) {
    const std::string found = obstacles(read("a,b\n1,1\n\"" + cell + "\",2\n"), "a");
    EXPECT_NE(
        found.find("line 3 says '" + cell + "', expected numbers without marks, or " + flags + ", which reads it"),
        std::string::npos)
        << found;
  };
  names("1,234", "--thousands ','");
  names("12%", "--percent");
  names("$5", "--currency");
  names("$1,234.50", "--thousands ',' --currency");
  names("1,5", "--decimal ','");
  names("1.234.567,8", "--decimal ',' --thousands .");
}

TEST_F(ReadTable, NamesTheFormThatReadsTheWholeColumn) {
  const auto says = [&](const Texts& cells, char delimiter, const std::string& form) {
    std::string text = std::string("a") + delimiter + "b\n";
    for (const std::string& cell : cells) text += "\"" + cell + "\"" + delimiter + "1\n";
    const std::string found = obstacles(read(text, {.format = {.delimiter = delimiter}}), "a");
    EXPECT_NE(found.find("says '" + cells[0] + "', expected numbers without marks, or " + form), std::string::npos)
        << found;
  };
  const std::string decimal = "--decimal ',', which reads it as a number";
  says({"-1,179", "0,669"}, ',', decimal);
  says({"1,179", "12,5"}, ',', decimal);
  says({"1,179", "2,294"}, ';', decimal);
  says({"1,179", "n.a.", "12,5"}, ',', decimal);
  says({"1,179", "1,234,567"}, ';', "--thousands ',', which reads it as a number");
  says({"1,179", "1,234.5"}, ';', "--thousands ',', which reads it as a number");
  says({"12%", "1,5%"}, ';', "--decimal ',' --percent, which reads it as a number");
  says({"12%", "5%"}, ';', "--percent, which reads it as a number");
  says({"1,179", "2,294"}, ',', "--thousands ',', which reads it as 1179, or --decimal ',', which reads it as 1.179");
}

// What keeps the cells of a target from being numbers, which cell(i) writes in rows that all differ.
TEST_F(ReadTable, NamesWhatKeepsATargetFromBeingNumbers) {
  const auto says = [&](const auto& cell, const std::string& part) {
    std::string text = "x;y\n";
    for (int i = 0; i < 60; ++i) text += "1;" + cell(std::to_string(10 + i), i % 2 == 0) + "\n";
    const std::string found = obstacles(read(text, {.target = "y", .format = {.delimiter = ';'}}), "y");
    EXPECT_NE(found.find(part), std::string::npos) << found;
    EXPECT_EQ(found.find("ignore the column"), std::string::npos) << found;
  };
  using Text = std::string;
  says([](const Text& n, bool even) { return "€" + n + (even ? ".5M" : "0K"); },
       "the numbers have 'K' or 'M' behind them");
  says([](const Text& n, bool even) { return n + (even ? " kg" : " lb"); }, "all in one unit: change the column");
  says([](const Text& n, bool) { return n + ",000+"; }, "'10,000+', a number with '+' behind it");
  says([](const Text& n, bool) { return "CHF " + n + ".--"; }, "a number with '.--' behind it");
  says([](const Text& n, bool) { return n + ".0 (9.0-" + n + ".5)"; }, "a number with '(9.0-10.5)' behind it");
  says([](const Text& n, bool) { return "1" + n + "h " + std::to_string(99 - std::stoi(n)) + "m"; },
       "says '110h 89m', a number with 'h 89m' behind it");
  says([](const Text& n, bool) { return "~" + n; }, "a number with '~' ahead of it, expected the number alone");
  says([](const Text& n, bool) { return "No. " + n; }, "a number with 'No.' ahead of it");
  says([](const Text& n, bool) { return "'" + n + ".5'"; }, "a number in quotes");
  says([](const Text& n, bool) { return "'" + n + ".5"; }, "a number with an apostrophe ahead of it");
  says([](const Text& n, bool) { return "\"=\"\"" + n + "\"\"\""; }, "a number that Excel keeps as a text");
  says([](const Text& n, bool) { return "0x" + n; }, "a hexadecimal number, expected a decimal one");
  says([](const Text& n, bool) { return n + "e40"; }, "a number that fp32 cannot hold, expected one of at most 3.4e38");
  says([](const Text& n, bool) { return n + ",-"; }, "a number with ',-' behind it");
  says([](const Text& n, bool) { return "Name" + n + "b"; },
       "60 distinct texts in 60 cells, expected numbers, or classes");
  for (const Text sign : {"A$", "US$", "Rs. ", "PLN "})
    says([&](const Text& n, bool) { return sign + n; }, "or --currency, which reads it as a number");
}

TEST_F(ReadTable, WordsAheadOfANumberMakeAFeatureNoNumber) {
  std::string text = "ward,rank,street,week\n";
  for (int i = 0; i < 40; ++i) {
    const std::string number = std::to_string(i);
    text += "Ward " + number + ",#" + number + "," + number + " " + std::string(1 + i % 20, 'x') + " Street,2024-W" +
            number + "\n";
  }
  const Table table = read(text);
  EXPECT_EQ(obstacles(table, "ward"), "");
  EXPECT_NE(obstacles(table, "rank").find("a number with '#' ahead of it"), std::string::npos);
  EXPECT_EQ(obstacles(table, "street"), "") << "other words behind each number";
  EXPECT_EQ(obstacles(table, "week"), "") << "other numbers behind it";
  std::string classes = "x,place\n";
  for (int i = 0; i < 60; ++i) classes += "1,place " + std::to_string(i % 25) + "\n";
  EXPECT_EQ(obstacles(read(classes, {.target = "place"}), "place"), "") << "of a target, too, where they recur";
}

TEST_F(ReadTable, NamesALastLineOfTotals) {
  std::string text = "x,y\n";
  for (int i = 0; i < 20; ++i) text += std::to_string(i) + ",1\n";
  const std::string totals = "if the last line holds totals, it is no row: --skip-footer 1";
  EXPECT_NE(obstacles(read(text + "Total,20\n\n"), "x").find(totals), std::string::npos);
  EXPECT_NE(obstacles(read(text + "\"Total\",20"), "x").find(totals), std::string::npos);
  EXPECT_EQ(obstacles(read(text + "none,20\n20,1\n"), "x").find("--skip-footer"), std::string::npos);
}

TEST_F(ReadTable, ReportsWhatStandsInTheWay) {
  std::string text = "id,empty,name\n";
  for (int i = 0; i < 60; ++i) text += std::to_string(i) + ",NA,Name " + std::to_string(i) + "\n";
  const Table table = read(text);
  EXPECT_EQ(obstacles(table, "id"), "");
  EXPECT_NE(obstacles(table, "empty").find("all cells are missing"), std::string::npos);
  EXPECT_NE(obstacles(table, "name").find("60 distinct texts in 60 cells"), std::string::npos)
      << obstacles(table, "name");
  const Table names = read(",a,b,b\n1,2,3,4\n");
  EXPECT_EQ(names.columns[0].kind, ColumnKind::ignored) << "row numbers as pandas writes them";
  EXPECT_EQ(names.columns[2].kind, ColumnKind::ignored);
  const Table written_twice = read("Unnamed: 0,a\n0,2\n");
  EXPECT_EQ(written_twice.columns[0].kind, ColumnKind::ignored) << "the name that pandas gives to such a column";
  EXPECT_NE(obstacles(written_twice, "Unnamed: 0").find("without a name of its own"), std::string::npos);
  const TableOptions asked{.kinds = {{"Unnamed: 0", ColumnKind::number}}};
  EXPECT_EQ(read("Unnamed: 0,a\n0,2\n", asked).columns[0].kind, ColumnKind::number);
  EXPECT_EQ(read("Unnamed: 0,a\n0,2\n", {.target = "Unnamed: 0"}).columns[0].kind, ColumnKind::number);
  EXPECT_NE(obstacles(names, "b").find("another column has the same name"), std::string::npos);
  EXPECT_EQ(obstacles(read("a,b,b\n1,2,3\n", {.ignore = {"b"}}), "b"), "");
  const Table seconds = read("t,u,y\n1700000000,1.5,1\nNA,1.5,2\n1700000019,1.5,3\n");
  EXPECT_NE(obstacles(seconds, "t").find("has values from 1700000000 to 1700000019, which fp32 cannot tell apart"),
            std::string::npos);
  EXPECT_EQ(obstacles(seconds, "u"), "");
  const Table latin = read(
      "a,b\nGr\xF6\xDF"
      "e,1\n");
  EXPECT_NE(obstacles(latin, "a").find("1 cell, in line 2: the text is not UTF-8"), std::string::npos)
      << obstacles(latin, "a");
}

TEST_F(ReadTable, TargetsOfFewWholeNumbersAreLabels) {
  std::string text = "a,y,z\n";
  for (int i = 0; i < 30; ++i) text += "1," + std::to_string(10 * (i % 3)) + "," + std::to_string(i % 4) + ".5\n";
  const Table table = read(text, {.target = "y"});
  EXPECT_EQ(table.column("y").kind, ColumnKind::label);
  EXPECT_EQ(table.column("y").levels, (Texts{"0", "10", "20"}));
  EXPECT_EQ(values(table, "y")[4], "1");
  EXPECT_EQ(read(text, {.target = "z"}).column("z").kind, ColumnKind::number) << "halves are no classes";
  EXPECT_EQ(read(text + "1,30,1\n", {.target = "y"}).column("y").kind, ColumnKind::number) << "one in a single row";
  EXPECT_EQ(read(text, {.target = "y", .kinds = {{"y", ColumnKind::number}}}).column("y").kind, ColumnKind::number);
  EXPECT_EQ(read(text, {.target = "a"}).column("a").kind, ColumnKind::number) << "a single class";
  EXPECT_EQ(read("a,y\n1,0\n2,0\n3,1\n", {.target = "y"}).column("y").kind, ColumnKind::label) << "no and yes";
  EXPECT_EQ(read("a,y\n1,0\n2,0\n3,2\n", {.target = "y"}).column("y").kind, ColumnKind::number) << "a count";
}

TEST_F(ReadTable, NamesLabelsThatAreTheSameNumber) {
  std::string text = "a,y,b\n";
  for (int i = 0; i < 60; ++i) text += "1," + std::string(i % 3 == 0 ? "001" : i % 3 == 1 ? "\"01\"" : "2") + ",3\n";
  const std::string found = obstacles(read(text, {.target = "y"}), "y");
  EXPECT_NE(found.find("the labels 001, 01 are one class, 1"), std::string::npos) << found;
  EXPECT_EQ(obstacles(read(text, {.target = "a"}), "y"), "") << "a feature";
  EXPECT_EQ(obstacles(read("y\n01\n02\n001\n", {.target = "y"}), "y"), "") << "numbers, not labels";
  text = "y\n";
  for (int i = 0; i < 60; ++i) text += i % 2 == 0 ? "01\n" : "0.0\n";
  EXPECT_EQ(obstacles(read(text, {.target = "y"}), "y"), "") << "each number is written in one way";
}

TEST_F(ReadTable, ReadsACellOf10Megabytes) {
  const std::string large(10'000'000, 'x');
  const Table table = read("a,b\n1,u\n2," + large + "\n3,u\n");
  EXPECT_EQ(table.column("b").levels, (Texts{"u", large}));
  EXPECT_EQ(values(table, "b"), (Texts{"0", "1", "0"}));
  EXPECT_EQ(read("a,b\n1,2\n1,\"" + std::string(10'000'000, '\n') + "\"\n").rows, 2);
  EXPECT_EQ(values(read("a,b\n1,2\n1," + std::string(10'000'000, '0') + "1\n"), "b"), (Texts{"2", "1"}));
  expect_error(ErrorKind::data, {"table.csv line 3, column 'b': 'xxxxx"}, [&] {
    return read("a,b\n1,2\n2," + large + "\n", {.kinds = {{"b", ColumnKind::number}}});
  });
}

TEST_F(ReadTable, ReadsAMillionColumns) {
  constexpr int columns = 1'000'000;
  std::string header, row;
  for (int c = 0; c < columns; ++c) {
    header += (c == 0 ? "c" : ",c") + std::to_string(c);
    row += (c == 0 ? "" : ",") + std::to_string(c % 1000);
  }
  const Table table = read(header + "\n" + row + "\n" + row + "\n");
  EXPECT_EQ(std::ssize(table.columns), columns);
  EXPECT_EQ(table.values.row(1)[columns - 1], 999);
  expect_error(ErrorKind::data, {"line 3 has 1000001 cells, expected 1000000"},
               [&] { return read(header + "\n" + row + "\n" + row + ",1\n"); });
}

TEST_F(ReadTable, ReadsBooleansInTheirUsualSpellings) {
  for (const auto& [no, yes] : {std::pair{"no", "yes"},
                                {"No", "Yes"},
                                {"NO", "YES"},
                                {"n", "y"},
                                {"N", "Y"},
                                {"false", "true"},
                                {"False", "True"},
                                {"FALSE", "TRUE"},
                                {"f", "t"},
                                {"F", "T"},
                                {"off", "on"},
                                {"Off", "ON"}}) {
    const Table table = read("a,b\n" + std::string(yes) + ",1\n \"" + no + "\" ,2\n,3\n" + no + ",4\n");
    EXPECT_EQ(table.column("a").kind, ColumnKind::boolean) << yes;
    EXPECT_EQ(values(table, "a"), (Texts{"1", "0", "-", "0"})) << yes;
  }
}

TEST_F(ReadTable, TargetsOfTextAreLabels) {
  const Table table = read("a,y\n1,yes\n2,no\n3,\n", {.target = "y"});
  EXPECT_EQ(table.column("y").kind, ColumnKind::label);
  EXPECT_EQ(table.column("y").levels, (Texts{"no", "yes"}));
  EXPECT_NE(obstacles(table, "y").find("1 row has no target"), std::string::npos);
  EXPECT_EQ(read("a,y\n1,red\n2,blue\n", {.target = "y"}).column("y").levels, (Texts{"blue", "red"}));
}

}  // namespace
}  // namespace millrace
