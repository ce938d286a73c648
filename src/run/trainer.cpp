// SPDX-License-Identifier: Apache-2.0
#include "run/trainer.hpp"

#include <optional>

#include "millrace/error.hpp"
#include "run/training_run.hpp"
#include "step/inference.hpp"
#include "step/loss_inputs.hpp"
#include "step/plan.hpp"
#include "threads/cpu_budget.hpp"
#include "threads/crew.hpp"

namespace millrace {

void Trainer::check(const Dataset& data, const char* what) const {
  check_data(data, what, compiled_.network.output_width(), *compiled_.loss, compiled_.metrics);
}

History Trainer::fit(const Dataset& data, const Dataset* validation, const FitOptions& options, const RunFiles& files) {
  if (options.epochs < 0)
    fail(ErrorKind::usage, "fit", "epochs is " + std::to_string(options.epochs) + ", expected 0 or more");
  if (options.batch_size < 1)
    fail(ErrorKind::usage, "fit", "batch_size is " + std::to_string(options.batch_size) + ", expected 1 or more");
  if (compiled_.lbfgs && options.batch_size < data.rows()) {
    fail(ErrorKind::usage, Lbfgs::op,
         "batch_size is " + std::to_string(options.batch_size) + " of " + std::to_string(data.rows()) +
             " rows, expected all of them: it compares the loss at several points");
  }
  compiled_.store.use(gemm_choice(options.gemm));
  compiled_.load_weights();
  if (!options.restores_on_error) compiled_.network.release_values();
  History history;
  std::optional<TrainingRun> run;
  try {
    run.emplace(compiled_, state_, data, validation, options, files);
    running_ = true;
    run->train();
    history = run->finish();
  } catch (...) {
    // Ended between two steps, by a callback, a full disk or an interruption: the model has got as far as that.
    const bool whole = !run || run->whole();
    if (whole || !options.restores_on_error) compiled_.save_weights();
    if (whole) running_ = false;
    throw;
  }
  run.reset();  // its memory first
  compiled_.save_weights();
  running_ = false;
  return history;
}

Evaluation Trainer::evaluate(const Dataset& data, int threads) {
  Crew crew(worker_count(threads));
  // Asked by a callback, in the middle of a run, whose weights and layouts are those of the store.
  if (!running_) {
    compiled_.load_weights();
    compiled_.store.use(GemmChoice::automatic);
  }
  Inference inference(compiled_.network, compiled_.store, compiled_.loss.get(), compiled_.metrics);
  Evaluation result;
  crew.run([&](Crew& team) { result = inference.evaluate(team, data); });
  return result;
}

std::string Trainer::describe_plan(std::int64_t batch, GemmChoice gemm) {
  if (!running_) compiled_.store.use(gemm);
  const StepPosition position;
  return Plan(compiled_.network, compiled_.store, compiled_.loss.get(),
              {.batch = batch, .training = true, .position = &position})
      .describe();
}

}  // namespace millrace
