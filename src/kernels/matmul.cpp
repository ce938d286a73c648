// SPDX-License-Identifier: Apache-2.0
#include "kernels/matmul.hpp"

#include <utility>

#include "base/fail.hpp"
#include "kernels/block_product.hpp"
#include "kernels/bound_product.hpp"
#include "kernels/matmul_choice.hpp"
#include "kernels/onednn_product.hpp"
#include "kernels/openblas.hpp"
#include "millrace/error.hpp"

namespace millrace {

struct Matmul::Impl {
  MatmulSpec spec;
  MatmulKernel kernel = MatmulKernel::onednn;
  OnednnProduct onednn;              // if that is the kernel
  SmallKernel small = nullptr;       // of small products and of blocks
  bool activates_some_rows = false;  // of small products: multiply_small_activated()
  std::string implementation;
};

Matmul::Matmul(const MatmulSpec& spec, KernelChoice choice) {
  auto impl = std::make_shared<Impl>();
  impl->spec = spec;
  const bool automatic = choice == KernelChoice::automatic, portable = choice == KernelChoice::portable,
             has_openblas = !portable && openblas::sgemm() != nullptr;
  if (choice == KernelChoice::openblas && !has_openblas) {
    fail(ErrorKind::usage, "gemm",
         "OpenBLAS cannot be used: " + openblas::why_missing() +
             "; expected a build for several threads (Debian: libopenblas0-openmp), or gemm=auto");
  }
  const bool rounded = spec.precision != ProductPrecision::fp32;
  if (rounded)
    impl->kernel = MatmulKernel::onednn;
  else if (portable)
    impl->kernel = choose_portable_kernel(spec);
  else if (automatic || has_panels(spec))
    impl->kernel = choose_kernel(spec, has_openblas);
  else if (choice == KernelChoice::openblas)
    impl->kernel = MatmulKernel::openblas;
  if (impl->kernel == MatmulKernel::onednn) {
    impl->onednn = OnednnProduct(spec);
    if (automatic && has_openblas && impl->onednn.is_reference()) impl->kernel = MatmulKernel::openblas;
    if (rounded && impl->onednn.is_reference())
      fail(ErrorKind::environment, "gemm",
           kernel_library() + " has no fast kernel for products of bfloat16 numbers here, expected gemm=auto");
  }
  if (impl->kernel == MatmulKernel::small || impl->kernel == MatmulKernel::blocks) impl->small = small_kernel();
  impl->activates_some_rows = rows_to_activate(spec) < spec.m;
  impl->implementation =
      impl->kernel == MatmulKernel::onednn ? impl->onednn.implementation() : std::string(name_of(impl->kernel));
  impl_ = std::move(impl);
}

std::int64_t Matmul::scratch_floats() const {
  const MatmulSpec& spec = impl_->spec;
  if (impl_->kernel == MatmulKernel::small && transposes(spec)) return spec.k * spec.n;
  if (impl_->kernel == MatmulKernel::blocks) return block_scratch(spec);
  if (spec.b.layout == Layout::transposed_panels) return panel_backward_scratch(spec.m, spec.n, spec.k);
  return impl_->kernel == MatmulKernel::onednn ? impl_->onednn.scratch_floats() : 0;
}
const std::string& Matmul::implementation() const { return impl_->implementation; }
const MatmulSpec& Matmul::spec() const { return impl_->spec; }
bool Matmul::rows_stand_alone() const {
  return impl_->kernel != MatmulKernel::onednn && impl_->kernel != MatmulKernel::openblas;
}

struct Matmul::Call::State {
  std::shared_ptr<const Impl> impl;
  const float *a, *b, *bias;
  float* c;
  std::vector<PanelRows> updated_next;
  OnednnCall onednn;  // if that is the kernel

  [[nodiscard]] BoundProduct bound(float* scratch) const {
    return {.spec = impl->spec,
            .a = a,
            .a_stride = impl->spec.a.stride,
            .b = b,
            .bias = bias,
            .c = c,
            .scratch = scratch,
            .updated_next = updated_next};
  }
  // By any kernel but oneDNN's.
  void run(const BoundProduct& product) const {
    switch (impl->kernel) {
      case MatmulKernel::onednn:
        break;
      case MatmulKernel::openblas:
        multiply_by_openblas(product);
        break;
      case MatmulKernel::column:
        multiply_by_column(product);
        break;
      case MatmulKernel::small:
        if (impl->activates_some_rows) return multiply_small_activated(product, impl->small);
        multiply_small(product, impl->small);
        break;
      case MatmulKernel::panels:
        multiply_in_panels(product);
        break;
      case MatmulKernel::blocks:
        multiply_in_blocks(product, impl->small);
        break;
    }
    apply_activation(product, {0, impl->spec.n});
  }
};

Matmul::Call::Call() = default;
Matmul::Call::Call(Call&&) noexcept = default;
Matmul::Call& Matmul::Call::operator=(Call&&) noexcept = default;
Matmul::Call::~Call() = default;

Matmul::Call Matmul::bind(const float* a, const float* b, const float* bias, float* c,
                          std::vector<PanelRows> updated_next) const {
  Call call;
  call.state_ = std::make_unique<Call::State>();
  Call::State& state = *call.state_;
  state.impl = impl_;
  state.a = a;
  state.b = b;
  state.bias = bias;
  state.c = c;
  state.updated_next = std::move(updated_next);
  if (impl_->kernel == MatmulKernel::onednn) state.onednn = OnednnCall(impl_->onednn, a, b, bias, c);
  return call;
}

void Matmul::Call::operator()(float* scratch, float* c, const float* a) const {
  if (state_->impl->kernel == MatmulKernel::onednn) return state_->onednn.run(scratch, c, a);
  BoundProduct product = state_->bound(scratch);
  if (a != nullptr) product.a = a;
  if (c != nullptr) product.c = c;
  state_->run(product);
}

bool Matmul::Call::can_read(std::int64_t a_stride) const {
  return state_->impl->kernel != MatmulKernel::onednn && a_stride >= state_->impl->spec.k;
}

void Matmul::Call::from(const float* a, std::int64_t a_stride, float* scratch) const {
  BoundProduct product = state_->bound(scratch);
  product.a = a;
  product.a_stride = a_stride;
  product.a_in_memory = true;
  state_->run(product);
}

// The libraries may add in another order if a product has fewer columns.
bool Matmul::Call::can_cut() const {
  const Impl& impl = *state_->impl;
  if (impl.kernel == MatmulKernel::panels) return can_cut_panels(impl.spec);
  return impl.kernel == MatmulKernel::small && impl.spec.n > 1;
}

void Matmul::Call::columns(IndexRange range, float* scratch) const {
  const BoundProduct product = state_->bound(scratch);
  if (state_->impl->kernel == MatmulKernel::panels)
    multiply_panel_columns(product, range);
  else
    multiply_small_columns(product, range, state_->impl->small);
  apply_activation(product, range);
}

}  // namespace millrace
