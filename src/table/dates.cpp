// SPDX-License-Identifier: Apache-2.0
#include "table/dates.hpp"

#include <chrono>
#include <cstddef>

namespace millrace {

namespace {

// Reads a text from its beginning; after the first part that does not fit, all later calls fail.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) { failed_ |= !take(c); }

  // A number with exactly `digits` digits, from `least` to `most`.
  int number(std::size_t digits, int least, int most) {
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (i >= rest_.size() || rest_[i] < '0' || rest_[i] > '9') return refuse();
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    return value < least || value > most ? refuse() : value;
  }

  // The digits after a decimal point.
  double fraction() {
    double value = 0, unit = 0.1;
    if (rest_.empty() || rest_[0] < '0' || rest_[0] > '9') failed_ = true;
    for (; !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; rest_.remove_prefix(1), unit /= 10)
      value += unit * (rest_[0] - '0');
    return value;
  }

 private:
  int refuse() {
    failed_ = true;
    return 0;
  }
  std::string_view rest_;
  bool failed_ = false;
};

double read_time(Reader& reader) {
  double seconds = 3600.0 * reader.number(2, 0, 23);
  reader.expect(':');
  seconds += 60.0 * reader.number(2, 0, 59);
  if (reader.take(':')) {
    seconds += reader.number(2, 0, 60);
    if (reader.take('.')) seconds += reader.fraction();
  }
  if (reader.take('Z') || reader.at_end()) return seconds;
  const bool behind = reader.take('-');
  if (!behind) reader.expect('+');
  double offset = 3600.0 * reader.number(2, 0, 23);
  static_cast<void>(reader.take(':'));
  offset += 60.0 * reader.number(2, 0, 59);
  return behind ? seconds + offset : seconds - offset;
}

}  // namespace

std::optional<double> parse_date(std::string_view text) {
  Reader reader(text);
  const int year = reader.number(4, 1, 9999);
  const char separator = reader.take('/') ? '/' : '-';
  if (separator == '-') reader.expect('-');
  const int month = reader.number(2, 1, 12);
  reader.expect(separator);
  const int day = reader.number(2, 1, 31);
  double seconds = 0;
  if (!reader.at_end()) {
    if (!reader.take('T')) reader.expect(' ');
    seconds = read_time(reader);
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (reader.failed() || !reader.at_end() || !date.ok()) return std::nullopt;
  return 86400.0 * static_cast<double>(std::chrono::sys_days(date).time_since_epoch().count()) + seconds;
}

}  // namespace millrace
