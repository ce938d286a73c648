// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const ArrowType type = arrow_type("tsu:UTC");          // a date, in units of 1e-6 seconds
//   ArrowValues values(type, *array, "age");               // checks what can be checked
//   values.is_null(7) ? ... : values.number(7)
//
// The values of one array of Arrow's C data interface.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "millrace/arrow.hpp"

namespace millrace {

enum class ArrowLayout : std::uint8_t {
  null,         ///< no buffers: every value is missing
  fixed,        ///< validity, values of the same number of bytes
  bits,         ///< validity, values of one bit
  texts,        ///< validity, offsets of 4 bytes, bytes
  large_texts,  ///< validity, offsets of 8 bytes, bytes
  views,        ///< validity, views of 16 bytes, any number of buffers of bytes, their sizes
  other         ///< a type that is no column of a table
};

struct ArrowType {
  ArrowLayout layout = ArrowLayout::other;
  ColumnKind kind = ColumnKind::ignored;
  char item = 0;     ///< of a fixed layout: the letter of the number's type; h: 16-bit float; d: 128-bit integer
  double unit = 1;   ///< what a value is multiplied with
  double parts = 1;  ///< what it is then divided by: 1000 of milliseconds. 3 times 0.1 is not 0.3
};

/// What a format string of Arrow stands for. A dictionary has the format of its indices.
[[nodiscard]] ArrowType arrow_type(std::string_view format);

class ArrowValues {
 public:
  /// Throws Error{data} for an array whose length, offset, nulls or buffers contradict its type. column: for messages.
  ArrowValues(const ArrowType& type, const ArrowArray& array, const std::string& column);

  [[nodiscard]] std::int64_t length() const { return array_.length; }
  [[nodiscard]] bool is_null(std::int64_t i) const;
  /// The number, 0 or 1 of bits, or the seconds of a date, of a fixed layout.
  [[nodiscard]] double number(std::int64_t i) const;
  /// The exact value of an integer of a fixed layout, for indices of dictionaries.
  [[nodiscard]] std::int64_t index(std::int64_t i) const;
  /// Throws Error{data} for a text that is not within its buffer.
  [[nodiscard]] std::string_view text(std::int64_t i) const;

 private:
  [[noreturn]] void refuse(const std::string& problem) const;
  template <class Item>
  [[nodiscard]] Item item(int buffer, std::int64_t i) const;
  [[nodiscard]] std::string_view view(std::int64_t i) const;
  void check_buffers() const;

  ArrowType type_;
  const ArrowArray& array_;
  std::string column_;
  const std::uint8_t* validity_ = nullptr;  // a bit per value; nullptr: none is missing
};

}  // namespace millrace
