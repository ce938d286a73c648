// SPDX-License-Identifier: Apache-2.0
#include "kernels/matmul.hpp"

#include <array>
#include <cmath>
#include <oneapi/dnnl/dnnl.hpp>
#include <utility>

#include "base/buffer.hpp"
#include "kernels/column_product.hpp"
#include "kernels/matmul_choice.hpp"
#include "kernels/onednn.hpp"
#include "kernels/openblas.hpp"
#include "kernels/panels.hpp"
#include "kernels/transpose.hpp"
#include "millrace/error.hpp"
#include "threads/kernel_thread.hpp"

namespace millrace {

namespace {

using dnnl::memory;

memory::desc operand(std::int64_t rows, std::int64_t columns, const MatrixLayout& layout) {
  const memory::dims dims{rows, columns};
  switch (layout.layout) {
    case Layout::rows:
      return {dims, memory::data_type::f32, memory::dims{layout.stride, 1}};
    case Layout::transposed:
      return {dims, memory::data_type::f32, memory::dims{1, layout.stride}};
    case Layout::panels:
    case Layout::transposed_panels:
      break;
  }
  return {};
}

struct Prepared {
  dnnl::matmul primitive;
  memory::desc a, b, bias, c, scratch;
  std::string implementation;
};

Prepared prepare(const MatmulSpec& spec) {
  // A primitive remembers for how many OpenMP threads it was made.
  const KernelThread sequential;
  Prepared p;
  p.a = operand(spec.m, spec.k, spec.a);
  p.b = operand(spec.k, spec.n, spec.b);
  p.c = operand(spec.m, spec.n, {Layout::rows, spec.c_stride});
  if (spec.bias) p.bias = memory::desc({1, spec.n}, memory::data_type::f32, memory::dims{spec.n, 1});
  dnnl::post_ops post;
  if (spec.accumulate) post.append_sum(1.0F);
  if (spec.activation.kind != Eltwise::Kind::none) onednn::append(post, spec.activation);
  const dnnl::matmul::primitive_desc description =
      onednn::matmul_description(p.a, p.b, p.bias, p.c, onednn::attributes(post));
  p.primitive = dnnl::matmul(description);
  p.scratch = description.scratchpad_desc();
  p.implementation = description.impl_info_str();
  if (p.implementation.starts_with("gemm")) onednn::compile_gemm();
  return p;
}

bool is_reference(const std::string& implementation) {
  return implementation.starts_with("ref") || implementation.find(":ref") != std::string::npos;
}

}  // namespace

std::int64_t element_offset(const MatrixLayout& layout, std::int64_t rows, std::int64_t columns, std::int64_t row,
                            std::int64_t column) {
  switch (layout.layout) {
    case Layout::rows:
      return row * layout.stride + column;
    case Layout::transposed:
      return column * layout.stride + row;
    case Layout::panels:
      return panel_offset(rows, columns, row, column);
    case Layout::transposed_panels:
      return panel_offset(columns, rows, column, row);
  }
  return 0;
}

Vectors kernel_vectors() { return onednn::vectors(); }
std::string kernel_isa() { return onednn::isa_name(); }
std::string kernel_library() { return onednn::version_name(); }

struct Matmul::Impl {
  MatmulSpec spec;
  MatmulKernel kernel = MatmulKernel::onednn;
  Prepared onednn;              // only of its own kernel
  SmallKernel small = nullptr;  // likewise
  std::string implementation;
};

Matmul::Matmul(const MatmulSpec& spec, GemmChoice choice) {
  auto impl = std::make_shared<Impl>();
  impl->spec = spec;
  const bool automatic = choice == GemmChoice::automatic, has_openblas = openblas::sgemm() != nullptr;
  if (choice == GemmChoice::openblas && !has_openblas) {
    fail(ErrorKind::usage, "gemm",
         "OpenBLAS was asked for and is not installed, expected a build for several threads (Debian: "
         "libopenblas0-openmp)");
  }
  if (automatic || has_panels(spec))
    impl->kernel = choose_kernel(spec, has_openblas);
  else if (choice == GemmChoice::openblas)
    impl->kernel = MatmulKernel::openblas;
  if (impl->kernel == MatmulKernel::onednn) {
    impl->onednn = prepare(spec);
    // A reference kernel is a hundred times slower than either library's real one.
    if (automatic && has_openblas && is_reference(impl->onednn.implementation)) impl->kernel = MatmulKernel::openblas;
  }
  if (impl->kernel == MatmulKernel::small) impl->small = small_kernel();
  impl->implementation =
      impl->kernel == MatmulKernel::onednn ? impl->onednn.implementation : std::string(name_of(impl->kernel));
  impl_ = std::move(impl);
}

std::int64_t Matmul::scratch_floats() const {
  const MatmulSpec& spec = impl_->spec;
  if (impl_->kernel == MatmulKernel::small && transposes(spec)) return spec.k * spec.n;
  if (spec.b.layout == Layout::transposed_panels) return panel_backward_scratch(spec.m, spec.n, spec.k);
  if (impl_->kernel != MatmulKernel::onednn) return 0;
  return static_cast<std::int64_t>(impl_->onednn.scratch.get_size() / sizeof(float)) + 1;
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
  std::array<memory, 5> memories;  // keeps what `arguments` points at
  std::array<dnnl_exec_arg_t, 5> arguments;
  int argument_count = 0;
  memory destination, scratch;
  std::vector<PanelRows> updated_next;

  void run_onednn(float* scratch_memory) const {
    dnnl_memory_set_data_handle(scratch.get(), scratch_memory);
    const dnnl_status_t status =
        dnnl_primitive_execute(impl->onednn.primitive.get(), onednn::stream().get(), argument_count, arguments.data());
    if (status != dnnl_success)
      fail(ErrorKind::usage, "matmul",
           "oneDNN could not run " + impl->implementation + ", status " + std::to_string(status));
  }
  // What a call may say anew.
  struct Places {
    const float* a;
    std::int64_t a_stride;
    float* c;
    bool in_memory = false;  // A is in no cache yet
  };
  [[nodiscard]] Places bound() const { return {a, impl->spec.a.stride, c}; }

  void run_openblas(const Places& at) const {
    const MatmulSpec& spec = impl->spec;
    const auto transposed = [](const MatrixLayout& layout) {
      return layout.layout == Layout::transposed ? openblas::transpose : openblas::no_transpose;
    };
    openblas::sgemm()(openblas::row_major, transposed(spec.a), transposed(spec.b), static_cast<int>(spec.m),
                      static_cast<int>(spec.n), static_cast<int>(spec.k), 1.0F, at.a, static_cast<int>(at.a_stride), b,
                      static_cast<int>(spec.b.stride), spec.accumulate ? 1.0F : 0.0F, at.c,
                      static_cast<int>(spec.c_stride));
  }
  void run_column(const Places& at) const {
    const MatmulSpec& spec = impl->spec;
    multiply_column(at.a, at.a_stride, b, spec.m, spec.k, at.c, spec.c_stride);
  }
  void run_small(float* scratch_memory, const Places& at) const {
    const MatmulSpec& spec = impl->spec;
    const bool a_in_rows = spec.a.layout == Layout::rows;
    SmallProduct product{.m = spec.m, .k = spec.k, .n = spec.n, .c = at.c, .c_stride = spec.c_stride};
    product.a = at.a;
    product.a_row = a_in_rows ? at.a_stride : 1;
    product.a_step = a_in_rows ? 1 : at.a_stride;
    product.fetch_rows = a_in_rows && at.in_memory;
    product.b = b;
    product.b_stride = spec.b.stride;
    if (spec.bias) product.bias = bias;
    if (spec.n == 1) {
      // A^T b is b^T A, whose rows are contiguous.
      std::swap(product.m, product.n);
      std::swap(product.a, product.b);
      product.a_step = spec.b.layout == Layout::rows ? spec.b.stride : 1;
      product.b_stride = at.a_stride;
    } else if (transposes(spec)) {
      transpose(b, spec.b.stride, {0, spec.n}, spec.k, scratch_memory, spec.n);
      product.b = scratch_memory;
      product.b_stride = spec.n;
    }
    impl->small(product);
  }
  void run_panels(float* scratch_memory, const Places& at) const {
    const MatmulSpec& spec = impl->spec;
    if (spec.c_in_panels) {
      multiply_into_panels({.rows = spec.k,
                            .inputs = spec.m,
                            .units = spec.n,
                            .a = at.a,
                            .a_stride = at.a_stride,
                            .d = b,
                            .d_stride = spec.b.stride,
                            .c = at.c,
                            .updated_next = updated_next});
    } else if (spec.b.layout == Layout::transposed_panels) {
      multiply_panels_transposed({.rows = spec.m,
                                  .inputs = spec.n,
                                  .units = spec.k,
                                  .d = at.a,
                                  .d_stride = at.a_stride,
                                  .weights = b,
                                  .c = at.c,
                                  .c_stride = spec.c_stride,
                                  .accumulate = spec.accumulate,
                                  .scratch = scratch_memory});
    } else {
      run_panel_columns({0, spec.n}, at);
    }
  }
  void run_panel_columns(IndexRange columns, const Places& at) const {
    const MatmulSpec& spec = impl->spec;
    multiply_panels({.rows = spec.m,
                     .inputs = spec.k,
                     .units = spec.n,
                     .first_unit = columns.begin,
                     .end_unit = columns.end,
                     .a = at.a,
                     .a_stride = at.a_stride,
                     .weights = b,
                     .bias = spec.bias ? bias : nullptr,
                     .c = at.c,
                     .c_stride = spec.c_stride});
  }
  void run_own(float* scratch_memory, const Places& at) const {
    switch (impl->kernel) {
      case MatmulKernel::onednn:
        break;
      case MatmulKernel::openblas:
        run_openblas(at);
        add_bias(at.c);
        break;
      case MatmulKernel::column:
        run_column(at);
        add_bias(at.c);
        break;
      case MatmulKernel::small:
        run_small(scratch_memory, at);
        break;
      case MatmulKernel::panels:
        run_panels(scratch_memory, at);
        break;
    }
    activate(at.c, {0, impl->spec.n});
  }
  // What oneDNN does inside the product.
  void add_bias(float* result) const {
    const MatmulSpec& spec = impl->spec;
    if (!spec.bias) return;
    for (std::int64_t r = 0; r < spec.m; ++r)
      for (std::int64_t i = 0; i < spec.n; ++i) result[r * spec.c_stride + i] += bias[i];
  }
  void activate(float* result, IndexRange columns) const {
    const MatmulSpec& spec = impl->spec;
    if (spec.activation.kind == Eltwise::Kind::none) return;
    if (spec.c_stride == columns.size())
      return spec.activation.in_place(result, spec.m * spec.c_stride, spec.activation.alpha);
    for (std::int64_t r = 0; r < spec.m; ++r)
      spec.activation.in_place(result + r * spec.c_stride + columns.begin, columns.size(), spec.activation.alpha);
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
  if (impl_->kernel != MatmulKernel::onednn) return call;
  const Prepared& p = impl_->onednn;
  const auto add = [&](int argument, const memory::desc& desc, const float* data) {
    memory& object = state.memories[state.argument_count];
    object = memory(desc, onednn::engine(), const_cast<float*>(data));
    state.arguments[state.argument_count++] = {argument, object.get()};
  };
  add(DNNL_ARG_SRC, p.a, a);
  add(DNNL_ARG_WEIGHTS, p.b, b);
  if (impl_->spec.bias) add(DNNL_ARG_BIAS, p.bias, bias);
  add(DNNL_ARG_DST, p.c, c);
  state.destination = state.memories[state.argument_count - 1];
  add(DNNL_ARG_SCRATCHPAD, p.scratch, nullptr);
  state.scratch = state.memories[state.argument_count - 1];
  return call;
}

void Matmul::Call::operator()(float* scratch, float* c) const {
  if (state_->impl->kernel != MatmulKernel::onednn) {
    State::Places at = state_->bound();
    if (c != nullptr) at.c = c;
    return state_->run_own(scratch, at);
  }
  if (c != nullptr) dnnl_memory_set_data_handle(state_->destination.get(), c);
  state_->run_onednn(scratch);
}

bool Matmul::Call::can_read(std::int64_t a_stride) const {
  return state_->impl->kernel != MatmulKernel::onednn && a_stride >= state_->impl->spec.k;
}

void Matmul::Call::from(const float* a, std::int64_t a_stride, float* scratch) const {
  state_->run_own(scratch, {a, a_stride, state_->c, true});
}

void Matmul::Call::columns(IndexRange range) const {
  state_->run_panel_columns(range, state_->bound());
  state_->activate(state_->c, range);
}

}  // namespace millrace
