// SPDX-License-Identifier: Apache-2.0
//
// Tables whose cells a model refuses.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "millrace/millrace.hpp"
#include "support/expect_error.hpp"

namespace millrace {
namespace {

using test::expect_error;

// Infinite numbers are refused wherever they come from; only NaN is missing.
TEST(TableCells, ThatAreInfiniteAreRefused) {
  const auto with = [](double last) {
    return TableBuilder("t")
        .numbers("a", std::vector<double>{1, 2, last})
        .numbers("y", std::vector<double>{1, 2, 4})
        .finish({.target = "y"});
  };
  Model model{Dense{.units = 1}};
  model.prepare(with(4), {.target = {"y"}});
  model.compile({.loss = MeanSquaredError{}});
  model.fit(model.prepared(with(4)), {.epochs = 1});
  for (const double infinite : {HUGE_VAL, -HUGE_VAL, 1e39}) {
    expect_error(ErrorKind::data, {"[t] column 'a', row 3: ", "inf is not a finite number of fp32"},
                 [&] { return model.predict(with(infinite)); });
    const std::vector<Cell> cells{infinite};
    expect_error(ErrorKind::data, {"[predict] column 'a', row 1: ", " is not a number"},
                 [&] { return model.predict(cells); });
    Model other{Dense{.units = 1}};
    expect_error(ErrorKind::data, {"column 'a', row 3: "}, [&] { other.prepare(with(infinite), {.target = {"y"}}); });
  }
}

// A program may fill a Table by hand: nothing outside its memory is read.
TEST(TableCells, OfATableFilledByHandAreChecked) {
  Table good = TableBuilder("hand")
                   .texts("city", {"Rome", "Oslo", "Rome", "Oslo"})
                   .dates("day", std::vector<double>{0, 86400, 3e6, 9e6})
                   .numbers("y", std::vector<double>{1, 2, 3, 5})
                   .finish({.target = "y"});
  Model model{Dense{.units = 1}};
  model.prepare(good, {.target = {"y"}});
  const auto refused = [&](ErrorKind kind, const std::string& text, const std::function<void(Table&)>& change) {
    Table bad = good;
    bad.values = Matrix(good.values.rows(), good.values.columns());
    for (std::int64_t r = 0; r < good.rows; ++r)
      std::copy_n(good.values.row(r), good.values.columns(), bad.values.row(r));
    change(bad);
    expect_error(kind, {text}, [&] { return model.prepared(bad); });
    Model other{Dense{.units = 1}};
    expect_error(kind, {text}, [&] { other.prepare(bad, {.target = {"y"}}); });
  };
  refused(ErrorKind::usage, "the table has 5 rows, and values of 4", [](Table& table) { table.rows = 5; });
  refused(ErrorKind::usage, "column 'city' has place 7, and the table has 2 columns of values",
          [](Table& table) { table.columns[0].place = 7; });
  refused(ErrorKind::usage, "column 'day' has place -1", [](Table& table) { table.columns[1].place = -1; });
  refused(ErrorKind::usage, "column 'day' has 3 dates, expected 4", [](Table& table) { table.dates[0].pop_back(); });
  refused(ErrorKind::data, "column 'city', row 2: 2 is no index of one of the 2 levels",
          [](Table& table) { table.values.row(1)[0] = 2; });
  refused(ErrorKind::data, "column 'city', row 2: -1 is no index", [](Table& table) { table.values.row(1)[0] = -1; });
}

}  // namespace
}  // namespace millrace
