// SPDX-License-Identifier: Apache-2.0
//
// System calls on files that fail on demand:
//   FaultyFiles faulty;
//   faulty.fail(FaultyFiles::Call::write, 2, ENOSPC);   // the third write from now on
#pragma once

#include <cstddef>

namespace millrace::test {

/// One at a time. The destructor puts the real calls back.
class FaultyFiles {
 public:
  enum class Call { open, write, fsync, rename, map };

  FaultyFiles();
  ~FaultyFiles();
  FaultyFiles(const FaultyFiles&) = delete;
  FaultyFiles& operator=(const FaultyFiles&) = delete;

  /// Call number `after` of this kind (0: the next one) does nothing and fails with `code`. Later calls work again.
  void fail(Call call, int after, int code);
  /// Instead of failing, the call kills the process with SIGKILL.
  void kill(Call call, int after);
  /// Every write takes at most `bytes`.
  void write_at_most(std::size_t bytes);
  /// The number of calls of this kind so far.
  [[nodiscard]] static int count(Call call);
};

}  // namespace millrace::test
