// SPDX-License-Identifier: Apache-2.0
#include "table/kinds/dates.hpp"

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

// Reads a text from its beginning; after the first part that does not fit, all later calls fail.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] bool at_letter() const { return !rest_.empty() && is_letter(rest_.front()); }
  [[nodiscard]] std::size_t digits() const { return std::ranges::find_if_not(rest_, is_digit) - rest_.begin(); }
  // Q4
  [[nodiscard]] bool at_quarter() const {
    return rest_.size() > 1 && lower_case(rest_[0]) == 'q' && is_digit(rest_[1]);
  }

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
    std::string taken = in_lower_case(rest_.substr(0, count));
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

// Of a word in small letters, from 1; 0: it is no name of a month.
int month_of(std::string_view word) {
  constexpr std::array<std::string_view, 12> names{"january",   "february", "march",    "april",
                                                   "may",       "june",     "july",     "august",
                                                   "september", "october",  "november", "december"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (word == names[i] || word == names[i].substr(0, 3) || (word == "sept" && i == 8)) return static_cast<int>(i) + 1;
  }
  return 0;
}

// From 1; fails for other words.
int read_month_name(Reader& reader) {
  const int month = month_of(reader.word());
  static_cast<void>(reader.take('.'));
  if (month == 0) reader.fail();
  return std::max(month, 1);
}

struct Day {
  int year = 1970, month = 1, day = 1;
  bool short_year = false;    // of two digits
  bool before_colon = false;  // a colon may stand ahead of the time
};

void read_last_year(Reader& reader, Day& date) {
  constexpr int first_of_1900s = 69;  // as POSIX has it
  date.short_year = reader.digits() == 2;
  if (!date.short_year) {
    date.year = reader.number(4, 4, 1, 9999);
    return;
  }
  const int year = reader.number(2, 2, 0, 99);
  date.year = year < first_of_1900s ? 2000 + year : 1900 + year;
}

// 31 May 2024, 31-May-2024: from the name of the month on.
Day read_named(Reader& reader, int day, char separator) {
  Day date{.day = day};
  date.month = read_month_name(reader);
  if (separator == ' ') static_cast<void>(reader.take(','));
  reader.expect(separator);
  read_last_year(reader, date);
  return date;
}

// 31MAY2024, 31MAY2024:17:30:00 as SAS writes them: from the month on.
Day read_joined(Reader& reader, int day) {
  Day date{.day = day, .before_colon = true};
  date.month = read_month_name(reader);
  date.year = reader.number(4, 4, 1, 9999);
  return date;
}

// The year of a month or a quarter alone. Others are hardly meant: 1234-12 may be the number of a part.
int read_year_of_month(Reader& reader) { return reader.number(4, 4, 1800, 2199); }

// The number of the quarter; its first month is the month of the date.
int read_quarter(Reader& reader) {
  static_cast<void>(reader.word());
  return 3 * reader.number(1, 1, 1, 4) - 2;
}

// Q4 2018, Q4-2018, Q4/2018
Day read_quarter_first(Reader& reader) {
  Day date{.month = read_quarter(reader)};
  if (!reader.take(' ') && !reader.take('/')) reader.expect('-');
  date.year = read_year_of_month(reader);
  if (!reader.at_end()) reader.fail();
  return date;
}

// 2018Q4, 2018-Q4: from the quarter on.
Day read_quarter_of(Reader& reader, int year) {
  const Day date{.year = year, .month = read_quarter(reader)};
  if (!reader.at_end() || year < 1800 || year > 2199) reader.fail();
  return date;
}

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

// 2024-05-31; 2024-05 is the first day of the month, 2018Q4 and 2018-Q4 of the quarter.
Day read_year_first(Reader& reader) {
  Day date{.year = reader.number(4, 4, 1, 9999)};
  if (reader.at_quarter()) return read_quarter_of(reader, date.year);
  if (reader.take(' ')) {
    if (reader.at_quarter()) return read_quarter_of(reader, date.year);
    reader.fail();
  }
  const char separator = reader.take('/') ? '/' : reader.take('.') ? '.' : '-';
  if (separator == '-') reader.expect('-');
  if (separator == '-' && reader.at_quarter()) return read_quarter_of(reader, date.year);
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

// 5/31/2024, 31.5.2024, 31 May 2024; 5/2024 and 5-2024 are the first day of the month.
Day read_year_last(Reader& reader, DateOrder order) {
  const int first = reader.number(1, 2, 1, 31);
  char separator = 0;
  for (const char c : {'/', '-', '.', ' '}) {
    if (separator == 0 && reader.take(c)) separator = c;
  }
  if (separator == '.') static_cast<void>(reader.take(' '));  // 31. May 2024
  if (reader.at_letter() && separator == 0) return read_joined(reader, first);
  if (reader.at_letter()) return read_named(reader, first, separator == '.' ? ' ' : separator);
  if (separator == 0 || separator == ' ') reader.fail();
  if (reader.digits() == 4 && separator != '.') {
    const Day date{.year = read_year_of_month(reader), .month = first};
    if (first > 12 || !reader.at_end()) reader.fail();
    return date;
  }
  const int second = reader.number(1, 2, 1, 31);
  reader.expect(separator);
  const bool day_first = separator == '.' || order == DateOrder::day_first;
  const int month = day_first ? second : first;
  if (month > 12) reader.fail();
  Day date{.month = month, .day = day_first ? first : second};
  read_last_year(reader, date);
  return date;
}

Day read_day(Reader& reader, DateOrder order) {
  if (reader.at_quarter()) return read_quarter_first(reader);
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

// What stands ahead of a time.
enum class Ahead : std::uint8_t { nothing, date_and_blank, date_and_mark };

// Seconds that the clock of the zone is ahead of UTC: Z, UTC, GMT, +02:00, -0530, +01, GMT+2. There are zones from -12:00
// to +14:00, in hours, half hours and two quarters. may_be_range: -09:00 is the end of a range of times.
double read_zone(Reader& reader, const std::string& word, bool may_be_range) {
  const bool named = word == "utc" || word == "gmt";
  if (!named && word != "z" && !word.empty()) reader.fail();
  if (reader.at_end() || word == "z") return 0;
  const bool behind = reader.take('-');
  if (!behind) reader.expect('+');
  double offset = 60.0 * reader.number_of(named && reader.digits() == 1 ? 1 : 2, 0, 14);
  const bool colon = reader.take(':');
  if (!reader.at_end()) {
    const int minutes = reader.number_of(2, 0, 45);
    if (minutes != 0 && minutes != 30 && minutes != 45) reader.fail();
    offset += minutes;
  }
  if (offset > 60.0 * (behind ? 12 : 14) || (behind && colon && may_be_range)) reader.fail();
  return behind ? -60.0 * offset : 60.0 * offset;
}

double read_time(Reader& reader, Ahead ahead) {
  const int hour = reader.number(1, 2, 0, 23);
  double seconds = 3600.0 * hour;
  reader.expect(':');
  seconds += 60.0 * reader.number(2, 2, 0, 59);
  bool may_be_range = ahead == Ahead::date_and_blank;  // 2024-05-31 08:00-09:00
  if (reader.take(':')) {
    may_be_range = false;
    seconds += reader.number(2, 2, 0, 60);
    if (reader.take('.')) seconds += reader.fraction();
  }
  if (reader.at_end()) return seconds;
  if (reader.take(' ')) may_be_range = false;
  std::string word = reader.word();
  seconds += read_half_of_day(reader, hour, word);
  // 08:00-09:00 is a range of times, too.
  if (ahead == Ahead::nothing && !reader.at_end()) reader.fail();
  return seconds - read_zone(reader, word, may_be_range);
}

struct ReadDate {
  double seconds;
  bool short_year;
};

std::optional<ReadDate> read_date(std::string_view text, DateOrder order) {
  Reader reader(text);
  Day day;
  double seconds = 0;
  if (is_time_of_day(text)) {
    seconds = read_time(reader, Ahead::nothing);
  } else {
    day = read_day(reader, order);
    if (!reader.at_end()) {
      const bool mark = (day.before_colon && reader.take(':')) || reader.take('T');
      if (!mark) {
        static_cast<void>(reader.take(','));
        reader.expect(' ');
      }
      seconds = read_time(reader, mark ? Ahead::date_and_mark : Ahead::date_and_blank);
    }
  }
  const std::chrono::year_month_day date{std::chrono::year(day.year),
                                         std::chrono::month(static_cast<unsigned>(day.month)),
                                         std::chrono::day(static_cast<unsigned>(day.day))};
  if (reader.failed() || !reader.at_end() || !date.ok()) return std::nullopt;
  return ReadDate{86400.0 * static_cast<double>(std::chrono::sys_days(date).time_since_epoch().count()) + seconds,
                  day.short_year};
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
  const std::optional<ReadDate> read = read_date(text, order);
  return read ? std::optional(read->seconds) : std::nullopt;
}

bool has_short_year(std::string_view text, DateOrder order) {
  const std::optional<ReadDate> read = read_date(text, order);
  return read && read->short_year;
}

bool resembles_date(std::string_view text) {
  if (parse_date(text, DateOrder::month_first) || parse_date(text, DateOrder::day_first)) return true;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] == ':' && i > 0 && is_digit(text[i - 1]) && is_digit(text[i + 1])) return true;  // 08:00-09:00
    if (!is_letter(text[i]) || (i > 0 && is_letter(text[i - 1]))) continue;
    std::string word;
    for (std::size_t k = i; k < text.size() && is_letter(text[k]); ++k) word += lower_case(text[k]);
    if (month_of(word) > 0) return true;                                     // 20-Nov
    if ((word == "w" || word == "q") && is_digit(text[i + 1])) return true;  // 2021-W06, 4Q18
  }
  return false;
}

}  // namespace millrace
