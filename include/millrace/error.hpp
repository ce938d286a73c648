// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   try { model.fit(data); }
//   catch (const millrace::Error& error) { std::cerr << error.what(); return exit_code(error.kind()); }
//
// Every failure of the library is a millrace::Error, but for std::bad_alloc, when memory runs out, and what your own
// functions throw. The text is "[who] what we have, what was expected", followed by a remedy if there is one.
#pragma once

#include <stdexcept>
#include <string>

namespace millrace {

/// The cause of an error, by whoever can remove it.
enum class ErrorKind {
  usage,        ///< a name, an option or a shape does not fit: change the call
  data,         ///< a file or an array cannot be used as it is: change the data
  non_finite,   ///< a loss, a gradient or a weight became NaN or infinite
  mismatch,     ///< a check failed: an exported model does not give the numbers of the model that it came from
  interrupted,  ///< stopped on request; the state was saved if a checkpoint was asked for
  environment,  ///< the machine refused: disk, memory, threads or a library; the same call may succeed later
  internal      ///< a fault of millrace: report it with the call that led to it
};

class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& text) : std::runtime_error(text), kind_(kind) {}
  [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }

 private:
  ErrorKind kind_;
};

/// The exit code with which a program reports an error of this kind: 1 internal, 2 usage, 3 data, 4 non-finite,
/// 5 mismatch, 6 interrupted, 7 environment.
[[nodiscard]] int exit_code(ErrorKind kind) noexcept;

}  // namespace millrace
