// SPDX-License-Identifier: Apache-2.0
#include "report/html.hpp"

#include <algorithm>
#include <cmath>

#include "base/formatted.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"

namespace millrace::report {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

// The length of the character that `text` begins with; 0 if that is not well-formed UTF-8.
std::size_t character_length(std::string_view text) {
  for (std::size_t length = 1; length <= std::min<std::size_t>(4, text.size()); ++length) {
    if (length < text.size() && is_within_character(text[length])) continue;
    return is_utf8(text.substr(0, length)) ? length : 0;
  }
  return 0;
}

// Control characters, marks of the writing direction, and the two code points that XML excludes.
bool is_hidden(std::string_view character) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(character[at]); };
  if (character.size() == 1) return (byte(0) < 0x20 && character != "\n" && character != "\t") || byte(0) == 0x7F;
  if (character.size() == 2) return byte(0) == 0xC2 && byte(1) < 0xA0;
  if (character.size() != 3) return false;
  if (byte(0) == 0xE2 && byte(1) == 0x80)
    return byte(2) == 0x8E || byte(2) == 0x8F || (byte(2) >= 0xA8 && byte(2) <= 0xAE);
  if (byte(0) == 0xE2 && byte(1) == 0x81) return byte(2) >= 0xA6 && byte(2) <= 0xA9;
  return byte(0) == 0xEF && byte(1) == 0xBF && byte(2) >= 0xBE;
}

// Digits in groups of three, with narrow spaces that no line is broken at.
std::string grouped(std::string digits) {
  const std::size_t begin = digits.starts_with('-') ? 1 : 0;
  for (std::size_t at = digits.size(); at > begin + 3;) {
    at -= 3;
    digits.insert(at, "\xE2\x80\xAF");
  }
  return digits;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(1, length));
    text.remove_prefix(character.size());
    if (length == 0 || is_hidden(character))
      result += replacement;
    else if (character == "&")
      result += "&amp;";
    else if (character == "<")
      result += "&lt;";
    else if (character == ">")
      result += "&gt;";
    else if (character == "\"")
      result += "&quot;";
    else if (character == "'")
      result += "&#39;";
    else
      result += character;
  }
  return result;
}

std::string shortened(std::string_view text, std::size_t most) {
  std::size_t characters = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (is_within_character(text[at])) continue;
    if (++characters > most) return std::string(text.substr(0, at)) + "\xE2\x80\xA6";
  }
  return std::string(text);
}

std::string name(std::string_view text) {
  constexpr std::size_t longest = 80;
  return "<bdi>" + escaped(text.empty() ? "(no name)" : shortened(text, longest)) + "</bdi>";
}

std::string short_text(double value) {
  if (std::isnan(value)) return "not a number";
  if (std::isinf(value)) return value > 0 ? "infinity" : "\xE2\x88\x92infinity";
  constexpr double most_whole = 1e6;
  const bool whole = value == std::round(value) && std::abs(value) < most_whole;
  std::string text = whole ? grouped(formatted("%.0f", value)) : formatted("%.4g", value);
  if (text == "-0") text = "0";
  if (text.starts_with('-')) text.replace(0, 1, "\xE2\x88\x92");
  return text;
}

std::string percent_text(double share) {
  const double percent = 100 * share;
  const bool whole = percent == 0 || std::abs(percent) >= 99.95;
  return formatted(whole ? "%.0f\xC2\xA0%%" : std::abs(percent) < 0.1 ? "%.2g\xC2\xA0%%" : "%.1f\xC2\xA0%%", percent);
}

std::string count_text(double count) {
  return count == std::round(count) && std::abs(count) < 1e15 ? grouped(formatted("%.0f", count)) : short_text(count);
}

std::string duration_text(double seconds) {
  if (seconds < 0.0009995) return formatted("%.3g\xC2\xA0\xC2\xB5s", 1e6 * seconds);
  if (seconds < 0.9995) return formatted("%.3g\xC2\xA0ms", 1000 * seconds);
  if (seconds < 59.95) return formatted("%.3g\xC2\xA0s", seconds);
  seconds = std::round(seconds);
  const double minutes = std::floor(seconds / 60);
  if (minutes < 60) return formatted("%.0f\xC2\xA0min ", minutes) + formatted("%.0f\xC2\xA0s", seconds - 60 * minutes);
  const double hours = std::floor(minutes / 60);
  return formatted("%.0f\xC2\xA0h ", hours) + formatted("%.0f\xC2\xA0min", minutes - 60 * hours);
}

std::string value_as(double number, std::string_view text, std::string_view id) {
  return "<data" + (id.empty() ? "" : " id=\"" + escaped(id) + "\"") + " value=\"" + number_text(number) + "\">" +
         escaped(text) + "</data>";
}

std::string value(double number, std::string_view id) { return value_as(number, short_text(number), id); }

std::string paragraph(const std::string& html, std::string_view css) {
  return "<p" + (css.empty() ? "" : " class=\"" + std::string(css) + "\"") + ">" + html + "</p>\n";
}

std::string html(const HtmlTable& table) {
  const auto is_text = [&](std::size_t column) {
    return column == 0 || std::ranges::find(table.text_columns, column) != table.text_columns.end();
  };
  const auto css = [&](std::size_t column) {
    return std::string(column == 0 ? "" : is_text(column) ? " class=\"t\"" : " class=\"n\"");
  };
  std::string text = "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"" + escaped(table.caption) +
                     "\"><table><caption>" + escaped(table.caption) + "</caption><thead><tr>";
  for (std::size_t c = 0; c < table.headings.size(); ++c)
    text += "<th scope=\"col\"" + css(c) + ">" + table.headings[c] + "</th>";
  text += "</tr></thead><tbody>\n";
  for (const std::vector<std::string>& row : table.rows) {
    text += "<tr><th scope=\"row\">" + row[0] + "</th>";
    for (std::size_t c = 1; c < row.size(); ++c) text += "<td" + css(c) + ">" + row[c] + "</td>";
    text += "</tr>\n";
  }
  return text + "</tbody></table></div>\n";
}

std::string bar(double share) {
  return "<span class=\"bar\" style=\"--w:" + formatted("%.1f", 100 * std::clamp(share, 0.0, 1.0)) + "%\"></span>";
}

}  // namespace millrace::report
