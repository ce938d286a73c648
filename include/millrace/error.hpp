// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   try { model.fit(data); }
//   catch (const millrace::Error& error) { std::cerr << error.what(); return exit_code(error.kind()); }
//
// Every failure of the library is a millrace::Error. Its text reads
// "[who] what we have, what was expected", with the remedy where there is one.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace millrace {

/// What went wrong, as a caller has to react to it.
enum class ErrorKind {
  usage,       ///< a name, an option or a shape that does not fit: change the call
  data,        ///< a file or an array that cannot be used as it is: change the data
  non_finite,  ///< a loss, gradient or weight became NaN or infinite
  mismatch,    ///< an exported model does not give the numbers of the model it came from
  interrupted  ///< stopped on request; the state was saved where a checkpoint was asked for
};

class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& text) : std::runtime_error(text), kind_(kind) {}
  [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }

 private:
  ErrorKind kind_;
};

/// Throws Error{kind, "[who] text"}.
[[noreturn]] void fail(ErrorKind kind, std::string_view who, std::string_view text);

/// The exit code a program reports for this kind: 2 usage, 3 data, 4 non-finite, 5 mismatch, 6 interrupted.
[[nodiscard]] int exit_code(ErrorKind kind) noexcept;

}  // namespace millrace
