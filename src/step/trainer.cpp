// SPDX-License-Identifier: Apache-2.0
#include "step/trainer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "base/cpu_budget.hpp"
#include "base/text.hpp"
#include "step/recent_median.hpp"
#include "step/thread_tuner.hpp"

namespace millrace {

namespace {

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

// More workers than this help nobody on any machine; a typo should not start a million.
constexpr int most_threads = 1024;

int worker_count(int asked) {
  if (asked < 0 || asked > most_threads)
    fail(ErrorKind::usage, "threads",
         std::to_string(asked) + " threads, expected 1 to " + std::to_string(most_threads) + ", or 0 for automatic");
  return asked > 0 ? asked : cpu_budget().processors;
}

}  // namespace

GemmChoice gemm_choice(const std::string& name) {
  if (name == "auto") return GemmChoice::automatic;
  if (name == "onednn") return GemmChoice::onednn;
  if (name == "openblas") return GemmChoice::openblas;
  fail(ErrorKind::usage, "gemm", unknown_name("library", name, {"auto", "onednn", "openblas"}));
}

// One call of fit(): what lives from its first step to its last.
struct Trainer::Run {
  const Dataset& data;
  const Dataset* validation;
  const FitOptions& options;
  const std::function<void()>& save;
  Crew& crew;
  ThreadTuner* tuner;
  Plan &full, *last;  // last: of the smaller batch at an epoch's end, or null
  Scratch& scratch;
  Step& step;
  Inference& inference;
  Batches& batches;
  std::int64_t metric_floats;
  RecentMedian& step_times;
  Profile* profile;
  History& history;
  StepPosition& position;
  Clock::time_point last_progress, next_save;
};

Trainer::Trainer(Network& network, const CompileOptions& options)
    : network_(&network),
      loss_(make_loss(options.loss, network.semantics())),
      optimizer_(make_optimizer(options.optimizer, network.semantics())),
      store_(network),
      updater_(network, store_, *optimizer_, options.update) {
  loss_->check_outputs(network.output_width());
  for (const std::string& text : options.metrics) {
    // The user's own word names the column in history.csv.
    metrics_.push_back({text, make_metric(parse_metric(text))});
    metrics_.back().metric->check(network.output_width(), loss_->target_width(network.output_width()));
  }
  load_weights();
}

void Trainer::check(const Dataset& data, const char* what) const {
  const std::int64_t outputs = network_->output_width(), width = loss_->target_width(outputs);
  if (data.rows() == 0) fail(ErrorKind::data, what, "no rows, expected at least one");
  if (data.targets.rows == 0)
    fail(ErrorKind::usage, what, "data has no target, expected " + std::to_string(width) + " target columns");
  if (data.targets.columns != width) {
    fail(ErrorKind::usage, what,
         "data has " + std::to_string(data.targets.columns) + " target columns; a model of " + std::to_string(outputs) +
             " output units with this loss takes " + std::to_string(width));
  }
  if (!data.weights.empty() && static_cast<std::int64_t>(data.weights.size()) != data.features.rows) {
    fail(ErrorKind::usage, what,
         std::to_string(data.weights.size()) + " row weights for " + std::to_string(data.features.rows) +
             " rows, expected one a row");
  }
  for (std::int64_t r = 0; r < data.rows(); ++r) {
    for (std::int64_t c = 0; c < width; ++c) {
      const float value = data.targets.row(data.table_row(r))[c];
      std::string problem = std::isfinite(value) ? loss_->target_problem(value, outputs)
                                                 : number_text(value) + ", expected a finite number";
      if (!problem.empty()) {
        const std::string name =
            c < std::ssize(data.target_names) ? " '" + data.target_names[static_cast<std::size_t>(c)] + "'" : "";
        fail(ErrorKind::data, what,
             "target" + name + " of row " + std::to_string(data.table_row(r) + 1) + " of " +
                 (data.source.empty() ? "the data" : data.source) + " is " + problem);
      }
    }
  }
}

History Trainer::fit(const Dataset& data, const Dataset* validation, const FitOptions& options,
                     const std::function<void()>& save) {
  if (options.epochs < 0)
    fail(ErrorKind::usage, "fit", "epochs is " + std::to_string(options.epochs) + ", expected 0 or more");
  if (options.batch_size < 1)
    fail(ErrorKind::usage, "fit", "batch_size is " + std::to_string(options.batch_size) + ", expected 1 or more");
  if (options.batch_size > data.rows()) {
    fail(ErrorKind::usage, "fit",
         "batch_size is " + std::to_string(options.batch_size) + ", the training set has " +
             std::to_string(data.rows()) + " rows, expected at most as many");
  }
  const GemmChoice gemm = gemm_choice(options.gemm);

  History history;
  Crew crew(worker_count(options.threads));
  StepPosition position{options.seed, 0};
  Plan full(*network_, store_, loss_.get(),
            {.batch = options.batch_size, .training = true, .gemm = gemm, .position = &position});
  std::unique_ptr<Plan> last;
  if (const std::int64_t rest = data.rows() % options.batch_size; rest != 0) {
    last = std::make_unique<Plan>(*network_, store_, loss_.get(),
                                  PlanOptions{.batch = rest, .training = true, .gemm = gemm, .position = &position});
  }
  Scratch scratch;
  scratch.reserve(crew.workers(), std::max(full.worker_scratch(), last ? last->worker_scratch() : 0));
  std::vector<std::shared_ptr<const Metric>> metrics;
  std::int64_t metric_floats = 0;
  for (const NamedMetric& metric : metrics_) {
    metrics.push_back(metric.metric);
    metric_floats += metric.metric->state_size();
  }
  state_.metric_states.resize(static_cast<std::size_t>(metric_floats));
  Step step(*network_, *loss_, updater_, metrics);
  Inference inference(*network_, store_, loss_.get(), metrics_, gemm);
  Batches batches(data, options.batch_size, options.shuffle, options.seed);
  RecentMedian step_times;
  ThreadTuner tuner(crew.workers());
  Profile profile;

  const Clock::time_point begin = Clock::now();
  const std::int64_t first_step = state_.steps;
  history.epochs = state_.history;
  crew.run([&](Crew&) {
    Run run{data,          validation, options,
            save,          crew,       options.threads == 0 ? &tuner : nullptr,
            full,          last.get(), scratch,
            step,          inference,  batches,
            metric_floats, step_times, options.profile ? &profile : nullptr,
            history,       position,   begin,
            begin};
    while (state_.epoch < options.epochs) {
      const Clock::time_point epoch_begin = Clock::now();
      train_epoch(run);
      report_epoch(run, seconds_since(epoch_begin));
    }
  });
  history.seconds = seconds_since(begin);
  history.step_microseconds = step_times.median() * 1e6;
  history.steps = state_.steps - first_step;
  history.threads = options.threads == 0 ? tuner.threads() : crew.workers();
  history.thread_reason =
      options.threads == 0 ? cpu_budget().reason + (tuner.reason().empty() ? "" : "; " + tuner.reason()) : "as asked";
  history.plan = full.describe();
  if (last) history.plan += last->describe();
  for (std::size_t i = 0; options.profile && i < phase_names.size(); ++i) {
    history.phases.push_back(
        {std::string(phase_names[i]), profile.phases[i].seconds, profile.phases[i].runs, profile.phases[i].jobs});
  }
  updater_.use_averages();
  save_weights();
  // A run of no epochs is a run too: what lay there before belongs to another one.
  if (state_.epoch == 0 && !options.checkpoint.empty()) save();
  return history;
}

void Trainer::train_epoch(Run& run) {
  run.batches.begin_epoch(state_.epoch);
  while (state_.step < run.batches.count()) {
    const BatchSource source{run.data.features, run.data.targets,
                             run.data.weights.empty() ? nullptr : run.data.weights.data(),
                             run.batches.rows_of_batch(state_.step)};
    const auto rows = static_cast<std::int64_t>(source.rows.size());
    Plan& plan = rows == run.full.batch() ? run.full : *run.last;
    run.position.step = static_cast<std::uint64_t>(state_.steps);
    if (run.tuner != nullptr) run.crew.set_active(run.tuner->threads());

    const Clock::time_point begin = Clock::now();
    updater_.begin_step(state_.iteration + 1, optimizer_->learning_rate());
    const BatchSums sums = run.step.run(run.crew, plan, run.scratch, source, state_.metric_states, run.profile);
    const Clock::time_point end = Clock::now();

    const double loss = sums.loss + sums.penalty * static_cast<double>(rows);
    if (!std::isfinite(loss)) report_non_finite(run, plan, loss);
    state_.loss_sum += loss;
    state_.iteration += updater_.accumulated() == 0 ? 1 : 0;
    state_.steps += 1;
    state_.step += 1;
    const double seconds = std::chrono::duration<double>(end - begin).count();
    if (&plan == &run.full) {
      run.step_times.add(seconds);
      if (run.tuner != nullptr) run.tuner->record(seconds);
    }
    if (run.options.on_step && end - run.last_progress > std::chrono::milliseconds(100)) {
      run.last_progress = end;
      const std::int64_t done = std::min(state_.step * run.full.batch(), run.data.rows());
      run.options.on_step({state_.epoch + 1, run.options.epochs, state_.step, run.batches.count(),
                           state_.loss_sum / static_cast<double>(done)});
    }
    if (run.options.stop != nullptr && run.options.stop->load(std::memory_order_relaxed)) {
      save_weights();
      run.save();
      fail(ErrorKind::interrupted, "fit",
           "stopped in epoch " + std::to_string(state_.epoch + 1) + " after step " + std::to_string(state_.step) +
               " of " + std::to_string(run.batches.count()) +
               (run.options.checkpoint.empty() ? ""
                                               : "; the state is in " + run.options.checkpoint + ", resume to go on"));
    }
  }
}

void Trainer::report_epoch(Run& run, double training_seconds) {
  const Clock::time_point begin = Clock::now();
  // The loss of a step shows what the updates before it did; nothing would show what the epoch's last one did.
  if (const std::string name = store_.first_non_finite(); !name.empty()) {
    fail(ErrorKind::non_finite, "fit",
         name + " is not finite after epoch " + std::to_string(state_.epoch + 1) +
             ", expected finite numbers: lower the learning rate (" + number_text(optimizer_->learning_rate()) +
             "), or look for infinities in the data");
  }
  Epoch epoch;
  epoch.number = state_.epoch + 1;
  epoch.epochs = run.options.epochs;
  epoch.loss = state_.loss_sum / static_cast<double>(run.data.rows());
  epoch.learning_rate = optimizer_->learning_rate();
  std::span<const double> states = state_.metric_states;
  for (const NamedMetric& metric : metrics_) {
    const auto size = static_cast<std::size_t>(metric.metric->state_size());
    epoch.metrics.emplace_back(metric.name, metric.metric->result(states.first(size)));
    states = states.subspan(size);
  }
  if (run.validation != nullptr) {
    epoch.validated = true;
    epoch.validation = run.inference.evaluate(run.crew, *run.validation);
  }
  epoch.seconds = training_seconds + seconds_since(begin);
  run.history.epochs.push_back(epoch);
  state_.history.push_back(epoch);
  state_.epoch += 1;
  state_.step = 0;
  state_.loss_sum = 0;
  std::fill(state_.metric_states.begin(), state_.metric_states.end(), 0.0);
  if (!run.options.checkpoint.empty() && (state_.epoch == run.options.epochs || Clock::now() >= run.next_save)) {
    const Clock::time_point save_begin = Clock::now();
    save_weights();
    run.save();
    // A save waits for the disk: a run of short epochs spends at most a twentieth of its time on it.
    run.next_save = Clock::now() + 20 * (Clock::now() - save_begin);
  }
  if (run.options.on_epoch) run.options.on_epoch(epoch);
}

void Trainer::report_non_finite(Run& run, Plan& plan, double loss) const {
  fail(ErrorKind::non_finite, "fit",
       "the loss is " + number_text(loss) + " in epoch " + std::to_string(state_.epoch + 1) + ", step " +
           std::to_string(state_.step + 1) + " (update " + std::to_string(state_.iteration + 1) + "): " +
           plan.first_non_finite(run.data.feature_names) + "; expected finite numbers: lower the learning rate (" +
           number_text(optimizer_->learning_rate()) + "), or scale the features");
}

Evaluation Trainer::evaluate(const Dataset& data, int threads) {
  load_weights();
  Crew crew(worker_count(threads));
  Inference inference(*network_, store_, loss_.get(), metrics_, GemmChoice::automatic);
  Evaluation result;
  crew.run([&](Crew& team) { result = inference.evaluate(team, data); });
  return result;
}

std::string Trainer::describe_plan(std::int64_t batch, GemmChoice gemm) {
  const StepPosition position;
  return Plan(*network_, store_, loss_.get(), {.batch = batch, .training = true, .gemm = gemm, .position = &position})
      .describe();
}

}  // namespace millrace
