// SPDX-License-Identifier: Apache-2.0
//
// System calls of AtomicFile that fail when told to:
//   FaultyFiles faulty;
//   faulty.fail(FaultyFiles::Call::write, 2, ENOSPC);   // the third write from now on
#pragma once

#include <cstddef>

namespace millrace::test {

/// One at a time; the real calls are back when it is gone.
class FaultyFiles {
 public:
  enum class Call { open, write, fsync, rename };

  FaultyFiles();
  ~FaultyFiles();
  FaultyFiles(const FaultyFiles&) = delete;
  FaultyFiles& operator=(const FaultyFiles&) = delete;

  /// The call number `after` of this kind (0: the next one) does nothing and fails with `code`; later ones work again.
  void fail(Call call, int after, int code);
  /// The process dies by SIGKILL instead.
  void kill(Call call, int after);
  /// No write takes more than `bytes` at once.
  void write_at_most(std::size_t bytes);
  /// How often a call of this kind was made.
  [[nodiscard]] static int count(Call call);
};

}  // namespace millrace::test
