// SPDX-License-Identifier: Apache-2.0
//
// The matrix products of dense layers, by each library and by the kernel that a plan chooses, in fp32; and of bfloat16
// numbers.
#include <algorithm>
#include <bit>
#include <cmath>

#include "base/buffer.hpp"
#include "harness/benchmark.hpp"
#include "kernels/matmul.hpp"
#include "kernels/pair_product.hpp"
#include "kernels/panels.hpp"
#include "kernels/random.hpp"
#include "support/element_offset.hpp"

namespace millrace::bench {

namespace {

using test::element_offset;

// y = x W + b, dx = dy W^T and dW = x^T dy of a layer.
enum class Kind { forward, backward, gradient };
constexpr std::pair<Kind, const char*> kinds[] = {
    {Kind::forward, "forward"}, {Kind::backward, "backward"}, {Kind::gradient, "gradient"}};
constexpr std::pair<KernelChoice, const char*> libraries[] = {
    {KernelChoice::onednn, "onednn"}, {KernelChoice::openblas, "openblas"}, {KernelChoice::automatic, "auto"}};

struct LayerShape {
  std::int64_t rows, inputs, units;
  bool operator==(const LayerShape&) const = default;
};
// The shards and tiles of the workloads' layers, then square matrices.
constexpr LayerShape shapes[] = {{16, 400, 25},   {16, 25, 15},    {32, 30, 64},     {32, 64, 32},      {64, 784, 512},
                                 {64, 512, 256},  {64, 256, 10},   {64, 2048, 2048}, {32, 32, 32},      {64, 64, 64},
                                 {128, 128, 128}, {256, 256, 256}, {512, 512, 512},  {1024, 1024, 1024}};
// Those of bench/products/run, in both precisions.
struct NamedProduct {
  Kind kind;
  LayerShape shape;
};
constexpr NamedProduct compared[] = {
    {Kind::forward, {32, 784, 512}},    {Kind::forward, {32, 512, 256}},   {Kind::backward, {32, 512, 256}},
    {Kind::gradient, {128, 56, 512}},   {Kind::forward, {64, 1024, 2048}}, {Kind::forward, {64, 2048, 2048}},
    {Kind::backward, {64, 2048, 2048}}, {Kind::gradient, {512, 128, 512}},
};

// Weights and gradients are laid out as in a plan.
MatmulSpec spec_of(Kind kind, const LayerShape& at, KernelChoice library) {
  const std::int64_t x = row_stride(at.inputs), y = row_stride(at.units);
  const MatrixLayout weights = weights_layout(at.inputs, at.units, library);
  const bool panels = weights.layout == Layout::panels;
  MatmulSpec spec;
  switch (kind) {
    case Kind::forward:
      spec = {.m = at.rows, .k = at.inputs, .n = at.units, .a = {Layout::rows, x}, .b = weights};
      spec.c_stride = y;
      spec.bias = true;
      break;
    case Kind::backward:
      spec = {.m = at.rows, .k = at.units, .n = at.inputs, .a = {Layout::rows, y}};
      spec.b = panels ? MatrixLayout{Layout::transposed_panels, 0} : MatrixLayout{Layout::transposed, y};
      spec.c_stride = x;
      break;
    case Kind::gradient:
      spec = {.m = at.inputs, .k = at.rows, .n = at.units, .a = {Layout::transposed, x}, .b = {Layout::rows, y}};
      spec.c_stride = at.units;
      spec.c_in_panels = panels;
      break;
  }
  return spec;
}

Buffer operand(std::int64_t rows, std::int64_t columns, const MatrixLayout& layout, std::uint64_t id) {
  Buffer buffer(element_offset(layout, rows, columns, rows - 1, columns - 1) + panel_columns);
  const std::vector<float> drawn = normal_floats(std::min<std::int64_t>(buffer.size(), 1 << 14), id);
  for (std::int64_t i = 0; i < buffer.size(); ++i) buffer[i] = drawn[(i * 5 % 16381) % drawn.size()];
  return buffer;
}

// Some elements of C, chosen at random.
void verify(const MatmulSpec& spec, const Buffer& a, const Buffer& b, const Buffer& bias, const Buffer& c) {
  const MatrixLayout result =
      spec.c_in_panels ? MatrixLayout{Layout::panels, 0} : MatrixLayout{Layout::rows, spec.c_stride};
  Random random(4, RandomStream::noise);
  for (int element = 0; element < 256; ++element) {
    const auto row = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(spec.m))),
               column = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(spec.n)));
    double expected = spec.bias ? static_cast<double>(bias[column]) : 0;
    for (std::int64_t i = 0; i < spec.k; ++i) {
      expected += static_cast<double>(a[element_offset(spec.a, spec.m, spec.k, row, i)]) *
                  static_cast<double>(b[element_offset(spec.b, spec.k, spec.n, i, column)]);
    }
    const float actual = c[element_offset(result, spec.m, spec.n, row, column)];
    expect(std::abs(static_cast<double>(actual) - expected) < 1e-5 * std::sqrt(static_cast<double>(spec.k)) * 10,
           "element " + std::to_string(row) + ", " + std::to_string(column) + " is " + std::to_string(actual) +
               ", expected " + std::to_string(expected));
  }
}

void product(benchmark::State& state, Kind kind, const LayerShape& shape, KernelChoice library) {
  const MatmulSpec spec = spec_of(kind, shape, library);
  const Matmul matmul(spec, library);
  const Buffer a = operand(spec.m, spec.k, spec.a, 1), b = operand(spec.k, spec.n, spec.b, 2),
               bias = operand(1, spec.n, {Layout::rows, spec.n}, 3);
  Buffer c(spec.m * round_up(spec.c_stride, cache_line_floats)), scratch(matmul.scratch_floats() + 1);
  const Matmul::Call call = matmul.bind(a.data(), b.data(), spec.bias ? bias.data() : nullptr, c.data());
  call(scratch.data());
  if (answer_wanted()) verify(spec, a, b, bias, c);
  measure(state, [&] { call(scratch.data()); });
  report_flops(state, 2.0 * static_cast<double>(spec.m) * static_cast<double>(spec.k) * static_cast<double>(spec.n));
  state.SetLabel(matmul.implementation());
}

// The pairs of both operands as a layer makes them: those of weights lie in panels, those of rows one after the other
// along the inputs or units, or, for the gradient, along the rows.
struct Pairs {
  Pairs(Kind kind, const LayerShape& at, const MatmulSpec& spec, const Buffer& a, const Buffer& b)
      : a_stride_(kind == Kind::gradient ? row_stride(round_up(spec.m, pair_panel_columns))
                                         : row_stride(pair_count(spec.k))),
        b_stride_(row_stride(round_up(spec.n, pair_panel_columns))),
        a_(a_stride_ * (kind == Kind::gradient ? pair_count(spec.k) : spec.m)),
        b_(kind == Kind::gradient ? b_stride_ * pair_count(spec.k) : pair_panel_floats(at.inputs, at.units)),
        other_(pair_panel_floats(at.units, at.inputs)) {
    if (kind == Kind::gradient) {
      pair_rows(a.data(), spec.a.stride, spec.k, spec.m, pairs(a_), a_stride_, kernel_);
      pair_rows(b.data(), spec.b.stride, spec.k, spec.n, pairs(b_), b_stride_, kernel_);
      return;
    }
    pair_columns(a.data(), spec.a.stride, spec.m, spec.k, pairs(a_), a_stride_, kernel_);
    round_weights(b.data(), {Layout::rows, spec.b.stride}, at.inputs, at.units, {0, at.inputs}, {0, at.units},
                  {pairs(b_), pairs(other_)}, kernel_);
  }

  [[nodiscard]] PairProduct product(Kind kind, const MatmulSpec& spec, Buffer& c, const float* bias) {
    PairProduct product{.rows = spec.m, .steps = pair_count(spec.k), .columns = spec.n, .a = pairs(a_)};
    product.c = c.data();
    product.c_stride = spec.c_stride;
    product.c_in_panels = spec.c_in_panels;
    if (kind == Kind::gradient) {
      product.a_row = 1;
      product.a_step = a_stride_;
      product.b = pairs(b_);
      product.b_step = b_stride_;
      return product;
    }
    product.a_row = a_stride_;
    product.b = pairs(kind == Kind::forward ? b_ : other_);
    product.b_panel = pair_panel_offset(spec.k, pair_panel_columns);
    product.bias = bias;
    return product;
  }

 private:
  static BfloatPair* pairs(Buffer& buffer) { return reinterpret_cast<BfloatPair*>(buffer.data()); }

  PairKernel kernel_ = pair_kernel();
  std::int64_t a_stride_, b_stride_;
  Buffer a_, b_, other_;
};

// An operand of bfloat16 numbers, in fp32.
Buffer rounded(Buffer operand) {
  for (float& value : operand.span())
    value = std::bit_cast<float>(bfloat16_bits(std::bit_cast<std::uint32_t>(value)) << 16);
  return operand;
}

void product_of_pairs(benchmark::State& state, Kind kind, const LayerShape& shape) {
  MatmulSpec spec = spec_of(kind, shape, KernelChoice::onednn);  // weights in rows
  spec.c_in_panels = kind == Kind::gradient;
  const Buffer a = rounded(operand(spec.m, spec.k, spec.a, 1)), b = rounded(operand(spec.k, spec.n, spec.b, 2)),
               bias = operand(1, spec.n, {Layout::rows, spec.n}, 3);
  Buffer c(spec.m * round_up(spec.c_stride, cache_line_floats));
  Pairs pairs(kind, shape, spec, a, b);
  const PairProduct product = pairs.product(kind, spec, c, spec.bias ? bias.data() : nullptr);
  multiply_pairs(product, pair_kernel());
  if (answer_wanted()) verify(spec, a, b, bias, c);
  measure(state, [&] { multiply_pairs(product, pair_kernel()); });
  report_flops(state, 2.0 * static_cast<double>(spec.m) * static_cast<double>(spec.k) * static_cast<double>(spec.n));
  state.SetLabel(name_of(pair_kernel()));
}

std::string name_of_product(Kind kind, const LayerShape& shape, const std::string& by) {
  return "product/" + std::string(kinds[static_cast<int>(kind)].second) + "/" + std::to_string(shape.rows) + "x" +
         std::to_string(shape.inputs) + "x" + std::to_string(shape.units) + "/" + by;
}

void add_product(Kind kind, const LayerShape& shape, KernelChoice library, const std::string& name) {
  add(name_of_product(kind, shape, name), [=](benchmark::State& state) { product(state, kind, shape, library); });
}

const Group products([] {
  for (const auto& [kind, kind_name] : kinds) {
    for (const LayerShape& shape : shapes) {
      for (const auto& [library, library_name] : libraries) add_product(kind, shape, library, library_name);
    }
  }
  for (const NamedProduct& one : compared) {
    if (std::ranges::find(shapes, one.shape) == std::end(shapes))
      add_product(one.kind, one.shape, KernelChoice::automatic, "auto");
    add(name_of_product(one.kind, one.shape, "bf16"),
        [=](benchmark::State& state) { product_of_pairs(state, one.kind, one.shape); });
  }
});

}  // namespace

}  // namespace millrace::bench
