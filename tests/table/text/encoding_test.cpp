// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "support/expect_error.hpp"
#include "table/text/source.hpp"

namespace millrace {
namespace {

using test::expect_error;

std::string decoded(std::string bytes, const std::string& encoding = "") {
  return std::string(to_utf8(source_of("t.csv", std::move(bytes)), encoding, "csv").bytes);
}

// "größe\n" with two bytes a character, the lower or the upper first.
std::string utf16(bool little) {
  std::string bytes;
  for (const char16_t c : std::u16string(u"gr\u00F6\u00DFe\n")) {
    const char low = static_cast<char>(c & 0xFF), high = static_cast<char>(c >> 8);
    bytes += little ? low : high;
    bytes += little ? high : low;
  }
  return bytes;
}

constexpr const char* text =
    "gr\xC3\xB6\xC3\x9F"
    "e\n";
constexpr const char* latin1 =
    "gr\xF6\xDF"
    "e\n";

TEST(Encoding, TextIsDecodedByTheNameOfItsEncoding) {
  for (const char* const name : {"latin1", "Latin-1", "iso-8859-1", "ISO8859-1", "windows-1252", "cp1252"})
    EXPECT_EQ(decoded(latin1, name), text) << name;
  EXPECT_EQ(decoded(utf16(true), "utf-16le"), text);
  EXPECT_EQ(decoded(utf16(false), "utf-16be"), text);
  EXPECT_EQ(decoded("\x80", "windows-1252"), "€");
  EXPECT_EQ(decoded("\xE0\xE1", "koi8-r"), "\xD0\xAE\xD0\x90");
  for (const char* const name : {"", "utf-8", "UTF8", "utf-8-sig", "ascii"}) EXPECT_EQ(decoded(text, name), text);
}

TEST(Encoding, AByteOrderMarkSaysHowTheTextIsEncoded) {
  EXPECT_EQ(decoded(std::string("\xEF\xBB\xBF") + text), text);
  EXPECT_EQ(decoded("\xFF\xFE" + utf16(true)), text);
  EXPECT_EQ(decoded("\xFE\xFF" + utf16(false)), text);
  EXPECT_EQ(decoded("\xFE\xFF" + utf16(false), "utf-16"), text);
  EXPECT_EQ(decoded(std::string("\xFF\xFE\0\0a\0\0\0", 8)), "a");
  expect_error(ErrorKind::usage, {"t.csv starts with the byte order mark of utf-8", "--encoding utf-8, or none"},
               [] { return decoded("\xEF\xBB\xBFgr", "latin1"); });
  expect_error(ErrorKind::usage, {"the byte order mark of utf-16le", "said to be 'utf-16be'"},
               [] { return decoded("\xFF\xFE" + utf16(true), "utf-16be"); });
}

TEST(Encoding, BytesThatTheEncodingDoesNotHaveAreNamedByLine) {
  expect_error(ErrorKind::data, {"[csv] t.csv line 2 has bytes that are no utf-16le text, expected another --encoding"},
               [] { return decoded(utf16(true) + "x", "utf-16le"); });
  expect_error(ErrorKind::data, {"line 2 has bytes that are no windows-1252 text"},
               [] { return decoded("a\n\x81", "windows-1252"); });
  expect_error(ErrorKind::data, {"t.csv has a zero byte in its first character", "--encoding utf-16le"},
               [] { return decoded(utf16(true)); });
  expect_error(ErrorKind::data, {"--encoding utf-16be"}, [] { return decoded(utf16(false)); });
}

TEST(Encoding, UnknownNamesAreRefused) {
  for (const char* const name : {"latn1", "utf-8//IGNORE", "//TRANSLIT", "..", "\xFF"})
    expect_error(ErrorKind::usage, {"[csv] the encoding is", "expected utf-8, latin1, windows-1252, utf-16"},
                 [&] { return decoded("a", name); });
}

}  // namespace
}  // namespace millrace
