// SPDX-License-Identifier: Apache-2.0
//
// What oneDNN 2.x and 3.x write differently. Included in src/kernels only.
#pragma once

#include <oneapi/dnnl/dnnl.hpp>
#include <string>
#include <string_view>

#include "kernels/eltwise.hpp"
#include "kernels/processor.hpp"

namespace millrace::onednn {

/// The CPU engine and in-order stream of the process. Both are immutable and safe to share.
[[nodiscard]] const dnnl::engine& engine();
[[nodiscard]] const dnnl::stream& stream();

/// What a failed call of oneDNN is to callers of this room: std::bad_alloc if memory ran out, else an Error by `who`.
/// No dnnl::error leaves the room.
[[noreturn]] void fail_call(std::string_view who, const std::string& message, dnnl_status_t status);
[[noreturn]] inline void fail_call(std::string_view who, const dnnl::error& error) {
  fail_call(who, error.what(), error.status);
}

[[nodiscard]] Vectors vectors();
/// Whether kernels may use AVX512_BF16.
[[nodiscard]] bool has_bfloat16();
/// Before anything else of oneDNN is used.
void limit(dnnl::cpu_isa isa);
[[nodiscard]] std::string isa_name();
[[nodiscard]] std::string version_name();

/// Attributes with which the caller provides scratch memory. oneDNN's own belongs to the thread that made the
/// primitive.
[[nodiscard]] dnnl::primitive_attr attributes(const dnnl::post_ops& post = {});
[[nodiscard]] dnnl::algorithm algorithm(Eltwise::Kind kind);
void append(dnnl::post_ops& post, const Eltwise& function);
/// Makes oneDNN's GEMM compile all its kernels now. Otherwise its first call in the process would, which takes 30 ms.
void compile_gemm();
/// bias: an empty descriptor if there is none. Throws dnnl::error, as all functions below.
[[nodiscard]] dnnl::matmul::primitive_desc matmul_description(const dnnl::memory::desc& a, const dnnl::memory::desc& b,
                                                              const dnnl::memory::desc& bias,
                                                              const dnnl::memory::desc& c,
                                                              const dnnl::primitive_attr& attributes);

/// The windows over images, in oneDNN's terms. Dilation 0 means neighbouring pixels.
struct Window {
  dnnl::memory::dims strides, dilation, before, after, extents;
};
/// The descriptions of a convolution and of its two gradients. x, w, bias and y describe the tensors and their
/// gradients.
[[nodiscard]] dnnl::convolution_forward::primitive_desc convolution_description(
    dnnl::prop_kind kind, const dnnl::memory::desc& x, const dnnl::memory::desc& w, const dnnl::memory::desc& bias,
    const dnnl::memory::desc& y, const Window& window, const dnnl::primitive_attr& attributes);
[[nodiscard]] dnnl::convolution_backward_data::primitive_desc convolution_data_description(
    const dnnl::memory::desc& x, const dnnl::memory::desc& w, const dnnl::memory::desc& y, const Window& window,
    const dnnl::convolution_forward::primitive_desc& forward);
[[nodiscard]] dnnl::convolution_backward_weights::primitive_desc convolution_weights_description(
    const dnnl::memory::desc& x, const dnnl::memory::desc& w, const dnnl::memory::desc& bias,
    const dnnl::memory::desc& y, const Window& window, const dnnl::convolution_forward::primitive_desc& forward);
[[nodiscard]] dnnl::pooling_forward::primitive_desc pooling_description(dnnl::prop_kind kind, dnnl::algorithm algorithm,
                                                                        const dnnl::memory::desc& x,
                                                                        const dnnl::memory::desc& y,
                                                                        const Window& window);
[[nodiscard]] dnnl::pooling_backward::primitive_desc pooling_gradient_description(
    dnnl::algorithm algorithm, const dnnl::memory::desc& x, const dnnl::memory::desc& y, const Window& window,
    const dnnl::pooling_forward::primitive_desc& forward);

}  // namespace millrace::onednn
