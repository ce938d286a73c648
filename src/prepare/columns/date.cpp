// SPDX-License-Identifier: Apache-2.0
//
// A column of dates or times: the distance from the mean of the training rows, in standard deviations, and the places in
// the day, the week and the year as sine and cosine, so that midnight is next to midnight. Cycles that the training rows
// do not go through are left out. A year is a mean Gregorian one: the place in it is off by less than a day.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <optional>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/text.hpp"
#include "prepare/columns/column.hpp"
#include "prepare/columns/filled.hpp"
#include "table/kinds/dates.hpp"

namespace millrace {

namespace {

struct Cycle {
  const char* name;
  double seconds;
};
constexpr std::array<Cycle, 3> cycles{{{"day", 86400}, {"week", 604800}, {"year", 31556952}}};
constexpr float whole_turn = 2 * std::numbers::pi_v<float>;

// In fp32: the place in a cycle, from 0 to 1, computed in double. 1 makes places before 1970 positive.
float turn(double seconds, double cycle) {
  const double turns = seconds / cycle, place = turns - std::trunc(turns) + 1;
  return static_cast<float>(place - std::trunc(place));
}

class DateColumn final : public PreparedColumn {
 public:
  DateColumn(const TrainingColumn& column, const ColumnOptions& options) : PreparedColumn(column.column->name) {
    order_ = column.column->date_order;
    const ColumnValues values = training_values(column);
    fill_ = fill_value(name(), options.missing, values);
    indicator_ = options.indicator && values.missing() > 0;
    const double least = values.least(), most = values.most(), deviation = values.deviation();
    times_ = least >= 0 && most < cycles[0].seconds;
    origin_ = values.mean();
    scale_ = deviation > 0 ? deviation : 1;
    for (const Cycle& cycle : cycles) {
      if (most - least <= cycle.seconds / 2) continue;  // half a cycle is no cycle: within it the distance says all
      const float first = turn(values.values().front(), cycle.seconds);
      const auto differs = [&](double value) { return turn(value, cycle.seconds) != first; };
      if (std::ranges::any_of(values.values(), differs)) cycles_.push_back(cycle.seconds);
    }
  }
  explicit DateColumn(const ColumnRecord& record) : PreparedColumn(record.name) {
    const std::vector<double>& numbers = detail::numbers_of(record, "date", 4);
    fill_ = numbers[0];
    indicator_ = numbers[1] != 0;
    origin_ = numbers[2];
    scale_ = numbers[3];
    if (const auto found = record.words.find("order"); found != record.words.end()) order_ = order_of(found->second);
    if (const auto found = record.words.find("form"); found != record.words.end()) times_ = found->second == of_times;
    if (const auto found = record.numbers.find("cycles"); found != record.numbers.end()) cycles_ = found->second;
  }

  ColumnKind kind() const override { return ColumnKind::date; }
  std::vector<std::string> names() const override {
    std::vector<std::string> names{name()};
    for (const double cycle : cycles_) {
      names.push_back(name() + " sine of " + cycle_name(cycle));
      names.push_back(name() + " cosine of " + cycle_name(cycle));
    }
    if (indicator_) names.push_back(name() + " is missing");
    return names;
  }
  std::optional<double> value(std::string_view text) const override {
    if (times_ && is_time_of_day(text) != *times_) return std::nullopt;
    const std::optional<double> seconds = parse_date(text, order_.value_or(DateOrder::month_first));
    if (order_ || seconds == parse_date(text, DateOrder::day_first)) return seconds;
    return std::nullopt;  // a single date does not say which order it has
  }
  std::optional<DateOrder> date_order() const override { return order_; }
  std::optional<bool> times() const override { return times_; }
  std::optional<double> value(double number) const override { return number; }

  double number_like(double draw) const override { return origin_ + draw * scale_; }

  void prepare(double value, float* out) const override {
    const double seconds = std::isnan(value) ? fill_ : value;
    *out++ = static_cast<float>((seconds - origin_) / scale_);
    for (const double cycle : cycles_) {
      const float angle = turn(seconds, cycle) * whole_turn;
      *out++ = std::sin(angle);
      *out++ = std::cos(angle);
    }
    if (indicator_) *out = std::isnan(value) ? 1.0F : 0.0F;
  }
  void reference(double value, double* out) const override {
    const double seconds = std::isnan(value) ? fill_ : value;
    *out++ = (seconds - origin_) / scale_;
    for (const double cycle : cycles_) {
      const double turns = seconds / cycle, angle = 2 * std::numbers::pi * (turns - std::floor(turns));
      *out++ = std::sin(angle);
      *out++ = std::cos(angle);
    }
    if (indicator_) *out = std::isnan(value) ? 1 : 0;
  }

  std::string to_onnx(PlainGraph& graph) const override {
    graph.inputs.push_back({name(), {1}, ValueType::real64});
    // ONNX Runtime 1.10 has neither IsNaN nor Floor for doubles.
    const std::string rough = graph.add("Cast", prefix() + "/rough", {name()}, {{"to", cast_to_real32}});
    const std::string missing = missing_to_onnx(graph, prefix(), rough);
    const auto constant = [&](const std::string& what, double value) {
      return graph.add_doubles(prefix() + "/" + what, {1}, {value});
    };
    const std::string seconds = graph.add("Where", prefix() + "/filled", {missing, constant("fill", fill_), name()});
    const std::string centered = graph.add("Sub", prefix() + "/centered", {seconds, constant("origin", origin_)});
    const std::string distance = graph.add("Div", prefix() + "/distance", {centered, constant("scale", scale_)});
    std::vector<std::string> parts{graph.add("Cast", prefix() + "/scaled", {distance}, {{"to", cast_to_real32}})};
    const std::string one = cycles_.empty() ? "" : constant("one", 1);
    for (const double cycle : cycles_) {
      const std::string at = prefix() + "/" + cycle_name(cycle);
      const std::string turns =
          graph.add("Div", at + "/turns", {seconds, constant(cycle_name(cycle) + "/seconds", cycle)});
      const auto fraction_of = [&](const char* what, const std::string& number) {
        return graph.add("Mod", at + what, {number, one}, {{"fmod", std::int64_t{1}}});
      };
      const std::string above = graph.add("Add", at + "/above_0", {fraction_of("/part", turns), one});
      const std::string single =
          graph.add("Cast", at + "/turn", {fraction_of("/place", above)}, {{"to", cast_to_real32}});
      const std::string angle =
          graph.add("Mul", at + "/angle", {single, graph.add_constant(at + "/whole_turn", {1}, {whole_turn})});
      parts.push_back(graph.add("Sin", at + "/sine", {angle}));
      parts.push_back(graph.add("Cos", at + "/cosine", {angle}));
    }
    if (indicator_) parts.push_back(graph.add("Cast", prefix() + "/was_missing", {missing}, {{"to", cast_to_real32}}));
    if (parts.size() == 1) return parts[0];
    return graph.add("Concat", prefix() + "/prepared", parts, {{"axis", std::int64_t{1}}});
  }

  ColumnRecord record() const override {
    return {.name = name(),
            .kind = kind(),
            .words = words(),
            .numbers = {{"date", {fill_, indicator_ ? 1.0 : 0.0, origin_, scale_}}, {"cycles", cycles_}},
            .texts = {}};
  }

 private:
  static std::string cycle_name(double seconds) {
    for (const Cycle& cycle : cycles) {
      if (cycle.seconds == seconds) return cycle.name;
    }
    return number_text(seconds) + " seconds";
  }

  // month_first is not written, as in files before there was a choice.
  static constexpr const char *day_first = "day_first", *unknown = "unknown";

  static constexpr const char *of_times = "times", *of_days = "days";

  [[nodiscard]] std::map<std::string, std::string> words() const {
    std::map<std::string, std::string> words;
    if (order_ != DateOrder::month_first) words["order"] = order_ ? day_first : unknown;
    if (times_) words["form"] = *times_ ? of_times : of_days;
    return words;
  }
  static std::optional<DateOrder> order_of(const std::string& word) {
    if (word == day_first) return DateOrder::day_first;
    if (word == unknown) return std::nullopt;
    fail(ErrorKind::usage, "date",
         "the order of the dates is " + excerpt(word) + ", expected " + day_first + " or " + unknown);
  }

  std::optional<DateOrder> order_ = DateOrder::month_first;
  std::optional<bool> times_;
  double fill_ = 0, origin_ = 0, scale_ = 1;
  bool indicator_ = false;
  std::vector<double> cycles_;  // seconds
};

}  // namespace

ColumnRow date_column_row() {
  return {ColumnKind::date,
          [](const TrainingColumn& column, const ColumnOptions& options) -> std::unique_ptr<PreparedColumn> {
            return std::make_unique<DateColumn>(column, options);
          },
          [](const ColumnRecord& record) -> std::unique_ptr<PreparedColumn> {
            return std::make_unique<DateColumn>(record);
          }};
}

}  // namespace millrace
