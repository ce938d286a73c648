// SPDX-License-Identifier: Apache-2.0
#include "kernels/onednn_product.hpp"

#include "kernels/onednn.hpp"
#include "threads/kernel_thread.hpp"

namespace millrace {

namespace {

using dnnl::memory;

memory::desc operand(std::int64_t rows, std::int64_t columns, const MatrixLayout& layout, ProductPrecision precision) {
  const memory::dims dims{rows, columns};
  const memory::data_type type = precision == ProductPrecision::fp32 ? memory::data_type::f32 : memory::data_type::bf16;
  switch (layout.layout) {
    case Layout::rows:
      return {dims, type, memory::dims{layout.stride, 1}};
    case Layout::transposed:
      return {dims, type, memory::dims{1, layout.stride}};
    case Layout::pair_panels:
      static_assert(pair_panel_columns == 64 && pair_panel_height(1) == 16, "the tag says so");
      return {dims, type, memory::format_tag::BA16a64b2a};
    case Layout::panels:
    case Layout::transposed_panels:
      break;
  }
  return {};
}

}  // namespace

OnednnProduct::OnednnProduct(const MatmulSpec& spec) try {
  // A primitive remembers for how many OpenMP threads it was made: here, for one.
  const KernelThread sequential;
  a_ = operand(spec.m, spec.k, spec.a, spec.precision);
  b_ = operand(spec.k, spec.n, spec.b, spec.precision);
  c_ = operand(spec.m, spec.n, {Layout::rows, spec.c_stride}, ProductPrecision::fp32);
  if (spec.bias) bias_ = memory::desc({1, spec.n}, memory::data_type::f32, memory::dims{spec.n, 1});
  dnnl::post_ops post;
  if (spec.accumulate) post.append_sum(1.0F);
  if (spec.activation.kind != Eltwise::Kind::none) onednn::append(post, spec.activation);
  const dnnl::matmul::primitive_desc description =
      onednn::matmul_description(a_, b_, bias_, c_, onednn::attributes(post));
  primitive_ = dnnl::matmul(description);
  scratch_ = description.scratchpad_desc();
  implementation_ = description.impl_info_str();
  if (implementation_.starts_with("gemm")) onednn::compile_gemm();
} catch (const dnnl::error& error) {
  onednn::fail_call("matmul", error);
}

bool OnednnProduct::is_reference() const {
  return implementation_.starts_with("ref") || implementation_.find(":ref") != std::string::npos;
}

std::int64_t OnednnProduct::scratch_floats() const {
  return static_cast<std::int64_t>(scratch_.get_size() / sizeof(float)) + 1;
}

OnednnCall::OnednnCall(const OnednnProduct& product, const float* a, const float* b, const float* bias, float* c) try
    : product_(&product), a_(const_cast<float*>(a)), c_(c) {
  const auto add = [&](int argument, const memory::desc& desc, const float* data) {
    memory& object = memories_[argument_count_];
    object = memory(desc, onednn::engine(), const_cast<float*>(data));
    arguments_[argument_count_++] = {argument, object.get()};
    return object;
  };
  source_ = add(DNNL_ARG_SRC, product.a_, a);
  add(DNNL_ARG_WEIGHTS, product.b_, b);
  if (!product.bias_.is_zero()) add(DNNL_ARG_BIAS, product.bias_, bias);
  destination_ = add(DNNL_ARG_DST, product.c_, c);
  scratch_ = add(DNNL_ARG_SCRATCHPAD, product.scratch_, nullptr);
} catch (const dnnl::error& error) {
  onednn::fail_call("matmul", error);
}

void OnednnCall::run(float* scratch, float* c, const float* a) const {
  dnnl_memory_set_data_handle(source_.get(), a != nullptr ? const_cast<float*>(a) : a_);
  dnnl_memory_set_data_handle(destination_.get(), c != nullptr ? c : c_);
  dnnl_memory_set_data_handle(scratch_.get(), scratch);
  const dnnl_status_t status =
      dnnl_primitive_execute(product_->primitive_.get(), onednn::stream().get(), argument_count_, arguments_.data());
  if (status != dnnl_success) onednn::fail_call("matmul", product_->implementation_ + " failed", status);
}

}  // namespace millrace
