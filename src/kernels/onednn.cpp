// SPDX-License-Identifier: Apache-2.0
#include "kernels/onednn.hpp"

#include <array>
#include <mutex>
#include <new>

#include "base/fail.hpp"

namespace millrace::onednn {

const dnnl::engine& engine() {
  static const dnnl::engine instance(dnnl::engine::kind::cpu, 0);
  return instance;
}

const dnnl::stream& stream() {
  static const dnnl::stream instance(engine());
  return instance;
}

namespace {

struct Failure {
  ErrorKind kind;
  const char *cause, *expected;
};

Failure failure_of(dnnl_status_t status) {
  switch (status) {
    case dnnl_invalid_arguments:
      return {ErrorKind::internal, "wrong arguments", "right ones: please report the command"};
    case dnnl_unimplemented:
      return {ErrorKind::environment, "not implemented for these sizes or this processor",
              "another library: --gemm openblas, or --kernels portable"};
    case dnnl_runtime_error:
      // It compiles its kernels, and gives this status when the system takes back or refuses the pages for them.
      return {ErrorKind::environment, "an error while it ran, most likely no memory for the code that it compiles",
              "a higher limit (ulimit -v, the memory of the job), or a system that lets programs run code which they "
              "compile (SELinux: execmem)"};
    default:
      return {ErrorKind::environment, "an unknown cause", "success"};
  }
}

}  // namespace

void fail_call(std::string_view who, const std::string& message, dnnl_status_t status) {
  if (status == dnnl_out_of_memory) throw std::bad_alloc();
  const Failure failure = failure_of(status);
  fail(failure.kind, who,
       "oneDNN: " + message + ": " + failure.cause + " (status " + std::to_string(status) + "), expected " +
           failure.expected);
}

std::string version_name() {
  const dnnl_version_t* version = dnnl_version();
  return "oneDNN " + std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
         std::to_string(version->patch);
}

namespace {

bool contains(dnnl::cpu_isa isa, dnnl::cpu_isa part) {
  return (static_cast<unsigned>(isa) & static_cast<unsigned>(part)) == static_cast<unsigned>(part);
}

}  // namespace

Vectors vectors() {
  const dnnl::cpu_isa isa = dnnl::get_effective_cpu_isa();
  if (contains(isa, dnnl::cpu_isa::avx512_core)) return Vectors::avx512;
  return contains(isa, dnnl::cpu_isa::avx2) ? Vectors::avx2 : Vectors::other;
}

bool has_bfloat16() { return contains(dnnl::get_effective_cpu_isa(), dnnl::cpu_isa::avx512_core_bf16); }

void limit(dnnl::cpu_isa isa) {
  if (dnnl::set_max_cpu_isa(isa) != dnnl::status::success)
    fail(ErrorKind::environment, "isa", "this oneDNN takes no limit of its instructions, expected --isa auto");
}

std::string isa_name() {
  const dnnl::cpu_isa isa = dnnl::get_effective_cpu_isa();
  constexpr std::pair<dnnl::cpu_isa, const char*> named[] = {
      {dnnl::cpu_isa::avx512_core_amx, "avx512_core_amx"},
      {dnnl::cpu_isa::avx512_core_bf16, "avx512_core_bf16"},
      {dnnl::cpu_isa::avx512_core_vnni, "avx512_core_vnni"},
      {dnnl::cpu_isa::avx512_core, "avx512_core"},
      {dnnl::cpu_isa::avx2_vnni, "avx2_vnni"},
      {dnnl::cpu_isa::avx2, "avx2"},
      {dnnl::cpu_isa::avx, "avx"},
      {dnnl::cpu_isa::sse41, "sse41"},
  };
  // The largest set that it contains. Sets that only a later oneDNN has a name for contain one of these.
  for (const auto& [part, name] : named) {
    if (contains(isa, part)) return isa == part ? name : std::string(name) + " and more";
  }
  return "isa " + std::to_string(static_cast<int>(isa));
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
    case Eltwise::Kind::swish:
      return dnnl::algorithm::eltwise_swish;
    case Eltwise::Kind::softplus:
      return dnnl::algorithm::eltwise_soft_relu;
    case Eltwise::Kind::exponential:
      return dnnl::algorithm::eltwise_exp;
    case Eltwise::Kind::mish:
      return dnnl::algorithm::eltwise_mish;
  }
  return dnnl::algorithm::undef;
}

constexpr dnnl::algorithm direct = dnnl::algorithm::convolution_direct;

void compile_gemm() {
  static std::once_flag once;
  std::call_once(once, [] {
    constexpr dnnl::memory::dim side = 4;
    const std::array<float, side * side> a{}, b{};
    std::array<float, side * side> c{};
    // One kind of operands compiles the kernels that pack, the other those that do not.
    for (const char transposed : {'N', 'T'})
      dnnl::sgemm('N', transposed, side, side, side, 1.0F, a.data(), side, b.data(), side, 0.0F, c.data(), side);
  });
}

#if DNNL_VERSION_MAJOR >= 3

void append(dnnl::post_ops& post, const Eltwise& function) {
  post.append_eltwise(algorithm(function.kind), function.alpha, 0.0F);
}

dnnl::matmul::primitive_desc matmul_description(const dnnl::memory::desc& a, const dnnl::memory::desc& b,
                                                const dnnl::memory::desc& bias, const dnnl::memory::desc& c,
                                                const dnnl::primitive_attr& attributes) {
  if (bias.is_zero()) return {engine(), a, b, c, attributes};
  return {engine(), a, b, bias, c, attributes};
}

dnnl::convolution_forward::primitive_desc convolution_description(dnnl::prop_kind kind, const dnnl::memory::desc& x,
                                                                  const dnnl::memory::desc& w,
                                                                  const dnnl::memory::desc& bias,
                                                                  const dnnl::memory::desc& y, const Window& at,
                                                                  const dnnl::primitive_attr& attributes) {
  return {engine(), kind, direct, x, w, bias, y, at.strides, at.dilation, at.before, at.after, attributes};
}
dnnl::convolution_backward_data::primitive_desc convolution_data_description(
    const dnnl::memory::desc& x, const dnnl::memory::desc& w, const dnnl::memory::desc& y, const Window& at,
    const dnnl::convolution_forward::primitive_desc& forward) {
  return {engine(), direct, x, w, y, at.strides, at.dilation, at.before, at.after, forward, attributes()};
}
dnnl::convolution_backward_weights::primitive_desc convolution_weights_description(
    const dnnl::memory::desc& x, const dnnl::memory::desc& w, const dnnl::memory::desc& bias,
    const dnnl::memory::desc& y, const Window& at, const dnnl::convolution_forward::primitive_desc& forward) {
  return {engine(), direct, x, w, bias, y, at.strides, at.dilation, at.before, at.after, forward, attributes()};
}
dnnl::pooling_forward::primitive_desc pooling_description(dnnl::prop_kind kind, dnnl::algorithm algorithm,
                                                          const dnnl::memory::desc& x, const dnnl::memory::desc& y,
                                                          const Window& at) {
  return {engine(), kind, algorithm, x, y, at.strides, at.extents, at.dilation, at.before, at.after, attributes()};
}
dnnl::pooling_backward::primitive_desc pooling_gradient_description(
    dnnl::algorithm algorithm, const dnnl::memory::desc& x, const dnnl::memory::desc& y, const Window& at,
    const dnnl::pooling_forward::primitive_desc& forward) {
  return {engine(), algorithm, x, y, at.strides, at.extents, at.dilation, at.before, at.after, forward, attributes()};
}

#else

void append(dnnl::post_ops& post, const Eltwise& function) {
  post.append_eltwise(1.0F, algorithm(function.kind), function.alpha, 0.0F);
}

dnnl::matmul::primitive_desc matmul_description(const dnnl::memory::desc& a, const dnnl::memory::desc& b,
                                                const dnnl::memory::desc& bias, const dnnl::memory::desc& c,
                                                const dnnl::primitive_attr& attributes) {
  if (bias.is_zero()) return {dnnl::matmul::desc(a, b, c), attributes, engine()};
  return {dnnl::matmul::desc(a, b, bias, c), attributes, engine()};
}

dnnl::convolution_forward::primitive_desc convolution_description(dnnl::prop_kind kind, const dnnl::memory::desc& x,
                                                                  const dnnl::memory::desc& w,
                                                                  const dnnl::memory::desc& bias,
                                                                  const dnnl::memory::desc& y, const Window& at,
                                                                  const dnnl::primitive_attr& attributes) {
  return {{kind, direct, x, w, bias, y, at.strides, at.dilation, at.before, at.after}, attributes, engine()};
}
dnnl::convolution_backward_data::primitive_desc convolution_data_description(
    const dnnl::memory::desc& x, const dnnl::memory::desc& w, const dnnl::memory::desc& y, const Window& at,
    const dnnl::convolution_forward::primitive_desc& forward) {
  return {{direct, x, w, y, at.strides, at.dilation, at.before, at.after}, attributes(), engine(), forward};
}
dnnl::convolution_backward_weights::primitive_desc convolution_weights_description(
    const dnnl::memory::desc& x, const dnnl::memory::desc& w, const dnnl::memory::desc& bias,
    const dnnl::memory::desc& y, const Window& at, const dnnl::convolution_forward::primitive_desc& forward) {
  return {{direct, x, w, bias, y, at.strides, at.dilation, at.before, at.after}, attributes(), engine(), forward};
}
// Without dilation: in oneDNN 2 that is another primitive.
dnnl::pooling_forward::primitive_desc pooling_description(dnnl::prop_kind kind, dnnl::algorithm algorithm,
                                                          const dnnl::memory::desc& x, const dnnl::memory::desc& y,
                                                          const Window& at) {
  return {{kind, algorithm, x, y, at.strides, at.extents, at.before, at.after}, attributes(), engine()};
}
dnnl::pooling_backward::primitive_desc pooling_gradient_description(
    dnnl::algorithm algorithm, const dnnl::memory::desc& x, const dnnl::memory::desc& y, const Window& at,
    const dnnl::pooling_forward::primitive_desc& forward) {
  return {{algorithm, x, y, at.strides, at.extents, at.before, at.after}, attributes(), engine(), forward};
}

#endif

}  // namespace millrace::onednn
