// SPDX-License-Identifier: Apache-2.0
//
// The error of a step whose numbers are not finite. It keeps its parts, because a run that recovers adds to them.
#pragma once

#include <string>

#include "millrace/error.hpp"

namespace millrace {

/// Error{non_finite} with the text "[who] found; expected finite numbers: advice".
class NonFiniteError : public Error {
 public:
  NonFiniteError(const std::string& who, const std::string& found, const std::string& advice)
      : Error(ErrorKind::non_finite, "[" + who + "] " + found + "; expected finite numbers: " + advice),
        who_(who),
        found_(found),
        advice_(advice) {}
  [[nodiscard]] const std::string& who() const { return who_; }
  [[nodiscard]] const std::string& found() const { return found_; }
  [[nodiscard]] const std::string& advice() const { return advice_; }

 private:
  std::string who_, found_, advice_;
};

}  // namespace millrace
