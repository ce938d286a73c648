// SPDX-License-Identifier: Apache-2.0
#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/text.hpp"
#include "table/text/source.hpp"

namespace millrace {

namespace {

constexpr const char* utf8 = "utf-8";

// "Latin-1", "latin_1" and "latin1" are one encoding.
std::string plain_name(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (c != '-' && c != '_' && c != ' ') plain += lower_case(c);
  }
  return plain;
}

bool is_utf8_name(std::string_view name) {
  const std::string plain = plain_name(name);
  return plain.empty() || plain == "utf8" || plain == "utf8sig" || plain == "ascii" || plain == "usascii";
}

struct ByteOrderMark {
  std::string_view bytes;
  const char* encoding;
};

// The longer one first: that of UTF-32 starts with that of UTF-16.
constexpr std::array<ByteOrderMark, 5> marks = {{{"\xEF\xBB\xBF", utf8},
                                                 {{"\xFF\xFE\0\0", 4}, "utf-32le"},
                                                 {{"\0\0\xFE\xFF", 4}, "utf-32be"},
                                                 {"\xFF\xFE", "utf-16le"},
                                                 {"\xFE\xFF", "utf-16be"}}};

// Takes the byte order mark away and returns the encoding that it stands for, or nullptr.
const char* take_mark(SourceText& source, const std::string& encoding, std::string_view who) {
  for (const ByteOrderMark& mark : marks) {
    if (!source.bytes.starts_with(mark.bytes)) continue;
    const std::string named = plain_name(encoding), marked = plain_name(mark.encoding);
    const bool fits = named.empty() || marked.starts_with(named) || (mark.encoding == utf8 && is_utf8_name(encoding));
    if (!fits)
      fail(ErrorKind::usage, who,
           source.path + " starts with the byte order mark of " + mark.encoding + ", but the encoding is said to be " +
               excerpt(encoding) + ", expected --encoding " + mark.encoding + ", or none");
    source.bytes.remove_prefix(mark.bytes.size());
    return mark.encoding;
  }
  return nullptr;
}

class Converter {
 public:
  explicit Converter(const std::string& encoding) : converter_(open(encoding)) {}
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  ~Converter() {
    if (known()) ::iconv_close(converter_);
  }
  // iconv_open's value for an unknown encoding is an integer that was cast to a pointer.
  [[nodiscard]] bool known() const { return converter_ != reinterpret_cast<iconv_t>(-1); }

  // Converts all bytes, or those up to the first that the encoding does not have. Returns whether it was all.
  bool convert(std::string_view bytes, std::string& text) {
    char* from = const_cast<char*>(bytes.data());
    std::size_t left = bytes.size(), used = 0;
    for (;;) {
      if (text.size() - used < 16) text.resize(2 * text.size() + left + 64);
      char* to = text.data() + used;
      std::size_t room = text.size() - used;
      const std::size_t code = ::iconv(converter_, &from, &left, &to, &room);
      const bool full = code == static_cast<std::size_t>(-1) && errno == E2BIG;
      used = to - text.data();
      if (full) continue;
      text.resize(used);
      return left == 0;
    }
  }

 private:
  static iconv_t open(const std::string& encoding) {
    // iconv takes "//IGNORE" behind a name, which would drop what it cannot read, and no name at all for the locale's.
    constexpr std::string_view in_names = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_:().+";
    const bool may_be_name = encoding.find_first_not_of(in_names) == std::string::npos && encoding[0] != '.';
    if (!may_be_name) return reinterpret_cast<iconv_t>(-1);
    const iconv_t exact = ::iconv_open("UTF-8", encoding.c_str());
    return exact != reinterpret_cast<iconv_t>(-1) ? exact : ::iconv_open("UTF-8", plain_name(encoding).c_str());
  }
  iconv_t converter_;
};

}  // namespace

SourceText to_utf8(SourceText source, const std::string& encoding, std::string_view who) {
  const char* const marked = take_mark(source, encoding, who);
  const std::string from = marked != nullptr ? marked : encoding;
  if (is_utf8_name(from)) {
    const std::string_view first = source.bytes.substr(0, 2);
    if (first.size() == 2 && (first[0] == '\0' || first[1] == '\0'))
      fail(ErrorKind::data, who,
           source.path + " has a zero byte in its first character, as UTF-16 has, expected UTF-8 text, or --encoding " +
               (first[0] == '\0' ? "utf-16be" : "utf-16le"));
    return source;
  }
  Converter converter(from);
  if (!converter.known())
    fail(ErrorKind::usage, who,
         "the encoding is " + excerpt(encoding) +
             ", expected utf-8, latin1, windows-1252, utf-16 or another name that 'iconv -l' lists");
  std::string text;
  if (!converter.convert(source.bytes, text)) {
    fail(ErrorKind::data, who,
         source.path + " line " + std::to_string(1 + std::count(text.begin(), text.end(), '\n')) +
             " has bytes that are no " + from + " text, expected another --encoding");
  }
  return source_of(source.path, std::move(text));
}

}  // namespace millrace
