// SPDX-License-Identifier: Apache-2.0
//
// Products of oneDNN 2 or 3. Packed: both operands as the library asks for them.
#include <oneapi/dnnl/dnnl.hpp>
#include <string>
#include <unordered_map>

#include "products.hpp"

namespace products {

using dnnl::memory;

namespace {

memory::desc in_rows(std::int64_t rows, std::int64_t columns, memory::data_type type, bool transposed) {
  return {{rows, columns}, type, transposed ? memory::dims{1, rows} : memory::dims{columns, 1}};
}

}  // namespace

const char* library() {
  static const std::string name = "oneDNN " + std::to_string(dnnl_version()->major) + "." +
                                  std::to_string(dnnl_version()->minor) + "." + std::to_string(dnnl_version()->patch);
  return name.c_str();
}

std::function<void()> prepare(const Problem& p, Operands& operands) {
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  dnnl::stream stream(engine);
  const memory::data_type type = p.bfloat16 ? memory::data_type::bf16 : memory::data_type::f32;
  const memory::desc a = in_rows(p.m, p.k, type, p.kind == Kind::gradient),
                     b = in_rows(p.k, p.n, type, p.kind == Kind::backward),
                     c = in_rows(p.m, p.n, memory::data_type::f32, false);
  const memory::desc any_a({p.m, p.k}, type, memory::format_tag::any), any_b({p.k, p.n}, type, memory::format_tag::any);
#if DNNL_VERSION_MAJOR >= 3
  const dnnl::matmul::primitive_desc description(engine, p.packed ? any_a : a, p.packed ? any_b : b, c);
#else
  const dnnl::matmul::primitive_desc description({p.packed ? any_a : a, p.packed ? any_b : b, c}, engine);
#endif
  void* const a_data = p.bfloat16 ? static_cast<void*>(operands.a16.data()) : operands.a.data();
  void* const b_data = p.bfloat16 ? static_cast<void*>(operands.b16.data()) : operands.b.data();
  memory from(a, engine, a_data), weights(b, engine, b_data), to(c, engine, operands.c.data());
  const auto pack = [&](memory& given, const memory::desc& wanted) {
    if (given.get_desc() == wanted) return;
    memory packed(wanted, engine);
    dnnl::reorder(given, packed).execute(stream, given, packed);
    given = packed;
  };
  pack(from, description.src_desc());
  pack(weights, description.weights_desc());
  const dnnl::matmul product(description);
  const std::unordered_map<int, memory> arguments{
      {DNNL_ARG_SRC, from}, {DNNL_ARG_WEIGHTS, weights}, {DNNL_ARG_DST, to}};
  return [product, stream, arguments]() mutable { product.execute(stream, arguments); };
}

}  // namespace products
