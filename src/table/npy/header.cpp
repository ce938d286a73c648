// SPDX-License-Identifier: Apache-2.0
#include "table/npy/header.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <set>
#include <vector>

#include "base/excerpt.hpp"
#include "base/fail.hpp"

namespace millrace {

namespace {

// Reads the Python literal {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } with its keys in any order.
class Literal {
 public:
  Literal(std::string_view text, const std::string& path) : rest_(text), path_(path) {}

  [[noreturn]] void refuse(const std::string& what) const { fail(ErrorKind::data, "npy", path_ + what); }

  bool take(char c) {
    skip_blanks();
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!take(c)) refuse_header();
  }

  std::string_view text() {
    const char quote = take('"') ? '"' : '\'';
    if (quote == '\'') expect('\'');
    const auto size = rest_.find(quote);
    if (size == std::string_view::npos) refuse_header();
    const std::string_view found = rest_.substr(0, size);
    rest_.remove_prefix(size + 1);
    return found;
  }

  bool truth() {
    skip_blanks();
    for (const std::string_view word : {"True", "False"}) {
      if (!rest_.starts_with(word)) continue;
      rest_.remove_prefix(word.size());
      return word == "True";
    }
    refuse_header();
  }

  std::vector<std::int64_t> shape() {
    std::vector<std::int64_t> sizes;
    expect('(');
    while (!take(')')) {
      sizes.push_back(size());
      if (take(',')) continue;
      expect(')');
      break;
    }
    return sizes;
  }

  [[noreturn]] void refuse_header() const {
    refuse(" has a header that stops making sense at " + excerpt(rest_) + ", expected one as numpy.save writes it");
  }

 private:
  std::int64_t size() {
    skip_blanks();
    std::int64_t value = 0;
    const auto result = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (result.ec != std::errc() || value < 0) refuse_header();
    rest_.remove_prefix(static_cast<std::size_t>(result.ptr - rest_.data()));
    if (rest_.starts_with('L')) rest_.remove_prefix(1);  // Python 2 wrote long integers with an L
    return value;
  }
  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size())); }

  std::string_view rest_;
  const std::string& path_;
};

void set_type(NpyHeader& header, Literal& literal) {
  // Here a structured array has a list of fields.
  if (literal.take('['))
    literal.refuse(" is a structured array, expected numbers: save its columns as one plain array");
  const std::string_view type = literal.text();
  header.kind = type.size() == 3 ? type[1] : ' ';
  header.item_bytes = type.size() == 3 ? type[2] - '0' : 0;
  const std::string_view sizes = header.kind == 'f' ? "48" : header.kind == 'b' ? "1" : "1248";
  const bool known_order = type.size() == 3 && std::string_view("<>=|").find(type[0]) != std::string_view::npos;
  const bool known_kind = std::string_view("fiub").find(header.kind) != std::string_view::npos;
  if (!known_order || !known_kind || sizes.find(type[2]) == std::string_view::npos) {
    literal.refuse(" holds items of type " + excerpt(type) +
                   ", expected f4, f8, i1 to i8, u1 to u8 or b1: convert it with .astype('float32')");
  }
  header.swapped = type[0] == (std::endian::native == std::endian::little ? '>' : '<');
}

// The dimensions behind the first are the columns of a row: those of an image, say.
void set_shape(NpyHeader& header, const std::vector<std::int64_t>& shape, const Literal& literal) {
  if (shape.empty()) literal.refuse(" is a single number, expected an array with one dimension or more");
  if (shape.size() > 2 && header.by_columns)
    literal.refuse(" has " + std::to_string(shape.size()) +
                   " dimensions in Fortran order, expected 2, or C order: numpy.ascontiguousarray makes it");
  header.rows = shape[0];
  header.columns = 1;
  for (std::size_t i = 1; i < shape.size(); ++i) {
    if (__builtin_mul_overflow(header.columns, shape[i], &header.columns))
      literal.refuse(" has dimensions of more items than a file can have, expected a whole file");
  }
  if (header.rows == 0 || header.columns == 0) {
    literal.refuse(" is an array of " + std::to_string(header.rows) + "x" + std::to_string(header.columns) +
                   ", expected at least one row and one column");
  }
}

void check_size(const NpyHeader& header, std::size_t size, const Literal& literal) {
  std::int64_t expected = 0;
  const bool overflow = __builtin_mul_overflow(header.rows, header.columns, &expected) ||
                        __builtin_mul_overflow(expected, header.item_bytes, &expected);
  const auto there = static_cast<std::int64_t>(size - header.offset);
  if (!overflow && there == expected) return;
  literal.refuse(
      " has " + std::to_string(there) + " bytes of items, expected " +
      (overflow ? "more than a file can have" : std::to_string(expected)) + " for " + std::to_string(header.rows) +
      "x" + std::to_string(header.columns) + " of " + std::to_string(header.item_bytes) + " bytes: " +
      (!overflow && there > expected ? "is there a second array in it?" : "it was cut off, or its header is wrong"));
}

// The place of the literal: after the magic bytes, the version, and its length, which has two bytes in version 1 and
// four in later ones.
std::string_view header_text(std::string_view bytes, const std::string& path) {
  const Literal whole({}, path);
  if (bytes.starts_with("PK"))
    whole.refuse(" is a zip archive, expected one array as numpy.save writes it, or the ending .npz");
  if (!bytes.starts_with("\x93NUMPY")) whole.refuse(" does not start with \\x93NUMPY, expected a .npy file");
  const auto byte = [&](std::size_t at) { return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at])); };
  const std::size_t start = bytes.size() > 6 && byte(6) == 1 ? 10 : 12;
  std::size_t length = bytes.size();
  if (bytes.size() >= start) {
    const std::uint32_t version = byte(6);
    if (version < 1 || version > 3) {
      whole.refuse(" has format version " + std::to_string(version) + ", expected 1, 2 or 3");
    }
    length = 0;
    for (std::size_t at = start; at-- > 8;) length = length << 8 | byte(at);
  }
  if (bytes.size() < start || length > bytes.size() - start) {
    whole.refuse(" ends within its header after " + std::to_string(bytes.size()) + " bytes, expected a whole file");
  }
  return bytes.substr(start, length);
}

}  // namespace

NpyHeader read_npy_header(std::string_view bytes, const std::string& path) {
  const std::string_view text = header_text(bytes, path);
  NpyHeader header;
  header.offset = static_cast<std::size_t>(text.data() + text.size() - bytes.data());

  Literal literal(text, path);
  std::vector<std::int64_t> shape;
  std::set<std::string_view> keys;
  literal.expect('{');
  while (!literal.take('}')) {
    const std::string_view key = literal.text();
    literal.expect(':');
    if (key == "descr") {
      set_type(header, literal);
    } else if (key == "fortran_order") {
      header.by_columns = literal.truth();
    } else if (key == "shape") {
      shape = literal.shape();
    } else {
      literal.refuse_header();
    }
    keys.insert(key);
    static_cast<void>(literal.take(','));
  }
  if (keys.size() != 3) literal.refuse(" has a header that lacks descr, fortran_order or shape, expected all three");
  set_shape(header, shape, literal);
  check_size(header, bytes.size(), literal);
  return header;
}

}  // namespace millrace
