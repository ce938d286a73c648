// SPDX-License-Identifier: Apache-2.0
#include "millrace/report.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

constexpr std::int64_t rows = 60, columns = 2;

class WriteReport : public ::testing::Test {
 protected:
  WriteReport() {
    for (std::int64_t r = 0; r < rows; ++r) {
      for (std::int64_t c = 0; c < columns; ++c) x.push_back(std::sin(static_cast<float>(5 * r + c)));
      y.push_back(x[r * columns] > 0 ? 1.0F : 0.0F);
    }
    model.compile({.loss = "binary_crossentropy", .metrics = {"accuracy"}});
  }
  [[nodiscard]] Dataset data() const { return Dataset::view(x, columns, y); }
  [[nodiscard]] std::string page() const { return read_text(path); }
  [[nodiscard]] bool says(const std::string& part) const { return page().find(part) != std::string::npos; }

  std::vector<float> x, y;
  Model model{"4:relu", "1:sigmoid"};
  TemporaryDirectory folder;
  const std::string path = folder.file("report.html");
};

TEST_F(WriteReport, HasTheScoresOfTheModelAndTheCurvesOfTheRun) {
  const History history = model.fit(data(), {.epochs = 6, .validation_split = 0.25});
  write_report(path, model, data(), {.epochs = history.epochs, .title = "a < b", .rows_are = "of my table"});
  EXPECT_TRUE(says("a &lt; b"));
  EXPECT_TRUE(says("the 60 rows of my table"));
  EXPECT_TRUE(says("best: epoch"));
  EXPECT_TRUE(says("id=\"threshold\""));
  const std::string mark = "<data id=\"loss\" value=\"";
  const std::string text = page();
  ASSERT_NE(text.find(mark), std::string::npos);
  EXPECT_EQ(std::stod(text.substr(text.find(mark) + mark.size())), model.evaluate(data()).loss);
}

TEST_F(WriteReport, DoesWithoutEpochs) {
  model.build(columns, 1);
  write_report(path, model, data());
  EXPECT_TRUE(says("the 60 rows that were given"));
  EXPECT_FALSE(says("id=\"training\""));
}

TEST_F(WriteReport, NumbersTheColumnsOfAMatrixWithoutNames) {
  static_cast<void>(model.fit(data(), {.epochs = 40}));
  write_report(path, model, data());
  EXPECT_TRUE(says("It relies most on <bdi>column "));
  for (const char* const name : {"column 1", "column 2"}) EXPECT_TRUE(says(std::string("<bdi>") + name + "</bdi>"));
}

TEST_F(WriteReport, NamesTheColumnsThatTheModelDoesNotUse) {
  std::string text = "size,empty,y\n";
  for (int r = 0; r < 40; ++r) text += std::to_string(r % 10) + ",," + std::to_string(r % 10 * 2) + ".5\n";
  const Table table = read_table(folder.write("t.csv", text), {.target = "y", .kinds = {{"y", ColumnKind::number}}});
  Model numbers{Dense{.units = 1}};
  static_cast<void>(numbers.prepare(table, {.target = {"y"}}));
  numbers.compile({.loss = MeanSquaredError{}});
  static_cast<void>(numbers.fit(numbers.prepared(table), {.epochs = 2}));
  write_report(path, numbers, table);
  EXPECT_TRUE(says("The model does not use <bdi>empty</bdi>."));
}

TEST_F(WriteReport, RefusesAModelWithoutALossAndRowsThatDoNotFit) {
  Model bare{"1"};
  bare.build(columns, 1);
  expect_error(ErrorKind::usage, {"[report]", "no loss, expected a call of compile()"},
               [&] { write_report(path, bare, data()); });
  model.build(columns, 1);
  for (const double seconds : {-1.0, std::nan("")})
    expect_error(ErrorKind::usage, {"[report] seconds is ", ", expected 0 or more"},
                 [&] { write_report(path, model, data(), {.seconds = seconds}); });
  EXPECT_THROW(write_report(path, model, Dataset::view(x, 4)), Error);
  EXPECT_THROW(write_report(folder.file("no/folder.html"), model, data()), Error);
}

}  // namespace
}  // namespace millrace::test
