// SPDX-License-Identifier: Apache-2.0
#include "model/state_before.hpp"

namespace millrace {

StateBefore::StateBefore(Model::State& state) : state_(state), kept_(Kept{.card = state.card}) {
  kept_->built = state.network != nullptr;
  kept_->compiled = state.trainer != nullptr;
  kept_->weights_are_lost = state.weights_are_lost;
  if (!kept_->built) return;
  kept_->kernels = state.store->kernels();
  kept_->precision = state.store->precision();
}

const TrainingState& StateBefore::take_position() {
  return kept_->position.emplace(std::move(state_.trainer->state()));
}

void StateBefore::keep_numbers() {
  Numbers& numbers = kept_->numbers.emplace(Numbers{.preparation = state_.preparation, .buffers = {}});
  if (!kept_->built) return;
  const ParameterStore& store = *state_.store;
  const int end = kept_->compiled ? static_cast<int>(store.buffer_names().size()) : 0;
  for (int buffer = ParameterStore::weights; buffer < end; ++buffer)
    numbers.buffers.push_back(store.flat_values(buffer));
  if (kept_->compiled) numbers.accumulated = state_.trainer->compiled().updater.accumulated();
}

void StateBefore::drop() { kept_.reset(); }

void StateBefore::restore() {
  if (!kept_) return;
  state_.card = std::move(kept_->card);
  state_.weights_are_lost = kept_->weights_are_lost;
  if (!kept_->compiled) state_.trainer.reset();
  if (!kept_->built) state_.unbuild();
  if (state_.trainer && kept_->position) state_.trainer->state() = *std::move(kept_->position);
  if (kept_->numbers) restore_numbers(*kept_->numbers);
  if (kept_->built) state_.store->use(kept_->kernels, kept_->precision);
  drop();
}

void StateBefore::restore_numbers(const Numbers& numbers) {
  state_.preparation = numbers.preparation;
  state_.update_inputs();
  int buffer = ParameterStore::weights;
  for (const std::vector<float>& values : numbers.buffers) state_.store->load(buffer++, values);
  if (state_.trainer) state_.trainer->compiled().updater.accumulated() = numbers.accumulated;
}

}  // namespace millrace
