// SPDX-License-Identifier: Apache-2.0
#include "table/kinds/number_advice.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <vector>

namespace millrace {
namespace {

// By trying all forms, without the look at the characters that comes before it.
bool some_form_reads(std::string_view text) {
  for (const bool percent : {false, true})
    for (const bool currency : {false, true})
      for (const char decimal : {'.', ','})
        for (const char thousands : {'\0', ',', '.', ' ', '\'', '_'}) {
          const bool tried = decimal == '.' ? thousands != '.' : thousands == 0 || thousands == '.' || thousands == ' ';
          if (tried && thousands != decimal && NumberForm{decimal, thousands, percent, currency}.number(text))
            return true;
        }
  return false;
}

TEST(NumberAdvice, KnowsEveryTextThatSomeFormReads) {
  constexpr std::array pieces{
      "1",  "12", "345",    "678", "0",   ".", ",",  "'",   "_",  " ",   "-",   "+",   "e",        "E5",
      "%",  "$",  "US$",    "€",   "₹",   "£", "kr", "Fr.", "Rs", "Rs.", "EUR", "CHF", "\xC2\xA0", "\xE2\x80\xAF",
      "\t", "x",  "level ", "inf", "nan", "(", ")",  "d"};
  std::mt19937 random(7);
  int numbers = 0;
  for (int i = 0; i < 100'000; ++i) {
    std::string text;
    for (unsigned count = 1 + random() % 6; count > 0; --count) text += pieces[random() % pieces.size()];
    numbers += some_form_reads(text) ? 1 : 0;
    ASSERT_EQ(is_number_in_some_form(text), some_form_reads(text)) << text;
  }
  EXPECT_GT(numbers, 2500);
}

}  // namespace
}  // namespace millrace
