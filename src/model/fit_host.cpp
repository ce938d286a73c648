// SPDX-License-Identifier: Apache-2.0
#include "model/fit_host.hpp"

#include <algorithm>
#include <memory>

#include "base/atomic_file.hpp"
#include "model/files/checkpoint_files.hpp"
#include "model/files/failure.hpp"

namespace millrace {

FitHost::FitHost(Model::State& state, const FitOptions& options, RunOrigin origin, Dataset& training, bool saved,
                 StateBefore& before)
    : state_(state),
      options_(options),
      origin_(std::move(origin)),
      training_(training),
      writes_(writes_files(options.cluster)),
      saved_(saved),
      before_(before) {
  if (state.card.table)
    hidden_.emplace(*state.card.table, training, state.inputs.columns, options.seed, options.threads);
}

void FitHost::begin_epoch(std::uint64_t epoch) {
  if (hidden_) hidden_->begin_epoch(epoch);
  before_.drop();
}

void FitHost::end_epoch() {
  if (hidden_) hidden_->end_epoch();
}

std::int64_t FitHost::rows_done() const {
  return std::min(state_.trainer->state().step * options_.batch_size, training_.rows());
}

void FitHost::save_checkpoint() {
  if (options_.checkpoint.empty() || !writes_) return;
  writing_.finish();
  const std::string path = folder().placed(options_.checkpoint);
  age_checkpoints(path, options_.keep_checkpoints);
  write_run(path, state_, origin_, rows_done());
  saved_ = true;
}

void FitHost::begin_checkpoint() {
  if (!writes_) return;
  const std::string path = folder().placed(options_.checkpoint);
  const auto bytes = std::make_shared<const std::vector<std::byte>>(bytes_of_run(path, state_, origin_, rows_done()));
  writing_.start([path, bytes, keep = options_.keep_checkpoints] {
    age_checkpoints(path, keep);
    write_file_atomically(path, {*bytes});
  });
  saved_ = true;
}

bool FitHost::load_checkpoint() {
  writing_.finish();
  if (!saved_) return false;
  const std::string path = folder().placed(options_.checkpoint);
  read_run_state(read_tensor_file(path), path, state_, false);
  return true;
}

void FitHost::write_model(const std::string& path, std::span<const float> weights, std::int64_t epochs) {
  if (writes_) save_model(folder().placed(path), state_, weights, epochs);
}

void FitHost::write_failure(const FailedStep& step) {
  millrace::write_failure(folder().placed(options_.failure), state_, origin_, options_, step, training_.source);
}

}  // namespace millrace
