// SPDX-License-Identifier: Apache-2.0
#include "threads/thread_limit.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <new>
#include <system_error>

#include "support/expect_error.hpp"

namespace millrace {
namespace {

std::thread (*const really_start)(const std::function<void()>&) = detail::start_thread;
int started = 0, allowed = 0;
bool memory_is_left = true;

// Earlier tests of the same program may have tried threads, so the numbers begin above theirs.
TEST(ThreadLimit, SaysHowManyThreadsTheSystemAllowsAndTriesEachOnce) {
  detail::start_thread = [](const std::function<void()>& body) {
    if (started == allowed && !memory_is_left) throw std::bad_alloc();
    if (started == allowed) throw std::system_error(EAGAIN, std::generic_category());
    ++started;
    return really_start(body);
  };
  allowed = 1000;
  require_threads(200);
  const int first = started;
  require_threads(203);
  EXPECT_EQ(started, first + 3);
  require_threads(2);
  EXPECT_EQ(started, first + 3);

  allowed = started + 2;
  test::expect_error(ErrorKind::environment,
                     {"[threads] the system allows 205 of 209 threads, expected threads=205", "(ulimit -u)"},
                     [] { require_threads(209); });
  allowed = started + 1;
  memory_is_left = false;
  test::expect_error(ErrorKind::environment, {"the system allows 204 of 209 threads"}, [] { require_threads(209); });
  allowed = 1000;
  require_threads(209);
  EXPECT_EQ(started, first + 3 + 2 + 1 + 6);
  detail::start_thread = really_start;
}

}  // namespace
}  // namespace millrace
