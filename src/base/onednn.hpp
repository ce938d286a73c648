// SPDX-License-Identifier: Apache-2.0
//
// What oneDNN 2.x and 3.x write differently. Included by src/base only.
#pragma once

#include <oneapi/dnnl/dnnl.hpp>
#include <string>

#include "base/matmul.hpp"

namespace millrace::onednn {

/// The process's CPU engine and in-order stream; both are immutable and safe to share.
[[nodiscard]] const dnnl::engine& engine();
[[nodiscard]] const dnnl::stream& stream();

[[nodiscard]] std::string isa_name();
[[nodiscard]] std::string version_name();

/// Attributes with scratch memory from the caller: oneDNN's own belongs to the thread that prepared the primitive.
[[nodiscard]] dnnl::primitive_attr attributes(const dnnl::post_ops& post = {});
[[nodiscard]] dnnl::algorithm algorithm(Eltwise::Kind kind);
void append(dnnl::post_ops& post, const Eltwise& function);
/// An empty `bias` descriptor means none. Throws dnnl::error.
[[nodiscard]] dnnl::matmul::primitive_desc matmul_description(const dnnl::memory::desc& a, const dnnl::memory::desc& b,
                                                              const dnnl::memory::desc& bias,
                                                              const dnnl::memory::desc& c,
                                                              const dnnl::primitive_attr& attributes);

}  // namespace millrace::onednn
