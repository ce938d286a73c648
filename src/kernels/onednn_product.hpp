// SPDX-License-Identifier: Apache-2.0
//
// A matrix product of oneDNN: prepared once for its shapes, bound to its operands, then run any number of times.
// Used by matmul.cpp only.
#pragma once

#include <array>
#include <oneapi/dnnl/dnnl.hpp>
#include <string>

#include "kernels/matmul.hpp"

namespace millrace {

/// The code that oneDNN compiled for one MatmulSpec. Immutable: copies share it.
class OnednnProduct {
 public:
  OnednnProduct() = default;
  /// Compiles: milliseconds. The operands of `spec` are in rows, transposed or in pair_panels.
  explicit OnednnProduct(const MatmulSpec& spec);

  [[nodiscard]] const std::string& implementation() const { return implementation_; }
  /// Whether oneDNN has only its reference kernel for this product: it is a hundred times slower than a real one.
  [[nodiscard]] bool is_reference() const;
  [[nodiscard]] std::int64_t scratch_floats() const;

 private:
  friend class OnednnCall;
  dnnl::matmul primitive_;
  dnnl::memory::desc a_, b_, bias_, c_, scratch_;
  std::string implementation_;
};

/// A product with its operands. One thread at a time. The product outlives the call.
class OnednnCall {
 public:
  OnednnCall() = default;
  /// bias may be null if the product has none.
  OnednnCall(const OnednnProduct& product, const float* a, const float* b, const float* bias, float* c);
  /// Writes to `c` and reads A at `a`, or at the bound place if that is null. scratch: scratch_floats() floats.
  void run(float* scratch, float* c, const float* a) const;

 private:
  const OnednnProduct* product_ = nullptr;
  std::array<dnnl::memory, 5> memories_;  // keeps alive what arguments_ points at
  std::array<dnnl_exec_arg_t, 5> arguments_;
  int argument_count_ = 0;
  dnnl::memory source_, destination_, scratch_;
  float *a_ = nullptr, *c_ = nullptr;  // the bound places
};

}  // namespace millrace
