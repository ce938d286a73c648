// SPDX-License-Identifier: Apache-2.0
//
// Every kind of column with every scaler and encoding: prepared numbers, the formula in double, the exported nodes and
// the file agree, on values that are missing, extreme or were never seen in training.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/random.hpp"
#include "export/graph_evaluator.hpp"
#include "export/onnx_file.hpp"
#include "ops/op_text.hpp"
#include "prepare/columns/column.hpp"
#include "prepare/scalers/scaler.hpp"

namespace millrace {
namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

struct Case {
  std::string name;
  ColumnKind kind = ColumnKind::number;
  std::vector<std::string> levels{};
  ColumnOptions options{};
  std::vector<double> tried{};       // numbers, or seconds
  std::vector<std::string> words{};  // of categories and booleans
  friend std::ostream& operator<<(std::ostream& out, const Case& of) { return out << of.name; }
};

// 200 training rows, a tenth of them without a value.
Table training_table(const Case& of) {
  Table table;
  table.rows = 200;
  table.source = "table";
  table.columns = {{.name = "x", .kind = of.kind, .place = 0, .missing = 0, .levels = of.levels, .obstacles = {}}};
  table.values = Matrix(table.rows, 1);
  table.dates.emplace_back(table.rows);
  Random random(5, RandomStream::noise);
  for (std::int64_t row = 0; row < table.rows; ++row) {
    double value = 3 * random.normal() + 10;
    if (of.kind == ColumnKind::date) value = 1.6e9 + 1e8 * random.uniform_double();
    // The last level occurs once.
    if (!of.levels.empty())
      value = row == 0 ? static_cast<double>(of.levels.size() - 1)
                       : static_cast<double>(random.below(std::max<std::size_t>(of.levels.size() - 1, 2)));
    if (random.below(10) == 0 && row > 0) value = missing;
    table.dates[0][row] = value;
    *table.values.row(row) = static_cast<float>(value);
  }
  return table;
}

std::vector<Case> cases() {
  std::vector<Case> all;
  const std::vector<double> numbers{missing, 0, 10, -3e38, 3e38, 1e-30, 9.25, 17};
  for (const ScalerRow& row : scaler_table()) {
    const std::string scale(row.name);
    all.push_back({"number_" + scale, ColumnKind::number, {}, {.scale = scale}, numbers});
    all.push_back({"number_" + scale + "_clipped",
                   ColumnKind::number,
                   {},
                   {.missing = "mean", .indicator = false, .scale = scale, .clip = 0.05},
                   numbers});
  }
  for (const char* const way : {"mean", "most_frequent", "-7.5"})
    all.push_back({std::string("number_missing_") + (way[0] == '-' ? "constant" : way),
                   ColumnKind::number,
                   {},
                   {.missing = way},
                   numbers});
  const std::vector<double> dates{missing, 0, 1.6e9, 1.65e9 + 0.5, -6e10, 2e11};
  all.push_back({"date", ColumnKind::date, {}, {}, dates});
  all.push_back(
      {"date_without_indicator", ColumnKind::date, {}, {.missing = "most_frequent", .indicator = false}, dates});
  all.push_back({"boolean", ColumnKind::boolean, {"no", "yes"}, {}, {}, {"", "yes", "NO", "True", "f", "Off"}});
  const std::vector<std::string> colors{"blue", "green", "red", "white"}, sizes{"-1", "10", "3", "7"};
  const std::vector<std::string> seen_and_not{"", "blue", "red", "white", "Blue", "mauve", "NA"};
  const std::vector<std::string> whole_and_not{"", "10", "-1", "7.0", "2.7", "-0.5", "99", "-12", "16777217"};
  for (const std::string encode : {"onehot", "embedding", "ordinal", "hash"}) {
    all.push_back({"category_" + encode, ColumnKind::category, colors, {.encode = encode}, {}, seen_and_not});
    all.push_back(
        {"whole_numbers_" + encode, ColumnKind::category, sizes, {.encode = encode, .rare = 0}, {}, whole_and_not});
  }
  return all;
}

class PreparedColumns : public testing::TestWithParam<Case> {
 protected:
  PreparedColumns() {
    for (std::int64_t row = 0; row < table_.rows; ++row) rows_.push_back(row);
    column_ = fit_column({&table_, &table_.columns[0], rows_}, GetParam().options);
  }

  // The values of the tried cells, and the cells as the graph takes them.
  void try_cells() {
    for (const double number : GetParam().tried) {
      const double held =
          column_->kind() == ColumnKind::date ? number : static_cast<double>(static_cast<float>(number));
      values_.push_back(held);
      cells_.values.push_back(held);
    }
    for (const std::string& word : GetParam().words) {
      values_.push_back(word.empty() ? missing : column_->value(std::string_view(word)).value());
      cells_.texts.push_back(word);
    }
    cells_.shape = {std::ssize(values_), 1};
  }

  Table table_ = training_table(GetParam());
  std::vector<std::int64_t> rows_;
  std::unique_ptr<PreparedColumn> column_;
  std::vector<double> values_;
  DoubleTensor cells_;
};

TEST_P(PreparedColumns, AgreeWithTheirFormula) {
  try_cells();
  std::vector<float> prepared(column_->width());
  std::vector<double> reference(column_->width());
  for (const double value : values_) {
    column_->prepare(value, prepared.data());
    column_->reference(value, reference.data());
    for (std::int64_t i = 0; i < column_->width(); ++i)
      EXPECT_NEAR(static_cast<double>(prepared[i]), reference[i], 1e-6 * std::max(1.0, std::abs(reference[i])))
          << value << " " << column_->names()[i];
  }
}

TEST_P(PreparedColumns, AgreeWithTheirNodes) {
  try_cells();
  PlainGraph graph;
  const std::string prepared_name = column_->to_onnx(graph);
  graph.add("Identity", "prepared", {prepared_name});
  graph.outputs.push_back({"prepared", {column_->width()}});
  cells_.type = graph.inputs.at(0).type;
  if (cells_.type == ValueType::real32 && cells_.values.empty()) {
    // Categories that are whole numbers are numbers for the graph.
    for (const std::string& word : cells_.texts)
      cells_.values.push_back(word.empty() ? missing : static_cast<double>(std::stof(word)));
    cells_.texts.clear();
  }
  const PlainGraph read = parse_onnx(serialize_onnx(graph), "memory");
  const DoubleTensor found = evaluate_graph(read, {{"x", cells_}}).at(0);
  ASSERT_EQ(found.shape, (Shape{std::ssize(values_), column_->width()}));
  std::vector<float> prepared(column_->width());
  for (std::int64_t row = 0; row < std::ssize(values_); ++row) {
    column_->prepare(values_[row], prepared.data());
    for (std::int64_t i = 0; i < column_->width(); ++i) {
      const double wanted = static_cast<double>(prepared[i]);
      EXPECT_NEAR(found.values[row * column_->width() + i], wanted, 1e-6 * std::max(1.0, std::abs(wanted)))
          << "row " << row << " " << column_->names()[i];
    }
  }
}

TEST_P(PreparedColumns, KeepTheirBitsInAFile) {
  try_cells();
  const std::unique_ptr<PreparedColumn> restored = restore_column(column_->record());
  ASSERT_EQ(restored->names(), column_->names());
  EXPECT_EQ(restored->slots(), column_->slots());
  EXPECT_EQ(restored->dimension(), column_->dimension());
  std::vector<float> wanted(column_->width()), found(column_->width());
  for (const double value : values_) {
    column_->prepare(value, wanted.data());
    restored->prepare(value, found.data());
    EXPECT_EQ(found, wanted) << value;
  }
}

INSTANTIATE_TEST_SUITE_P(Table, PreparedColumns, testing::ValuesIn(cases()),
                         [](const auto& of) { return of.param.name; });

TEST(PreparedColumns, OfEveryKindAreTried) {
  for (const ColumnRow& row : column_table())
    EXPECT_TRUE(std::ranges::any_of(cases(), [&](const Case& of) { return of.kind == row.kind; }))
        << kind_name(row.kind);
}

}  // namespace
}  // namespace millrace
