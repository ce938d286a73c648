// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   paragraph("The accuracy is " + value(0.973684) + " on " + name(column) + ".")
//
// Text and numbers as well-formed XHTML, so that a page can be checked by an XML parser.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace::report {

/// Text for elements and attributes. What XML cannot hold, bytes that are no UTF-8 and marks of the writing direction
/// become U+FFFD.
[[nodiscard]] std::string escaped(std::string_view text);
/// A name from a file: escaped, at most 80 characters, apart from the writing direction of the text around it.
[[nodiscard]] std::string name(std::string_view text);
/// The first `most` characters of UTF-8 text, with an ellipsis if there are more. Not escaped.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t most);

/// "0.9737", "1.2e-06", "12345", "not a number": four significant digits, whole numbers up to a million as they are.
[[nodiscard]] std::string short_text(double value);
/// "97.4 %"
[[nodiscard]] std::string percent_text(double share);
/// "12 345"
[[nodiscard]] std::string count_text(double count);
/// "3.14 µs", "120 ms", "3.2 s", "2 min 5 s"
[[nodiscard]] std::string duration_text(double seconds);
/// short_text() in an element that also has the exact number: <data value="0.97368421">0.9737</data>. id: that of the
/// element; empty for none.
[[nodiscard]] std::string value(double number, std::string_view id = "");
/// The same with another text.
[[nodiscard]] std::string value_as(double number, std::string_view text, std::string_view id = "");

/// <p>...</p>; `html` is markup already.
[[nodiscard]] std::string paragraph(const std::string& html, std::string_view css = "");
/// A table that scrolls by itself where it is too wide. caption: text. Cells are markup; the first of a row is its
/// heading. Columns but the first are numbers, to the right, unless `text_columns` has their index.
struct HtmlTable {
  std::string caption;
  std::vector<std::string> headings;
  std::vector<std::vector<std::string>> rows;
  std::vector<std::size_t> text_columns = {};
};
[[nodiscard]] std::string html(const HtmlTable& table);
/// A bar whose length is a share of its cell, 0 to 1; decoration beside a number.
[[nodiscard]] std::string bar(double share);

}  // namespace millrace::report
