// SPDX-License-Identifier: Apache-2.0
#include "table/csv/texts_to_values.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/utf8.hpp"
#include "table/csv/header_hints.hpp"
#include "table/kinds/booleans.hpp"
#include "table/kinds/dates.hpp"
#include "table/kinds/number_advice.hpp"

namespace millrace {

TextsToValues::TextsToValues(const CsvFile& file, const TableOptions& options, Table& table)
    : file_(file), options_(options), table_(table), last_line_(last_line(file)), units_(file) {}

bool TextsToValues::is_lenient(const TableColumn& column) const {
  const std::optional<ColumnKind> asked = asked_kind(options_, column.name);
  return options_.unread != nullptr && asked && *asked != ColumnKind::category && *asked != ColumnKind::label;
}

std::string TextsToValues::line_of(std::string_view text) const {
  const bool in_file = text.data() >= file_.text.data() && text.data() <= file_.syntax.end;
  if (!in_file) return "a line";
  return places_(text.data());
}

float& TextsToValues::cell_value(const TableColumn& column, std::int64_t row) const {
  return table_.values.row(row)[column.place];
}

void TextsToValues::take(TableColumn& column, const DistinctTexts& found, const std::vector<const char*>& places) {
  column.missing = found.missing;
  if (column.name == options_.target) column.marks = found.marks;
  if (is_lenient(column))
    take_readable(column, *asked_kind(options_, column.name), found, places);
  else
    take_all(column, found);
}

// Of a column whose texts must all be of the kind asked for.
void TextsToValues::take_all(TableColumn& column, const DistinctTexts& found) {
  const std::optional<ColumnKind> asked = asked_kind(options_, column.name);
  std::size_t stray = 0;
  if (asked == ColumnKind::number) refuse_stray_number(column, found);
  const std::optional<TextKind> kind = text_kind(found, asked, asked_order(options_, column.name), stray);
  if (!kind && !found.texts.empty()) refuse_text(column, found.texts[stray], *asked);
  if (kind && asked == ColumnKind::date) refuse_other_form(column, found);
  column.kind = kind ? kind->kind : *asked;
  if (kind) column.levels = kind->levels;
  if (asked && column.kind == ColumnKind::category) leave_out_other_encodings(column, found);
  if (found.texts.empty()) column.obstacles.push_back(all_missing());
  if (column.kind == ColumnKind::category && !asked)
    column.obstacles =
        text_obstacles(found, {.form = file_.form,
                               .delimiter = file_.syntax.delimiter,
                               .before = [](auto a, auto b) { return a.data() < b.data(); },
                               .name = [&](std::string_view text) { return line_of(text); },
                               .footer = [&](auto text) { return last_line_hint(file_, last_line_, text); },
                               .order = asked_order(options_, column.name),
                               .target = column.name == options_.target});
  if (!column.obstacles.empty() && !asked) units_.note(column, found);
  if (column.kind == ColumnKind::boolean) set_booleans(column, kind->values);
  if (column.kind == ColumnKind::date) {
    set_dates(column, kind ? *kind : TextKind());
    if (kind) note_years(column, found, kind->values);
  }
}

// The values of the cells that are of the kind asked for; the others are missing, and noted down.
void TextsToValues::take_readable(TableColumn& column, ColumnKind kind, const DistinctTexts& found,
                                  const std::vector<const char*>& places) {
  std::vector<std::optional<double>> values;
  const std::optional<DateOrder> order = asked_order(options_, column.name);
  const UsualDates dates = kind == ColumnKind::date
                               ? usual_dates(found.texts, found.counts, order, asked_times(options_, column.name))
                               : UsualDates{.form = {}};
  set_order(column, dates.order, dates.unclear);
  for (const std::string_view text : found.texts) values.push_back(readable(text, kind, dates.form));
  std::vector<double> seconds;
  for (std::int64_t row = 0; row < table_.rows; ++row) {
    float& cell = cell_value(column, row);
    std::optional<double> value;
    if (!std::isnan(cell)) {
      const auto code = static_cast<std::int64_t>(cell);
      value = values[code];
      if (!value) note_unread(column, row, places[row], found.texts[code], kind);
    }
    cell = static_cast<float>(value.value_or(std::numeric_limits<double>::quiet_NaN()));
    if (kind == ColumnKind::date) seconds.push_back(value.value_or(std::numeric_limits<double>::quiet_NaN()));
  }
  column.kind = kind;
  if (kind == ColumnKind::date) {
    std::vector<double> of_texts;
    for (const std::optional<double>& value : values) of_texts.push_back(value.value_or(std::nan("")));
    note_years(column, found, of_texts);
  }
  if (kind == ColumnKind::boolean) column.levels = {"false", "true"};
  if (kind != ColumnKind::date) return;
  column.place = std::ssize(table_.dates);
  table_.dates.push_back(std::move(seconds));
}

std::optional<double> TextsToValues::readable(std::string_view text, ColumnKind kind, const DateForm& dates) const {
  if (kind == ColumnKind::date) return dates.read(text);
  if (kind == ColumnKind::boolean) {
    const std::optional<BooleanWord> word = parse_known_boolean(text);
    return word ? std::optional(word->value ? 1.0 : 0.0) : std::nullopt;
  }
  const std::optional<float> number = file_.form.number(text);
  return number ? std::optional(double{*number}) : std::nullopt;
}

void TextsToValues::note_unread(TableColumn& column, std::int64_t row, const char* place, std::string_view text,
                                ColumnKind kind) {
  ++column.missing;
  const std::string footer = file_.form.any_number(text) ? "" : last_line_hint(file_, last_line_, {place, 1});
  options_.unread->push_back({.row = row,
                              .place = line_of({place, 0}),
                              .column = column.name,
                              .text = std::string(text),
                              .problem = problem_of(column, text, kind) + (footer.empty() ? "" : ": " + footer)});
}

std::string TextsToValues::problem_of(const TableColumn& column, std::string_view text, ColumnKind kind) const {
  const std::string form = kind == ColumnKind::date ? other_form(text, asked_times(options_, column.name)) : "";
  if (!form.empty()) return form;
  if (kind == ColumnKind::date && column.date_order && depends_on_order(text)) {
    const DateOrder other = other_order(*column.date_order);
    const bool asked = asked_order(options_, column.name).has_value();
    if (parse_date(text, other))
      return excerpt(text) + " is a date " + std::string(order_text(other)) + ", expected one " +
             std::string(order_text(*column.date_order)) +
             (asked ? "; if all are of that form, " + order_flag(other) : ", as most of the column are");
  }
  const bool has_point = file_.form.decimal != '.' && NumberForm{}.number(text);
  const TextSurroundings where{.delimiter = file_.syntax.delimiter};
  const bool has_remedy = has_point || file_.form.any_number(text) || !form_that_reads(text, file_.form, where).empty();
  if (kind == ColumnKind::number && has_remedy) return number_problem(text, file_.form, "", where);
  return not_of_kind(text, kind) + (kind == ColumnKind::boolean ? ": " + all_boolean_words() : "");
}

// unclear: a date for which the order is a guess; empty: it is none.
void TextsToValues::set_order(TableColumn& column, std::optional<DateOrder> order, std::string_view unclear) const {
  column.date_order = order;
  column.order_is_guess = !unclear.empty();
  if (column.order_is_guess)
    column.obstacles.push_back("dates are read as month/day, and may be day/month: " + line_of(unclear) + " says " +
                               excerpt(unclear) + ", expected --date-order month_first or day_first");
}

void TextsToValues::note_years(TableColumn& column, const DistinctTexts& found, std::span<const double> seconds) const {
  std::string note = years_to_come(found, seconds, column.date_order.value_or(DateOrder::month_first),
                                   [&](std::string_view text) { return line_of(text); });
  if (!note.empty()) column.obstacles.push_back(std::move(note));
}

// Bytes of another encoding would be a level that nobody knows. The cells are looked for only where there are some.
void TextsToValues::leave_out_other_encodings(TableColumn& column, const DistinctTexts& found) {
  constexpr float none = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> codes;  // of the levels that stay
  std::vector<std::string> levels;
  for (const std::string_view text : found.texts) {
    const bool sound = is_utf8(text);
    if (!sound && options_.unread == nullptr)
      fail(ErrorKind::data, "table",
           file_.path + " " + line_of(text) + ", column " + excerpt(column.name) + ": " + not_utf8());
    codes.push_back(sound ? static_cast<float>(levels.size()) : none);
    if (sound) levels.emplace_back(text);
  }
  if (levels.size() == codes.size()) return;
  column.levels = std::move(levels);
  const std::vector<std::int64_t> index{std::ranges::find(file_.names, column.name) - file_.names.begin()};
  for_each_cell_by_row(file_, index, [&](std::int64_t row, std::int64_t, const CsvCell& cell) {
    float& value = cell_value(column, row);
    if (std::isnan(value)) return;
    value = codes[static_cast<std::size_t>(value)];
    if (!std::isnan(value)) return;
    ++column.missing;
    options_.unread->push_back({.row = row,
                                .place = line_of(cell.text),
                                .column = column.name,
                                .text = cell_text(cell),
                                .problem = not_utf8()});
  });
}

void TextsToValues::refuse_stray_number(const TableColumn& column, const DistinctTexts& found) const {
  for (const std::string_view text : found.texts)
    if (!file_.form.number(text)) refuse_text(column, text, ColumnKind::number);
}

void TextsToValues::refuse_other_form(const TableColumn& column, const DistinctTexts& found) const {
  const std::string problem = other_form(found.texts.front(), asked_times(options_, column.name));
  if (!problem.empty())
    fail(ErrorKind::data, "table",
         file_.path + " " + line_of(found.texts.front()) + ", column " + excerpt(column.name) + ": " + problem);
}

void TextsToValues::refuse_text(const TableColumn& column, std::string_view text, ColumnKind kind) const {
  fail(ErrorKind::data, "table",
       file_.path + " " + line_of(text) + ", column " + excerpt(column.name) + ": " + breaks_kind(text, kind));
}

void TextsToValues::set_booleans(const TableColumn& column, const std::vector<double>& values) {
  for (std::int64_t row = 0; row < table_.rows; ++row) {
    float& code = cell_value(column, row);
    if (!std::isnan(code)) code = static_cast<float>(values[static_cast<std::int64_t>(code)]);
  }
}

void TextsToValues::set_dates(TableColumn& column, const TextKind& dates) {
  set_order(column, dates.order, dates.unclear);
  std::vector<double> seconds(table_.rows, std::numeric_limits<double>::quiet_NaN());
  for (std::int64_t row = 0; row < table_.rows; ++row) {
    const float code = cell_value(column, row);
    if (!std::isnan(code)) seconds[row] = dates.values[static_cast<std::int64_t>(code)];
  }
  column.place = std::ssize(table_.dates);
  table_.dates.push_back(std::move(seconds));
}

}  // namespace millrace
