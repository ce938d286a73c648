// SPDX-License-Identifier: Apache-2.0
#include "table/taken_columns.hpp"

#include <gtest/gtest.h>

#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace {
namespace {

using test::expect_error;
using Names = std::vector<std::string>;

class TakenColumns : public testing::Test {
 protected:
  CsvFile open(const std::string& header) {
    return open_csv(folder_.write("new.csv", header + "\n1,2,3,4\n5,6,7,8\n"), TextFormat{});
  }
  static ModelColumns model(const Names& features, const Names& asked = {}) {
    return {
        .who = "predict", .path = "m.onnx", .table = "new.csv", .features = features, .targets = {"y"}, .asked = asked};
  }
  test::TemporaryDirectory folder_;
};

TEST_F(TakenColumns, AreThoseOfTheModelThoseAskedForOrAll) {
  const CsvFile file = open("id,b,a,y");
  EXPECT_EQ(taken_columns(file, model({"a", "b"})), (Names{"a", "b"}));
  EXPECT_EQ(taken_columns(file, model({}, {"b", "id"})), (Names{"b", "id"}));
  EXPECT_EQ(taken_columns(file, model({})), file.names);
  expect_error(ErrorKind::usage, {"m.onnx knows the names of its columns", "expected no --features"},
               [&] { static_cast<void>(taken_columns(file, model({"a"}, {"b"}))); });
  expect_error(ErrorKind::usage, {"new.csv: unknown column 'c'"},
               [&] { static_cast<void>(taken_columns(file, model({}, {"c"}))); });
}

TEST_F(TakenColumns, MustBeInTheFile) {
  const CsvFile file = open("id,age_,city,z");
  check_columns(file, model({"city", "id"}));
  expect_error(ErrorKind::data, {"new.csv has no column 'age', which m.onnx takes; is it 'age_'? known: "}, [&] {
    check_columns(file, model({"city", "age"}));
  });
  ModelColumns with_target = model({"id"});
  with_target.needs_targets = true;
  expect_error(ErrorKind::data, {"new.csv has no column 'y'"}, [&] { check_columns(file, with_target); });
}

TEST_F(TakenColumns, AreNotedBesideTheOthers) {
  EXPECT_EQ(column_notes(open("a,b,c,d"), model({"a", "b", "c", "d"})), Names{});
  EXPECT_EQ(column_notes(open("id,b,a,y"), model({"a", "b"})),
            (Names{"1 column of new.csv that m.onnx does not take: id",
                   "y is the target of m.onnx and not read; millrace evaluate compares targets with predictions",
                   "the columns of new.csv have another order than those of m.onnx and are found by name"}));
  EXPECT_EQ(column_notes(open("a,b,c,y"), model({}, {"a", "b", "c", "y"})),
            Names{"among the features is y, the target of m.onnx, expected features only: --features a,b,c"});
  ModelColumns carried = model({"a", "b"});
  carried.others = {"id", "y"};
  EXPECT_EQ(column_notes(open("id,a,b,y"), carried), Names{}) << "whoever keeps a column knows of it";
}

}  // namespace
}  // namespace millrace
