// SPDX-License-Identifier: Apache-2.0
//
// A lack of memory while a file is read or written is said to be one, whichever allocation fails: never a damaged file, or
// a model that does not fit.
#include <gtest/gtest.h>

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

void expect_no_blame(const std::function<void()>& work) {
  work();                             // makes what is made once in a process
  constexpr std::int64_t stride = 7;  // `make torture` makes an allocation of each call stack fail
  std::int64_t number = 0;
  for (bool failed = true; failed; number += stride) {
    fail_allocation(number);
    const std::string wrong = blame(work);
    failed = has_failed_allocation();
    fail_allocation(-1);
    ASSERT_EQ(wrong, "") << "allocation " << number;
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
