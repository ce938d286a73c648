// SPDX-License-Identifier: Apache-2.0
#include "threads/kernel_thread.hpp"

#include <gtest/gtest.h>

#include <cfenv>
#include <csignal>
#include <thread>

namespace millrace {
namespace {

volatile std::sig_atomic_t on_alternate_stack = -1;

extern "C" void note_stack(int /*number*/) {
  stack_t now{};
  on_alternate_stack = sigaltstack(nullptr, &now) == 0 && (now.ss_flags & SS_ONSTACK) != 0 ? 1 : 0;
}

// In a new thread, because the sanitizers give the first thread a stack.
TEST(KernelThread, GivesAThreadAStackForSignals) {
  struct sigaction action {
  }, before{};
  action.sa_handler = note_stack;
  action.sa_flags = SA_ONSTACK;
  sigaction(SIGUSR1, &action, &before);
  std::thread([] {
    { const KernelThread kernel_thread; }
    const KernelThread again;
    std::raise(SIGUSR1);
  }).join();
  EXPECT_EQ(on_alternate_stack, 1);
  sigaction(SIGUSR1, &before, nullptr);
}

TEST(KernelThread, KeepsAStackThatTheThreadHas) {
  std::thread([] {
    alignas(16) static char own[1 << 16];
    stack_t given{}, present{};
    given.ss_sp = own;
    given.ss_size = sizeof own;
    ASSERT_EQ(sigaltstack(&given, nullptr), 0);
    { const KernelThread kernel_thread; }
    ASSERT_EQ(sigaltstack(nullptr, &present), 0);
    EXPECT_EQ(present.ss_sp, static_cast<void*>(own));
    given.ss_flags = SS_DISABLE;
    sigaltstack(&given, nullptr);
  }).join();
}

// 1 plus less than half of its last bit: rounded up it is more than 1.
bool rounds_up() {
  volatile float one = 1, little = 1e-10F;
  volatile const float sum = one + little;
  return sum > 1;
}

TEST(KernelThread, RoundsToNearestAndRestoresTheRoundingOfTheProgram) {
  std::thread([] {
    ASSERT_EQ(std::fesetround(FE_UPWARD), 0);
    ASSERT_TRUE(rounds_up());
    {
      const KernelThread kernel_thread;
      EXPECT_FALSE(rounds_up());
    }
    EXPECT_TRUE(rounds_up());
  }).join();
}

}  // namespace
}  // namespace millrace
