// SPDX-License-Identifier: Apache-2.0
#include "prepare/columns/column.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/index.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "prepare/column_words.hpp"
#include "table/storage/stored.hpp"
#include "table/value.hpp"

namespace millrace {

ColumnValues training_values(const TrainingColumn& column) {
  std::vector<double> values;
  values.reserve(column.rows.size());
  std::int64_t missing = 0;
  Pass pass(storage_of(*column.table));
  for (const std::int64_t row : column.rows) {
    pass.over(column.table->values.columns() * std::int64_t{sizeof(float)});
    const double value = table_value(*column.table, *column.column, row);
    if (std::isnan(value))
      ++missing;
    else
      values.push_back(value);
  }
  return {std::move(values), missing};
}

namespace {

constexpr std::array<std::string_view, 4> fill_words = {"median", "mean", "most_frequent", "refuse"};
constexpr std::array<std::string_view, 5> encode_words = {"auto", "onehot", "embedding", "ordinal", "hash"};

// The number that stands for a missing one. Nothing: the text is no finite number.
std::optional<double> fill_number(const std::string& text) {
  double number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = code == std::errc() && end == text.data() + text.size() && std::isfinite(number);
  return whole ? std::optional(number) : std::nullopt;
}

std::string unknown_fill(const std::string& word) {
  return unknown_name("way of filling in missing values", word, {fill_words.begin(), fill_words.end()}) +
         ", or a number";
}

std::string unknown_encoding(const std::string& word) {
  return unknown_name("encoding", word, {encode_words.begin(), encode_words.end()});
}

}  // namespace

void check_words(const ColumnOptions& options) {
  if (std::ranges::find(fill_words, options.missing) == fill_words.end() && !fill_number(options.missing))
    fail(ErrorKind::usage, "missing", unknown_fill(options.missing));
  if (std::ranges::find(encode_words, options.encode) == encode_words.end())
    fail(ErrorKind::usage, "encode", unknown_encoding(options.encode));
}

double fill_value(const std::string& column, const std::string& missing, const ColumnValues& values) {
  if (missing == "median") return values.quantile(0.5);
  if (missing == "mean") return values.mean();
  if (missing == "most_frequent") return values.most_frequent();
  if (missing == "refuse") {
    if (values.missing() == 0) return 0;
    fail(ErrorKind::data, "prepare",
         "column " + excerpt(column) + ": " + std::to_string(values.missing()) + " of " +
             std::to_string(values.missing() + values.count()) +
             " training rows have no value, and missing = \"refuse\"; expected a value in each, or another way: "
             "median, mean, most_frequent, or a number");
  }
  if (const std::optional<double> number = fill_number(missing)) return *number;
  fail(ErrorKind::usage, "prepare", "column " + excerpt(column) + ": " + unknown_fill(missing));
}

namespace {

const ColumnRow& column_row(ColumnKind kind, const std::string& name) {
  for (const ColumnRow& row : column_table()) {
    if (row.kind == kind) return row;
  }
  fail(ErrorKind::usage, name, "a column of kind " + std::string(kind_name(kind)) + " cannot be a feature");
}

}  // namespace

std::unique_ptr<PreparedColumn> fit_column(const TrainingColumn& column, const ColumnOptions& options) {
  if (std::ranges::find(encode_words, options.encode) == encode_words.end())
    fail(ErrorKind::usage, column.column->name, unknown_encoding(options.encode));
  return column_row(column.column->kind, column.column->name).fit(column, options);
}

std::unique_ptr<PreparedColumn> restore_column(const ColumnRecord& record) {
  return column_row(record.kind, record.name).restore(record);
}

// Without its own '/', so that no two columns share a name.
std::string PreparedColumn::prefix() const {
  std::string prefix = "columns/";
  for (const char c : name_) prefix += c == '/' ? "%2F" : c == '%' ? "%25" : std::string(1, c);
  return prefix;
}

namespace detail {

const std::vector<double>& numbers_of(const ColumnRecord& record, const char* name, std::size_t count) {
  const auto found = record.numbers.find(name);
  if (found != record.numbers.end() && (count == 0 || found->second.size() == count)) return found->second;
  fail(ErrorKind::usage, record.name, std::string("the column has no numbers '") + name + "', expected them");
}

std::vector<std::int64_t> counts_of(const ColumnRecord& record, const char* name, std::size_t count) {
  constexpr double most = 0x1p53;
  std::vector<std::int64_t> counts;
  for (const double number : numbers_of(record, name, count)) {
    if (!(number >= 0 && number <= most) || number != std::floor(number))
      fail(ErrorKind::usage, record.name,
           std::string("the column's '") + name + "' is " + number_text(number) +
               ", expected a whole number of 0 or more");
    counts.push_back(static_cast<std::int64_t>(number));
  }
  return counts;
}

const std::vector<std::string>& texts_of(const ColumnRecord& record, const char* name) {
  const auto found = record.texts.find(name);
  if (found != record.texts.end()) return found->second;
  fail(ErrorKind::usage, record.name, std::string("the column has no texts '") + name + "', expected them");
}

const std::string& word_of(const ColumnRecord& record, const char* name) {
  const auto found = record.words.find(name);
  if (found != record.words.end()) return found->second;
  fail(ErrorKind::usage, record.name, std::string("the column has no word '") + name + "', expected it");
}

}  // namespace detail

}  // namespace millrace
