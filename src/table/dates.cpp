// SPDX-License-Identifier: Apache-2.0
#include "table/dates.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <string>

#include "base/text.hpp"

namespace millrace {

namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Reads a text from its beginning; after the first part that does not fit, all later calls fail.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] bool at_letter() const { return !rest_.empty() && is_letter(rest_.front()); }
  [[nodiscard]] std::size_t digits() const { return std::ranges::find_if_not(rest_, is_digit) - rest_.begin(); }

  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) { failed_ |= !take(c); }
  void fail() { failed_ = true; }

  // A number with `fewest` to `most_digits` digits, from `least` to `most`.
  int number(std::size_t fewest, std::size_t most_digits, int least, int most) {
    const std::size_t count = digits();
    if (count < fewest || count > most_digits) return refuse();
    return number_of(count, least, most);
  }
  // A number with exactly `count` digits; more may follow.
  int number_of(std::size_t count, int least, int most) {
    if (digits() < count) return refuse();
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) value = value * 10 + (rest_[i] - '0');
    rest_.remove_prefix(count);
    return value < least || value > most ? refuse() : value;
  }

  // The digits after a decimal point.
  double fraction() {
    double value = 0, unit = 0.1;
    if (digits() == 0) failed_ = true;
    for (; digits() > 0; rest_.remove_prefix(1), unit /= 10) value += unit * (rest_[0] - '0');
    return value;
  }

  // In small letters.
  std::string word() {
    const std::size_t count = std::ranges::find_if_not(rest_, is_letter) - rest_.begin();
    std::string taken(rest_.substr(0, count));
    std::ranges::transform(taken, taken.begin(), lower_case);
    rest_.remove_prefix(count);
    return taken;
  }

 private:
  int refuse() {
    failed_ = true;
    return 0;
  }
  std::string_view rest_;
  bool failed_ = false;
};

// From 1; fails for other words.
int read_month_name(Reader& reader) {
  constexpr std::array<std::string_view, 12> names{"january",   "february", "march",    "april",
                                                   "may",       "june",     "july",     "august",
                                                   "september", "october",  "november", "december"};
  const std::string word = reader.word();
  static_cast<void>(reader.take('.'));
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (word == names[i] || word == names[i].substr(0, 3) || (word == "sept" && i == 8)) return static_cast<int>(i) + 1;
  }
  reader.fail();
  return 1;
}

int read_last_year(Reader& reader) {
  constexpr int first_of_1900s = 69;  // as POSIX has it
  if (reader.digits() != 2) return reader.number(4, 4, 1, 9999);
  const int year = reader.number(2, 2, 0, 99);
  return year < first_of_1900s ? 2000 + year : 1900 + year;
}

struct Day {
  int year = 1970, month = 1, day = 1;
};

// 31 May 2024, 31-May-2024: from the name of the month on.
Day read_named(Reader& reader, int day, char separator) {
  Day date{.day = day};
  date.month = read_month_name(reader);
  if (separator == ' ') static_cast<void>(reader.take(','));
  reader.expect(separator);
  date.year = read_last_year(reader);
  return date;
}

// The year of a month alone. Others are hardly meant: 1234-12 may be the number of a part.
int read_year_of_month(Reader& reader) { return reader.number(4, 4, 1800, 2199); }

// May 31, 2024; May-2024 and May 2024 are the first day of the month.
Day read_name_first(Reader& reader) {
  Day date;
  date.month = read_month_name(reader);
  const bool dashed = reader.take('-');
  if (!dashed) reader.expect(' ');
  if (dashed || reader.digits() == 4) {
    date.year = read_year_of_month(reader);
    return date;
  }
  date.day = reader.number(1, 2, 1, 31);
  static_cast<void>(reader.take(','));
  reader.expect(' ');
  date.year = reader.number(4, 4, 1, 9999);
  return date;
}

// 2024-05-31; 2024-05 is the first day of the month.
Day read_year_first(Reader& reader) {
  Day date{.year = reader.number(4, 4, 1, 9999)};
  const char separator = reader.take('/') ? '/' : reader.take('.') ? '.' : '-';
  if (separator == '-') reader.expect('-');
  const bool whole = reader.digits() == 2 && separator == '-' && date.year >= 1800 && date.year < 2200;
  date.month = reader.number(1, 2, 1, 12);
  if (whole && reader.at_end()) return date;
  reader.expect(separator);
  date.day = reader.number(1, 2, 1, 31);
  return date;
}

Day read_eight_digits(Reader& reader) {
  Day date{.year = reader.number_of(4, 1, 9999)};
  date.month = reader.number_of(2, 1, 12);
  date.day = reader.number_of(2, 1, 31);
  return date;
}

// 5/31/2024, 31.5.2024, 31 May 2024
Day read_year_last(Reader& reader, DateOrder order) {
  const int first = reader.number(1, 2, 1, 31);
  char separator = 0;
  for (const char c : {'/', '-', '.', ' '}) {
    if (separator == 0 && reader.take(c)) separator = c;
  }
  if (separator == '.') static_cast<void>(reader.take(' '));  // 31. May 2024
  if (reader.at_letter()) return read_named(reader, first, separator == '.' ? ' ' : separator);
  if (separator == 0 || separator == ' ') reader.fail();
  const int second = reader.number(1, 2, 1, 31);
  reader.expect(separator);
  const bool day_first = separator == '.' || order == DateOrder::day_first;
  const int month = day_first ? second : first;
  if (month > 12) reader.fail();
  return {.year = read_last_year(reader), .month = month, .day = day_first ? first : second};
}

Day read_day(Reader& reader, DateOrder order) {
  if (reader.at_letter()) return read_name_first(reader);
  if (reader.digits() == 8) return read_eight_digits(reader);
  if (reader.digits() == 4) return read_year_first(reader);
  return read_year_last(reader, order);
}

// What AM and PM add to the hours: 12 AM is midnight, 12 PM noon. Another word is left for the zone.
double read_half_of_day(Reader& reader, int hour, std::string& word) {
  if (word != "am" && word != "pm") return 0;
  if (hour < 1 || hour > 12) reader.fail();
  const double seconds = 3600.0 * ((word == "pm" ? 12 : 0) - (hour == 12 ? 12 : 0));
  static_cast<void>(reader.take(' '));
  word = reader.word();
  return seconds;
}

// Seconds that the clock of the zone is ahead of UTC: Z, UTC, GMT, +02:00, -0530, +01.
double read_zone(Reader& reader, const std::string& word) {
  if (word == "z" || word == "utc" || word == "gmt") return 0;
  if (!word.empty()) reader.fail();
  if (reader.at_end()) return 0;
  const bool behind = reader.take('-');
  if (!behind) reader.expect('+');
  double offset = 3600.0 * reader.number_of(2, 0, 23);
  static_cast<void>(reader.take(':'));
  if (!reader.at_end()) offset += 60.0 * reader.number_of(2, 0, 59);
  return behind ? -offset : offset;
}

double read_time(Reader& reader) {
  const int hour = reader.number(1, 2, 0, 23);
  double seconds = 3600.0 * hour;
  reader.expect(':');
  seconds += 60.0 * reader.number(2, 2, 0, 59);
  if (reader.take(':')) {
    seconds += reader.number(2, 2, 0, 60);
    if (reader.take('.')) seconds += reader.fraction();
  }
  if (reader.at_end()) return seconds;
  static_cast<void>(reader.take(' '));
  std::string word = reader.word();
  seconds += read_half_of_day(reader, hour, word);
  return seconds - read_zone(reader, word);
}

}  // namespace

bool is_time_of_day(std::string_view text) {
  const std::size_t hour = std::ranges::find_if_not(text, is_digit) - text.begin();
  return hour < text.size() && text[hour] == ':';
}

// 5/6/2024, 5-6-2024
bool depends_on_order(std::string_view text) {
  const std::size_t digits = std::ranges::find_if_not(text, is_digit) - text.begin();
  return digits > 0 && digits < 3 && digits + 1 < text.size() && (text[digits] == '/' || text[digits] == '-') &&
         is_digit(text[digits + 1]);
}

std::optional<double> DateForm::read(std::string_view text) const {
  return is_time_of_day(text) == times ? parse_date(text, order) : std::nullopt;
}

std::optional<DateOrder> asked_order(const TableOptions& options, const std::string& column) {
  if (options.format.date_order) return options.format.date_order;
  const auto own = options.date_orders.find(column);
  return own == options.date_orders.end() ? std::nullopt : std::optional(own->second);
}

std::string_view order_text(DateOrder order) {
  return order == DateOrder::month_first ? "with the month first" : "with the day first";
}

UsualDates usual_dates(std::span<const std::string_view> texts, std::span<const std::int64_t> counts,
                       std::optional<DateOrder> order) {
  constexpr std::array<DateOrder, 2> orders{DateOrder::month_first, DateOrder::day_first};
  std::array<std::int64_t, 2> days{};
  std::int64_t times = 0;
  std::string_view unclear;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::array<std::optional<double>, 2> read{parse_date(texts[i], orders[0]), parse_date(texts[i], orders[1])};
    if (is_time_of_day(texts[i])) {
      times += read[0] ? counts[i] : 0;
      continue;
    }
    for (std::size_t k = 0; k < orders.size(); ++k) days[k] += read[k] ? counts[i] : 0;
    const bool differ = read[0] && read[1] && *read[0] != *read[1];
    if (differ && (unclear.empty() || texts[i].data() < unclear.data())) unclear = texts[i];
  }
  const DateOrder chosen = order ? *order : days[1] > days[0] ? orders[1] : orders[0];
  const std::int64_t of_order = days[chosen == orders[0] ? 0 : 1];
  if (times > of_order) return {.form = {.order = chosen, .times = true}, .cells = times};
  return {.form = {.order = chosen},
          .cells = of_order,
          .unclear = order || days[0] != days[1] ? std::string_view() : unclear};
}

std::string date_text(double seconds) {
  constexpr double day = 86400, most_days = 1e7;
  const auto days_since = static_cast<int>(std::clamp(std::floor(seconds / day), -most_days, most_days));
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days_since}}};
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text.data();
}

std::optional<double> parse_date(std::string_view text, DateOrder order) {
  Reader reader(text);
  Day day;
  double seconds = 0;
  if (is_time_of_day(text)) {
    seconds = read_time(reader);
  } else {
    day = read_day(reader, order);
    if (!reader.at_end()) {
      const bool comma = reader.take(',');
      if (comma || !reader.take('T')) reader.expect(' ');
      seconds = read_time(reader);
    }
  }
  const std::chrono::year_month_day date{std::chrono::year(day.year),
                                         std::chrono::month(static_cast<unsigned>(day.month)),
                                         std::chrono::day(static_cast<unsigned>(day.day))};
  if (reader.failed() || !reader.at_end() || !date.ok()) return std::nullopt;
  return 86400.0 * static_cast<double>(std::chrono::sys_days(date).time_since_epoch().count()) + seconds;
}

}  // namespace millrace
