// SPDX-License-Identifier: Apache-2.0
#include "model/files/raw_rows.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "table/kinds/booleans.hpp"
#include "table/value.hpp"

namespace millrace {

namespace {

constexpr float most_prepared = 1e30F;  // the sums of a network may overflow beyond it
constexpr double missing = std::numeric_limits<double>::quiet_NaN();

// Cells of one column.
class Cells {
 public:
  Cells(const PreparedColumn& column, ValueType type, Random& random)
      : column_(column), type_(type), random_(random), levels_(column.levels()) {}

  // In most rows: one as in training.
  [[nodiscard]] double number(bool extreme) {
    const std::uint64_t kind = random_.below(16);
    if (kind == 0) return missing;
    if (kind == 1) return 0;
    if (column_.kind() == ColumnKind::category) return code(kind);
    if (extreme && kind < 6) return extreme_number();
    const double number = rounded(column_.number_like(random_.normal()));
    return is_prepared(number) ? number : 0;
  }

  [[nodiscard]] std::string text() {
    const std::uint64_t kind = random_.below(16);
    if (kind == 0) return "";
    if (column_.kind() == ColumnKind::boolean) return boolean();
    std::string level = levels_.empty() ? "level" : levels_[random_.below(levels_.size())];
    if (kind == 1) level += " or another";
    if (kind == 2) level.insert(0, "\u00e9");
    return level;
  }

 private:
  // A category that is a whole number.
  double code(std::uint64_t kind) {
    if (kind == 2) return 0.5;
    if (kind == 3) return rounded(random_.normal() * 1e9);
    if (kind == 4 || levels_.empty()) return std::trunc(random_.normal() * 100);
    return parse_number(levels_[random_.below(levels_.size())]).value();
  }

  // The largest power of ten that is prepared to numbers a network can take.
  double extreme_number() {
    const double sign = random_.below(2) == 0 ? 1 : -1;
    for (double exponent = type_ == ValueType::real64 ? 300 : 38; exponent > 0; exponent -= 4) {
      const double number = rounded(sign * std::pow(10, exponent));
      if (is_prepared(number)) return number;
    }
    return sign;
  }

  [[nodiscard]] bool is_prepared(double number) const {
    std::vector<float> prepared(static_cast<std::size_t>(column_.width()));
    column_.prepare(number, prepared.data());
    return std::ranges::all_of(prepared, [](float value) { return std::abs(value) <= most_prepared; });
  }

  std::string boolean() {
    const auto [no, yes] = boolean_words(static_cast<int>(random_.below(boolean_pairs)));
    std::string word(random_.below(2) == 0 ? no : yes);
    if (random_.below(2) == 0 && is_letter(word[0])) word[0] = static_cast<char>(word[0] - 'a' + 'A');
    return word;
  }

  // As the input of the graph holds it.
  [[nodiscard]] double rounded(double number) const {
    return type_ == ValueType::real32 ? static_cast<double>(static_cast<float>(number)) : number;
  }

  const PreparedColumn& column_;
  ValueType type_;
  Random& random_;
  std::vector<std::string> levels_;
};

const GraphValue& input_named(const std::string& name, const std::vector<GraphValue>& inputs) {
  const auto input = std::ranges::find(inputs, name, &GraphValue::name);
  if (input == inputs.end())
    fail(ErrorKind::mismatch, "export", "the exported graph has no input '" + name + "', expected it");
  return *input;
}

// The number of a cell that the graph takes as a number. A category of whole numbers may have other cells in this table.
double number_of(const std::string& cell, const PreparedColumn& column, std::int64_t row) {
  if (const std::optional<double> number = parse_number(cell)) return *number;
  fail(ErrorKind::data, "verify",
       "column '" + column.name() + "', row " + std::to_string(row + 1) + " is " + excerpt(cell) +
           ", and the model takes numbers there, expected one; predict counts it as a category that it does not know");
}

}  // namespace

RawRows random_raw_rows(const TablePreparation& preparation, const std::vector<GraphValue>& inputs, std::int64_t rows) {
  RawRows result{{}, Matrix(rows, preparation.width())};
  Random random(0, RandomStream::noise);
  for (std::int64_t c = 0; c < std::ssize(preparation.columns()); ++c) {
    const PreparedColumn& column = *preparation.columns()[c];
    const ValueType type = input_named(column.name(), inputs).type;
    DoubleTensor tensor{{rows, 1}, {}, {}, type};
    Cells cells(column, type, random);
    for (std::int64_t r = 0; r < rows; ++r) {
      std::optional<double> value = missing;
      if (type == ValueType::text) {
        const std::string& text = tensor.texts.emplace_back(cells.text());
        if (!text.empty()) value = column.value(std::string_view(text));
      } else {
        value = tensor.values.emplace_back(cells.number(r % 8 == 0));
        if (!std::isnan(*value)) value = column.value(*value);
      }
      column.prepare(value.value(), result.prepared.row(r) + preparation.place(c));
    }
    result.inputs[column.name()] = std::move(tensor);
  }
  return result;
}

RawRows raw_rows_of(const Table& table, const TablePreparation& preparation, const std::vector<GraphValue>& inputs,
                    std::int64_t most) {
  const std::int64_t rows = std::min(table.rows, most);
  RawRows result{{}, Matrix(rows, preparation.width())};
  const std::vector<const TableColumn*> sources = preparation.features_of(table);
  for (std::int64_t c = 0; c < std::ssize(preparation.columns()); ++c) {
    const PreparedColumn& column = *preparation.columns()[c];
    const TableColumn& source = *sources[c];
    DoubleTensor tensor{{rows, 1}, {}, {}, input_named(column.name(), inputs).type};
    for (std::int64_t r = 0; r < rows; ++r) {
      const double found = table_value(table, source, r);  // a number, or the index of a level
      std::optional<double> value = missing;
      const bool is_missing = std::isnan(found);
      const std::string text =
          is_missing || source.levels.empty() ? "" : source.levels[static_cast<std::int64_t>(found)];
      if (tensor.type == ValueType::text) {
        tensor.texts.push_back(text);
        if (!is_missing) value = column.value(std::string_view(text));
      } else {
        const double number = is_missing || source.levels.empty() ? found : number_of(text, column, r);
        tensor.values.push_back(tensor.type == ValueType::real32 ? static_cast<double>(static_cast<float>(number))
                                                                 : number);
        if (!is_missing) value = column.value(tensor.values.back());
      }
      if (!value)
        fail(ErrorKind::data, "verify",
             "column '" + column.name() + "', row " + std::to_string(r + 1) + " is not a " +
                 std::string(kind_name(column.kind())) + ", expected one as in training");
      column.prepare(*value, result.prepared.row(r) + preparation.place(c));
    }
    result.inputs[column.name()] = std::move(tensor);
  }
  return result;
}

}  // namespace millrace
