// SPDX-License-Identifier: Apache-2.0
#include "kernels/image_kernel.hpp"

#include <vector>

#include "base/buffer.hpp"
#include "kernels/onednn.hpp"
#include "threads/kernel_thread.hpp"

namespace millrace {

namespace {

using dnnl::memory;
using Tag = memory::format_tag;

constexpr auto f32 = memory::data_type::f32;

memory::desc images(std::int64_t count, std::array<std::int64_t, 2> extents, std::int64_t channels) {
  return {{count, channels, extents[0], extents[1]}, f32, Tag::nhwc};
}
memory::desc source_of(const ImageWindows& w) { return images(w.images, w.in, w.channels); }

// plain: as the network stores them; otherwise as the primitive wants them.
memory::desc weights_of(const ConvolutionSpec& s, bool plain) {
  const auto& size = s.windows.size;
  const std::int64_t channels = s.windows.channels / s.groups;
  if (s.groups == 1) return {{s.filters, channels, size[0], size[1]}, f32, plain ? Tag::hwio : Tag::any};
  return {{s.groups, s.filters / s.groups, channels, size[0], size[1]}, f32, plain ? Tag::hwigo : Tag::any};
}
memory::desc bias_of(const ConvolutionSpec& s) {
  return s.bias ? memory::desc({s.filters}, f32, Tag::a) : memory::desc();
}

onednn::Window window_of(const ImageWindows& w) {
  return {.strides = {w.strides[0], w.strides[1]},
          .dilation = {w.dilation[0] - 1, w.dilation[1] - 1},
          .before = {w.before[0], w.before[1]},
          .after = {w.after[0], w.after[1]},
          .extents = {w.size[0], w.size[1]}};
}

dnnl::convolution_forward::primitive_desc forward_of(const ConvolutionSpec& s, dnnl::prop_kind kind,
                                                     const Eltwise& activation) {
  dnnl::post_ops post;
  if (activation.kind != Eltwise::Kind::none) onednn::append(post, activation);
  return onednn::convolution_description(kind, source_of(s.windows), weights_of(s, false), bias_of(s),
                                         images(s.windows.images, s.windows.out, s.filters), window_of(s.windows),
                                         onednn::attributes(post));
}

dnnl::pooling_forward::primitive_desc forward_of(const PoolingSpec& s) {
  const ImageWindows& w = s.windows;
  return onednn::pooling_description(
      s.remembers ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference,
      s.largest ? dnnl::algorithm::pooling_max : dnnl::algorithm::pooling_avg_exclude_padding, source_of(w),
      images(w.images, w.out, w.channels), window_of(w));
}

std::int64_t floats_of(const memory::desc& desc) {
  return round_up(ceil_div(static_cast<std::int64_t>(desc.get_size()), sizeof(float)), cache_line_floats);
}

// Selects the operand of a call for one argument of the primitive.
using Operand = void* (*)(const ImageOperands&);
void* source(const ImageOperands& o) { return const_cast<float*>(o.source); }
void* weights(const ImageOperands& o) { return const_cast<float*>(o.weights); }
void* bias(const ImageOperands& o) { return const_cast<float*>(o.bias); }
void* result(const ImageOperands& o) { return o.result; }
void* bias_result(const ImageOperands& o) { return o.bias_result; }
void* places(const ImageOperands& o) { return o.places; }

struct Argument {
  int number;
  memory::desc desc;
  Operand operand;
};

}  // namespace

// If the primitive wants weights in another layout, every call converts them in scratch memory. This costs one pass
// over the weights, while the call itself makes one for each place of each image.
struct ImageKernel::Impl {
  dnnl::primitive primitive;
  std::vector<Argument> arguments;
  int reordered = -1;  // the argument whose layout differs from its operand's; -1: none
  bool reorder_after = false;
  memory::desc plain, scratchpad, reorder_scratchpad;
  dnnl::primitive reorder;
  std::int64_t place_floats = 0;
  std::string implementation;

  template <class Description>
  explicit Impl(const Description& description)
      : scratchpad(description.scratchpad_desc()), implementation(description.impl_info_str()) {}

  // wanted: the layout in which the primitive reads or writes the weights.
  void add_weights(int number, const memory::desc& wanted, const memory::desc& plain_weights, Operand operand,
                   bool is_result) {
    arguments.push_back({number, wanted, operand});
    if (wanted == plain_weights) return;
    reordered = static_cast<int>(arguments.size()) - 1;
    reorder_after = is_result;
    plain = plain_weights;
    const memory::desc &from = is_result ? wanted : plain, &to = is_result ? plain : wanted;
    const dnnl::reorder::primitive_desc description(onednn::engine(), from, onednn::engine(), to, onednn::attributes());
    reorder = dnnl::reorder(description);
    reorder_scratchpad = description.scratchpad_desc();
  }
  [[nodiscard]] std::int64_t weight_floats() const { return reordered < 0 ? 0 : floats_of(arguments[reordered].desc); }
};

// The memory objects of one kernel, which hold the pointers of its current call.
struct ImageKernel::Memories {
  std::vector<memory> objects;
  std::vector<dnnl_exec_arg_t> arguments;
  memory plain, scratchpad, reorder_scratchpad;
  std::array<dnnl_exec_arg_t, 3> reorder_arguments{};

  explicit Memories(const Impl& impl) {
    const auto unbound = [](const memory::desc& desc) { return memory(desc, onednn::engine(), nullptr); };
    for (const Argument& argument : impl.arguments) objects.push_back(unbound(argument.desc));
    scratchpad = unbound(impl.scratchpad);
    for (std::size_t i = 0; i < objects.size(); ++i) arguments.push_back({impl.arguments[i].number, objects[i].get()});
    arguments.push_back({DNNL_ARG_SCRATCHPAD, scratchpad.get()});
    if (impl.reordered < 0) return;
    plain = unbound(impl.plain);
    reorder_scratchpad = unbound(impl.reorder_scratchpad);
    const memory& wanted = objects[impl.reordered];
    reorder_arguments = {{{DNNL_ARG_FROM, (impl.reorder_after ? wanted : plain).get()},
                          {DNNL_ARG_TO, (impl.reorder_after ? plain : wanted).get()},
                          {DNNL_ARG_SCRATCHPAD, reorder_scratchpad.get()}}};
  }
};

ImageKernel::ImageKernel(std::shared_ptr<const Impl> impl) try
    : impl_(std::move(impl)), memories_(std::make_unique<Memories>(*impl_)) {
} catch (const dnnl::error& error) {
  onednn::fail_call("image kernel", error);
}
ImageKernel::ImageKernel(const ImageKernel& other) : ImageKernel(other.impl_) {}
ImageKernel::ImageKernel(ImageKernel&&) noexcept = default;
ImageKernel& ImageKernel::operator=(ImageKernel&&) noexcept = default;
ImageKernel::~ImageKernel() = default;

std::int64_t ImageKernel::scratch_floats() const {
  return impl_->weight_floats() + std::max(floats_of(impl_->scratchpad), floats_of(impl_->reorder_scratchpad));
}
std::int64_t ImageKernel::place_floats() const { return impl_->place_floats; }
const std::string& ImageKernel::implementation() const { return impl_->implementation; }

void ImageKernel::operator()(const ImageOperands& operands, float* scratch) const {
  const Impl& impl = *impl_;
  Memories& m = *memories_;
  const auto point = [](const memory& object, void* data) { dnnl_memory_set_data_handle(object.get(), data); };
  const auto run = [&](const dnnl::primitive& primitive, int count, const dnnl_exec_arg_t* arguments) {
    const dnnl_status_t status = dnnl_primitive_execute(primitive.get(), onednn::stream().get(), count, arguments);
    if (status != dnnl_success) onednn::fail_call("image kernel", impl.implementation + " failed", status);
  };
  for (std::size_t i = 0; i < m.objects.size(); ++i) point(m.objects[i], impl.arguments[i].operand(operands));
  float* const rest = scratch + impl.weight_floats();
  point(m.scratchpad, rest);
  const auto reorder = [&] {
    run(impl.reorder, static_cast<int>(m.reorder_arguments.size()), m.reorder_arguments.data());
  };
  if (impl.reordered >= 0) {
    point(m.plain, impl.arguments[impl.reordered].operand(operands));
    point(m.objects[impl.reordered], scratch);
    point(m.reorder_scratchpad, rest);
    if (!impl.reorder_after) reorder();
  }
  run(impl.primitive, static_cast<int>(m.arguments.size()), m.arguments.data());
  if (impl.reordered >= 0 && impl.reorder_after) reorder();
}

// A primitive takes over the number of threads of the place where it is made. KernelThread makes that 1.
ImageKernel ImageKernel::convolution(const ConvolutionSpec& spec) try {
  const KernelThread sequential;
  const auto description = forward_of(spec, dnnl::prop_kind::forward_inference, spec.activation);
  auto impl = std::make_shared<Impl>(description);
  impl->primitive = dnnl::convolution_forward(description);
  impl->arguments.push_back({DNNL_ARG_SRC, description.src_desc(), source});
  impl->add_weights(DNNL_ARG_WEIGHTS, description.weights_desc(), weights_of(spec, true), weights, false);
  if (spec.bias) impl->arguments.push_back({DNNL_ARG_BIAS, bias_of(spec), bias});
  impl->arguments.push_back({DNNL_ARG_DST, description.dst_desc(), result});
  return ImageKernel(std::move(impl));
} catch (const dnnl::error& error) {
  onednn::fail_call("image kernel", error);
}

ImageKernel ImageKernel::convolution_input_gradient(const ConvolutionSpec& spec) try {
  const KernelThread sequential;
  const auto forward = forward_of(spec, dnnl::prop_kind::forward_training, {});
  const auto description = onednn::convolution_data_description(
      source_of(spec.windows), weights_of(spec, false), images(spec.windows.images, spec.windows.out, spec.filters),
      window_of(spec.windows), forward);
  auto impl = std::make_shared<Impl>(description);
  impl->primitive = dnnl::convolution_backward_data(description);
  impl->arguments.push_back({DNNL_ARG_DIFF_DST, description.diff_dst_desc(), source});
  impl->add_weights(DNNL_ARG_WEIGHTS, description.weights_desc(), weights_of(spec, true), weights, false);
  impl->arguments.push_back({DNNL_ARG_DIFF_SRC, description.diff_src_desc(), result});
  return ImageKernel(std::move(impl));
} catch (const dnnl::error& error) {
  onednn::fail_call("image kernel", error);
}

ImageKernel ImageKernel::convolution_weight_gradient(const ConvolutionSpec& spec) try {
  const KernelThread sequential;
  const auto forward = forward_of(spec, dnnl::prop_kind::forward_training, {});
  const auto description = onednn::convolution_weights_description(
      source_of(spec.windows), weights_of(spec, false), bias_of(spec),
      images(spec.windows.images, spec.windows.out, spec.filters), window_of(spec.windows), forward);
  auto impl = std::make_shared<Impl>(description);
  impl->primitive = dnnl::convolution_backward_weights(description);
  impl->arguments.push_back({DNNL_ARG_SRC, description.src_desc(), source});
  impl->arguments.push_back({DNNL_ARG_DIFF_DST, description.diff_dst_desc(), weights});
  impl->add_weights(DNNL_ARG_DIFF_WEIGHTS, description.diff_weights_desc(), weights_of(spec, true), result, true);
  if (spec.bias) impl->arguments.push_back({DNNL_ARG_DIFF_BIAS, bias_of(spec), bias_result});
  return ImageKernel(std::move(impl));
} catch (const dnnl::error& error) {
  onednn::fail_call("image kernel", error);
}

ImageKernel ImageKernel::pooling(const PoolingSpec& spec) try {
  const KernelThread sequential;
  const auto description = forward_of(spec);
  auto impl = std::make_shared<Impl>(description);
  impl->primitive = dnnl::pooling_forward(description);
  impl->arguments.push_back({DNNL_ARG_SRC, description.src_desc(), source});
  impl->arguments.push_back({DNNL_ARG_DST, description.dst_desc(), result});
  if (const memory::desc at = description.workspace_desc(); spec.remembers && at.get_size() > 0) {
    impl->place_floats = floats_of(at);
    impl->arguments.push_back({DNNL_ARG_WORKSPACE, at, places});
  }
  return ImageKernel(std::move(impl));
} catch (const dnnl::error& error) {
  onednn::fail_call("image kernel", error);
}

ImageKernel ImageKernel::pooling_gradient(const PoolingSpec& spec) try {
  const KernelThread sequential;
  const auto forward = forward_of(spec);
  const ImageWindows& w = spec.windows;
  const auto description = onednn::pooling_gradient_description(
      spec.largest ? dnnl::algorithm::pooling_max : dnnl::algorithm::pooling_avg_exclude_padding, source_of(w),
      images(w.images, w.out, w.channels), window_of(w), forward);
  auto impl = std::make_shared<Impl>(description);
  impl->primitive = dnnl::pooling_backward(description);
  impl->arguments.push_back({DNNL_ARG_DIFF_DST, description.diff_dst_desc(), source});
  impl->arguments.push_back({DNNL_ARG_DIFF_SRC, description.diff_src_desc(), result});
  if (const memory::desc at = forward.workspace_desc(); at.get_size() > 0) {
    impl->place_floats = floats_of(at);
    impl->arguments.push_back({DNNL_ARG_WORKSPACE, at, places});
  }
  return ImageKernel(std::move(impl));
} catch (const dnnl::error& error) {
  onednn::fail_call("image kernel", error);
}

}  // namespace millrace
