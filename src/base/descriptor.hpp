// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

namespace millrace {

/// Closes a file or socket at its end.
class Descriptor {
 public:
  /// Negative: none, as failed calls return.
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

}  // namespace millrace
