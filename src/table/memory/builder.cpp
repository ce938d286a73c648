// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "millrace/table_builder.hpp"
#include "table/kinds/booleans.hpp"
#include "table/kinds/date_form.hpp"
#include "table/kinds/dates.hpp"
#include "table/kinds/infer.hpp"
#include "table/matrix.hpp"
#include "table/target_column.hpp"
#include "table/unnamed.hpp"

namespace millrace {

namespace {

constexpr std::string_view who = "table";
constexpr float nothing = std::numeric_limits<float>::quiet_NaN();

struct Held {
  TableColumn column;
  std::vector<float> values;    // codes, 0 or 1
  std::vector<double> numbers;  // as they were given
  std::vector<double> dates;
};

std::string column_text(const Table& table, const TableColumn& column) {
  return table.source + ", column " + excerpt(column.name);
}

// texts: in the order in which the rows have them first; codes: the index of the text of each row, below 0 where missing.
std::vector<std::string> obstacles_of(const std::vector<std::string_view>& texts,
                                      const std::vector<std::int64_t>& codes) {
  DistinctTexts found{.texts = texts, .counts = std::vector<std::int64_t>(texts.size()), .unquoted = {}};
  std::unordered_map<std::string_view, std::int64_t> first_rows;
  for (std::int64_t row = 0; row < std::ssize(codes); ++row) {
    if (codes[row] < 0) continue;
    ++found.counts[codes[row]];
    first_rows.emplace(texts[codes[row]], row);
  }
  return text_obstacles(found, {.before = [&](auto a, auto b) { return first_rows.at(a) < first_rows.at(b); },
                                .name = [&](auto text) { return "row " + std::to_string(first_rows.at(text) + 1); }});
}

// As check_precision does for a file: seconds since 1970 as numbers would be one number in fp32.
void check_numbers(TableColumn& column, std::span<const double> values) {
  double least = INFINITY, most = -INFINITY;
  std::int64_t infinite = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    if (!std::isfinite(static_cast<float>(value))) ++infinite;
    least = std::min(least, value);
    most = std::max(most, value);
  }
  if (column.missing == std::ssize(values)) column.obstacles.push_back(all_missing());
  if (infinite > 0)
    column.obstacles.push_back(counted(infinite, "number is", "numbers are") +
                               " infinite in fp32, expected numbers of at most 3.4e38: correct or empty "
                               "them, or ignore the column");
  const double distance = most - least;
  if (distance > 0 && distance < 0x1p-20 * std::max(std::abs(least), std::abs(most)))
    column.close = too_close(level_text(least), level_text(most));
}

}  // namespace

struct TableBuilder::State {
  std::string source;
  std::vector<Held> columns;
  std::int64_t rows = -1;

  Held& add(const std::string& name, std::int64_t count, ColumnKind kind) {
    if (name.empty()) fail(ErrorKind::usage, who, source + " gets a column without a name, expected one with a name");
    if (!is_utf8(name)) fail(ErrorKind::usage, who, source + " gets a column whose name is not UTF-8, expected UTF-8");
    for (const Held& held : columns) {
      if (held.column.name == name)
        fail(ErrorKind::usage, who, source + " gets two columns " + excerpt(name) + ", expected names that differ");
    }
    if (rows >= 0 && rows != count)
      fail(ErrorKind::usage, who,
           "column " + excerpt(name) + " has " + std::to_string(count) + " rows, expected " + std::to_string(rows) +
               " as in the columns before it");
    rows = count;
    Held& held = columns.emplace_back();
    held.column.name = name;
    held.column.kind = kind;
    return held;
  }

  // Levels that occur, in byte order.
  static void set_levels(Held& held, const std::vector<std::string_view>& texts,
                         const std::vector<std::int64_t>& codes) {
    std::vector<std::int64_t> order(texts.size());
    std::iota(order.begin(), order.end(), std::int64_t{0});
    std::ranges::sort(order, {}, [&](std::int64_t i) { return texts[i]; });
    std::vector<float> ranks(texts.size());
    for (const std::int64_t i : order) {
      ranks[i] = static_cast<float>(held.column.levels.size());
      held.column.levels.emplace_back(texts[i]);
    }
    for (const std::int64_t code : codes) {
      held.values.push_back(code < 0 ? nothing : ranks[code]);
      held.column.missing += code < 0;
    }
    held.column.obstacles = obstacles_of(texts, codes);
    if (texts.empty()) held.column.obstacles.push_back(all_missing());
  }
};

TableBuilder::TableBuilder(std::string source) : state_(std::make_unique<State>()) {
  state_->source = std::move(source);
}
TableBuilder::TableBuilder(TableBuilder&&) noexcept = default;
TableBuilder& TableBuilder::operator=(TableBuilder&&) noexcept = default;
TableBuilder::~TableBuilder() = default;

TableBuilder::State& TableBuilder::own() {
  if (!state_)
    fail(ErrorKind::usage, who, "this builder was moved to another one, expected a builder that was not moved from");
  return *state_;
}

TableBuilder& TableBuilder::numbers(const std::string& name, std::span<const double> values) {
  Held& held = own().add(name, std::ssize(values), ColumnKind::number);
  held.numbers.assign(values.begin(), values.end());
  held.column.missing = std::ranges::count_if(values, [](double value) { return std::isnan(value); });
  check_numbers(held.column, values);
  return *this;
}

// Blanks around a cell of a file do not count, so those around a text in memory do not: a model that learned from one is
// served from the other.
TableBuilder& TableBuilder::texts(const std::string& name, std::span<const std::optional<std::string_view>> values) {
  Held& held = own().add(name, std::ssize(values), ColumnKind::category);
  std::unordered_map<std::string_view, std::int64_t> known;
  std::vector<std::string_view> texts;
  std::vector<std::int64_t> codes;
  for (const std::optional<std::string_view>& value : values) {
    const std::string_view text = trim(value.value_or(std::string_view()));
    if (text.empty()) {  // as an empty cell of a file
      codes.push_back(-1);
      continue;
    }
    const auto [at, is_new] = known.emplace(text, std::ssize(texts));
    if (is_new) texts.push_back(text);
    codes.push_back(at->second);
  }
  State::set_levels(held, texts, codes);
  return *this;
}

TableBuilder& TableBuilder::levels(const std::string& name, std::span<const std::string> levels,
                                   std::span<const std::int32_t> given) {
  Held& held = own().add(name, std::ssize(given), ColumnKind::category);
  std::vector<std::string_view> trimmed;
  for (const std::string& level : levels) trimmed.push_back(trim(level));
  std::unordered_map<std::string_view, std::int64_t> known;
  std::vector<std::int64_t> numbers(levels.size(), -1);  // of each level among those that occur
  std::vector<std::string_view> texts;
  std::vector<std::int64_t> codes;
  for (const std::int32_t code : given) {
    if (code >= std::ssize(levels))
      fail(ErrorKind::usage, who,
           "column " + excerpt(name) + " has the code " + std::to_string(code) + ", expected one below its " +
               std::to_string(levels.size()) + " levels");
    if (code < 0 || trimmed[code].empty()) {  // missing, as an empty cell of a file is
      codes.push_back(-1);
      continue;
    }
    if (numbers[code] < 0) {
      const auto [at, is_new] = known.emplace(trimmed[code], std::ssize(texts));
      if (is_new) texts.push_back(trimmed[code]);
      numbers[code] = at->second;
    }
    codes.push_back(numbers[code]);
  }
  State::set_levels(held, texts, codes);
  return *this;
}

TableBuilder& TableBuilder::booleans(const std::string& name, std::span<const std::int8_t> values) {
  Held& held = own().add(name, std::ssize(values), ColumnKind::boolean);
  const auto words = boolean_words(0);
  held.column.levels = {std::string(words.first), std::string(words.second)};
  for (const std::int8_t value : values) {
    held.values.push_back(value < 0 ? nothing : static_cast<float>(value > 0));
    held.column.missing += value < 0;
  }
  if (held.column.missing == std::ssize(values)) held.column.obstacles.push_back(all_missing());
  return *this;
}

TableBuilder& TableBuilder::dates(const std::string& name, std::span<const double> seconds) {
  Held& held = own().add(name, std::ssize(seconds), ColumnKind::date);
  held.dates.assign(seconds.begin(), seconds.end());
  held.column.missing = std::ranges::count_if(seconds, [](double value) { return std::isnan(value); });
  if (held.column.missing == std::ssize(seconds)) held.column.obstacles.push_back(all_missing());
  return *this;
}

TableBuilder& TableBuilder::unusable(const std::string& name, std::int64_t rows, const std::string& why) {
  own().add(name, rows, ColumnKind::ignored).column.obstacles.push_back(why);
  return *this;
}

namespace {

// Puts the columns side by side.
Table joined(std::vector<Held>& columns, std::int64_t rows, std::string source) {
  Table table{.columns = {}, .values = {}, .dates = {}, .source = std::move(source), .rows = rows};
  std::int64_t width = 0;
  for (Held& held : columns) {
    if (held.column.kind == ColumnKind::date) {
      held.column.place = std::ssize(table.dates);
      table.dates.push_back(std::move(held.dates));
    } else if (held.column.kind != ColumnKind::ignored) {
      held.column.place = width++;
    }
    table.columns.push_back(std::move(held.column));
  }
  table.values = unfilled_matrix(rows, width);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const TableColumn& column = table.columns[i];
    if (column.kind == ColumnKind::date || column.kind == ColumnKind::ignored) continue;
    const bool numbers = column.kind == ColumnKind::number;
    for (std::int64_t row = 0; row < rows; ++row)  // infinite numbers, too, which a model refuses
      table.values.row(row)[column.place] =
          numbers ? static_cast<float>(columns[i].numbers[row]) : columns[i].values[row];
  }
  return table;
}

// The texts of a column as numbers, words for yes and no, or dates. The column has one more place among the dates then,
// and its place among the values is left unused.
void read_texts(Table& table, TableColumn& column, ColumnKind kind, const TableOptions& options) {
  DistinctTexts found;
  found.texts.assign(column.levels.begin(), column.levels.end());
  std::vector<double> values;
  std::size_t stray = 0;
  std::optional<TextKind> read;
  if (kind == ColumnKind::number) {
    for (stray = 0; stray < found.texts.size(); ++stray) {
      const std::optional<float> number = NumberForm{}.number(found.texts[stray]);
      if (!number) break;
      values.push_back(*number);
    }
    if (stray == found.texts.size()) read = TextKind{.kind = kind, .levels = {}, .values = values};
  } else if (!found.texts.empty()) {
    read = text_kind(found, kind, asked_order(options, column.name), stray);
  }
  if (!read && !found.texts.empty())
    fail(ErrorKind::data, who, column_text(table, column) + ": " + breaks_kind(found.texts[stray], kind));
  const std::string form =
      read && kind == ColumnKind::date ? other_form(found.texts.front(), asked_times(options, column.name)) : "";
  if (!form.empty()) fail(ErrorKind::data, who, column_text(table, column) + ": " + form);
  column.kind = kind;
  if (read) column.date_order = read->order;
  column.order_is_guess = read && !read->unclear.empty();
  column.obstacles.clear();
  if (read && !read->unclear.empty())
    column.obstacles.push_back("dates such as " + excerpt(read->unclear) +
                               " are read as month/day, and may be day/month: give the order, or pass dates");
  if (read && kind == ColumnKind::date) {
    std::string note = years_to_come(found, read->values, read->order.value_or(DateOrder::month_first),
                                     [](std::string_view) { return std::string("a cell"); });
    if (!note.empty()) column.obstacles.push_back(std::move(note));
  }
  if (found.texts.empty()) column.obstacles.push_back(all_missing());
  column.levels = read ? read->levels : std::vector<std::string>();
  std::vector<double> dates;
  for (std::int64_t row = 0; row < table.rows; ++row) {
    float& code = table.values.row(row)[column.place];
    const double value = std::isnan(code) ? std::nan("") : read->values[static_cast<std::int64_t>(code)];
    if (kind == ColumnKind::date)
      dates.push_back(value);
    else
      code = static_cast<float>(value);
  }
  if (kind != ColumnKind::date) return;
  column.place = std::ssize(table.dates);
  table.dates.push_back(std::move(dates));
}

// Classes that are words for no and yes stand in this order, as those of a file do: in byte order, 'Yes' is before 'no'.
void order_boolean_classes(Table& table, TableColumn& column) {
  if (!std::ranges::all_of(column.levels, [](const std::string& level) { return parse_boolean(level).has_value(); }))
    return;
  DistinctTexts found{.texts = {column.levels.begin(), column.levels.end()},
                      .counts = std::vector<std::int64_t>(column.levels.size()),
                      .unquoted = {}};
  const auto code_at = [&](std::int64_t row) -> float& { return table.values.row(row)[column.place]; };
  for (std::int64_t row = 0; row < table.rows; ++row)
    if (!std::isnan(code_at(row))) ++found.counts[static_cast<std::int64_t>(code_at(row))];
  std::size_t stray = 0;
  const std::optional<TextKind> read = text_kind(found, ColumnKind::boolean, {}, stray);
  if (!read || std::ranges::count(read->values, read->values[0]) == std::ssize(read->values)) return;
  for (std::int64_t row = 0; row < table.rows; ++row) {
    float& code = code_at(row);
    if (!std::isnan(code)) code = static_cast<float>(read->values[static_cast<std::int64_t>(code)]);
  }
  column.levels = read->levels;
  column.obstacles.clear();  // such as words that differ in capital letters
}

void set_kind(Table& table, TableColumn& column, ColumnKind kind, const TableOptions& options) {
  const ColumnKind held = column.kind;
  if (kind == held || (kind == ColumnKind::label && held != ColumnKind::number && held != ColumnKind::date)) return;
  if (kind == ColumnKind::ignored) {
    column.kind = kind;
    column.levels.clear();
    column.obstacles.clear();
    column.close.clear();
    return;
  }
  const bool to_levels = kind == ColumnKind::category || kind == ColumnKind::label;
  const bool from_texts = held == ColumnKind::category && kind != ColumnKind::label;
  if (held == ColumnKind::number && to_levels) return make_levels_of_numbers(table, column, ColumnKind::category);
  if (held == ColumnKind::boolean && kind == ColumnKind::category) {
    column.kind = kind;  // 0 and 1 are the indices of false and true
    return;
  }
  if (held == ColumnKind::boolean && kind == ColumnKind::number) {
    column.kind = kind;
    column.levels.clear();
    return;
  }
  if (from_texts) return read_texts(table, column, kind, options);
  fail(ErrorKind::usage, who,
       column_text(table, column) + " holds values of kind " + std::string(kind_name(held)) + ", expected kind " +
           std::string(kind_name(kind)));
}

}  // namespace

Table TableBuilder::finish(const TableOptions& options) {
  State& kept = own();
  State state = std::exchange(kept, State{.source = kept.source, .columns = {}});
  if (state.rows <= 0)
    fail(ErrorKind::usage, who,
         state.source + " has " + (state.rows < 0 ? "no columns" : "no rows") +
             ", expected at least one row of one column");
  Table table = joined(state.columns, state.rows, state.source);
  const auto named = [&](const std::string& name, std::string_view what) -> TableColumn& {
    const auto found = std::ranges::find_if(table.columns, [&](auto& column) { return column.name == name; });
    if (found != table.columns.end()) return *found;
    std::vector<std::string_view> known;
    for (const TableColumn& column : table.columns) known.push_back(column.name);
    fail(ErrorKind::usage, who, table.source + ": " + unknown_name(what, name, known));
  };
  for (TableColumn& column : table.columns) {
    if (!is_unnamed(column.name) || column.name == options.target || options.kinds.contains(column.name)) continue;
    set_kind(table, column, ColumnKind::ignored, options);
    column.obstacles.push_back(unnamed_obstacle());
  }
  const auto numbers_of = [&](const TableColumn& column) -> std::vector<double>& {
    return state.columns[&column - table.columns.data()].numbers;
  };
  for (const auto& [name, kind] : options.kinds) {
    TableColumn& column = named(name, "column");
    const bool to_levels = kind == ColumnKind::category || kind == ColumnKind::label;
    if (column.kind == ColumnKind::number && to_levels) keep_exact(table, column, numbers_of(column));
    set_kind(table, column, kind, options);
  }
  for (const std::string& name : options.ignore)
    set_kind(table, named(name, "ignored column"), ColumnKind::ignored, options);
  for (TableColumn& column : table.columns)
    if (!column.close.empty() && column.name != options.target) column.obstacles.push_back(column.close);
  if (!options.target.empty()) {
    TableColumn& target = named(options.target, "target column");
    const bool numbers = target.kind == ColumnKind::number;
    if (numbers && (!target.close.empty() || has_large_numbers(table, target)))
      keep_exact(table, target, numbers_of(target));
    if (target.kind == ColumnKind::category && !options.kinds.contains(target.name))
      order_boolean_classes(table, target);
  }
  set_target(table, options);
  return table;
}

}  // namespace millrace
