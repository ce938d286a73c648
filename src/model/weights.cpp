// SPDX-License-Identifier: Apache-2.0
//
// Reading and setting a Model's weights and learning rate.
#include <algorithm>
#include <cmath>

#include "base/fail.hpp"
#include "base/finite.hpp"
#include "base/formatted.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "model/import/weights_by_name.hpp"
#include "model/state.hpp"

namespace millrace {

std::vector<Parameter> Model::parameters() const {
  const Gate::Reading seat(state_->gate, "parameters");
  std::vector<Parameter> parameters;
  for (const NetworkParameter& parameter : state_->built("parameters").parameters())
    parameters.push_back({parameter.name, parameter.spec.shape, parameter.spec.trainable});
  return parameters;
}

std::vector<float> Model::weights(const std::string& name) const {
  const Gate::Reading seat(state_->gate, "weights");
  static_cast<void>(state_->with_weights("weights"));
  return state_->store->values(state_->parameter(name, "weights"));
}

void Model::set_weights(const std::string& name, std::span<const float> values) {
  const Gate::Writing writing(state_->gate, "set_weights", true);
  const Network& network = state_->with_weights("set_weights");
  const int index = state_->parameter(name, "set_weights");
  const NetworkParameter& parameter = network.parameters()[index];
  if (std::ssize(values) != parameter.size) {
    fail(ErrorKind::usage, "set_weights",
         counted(values.size(), "value") + " for " + name + ", expected " + std::to_string(parameter.size) +
             " for its shape " + shape_text(parameter.spec.shape));
  }
  if (!all_finite(values.data(), std::ssize(values)))
    fail(ErrorKind::data, "set_weights", "a value of " + name + " is not finite, expected finite numbers");
  state_->store->set_values(index, values);
}

void Model::copy_weights(const Model& other) {
  if (&other == this) return;
  const Gate::Writing writing(state_->gate, "copy_weights", true);
  const Gate::Reading seat(other.state_->gate, "copy_weights");
  const Network &to = state_->built("copy_weights"), &from = other.state_->with_weights("copy_weights");
  if (to.parameters().size() != from.parameters().size()) {
    fail(ErrorKind::usage, "copy_weights",
         "the other model has " + std::to_string(from.parameters().size()) + " parameters, this one has " +
             std::to_string(to.parameters().size()) + ", expected the same number");
  }
  for (std::size_t i = 0; i < to.parameters().size(); ++i) {
    const NetworkParameter &a = to.parameters()[i], &b = from.parameters()[i];
    if (a.spec.shape != b.spec.shape) {
      fail(ErrorKind::usage, "copy_weights",
           "the other model's " + b.name + " has shape " + shape_text(b.spec.shape) + ", expected " +
               shape_text(a.spec.shape) + ", the shape of " + a.name);
    }
  }
  state_->store->copy_weights(*other.state_->store);
  state_->weights_are_lost = false;
}

void Model::freeze(const std::vector<std::string>& layers) {
  const Gate::Writing writing(state_->gate, "freeze");
  std::vector<GraphLayer>& all = state_->card.network.layers;
  for (const std::string& name : layers) {
    if (std::ranges::find(all, name, &GraphLayer::name) != all.end()) continue;
    std::vector<std::string_view> known;
    for (const GraphLayer& layer : all) known.push_back(layer.name);
    fail(ErrorKind::usage, "freeze", unknown_name("layer", name, known));
  }
  if (state_->network) static_cast<void>(state_->with_weights("freeze"));
  for (GraphLayer& layer : all) layer.trainable = std::ranges::find(layers, layer.name) == layers.end();
  if (!state_->network) return;
  NetworkDescription description = state_->network->description();
  description.layers = all;
  const std::vector<float> weights = state_->store->flat_values(ParameterStore::weights);
  state_->use(std::make_unique<Network>(description));
  state_->store->load(ParameterStore::weights, weights);
}

std::vector<LoadedWeight> Model::load_weights(const std::string& path) {
  const Gate::Writing writing(state_->gate, "load_weights", true);
  static_cast<void>(state_->built("load_weights"));
  return load_weights_by_name(*state_, path);
}

double Model::learning_rate() const {
  const Gate::Reading seat(state_->gate, "learning_rate");
  // A run that was resumed has that of its checkpoint.
  if (state_->trainer && state_->trainer->state().learning_rate) return *state_->trainer->state().learning_rate;
  return make_optimizer(state_->card.compiled.optimizer, state_->card.network.semantics)->learning_rate();
}

void Model::set_learning_rate(double rate) {
  const Gate::Writing writing(state_->gate, "set_learning_rate", true);
  CompileOptions& compiled = state_->card.compiled;
  if (!(rate >= 0 && std::isfinite(rate)))
    fail(ErrorKind::usage, "set_learning_rate", "the rate is " + number_text(rate) + ", expected 0 or more");
  if (!compiled.schedule.op.empty()) {
    fail(ErrorKind::usage, "set_learning_rate",
         "the schedule " + compiled.schedule.op +
             " sets the rate of this model, expected a model compiled without a schedule");
  }
  compiled.optimizer.options["learning_rate"] = rate;
  if (state_->trainer) state_->trainer->set_learning_rate(rate);
}

}  // namespace millrace
