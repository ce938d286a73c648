// SPDX-License-Identifier: Apache-2.0
#include "model/import/weights_by_name.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/finite.hpp"
#include "base/text.hpp"
#include "model/import/torch_orders.hpp"
#include "ops/axes.hpp"
#include "store/tensor_file.hpp"

namespace millrace {

namespace {

// Names of a parameter: the first in PyTorch's modules, the others in Keras's layers.
struct Role {
  std::string_view ours;
  std::array<std::string_view, 3> theirs;
};
constexpr std::array roles{Role{"kernel", {"weight", "kernel", ""}},
                           Role{"bias", {"bias", "", ""}},
                           Role{"embeddings", {"weight", "embeddings", ""}},
                           Role{"alpha", {"weight", "alpha", ""}},
                           Role{"gamma", {"weight", "gamma", "scale"}},
                           Role{"beta", {"bias", "beta", ""}},
                           Role{"scale", {"weight", "scale", "gamma"}},
                           Role{"moving_mean", {"running_mean", "moving_mean", ""}},
                           Role{"moving_variance", {"running_var", "moving_variance", ""}}};

// Digits compare as numbers: layer 2 comes before layer 10.
bool natural_less(const std::string& a, const std::string& b) {
  std::size_t i = 0, j = 0;
  const auto number = [&](const std::string& text, std::size_t& at) {
    const std::size_t begin = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    std::string digits = text.substr(begin, at - begin);
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
    return std::pair(digits.size(), digits);
  };
  while (i < a.size() && j < b.size()) {
    if (is_digit(a[i]) && is_digit(b[j])) {
      const auto x = number(a, i), y = number(b, j);
      if (x != y) return x < y;
    } else if (a[i] != b[j]) {
      return a[i] < b[j];
    } else {
      ++i, ++j;
    }
  }
  return a.size() - i < b.size() - j;
}

struct NaturalOrder {
  bool operator()(const std::string& a, const std::string& b) const { return natural_less(a, b); }
};
using Module = std::map<std::string, const NamedTensor*>;  // by role in the file: "weight"
using Modules = std::map<std::string, Module, NaturalOrder>;

Modules modules_of(const TensorFile& file) {
  Modules modules;
  for (const NamedTensor& tensor : file.tensors) {
    const std::size_t at = tensor.name.find_last_of("./");
    const std::string module = at == std::string::npos ? "" : tensor.name.substr(0, at);
    modules[module][tensor.name.substr(at + 1)] = &tensor;
  }
  return modules;
}

// How a tensor becomes a parameter: the order of axes to permute it with, empty for none. Nothing if it does not fit.
std::optional<Axes> fit(const NamedTensor& tensor, const NetworkParameter& parameter, bool torch) {
  const Shape& wanted = parameter.spec.shape;
  if (tensor.dtype != Dtype::f32) return std::nullopt;
  const bool kernel = parameter.name.ends_with("/kernel");
  if (kernel && torch) {
    const Axes back = wanted.size() == 2 ? Axes{1, 0} : Axes{2, 3, 1, 0};
    if (tensor.shape.size() != back.size() || permuted(tensor.shape, back) != wanted) return std::nullopt;
    return back;
  }
  if (tensor.shape == wanted) return Axes{};
  // PReLU of PyTorch: (1) or (channels), here with an extent for each axis.
  const bool same_numbers = parameter.name.ends_with("/alpha") && element_count(tensor.shape) == element_count(wanted);
  return same_numbers ? std::optional(Axes{}) : std::nullopt;
}

struct Found {
  const NamedTensor* tensor = nullptr;
  int parameter = 0;
  Axes axes;
  std::vector<std::int64_t>
      order{};  // of the rows of the parameter, by place here the place in the file; empty: the same
};

[[noreturn]] void refuse_order(const NetworkNode& node) {
  fail(ErrorKind::data, "load_weights",
       "layer '" + node.name +
           "' reads a flattened image that is combined with numbers in another order, where PyTorch, which "
           "flattens channels first, computes another network: expected a dense layer before they are combined");
}

// The tensors of a module for all parameters of a layer; empty if one is missing or has another shape.
std::vector<Found> tensors_for(const NetworkNode& node, const Network& network, const TorchOrder& order,
                               const Module& module) {
  std::vector<Found> found;
  std::set<const NamedTensor*> used;
  for (const int index : node.parameters) {
    const NetworkParameter& parameter = network.parameters()[static_cast<std::size_t>(index)];
    const std::string own = parameter.name.substr(node.name.size() + 1);
    const auto role = std::ranges::find(roles, std::string_view(own), &Role::ours);
    if (role == roles.end()) return {};
    const std::size_t before = found.size();
    for (const std::string_view name : role->theirs) {
      const auto at = module.find(std::string(name));
      if (name.empty() || at == module.end() || used.contains(at->second)) continue;
      const std::optional<Axes> axes = fit(*at->second, parameter, name == "weight");
      if (!axes) continue;
      const bool of_outputs = own == "bias" || own == "embeddings";  // whose order the layer makes itself
      const bool of_torch = name == role->theirs[0] && !of_outputs;
      if (of_torch && !order) refuse_order(node);
      const bool moves = of_torch && std::ssize(*order) == parameter.spec.shape.at(0);
      found.push_back({at->second, index, *axes, moves ? *order : std::vector<std::int64_t>()});
      used.insert(at->second);
      break;
    }
    if (found.size() == before) return {};
  }
  // A bias that the layer does not have would be lost.
  const bool lost = std::ranges::any_of(
      module, [&](const auto& part) { return !used.contains(part.second) && part.first != "num_batches_tracked"; });
  return lost ? std::vector<Found>{} : found;
}

// The values of a tensor, in the order of the parameter.
std::vector<float> values_of(const Found& found) {
  const NamedTensor& tensor = *found.tensor;
  std::vector<float> values(static_cast<std::size_t>(element_count(tensor.shape)));
  copy_values<float>(tensor, values);
  if (!all_finite(values.data(), std::ssize(values)))
    fail(ErrorKind::data, "load_weights", "tensor '" + tensor.name + "' is not finite, expected finite numbers");
  if (!found.axes.empty()) values = permuted(values, tensor.shape, found.axes);
  if (found.order.empty()) return values;
  std::vector<float> moved;
  const std::ptrdiff_t width = std::ssize(values) / std::ssize(found.order);
  for (const std::int64_t place : found.order)
    moved.insert(moved.end(), values.begin() + place * width, values.begin() + (place + 1) * width);
  return moved;
}

std::string tensors_text(const TensorFile& file) {
  std::vector<std::string> names;
  for (const NamedTensor& tensor : file.tensors) names.push_back(tensor.name + " " + shape_text(tensor.shape));
  return some_names(names);
}

}  // namespace

std::vector<LoadedWeight> load_weights_by_name(Model::State& state, const std::string& path) {
  const TensorFile file = read_tensor_file(path, Checksum::optional);
  Modules modules = modules_of(file);
  const Network& network = *state.network;
  const std::vector<TorchOrder> orders = torch_orders(network);
  std::map<std::string, std::vector<Found>> by_layer;
  const auto take = [&](const NetworkNode& node, Modules::iterator module) {
    std::vector<Found> found =
        tensors_for(node, network, orders[static_cast<std::size_t>(node.inputs[0])], module->second);
    if (found.empty()) return false;
    by_layer[node.name] = std::move(found);
    modules.erase(module);
    return true;
  };
  for (const NetworkNode& node : network.nodes())
    if (const auto same = modules.find(node.name); same != modules.end() && !node.parameters.empty()) take(node, same);
  for (const NetworkNode& node : network.nodes()) {
    if (node.parameters.empty() || by_layer.contains(node.name)) continue;
    for (auto module = modules.begin(); module != modules.end(); ++module)
      if (take(node, module)) break;
  }
  if (by_layer.empty())
    fail(ErrorKind::data, "load_weights",
         "'" + path + "' has no tensors of the names and shapes of the model's layers, expected some; it has " +
             tensors_text(file));
  // All values are read before the first one is set: a file with an error changes nothing.
  std::vector<std::pair<int, std::vector<float>>> values;
  std::vector<LoadedWeight> loaded;
  for (const NetworkNode& node : network.nodes()) {
    const auto at = by_layer.find(node.name);
    if (at == by_layer.end()) continue;
    for (const Found& found : at->second) {
      values.emplace_back(found.parameter, values_of(found));
      loaded.push_back({found.tensor->name, network.parameters()[static_cast<std::size_t>(found.parameter)].name,
                        !found.axes.empty(), !found.order.empty()});
    }
  }
  for (const auto& [parameter, numbers] : values) state.store->set_values(parameter, numbers);
  return loaded;
}

}  // namespace millrace
