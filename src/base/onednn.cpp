// SPDX-License-Identifier: Apache-2.0
#include "base/onednn.hpp"

namespace millrace::onednn {

const dnnl::engine& engine() {
  static const dnnl::engine instance(dnnl::engine::kind::cpu, 0);
  return instance;
}

const dnnl::stream& stream() {
  static const dnnl::stream instance(engine());
  return instance;
}

std::string version_name() {
  const dnnl_version_t* version = dnnl_version();
  return "oneDNN " + std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
         std::to_string(version->patch);
}

std::string isa_name() {
  // The order of the enumeration is not the order of capability in every version, so compare by name.
  switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::sse41:
      return "sse41";
    case dnnl::cpu_isa::avx:
      return "avx";
    case dnnl::cpu_isa::avx2:
      return "avx2";
    case dnnl::cpu_isa::avx512_core:
      return "avx512_core";
    case dnnl::cpu_isa::avx512_core_vnni:
      return "avx512_core_vnni";
    case dnnl::cpu_isa::avx512_core_bf16:
      return "avx512_core_bf16";
    default:
      return "isa " + std::to_string(static_cast<int>(dnnl::get_effective_cpu_isa()));
  }
}

dnnl::primitive_attr attributes(const dnnl::post_ops& post) {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  attributes.set_post_ops(post);
  return attributes;
}

dnnl::algorithm algorithm(Eltwise::Kind kind) {
  switch (kind) {
    case Eltwise::Kind::none:
      break;
    case Eltwise::Kind::relu:
      return dnnl::algorithm::eltwise_relu;
    case Eltwise::Kind::sigmoid:
      return dnnl::algorithm::eltwise_logistic;
    case Eltwise::Kind::tanh:
      return dnnl::algorithm::eltwise_tanh;
    case Eltwise::Kind::elu:
      return dnnl::algorithm::eltwise_elu;
    case Eltwise::Kind::gelu_erf:
      return dnnl::algorithm::eltwise_gelu_erf;
    case Eltwise::Kind::gelu_tanh:
      return dnnl::algorithm::eltwise_gelu_tanh;
    case Eltwise::Kind::swish:
      return dnnl::algorithm::eltwise_swish;
    case Eltwise::Kind::softplus:
      return dnnl::algorithm::eltwise_soft_relu;
    case Eltwise::Kind::exponential:
      return dnnl::algorithm::eltwise_exp;
    case Eltwise::Kind::linear:
      return dnnl::algorithm::eltwise_linear;
    case Eltwise::Kind::clip:
      return dnnl::algorithm::eltwise_clip;
    case Eltwise::Kind::mish:
      return dnnl::algorithm::eltwise_mish;
    case Eltwise::Kind::hard_swish:
      return dnnl::algorithm::eltwise_hardswish;
  }
  return dnnl::algorithm::undef;
}

#if DNNL_VERSION_MAJOR >= 3

void append(dnnl::post_ops& post, const Eltwise& function) {
  post.append_eltwise(algorithm(function.kind), function.alpha, function.beta);
}

dnnl::matmul::primitive_desc matmul_description(const dnnl::memory::desc& a, const dnnl::memory::desc& b,
                                                const dnnl::memory::desc& bias, const dnnl::memory::desc& c,
                                                const dnnl::primitive_attr& attributes) {
  if (bias.is_zero()) return {engine(), a, b, c, attributes};
  return {engine(), a, b, bias, c, attributes};
}

#else

void append(dnnl::post_ops& post, const Eltwise& function) {
  post.append_eltwise(1.0F, algorithm(function.kind), function.alpha, function.beta);
}

dnnl::matmul::primitive_desc matmul_description(const dnnl::memory::desc& a, const dnnl::memory::desc& b,
                                                const dnnl::memory::desc& bias, const dnnl::memory::desc& c,
                                                const dnnl::primitive_attr& attributes) {
  if (bias.is_zero()) return {dnnl::matmul::desc(a, b, c), attributes, engine()};
  return {dnnl::matmul::desc(a, b, bias, c), attributes, engine()};
}

#endif

}  // namespace millrace::onednn
