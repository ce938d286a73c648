// SPDX-License-Identifier: Apache-2.0
//
// When memory runs out while a file is read or written, the error says so, whichever allocation fails. It blames neither the
// file nor the model.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <functional>
#include <new>
#include <sstream>
#include <vector>

#include "export/onnx_file.hpp"
#include "millrace/millrace.hpp"
#include "resources/allocations.hpp"

namespace millrace::test {
namespace {

Model trained() {
  const std::vector<float> x{0, 0, 0, 1, 1, 0, 1, 1}, y{0, 1, 1, 0};
  Model model{Dense{.units = 4, .activation = "tanh"}, Dense{.units = 1, .activation = "sigmoid"}};
  model.compile({.optimizer = Adam{}, .loss = "binary_crossentropy"});
  model.fit(Dataset::view(x, 2, y), {.epochs = 1, .threads = 1});
  return model;
}

std::string exported() {
  std::ostringstream stream;
  trained().export_onnx(stream);
  return stream.str();
}

// What the work says of a lack of memory; empty if it says that it is one.
std::string blame(const std::function<void()>& work) {
  try {
    work();
  } catch (const std::bad_alloc&) {
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::environment) return error.what();
  }
  return "";
}

// Works in a child process, because destructors of the JSON library allocate, and end the process if that fails.
enum class Outcome : int { said_so, blamed, not_reached };

Outcome outcome(const std::function<void()>& work, std::int64_t number) {
  const pid_t child = ::fork();
  if (child == 0) {
    std::set_terminate([] { ::_exit(static_cast<int>(Outcome::said_so)); });
    fail_allocation(number);
    const std::string wrong = blame(work);
    const bool reached = has_failed_allocation();
    fail_allocation(-1);
    if (!wrong.empty())
      std::fprintf(stderr, "allocation %td: %s\n", static_cast<std::ptrdiff_t>(number), wrong.c_str());
    ::_exit(static_cast<int>(!wrong.empty() ? Outcome::blamed : reached ? Outcome::said_so : Outcome::not_reached));
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status)) << "allocation " << number << " ends the process by a signal";
  return static_cast<Outcome>(WEXITSTATUS(status));
}

void expect_no_blame(const std::function<void()>& work) {
  work();                             // also does what happens once in a process
  constexpr std::int64_t stride = 7;  // `make torture` makes an allocation of each call stack fail
  std::int64_t number = 0;
  for (Outcome last = Outcome::said_so; last != Outcome::not_reached; number += stride) {
    last = outcome(work, number);
    ASSERT_NE(last, Outcome::blamed);
  }
  EXPECT_GT(number, 20 * stride);
}

TEST(FailedAllocation, OfAnExportIsNoMisfit) {
  const PlainGraph graph = parse_onnx(exported(), "m.onnx");
  const std::string bytes = serialize_onnx(graph, {});
  expect_no_blame([&] {
    if (serialize_onnx(graph, {}) != bytes) throw Error(ErrorKind::mismatch, "other bytes");
  });
}

TEST(FailedAllocation, OfACheckpointIsNoDamage) {
  const std::vector<std::byte> bytes = trained().checkpoint_bytes();
  expect_no_blame([&] { static_cast<void>(Model::load_checkpoint(bytes)); });
}

TEST(FailedAllocation, OfAnOnnxFileIsNoDamage) {
  const std::string bytes = exported();
  expect_no_blame([&] { static_cast<void>(Model::load_onnx(std::as_bytes(std::span(bytes)))); });
}

}  // namespace
}  // namespace millrace::test
