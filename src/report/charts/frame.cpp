// SPDX-License-Identifier: Apache-2.0
#include "report/charts/frame.hpp"

#include <algorithm>

#include "report/html.hpp"

namespace millrace::report {

namespace {

constexpr int x_ticks = 6, y_ticks = 5;
constexpr double character_width = 6.4;

std::size_t length_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

// Names get as much room as their number allows; places without a name leave theirs to the others.
std::size_t name_length(const Axis& x, const std::vector<std::string>& names) {
  const auto count = std::ranges::count_if(names, [](const std::string& name) { return !name.empty(); });
  const double room = (x.end - x.begin) / static_cast<double>(std::max<std::ptrdiff_t>(1, count));
  return std::max<std::size_t>(1, static_cast<std::size_t>(room / character_width));
}

}  // namespace

void Frame::place() {
  std::size_t widest = 1;
  for (const double tick : y.ticks(y_ticks)) widest = std::max(widest, length_of(tick_text(tick)));
  x.begin = 12 + character_width * static_cast<double>(widest);
  x.end = picture_width - 14;
  y.begin = picture_height - 36;
  y.end = y_label.empty() ? 8 : 22;
}

std::string Frame::begin(const std::string& title) const {
  std::string text = "<svg class=\"picture\" viewBox=\"0 0 " + place_text(picture_width) + " " +
                     place_text(picture_height) + "\" role=\"img\" aria-label=\"" + escaped(title) +
                     "; the numbers are in the text\"><g class=\"axes\">\n";
  for (const double tick : y.ticks(y_ticks)) {
    const std::string at = place_text(y.place(tick));
    text += "<path class=\"grid\" d=\"M" + place_text(x.begin) + " " + at + "H" + place_text(x.end) + "\"/><text x=\"" +
            place_text(x.begin - 6) + "\" y=\"" + place_text(y.place(tick) + 3.8) + "\" text-anchor=\"end\">" +
            tick_text(tick) + "</text>\n";
  }
  if (!y_label.empty()) text += "<text class=\"label\" x=\"0\" y=\"11\">" + escaped(y_label) + "</text>\n";
  text +=
      "<path class=\"base\" d=\"M" + place_text(x.begin) + " " + place_text(y.begin) + "H" + place_text(x.end) + "\"/>";
  const auto tick = [&](double at, const std::string& label, const char* anchor) {
    text += "<text x=\"" + place_text(at) + "\" y=\"" + place_text(y.begin + 15) + "\" text-anchor=\"" + anchor +
            "\">" + escaped(label) + "</text>\n";
  };
  for (std::size_t i = 0; i < x_names.size(); ++i) {
    if (x_names[i].empty()) continue;
    const std::string label = shortened(x_names[i], name_length(x, x_names));
    const double half = character_width * static_cast<double>(length_of(label)) / 2;
    tick(std::clamp(x.place(static_cast<double>(i)), half, picture_width - half), label, "middle");
  }
  if (x_names.empty()) {
    for (const double at : x.ticks(x_ticks))
      tick(x.place(at), tick_text(at), x.place(at) > picture_width - 24 ? "end" : "middle");
  }
  return text + "<text class=\"label\" x=\"" + place_text((x.begin + x.end) / 2) + "\" y=\"" +
         place_text(picture_height - 5) + "\" text-anchor=\"middle\">" + escaped(x_label) + "</text></g>\n";
}

std::string figure(const std::string& title, const std::string& picture, const std::string& says) {
  return "<figure><figcaption>" + name(title) + "</figcaption>" + picture + "<div class=\"says\">" + says +
         "</div></figure>\n";
}

}  // namespace millrace::report
