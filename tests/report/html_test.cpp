// SPDX-License-Identifier: Apache-2.0
#include "report/html.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace millrace::report {

namespace {

TEST(Html, EscapesMarkup) {
  EXPECT_EQ(escaped("<a href=\"x\">'&'</a>"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
  EXPECT_EQ(escaped("größe 🌊"), "größe 🌊");
}

TEST(Html, ReplacesWhatNoPageCanHold) {
  const std::string replaced = "\xEF\xBF\xBD";
  EXPECT_EQ(escaped(std::string_view("a\0b\x1b", 4)), "a" + replaced + "b" + replaced);
  EXPECT_EQ(escaped("\xff\xc3"), replaced + replaced);
  EXPECT_EQ(escaped("a\xE2\x80\xAE"
                    "b"),
            "a" + replaced + "b")
      << "right-to-left override";
  EXPECT_EQ(escaped("\xEF\xBF\xBF"), replaced) << "U+FFFF is no character of XML";
}

TEST(Html, ShortensNamesBetweenCharacters) {
  EXPECT_EQ(shortened("äöü", 3), "äöü");
  EXPECT_EQ(shortened("äöüß", 3), "äöü…");
  EXPECT_LT(name(std::string(100'000, 'x')).size(), 120U);
  EXPECT_EQ(name(""), "<bdi>(no name)</bdi>");
}

TEST(Html, NumbersAreShortForPeopleAndExactForPrograms) {
  EXPECT_EQ(value(2.0 / 3, "loss"), "<data id=\"loss\" value=\"0.6666666666666666\">0.6667</data>");
  EXPECT_EQ(short_text(12345),
            "12\xE2\x80\xAF"
            "345");
  EXPECT_EQ(short_text(-0.5), "−0.5");
  EXPECT_EQ(short_text(0.0000012), "1.2e-06");
  EXPECT_EQ(short_text(std::numeric_limits<double>::quiet_NaN()), "not a number");
  EXPECT_EQ(short_text(std::numeric_limits<double>::infinity()), "infinity");
  EXPECT_EQ(percent_text(0.9737), "97.4\xC2\xA0%");
  EXPECT_EQ(percent_text(1), "100\xC2\xA0%");
  EXPECT_EQ(duration_text(3.14e-6), "3.14\xC2\xA0\xC2\xB5s");
  EXPECT_EQ(duration_text(119.7), "2\xC2\xA0min 0\xC2\xA0s");
  EXPECT_EQ(duration_text(125), "2\xC2\xA0min 5\xC2\xA0s");
}

}  // namespace

}  // namespace millrace::report
