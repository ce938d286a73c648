// SPDX-License-Identifier: Apache-2.0
#include "kernels/onednn.hpp"

#include <gtest/gtest.h>

#include <new>

#include "kernels/image_kernel.hpp"
#include "kernels/onednn_product.hpp"
#include "support/expect_error.hpp"

namespace millrace {
namespace {

TEST(OneDnn, MakesErrorsOfFailedCalls) {
  using test::expect_error;
  const auto expect_words = [](dnnl_status_t status, ErrorKind kind, std::initializer_list<std::string> words) {
    expect_error(kind, words, [&] { onednn::fail_call("matmul", "gemm failed", status); });
  };
  expect_words(
      dnnl_runtime_error, ErrorKind::environment,
      {"[matmul] oneDNN: gemm failed: ", "memory for the code that it compiles (status 5), expected", "ulimit -v"});
  expect_words(dnnl_unimplemented, ErrorKind::environment, {"not implemented", "(status 3)", "--gemm openblas"});
  expect_words(dnnl_invalid_arguments, ErrorKind::internal, {"wrong arguments (status 2)", "report the command"});
  expect_words(dnnl_not_required, ErrorKind::environment, {"an unknown cause (status 6), expected success"});
  EXPECT_THROW(onednn::fail_call("matmul", "gemm failed", dnnl_out_of_memory), std::bad_alloc);
}

// Shapes that no layer makes.
TEST(OneDnn, LetsNoExceptionOfItsOwnOut) {
  using test::expect_error;
  expect_error(ErrorKind::internal, {"[matmul] oneDNN: "}, [] { OnednnProduct({.m = -1, .k = 2, .n = 2}); });

  const ImageWindows windows{.images = 1, .in = {3, 3}, .out = {9, 9}, .size = {2, 2}};
  for (const auto make :
       {&ImageKernel::convolution, &ImageKernel::convolution_input_gradient, &ImageKernel::convolution_weight_gradient})
    expect_error(ErrorKind::internal, {"[image kernel] oneDNN: "},
                 [&] { return make({.windows = windows}).scratch_floats(); });
  for (const auto make : {&ImageKernel::pooling, &ImageKernel::pooling_gradient})
    expect_error(ErrorKind::internal, {"[image kernel] oneDNN: "},
                 [&] { return make({.windows = windows}).scratch_floats(); });
}

}  // namespace
}  // namespace millrace
