// SPDX-License-Identifier: Apache-2.0
#include "model/predictor.hpp"

#include <algorithm>
#include <functional>

#include "threads/cpu_budget.hpp"

namespace millrace {

Predictor::Predictor(const Network& network, ParameterStore& store, std::shared_ptr<const Objective> objective)
    : network_(&network), store_(&store), objective_(std::move(objective)) {}

Inference& Predictor::inference() {
  if (!inference_ || layout_version_ != store_->layout_version()) {
    inference_.emplace(*network_, *store_, objective_.get());
    layout_version_ = store_->layout_version();
  }
  return *inference_;
}

Crew& Predictor::crew(std::int64_t workers) {
  const bool portable = store_->kernels() == KernelChoice::portable;
  if (!crew_ || crew_->workers() != workers || crew_->portable() != portable)
    crew_ = std::make_unique<Crew>(static_cast<int>(workers), portable);
  return *crew_;
}

std::optional<Matrix> Predictor::predict(const InferenceRows& rows, int threads, const std::atomic<bool>* stop) {
  Inference& inference = this->inference();
  const std::int64_t count = rows.data.rows(), allowed = worker_count(threads);
  const std::int64_t workers = allowed == 1 ? 1 : std::min(allowed, inference.useful_workers(count));
  Matrix out(count, network_->output_width());
  bool finite = true;
  const auto work = [&](Crew& team) { finite = inference.predict(team, rows, out, stop); };
  crew(workers).run(std::cref(work));  // by reference, because std::function would copy the captures to the heap
  return finite ? std::optional(std::move(out)) : std::nullopt;
}

Evaluation Predictor::evaluate(const InferenceRows& rows, int threads, const std::atomic<bool>* stop) {
  Evaluation result;
  crew(worker_count(threads)).run([&](Crew& team) { result = inference().evaluate(team, rows, stop); });
  return result;
}

}  // namespace millrace
