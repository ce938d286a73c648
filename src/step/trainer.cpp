// SPDX-License-Identifier: Apache-2.0
#include "step/trainer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "base/cpu_budget.hpp"
#include "base/text.hpp"
#include "data/checks.hpp"
#include "data/class_weights.hpp"
#include "step/recent_median.hpp"
#include "step/thread_tuner.hpp"

namespace millrace {

namespace {

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

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
  const std::vector<float>& loss_weights;  // by table row, or empty
  const FitOptions& options;
  const RunFiles& files;
  Crew& crew;
  ThreadTuner* tuner;
  Plan &full, *last;  // last: of the smaller batch at an epoch's end, or null
  Scratch& scratch;
  Step& step;
  Inference& inference;
  Batches& batches;
  RecentMedian& step_times;
  Profile* profile;
  History& history;
  StepPosition& position;
  const Schedule& schedule;
  Clock::time_point last_progress, next_save;
  double learning_rate = 0;  // of the last step

  [[nodiscard]] bool whole_epoch(const RunState& at) const { return at.step == batches.count(); }
};

Trainer::Trainer(Network& network, const CompileOptions& options)
    : network_(&network),
      loss_(make_loss(options.loss, network.semantics())),
      optimizer_(make_optimizer(options.optimizer, network.semantics())),
      schedule_(options.schedule),
      pace_(options.pace),
      store_(network),
      updater_(network, store_, *optimizer_, options.update) {
  if (const Lbfgs* const search = optimizer_->line_search(); search != nullptr)
    lbfgs_ = std::make_unique<LbfgsMinimizer>(network, store_, updater_.gradient_buffer(), *search, options.update);
  loss_->check_outputs(network.output_width());
  check_output_activation();
  metrics_ = MetricSet(options.metrics, network.output_width(), loss_->target_width(network.output_width()));
  load_weights();
}

// A network that gives the loss what it does not take trains all the same, towards nothing.
void Trainer::check_output_activation() const {
  const NetworkNode& last = network_->nodes().back();
  const std::string activation = last.layer->activation();
  if (activation.empty()) return;
  const auto refuse = [&](const std::string& text) { fail(ErrorKind::usage, last.name, activation + text); };
  if (network_->output_width() == 1 && activation.ends_with("softmax"))
    refuse(" of 1 output is the same for every row, expected sigmoid, or one output a class");
  const ValueRange range = make_activation(activation, network_->semantics())->range();
  const std::string wanted(loss_->fused_activation());
  if (!wanted.empty() && range != ValueRange::probabilities) {
    refuse(std::string(range == ValueRange::numbers ? " gives any numbers" : " gives logs of probabilities") +
           ", and the loss takes probabilities; expected " + wanted + ", or the loss's from_logits=true");
  }
  if (loss_->takes_logits() && range == ValueRange::probabilities)
    refuse(" gives probabilities, and the loss takes logits; expected linear, or the loss's from_logits=false");
}

void Trainer::check(const Dataset& data, const char* what) const {
  const std::int64_t outputs = network_->output_width(), width = loss_->target_width(outputs);
  if (data.targets.rows == 0)
    fail(ErrorKind::usage, what, "data has no target, expected " + std::to_string(width) + " target columns");
  if (data.targets.columns != width) {
    fail(ErrorKind::usage, what,
         "data has " + std::to_string(data.targets.columns) + " target columns; a model of " + std::to_string(outputs) +
             " output units with this loss takes " + std::to_string(width));
  }
  check_row_weights(data, what);
  check_finite_features(data, what);
  for (std::int64_t r = 0; r < data.rows(); ++r) {
    for (std::int64_t c = 0; c < width; ++c) {
      const float value = data.targets.row(data.table_row(r))[c];
      std::string problem = std::isfinite(value) ? loss_->target_problem(value, outputs)
                                                 : number_text(value) + ", expected a finite number";
      if (problem.empty()) problem = metrics_.target_problem(value, outputs, width);
      if (!problem.empty()) {
        const std::string name =
            c < std::ssize(data.target_names) ? " '" + data.target_names[static_cast<std::size_t>(c)] + "'" : "";
        fail(ErrorKind::data, what,
             "target" + name + " of " + place_of_row(data, data.table_row(r)) + " is " + problem);
      }
    }
  }
}

History Trainer::fit(const Dataset& data, const Dataset* validation, const FitOptions& options, const RunFiles& files) {
  if (options.epochs < 0)
    fail(ErrorKind::usage, "fit", "epochs is " + std::to_string(options.epochs) + ", expected 0 or more");
  if (options.batch_size < 1)
    fail(ErrorKind::usage, "fit", "batch_size is " + std::to_string(options.batch_size) + ", expected 1 or more");
  const std::int64_t batch_size = std::min(options.batch_size, data.rows());
  if (lbfgs_ && batch_size != data.rows()) {
    fail(ErrorKind::usage, Lbfgs::op,
         "batch_size is " + std::to_string(options.batch_size) + " of " + std::to_string(data.rows()) +
             " rows, expected all of them: it compares the loss at several points");
  }
  store_.use(gemm_choice(options.gemm));
  const std::vector<float> loss_weights =
      options.class_weight.empty() ? data.weights : class_weighted_rows(data, options.class_weight);
  make_callbacks(options, validation != nullptr);

  History history;
  Crew crew(worker_count(options.threads));
  StepPosition position{options.seed, 0};
  Plan full(*network_, store_, loss_.get(), {.batch = batch_size, .training = true, .position = &position});
  std::unique_ptr<Plan> last;
  if (const std::int64_t rest = data.rows() % batch_size; rest != 0) {
    last = std::make_unique<Plan>(*network_, store_, loss_.get(),
                                  PlanOptions{.batch = rest, .training = true, .position = &position});
  }
  Scratch scratch;
  scratch.reserve(crew.workers(), std::max(full.worker_scratch(), last ? last->worker_scratch() : 0));
  state_.metric_sums.resize(static_cast<std::size_t>(metrics_.state_size()));
  if (metrics_.keeps_rows())
    state_.kept.reserve(data.rows(), network_->output_width(), data.targets.columns, !data.weights.empty());
  Step step(*network_, *loss_, updater_, metrics_);
  Inference inference(*network_, store_, loss_.get(), metrics_);
  // Rows of a batch in another order have other roundings, which a line search would take for slopes.
  Batches batches(data, batch_size, options.shuffle && !lbfgs_, options.seed);
  if (lbfgs_) lbfgs_->forget_evaluation();
  RecentMedian step_times;
  ThreadTuner tuner(crew.workers());
  Profile profile(crew.workers(), full.kernel_count());
  const std::shared_ptr<const Schedule> rates = schedule(options.epochs, batches.count());

  const Clock::time_point begin = Clock::now();
  const std::int64_t first_step = state_.steps;
  history.epochs = state_.history;
  const auto all_epochs = [&](Crew&) {
    Run run{data,
            validation,
            loss_weights,
            options,
            files,
            crew,
            options.threads == 0 ? &tuner : nullptr,
            full,
            last.get(),
            scratch,
            step,
            inference,
            batches,
            step_times,
            options.profile ? &profile : nullptr,
            history,
            position,
            *rates,
            begin,
            begin};
    while (!finished(options)) {
      const Clock::time_point epoch_begin = Clock::now();
      if (options.observer != nullptr) options.observer->epoch_begin(state_.epoch + 1);
      train_epoch(run);
      if (run.whole_epoch(state_)) report_epoch(run, seconds_since(epoch_begin));
    }
    // Also of a run of no epochs: what lay there before belongs to another one.
    keep(run);
  };
  running_ = whole_ = true;
  try {
    crew.run(all_epochs);
  } catch (...) {
    // Ended between two steps, by a callback, a full disk or an interruption: the model has got as far as that.
    if (whole_) {
      save_weights();
      running_ = false;
    }
    throw;
  }
  history.seconds = seconds_since(begin) - history.saving_seconds;
  history.step_microseconds = step_times.median() * 1e6;
  history.steps = state_.steps - first_step;
  history.threads = options.threads == 0 ? tuner.choice() : crew.workers();
  history.thread_reason =
      options.threads == 0 ? cpu_budget().reason + (tuner.reason().empty() ? "" : "; " + tuner.reason()) : "as asked";
  history.plan = full.describe();
  if (last) history.plan += last->describe();
  if (options.profile) report_profile(profile, history);
  if (averages_are_the_model()) updater_.use_averages();
  save_weights();
  restore_weights(history);
  running_ = false;
  return history;
}

void Trainer::report_profile(const Profile& profile, History& history) const {
  for (std::size_t i = 0; i < phase_names.size(); ++i) {
    const PhaseProfile& phase = profile.phases[i];
    if (phase.runs == 0) continue;
    history.phases.push_back({std::string(phase_names[i]), phase.seconds, phase.runs, phase.jobs,
                              1 - phase.busy_seconds / phase.worker_seconds});
  }
  for (std::size_t n = 0; n < network_->nodes().size(); ++n) {
    const LayerProfile layer = profile.layer(static_cast<int>(n));
    history.layers.push_back({network_->nodes()[n].name, layer.seconds[0], layer.seconds[1], layer.seconds[2],
                              layer.seconds[3], 2e-9 * layer.multiply_adds});
  }
}

std::shared_ptr<const Schedule> Trainer::schedule(std::int64_t epochs, std::int64_t batches) const {
  // What was counted before this run is part of the count; a run that is resumed began at its own first step.
  const std::int64_t before =
      pace_.by_epoch ? state_.earlier_epochs : state_.steps - state_.epoch * batches - state_.step;
  const std::int64_t length = pace_.by_epoch ? epochs : epochs * batches;
  auto made = make_schedule(schedule_, pace_, {optimizer_->learning_rate(), before + length, network_->semantics()});
  if (made->momentum(0) && !optimizer_->takes_momentum()) {
    fail(ErrorKind::usage, schedule_.op,
         "it sets the momentum, which this optimizer does not have: expected one with a momentum above 0 or a beta_1 "
         "(nadam has its own), or cycle_momentum=false");
  }
  return made;
}

std::int64_t Trainer::schedule_count(std::int64_t steps) const {
  return pace_.by_epoch ? state_.earlier_epochs + state_.epoch : steps;
}

bool Trainer::finished(const FitOptions& options) const {
  return state_.epoch >= options.epochs || !state_.stopped.empty();
}

void Trainer::train_epoch(Run& run) {
  run.batches.begin_epoch(static_cast<std::uint64_t>(state_.earlier_epochs + state_.epoch));
  while (!run.whole_epoch(state_) && state_.stopped.empty()) {
    const auto by_row = [](const std::vector<float>& weights) { return weights.empty() ? nullptr : weights.data(); };
    const BatchSource source{run.data.features, run.data.targets, by_row(run.loss_weights),
                             run.batches.rows_of_batch(state_.step), by_row(run.data.weights)};
    const auto rows = static_cast<std::int64_t>(source.rows.size());
    Plan& plan = rows == run.full.batch() ? run.full : *run.last;
    run.position.step = static_cast<std::uint64_t>(state_.steps);
    if (run.tuner != nullptr) run.crew.set_active(run.tuner->threads());

    const MetricSink sink{state_.metric_sums, metrics_.keeps_rows() ? &state_.kept : nullptr,
                          state_.step * run.full.batch()};

    const Clock::time_point begin = Clock::now();
    const std::int64_t count = schedule_count(state_.steps);
    run.learning_rate = run.schedule.learning_rate(count) * state_.rate_scale;
    updater_.begin_step(state_.iteration + 1, run.learning_rate, run.schedule.momentum(count));
    whole_ = false;
    const BatchSums sums = advance(run, plan, source, sink);
    const Clock::time_point end = Clock::now();

    if (!std::isfinite(sums.loss) || !std::isfinite(sums.penalty)) report_non_finite(run, plan, sums.mean());
    state_.loss_sum += sums.loss + sums.penalty * sums.weight;
    state_.loss_weight += sums.weight;
    state_.iteration += updater_.accumulated() == 0 ? 1 : 0;
    state_.steps += 1;
    state_.step += 1;
    whole_ = true;
    const double seconds = std::chrono::duration<double>(end - begin).count();
    if (&plan == &run.full) {
      run.step_times.add(seconds);
      if (run.tuner != nullptr) run.tuner->record(lbfgs_ ? seconds / lbfgs_->evaluations() : seconds);
    }
    if (run.options.on_step && end - run.last_progress > std::chrono::milliseconds(100)) {
      run.last_progress = end;
      run.options.on_step({state_.epoch + 1, run.options.epochs, state_.step, run.batches.count(), mean_loss()});
    }
    if (Observer* const observer = run.options.observer; observer != nullptr) {
      observer->step_end({state_.epoch + 1, state_.step, run.batches.count(), sums.mean(), run.learning_rate});
      if (observer->wants_stop())
        state_.stopped = "by its observer, in epoch " + std::to_string(state_.epoch + 1) + " after step " +
                         std::to_string(state_.step);
    }
    if (run.options.stop != nullptr && run.options.stop->load(std::memory_order_relaxed)) {
      keep(run);
      fail(ErrorKind::interrupted, "fit",
           "stopped in epoch " + std::to_string(state_.epoch + 1) + " after step " + std::to_string(state_.step) +
               " of " + std::to_string(run.batches.count()) +
               (run.options.checkpoint.empty() ? ""
                                               : "; the state is in " + run.options.checkpoint + ", resume to go on"));
    }
  }
}

BatchSums Trainer::advance(Run& run, Plan& plan, const BatchSource& source, const MetricSink& sink) {
  const auto evaluate = [&](const MetricSink& into) {
    return run.step.run(run.crew, plan, run.scratch, source, into, run.profile);
  };
  if (!lbfgs_) return evaluate(sink);
  const BatchSums sums =
      lbfgs_->minimize(run.crew, std::ref(evaluate), sink, run.learning_rate, state_.curvature_pairs);
  if (!lbfgs_->converged().empty())
    state_.stopped = "after epoch " + std::to_string(state_.epoch + 1) + ": " + lbfgs_->converged();
  return sums;
}

void Trainer::report_epoch(Run& run, double training_seconds) {
  const Clock::time_point begin = Clock::now();
  // The loss of a step shows what the updates before it did; nothing would show what the epoch's last one did.
  if (const std::string name = store_.first_non_finite(); !name.empty()) {
    whole_ = false;
    fail(ErrorKind::non_finite, "fit",
         name + " is not finite after epoch " + std::to_string(state_.epoch + 1) +
             ", expected finite numbers: lower the learning rate (" + number_text(run.learning_rate) +
             "), or look for infinities in the data");
  }
  Epoch epoch;
  epoch.number = state_.epoch + 1;
  epoch.epochs = run.options.epochs;
  epoch.loss = mean_loss();
  const double rate_of_last_step = run.schedule.learning_rate(schedule_count(state_.steps - 1));
  epoch.learning_rate = rate_of_last_step * state_.rate_scale;
  epoch.metrics = metrics_.results(state_.metric_sums, state_.kept.first(metrics_.keeps_rows() ? run.data.rows() : 0));
  if (run.validation != nullptr) {
    epoch.validated = true;
    epoch.validation = run.inference.evaluate(run.crew, *run.validation);
  }
  if (run.options.evaluate_training) {
    epoch.training_evaluated = true;
    epoch.training = run.inference.evaluate(run.crew, run.data);
  }
  epoch.seconds = training_seconds + seconds_since(begin);
  run.history.epochs.push_back(epoch);
  state_.history.push_back(epoch);
  state_.epoch += 1;
  state_.step = 0;
  state_.loss_sum = 0;
  state_.loss_weight = 0;
  std::fill(state_.metric_sums.begin(), state_.metric_sums.end(), 0.0);
  RunView seen = view(run);
  seen.scheduled_rate = rate_of_last_step;
  for (NamedCallback& entry : callbacks_) entry.callback->epoch_end(epoch, seen);
  const bool writes = !run.options.checkpoint.empty() || !callbacks_.empty();
  if (writes && !finished(run.options) && Clock::now() >= run.next_save) {
    const Clock::time_point save_begin = Clock::now();
    keep(run);
    // A save waits for the disk: a run of short epochs spends at most a twentieth of its time on it.
    run.next_save = Clock::now() + 20 * (Clock::now() - save_begin);
  }
  if (run.options.on_epoch) run.options.on_epoch(epoch);
  if (Observer* const observer = run.options.observer; observer != nullptr) {
    observer->epoch_end(epoch);
    if (observer->wants_stop() && state_.stopped.empty())
      state_.stopped = "by its observer, after epoch " + std::to_string(epoch.number);
  }
}

void Trainer::make_callbacks(const FitOptions& options, bool validates) {
  callbacks_.clear();
  const RunKind kind{metrics_, validates, options.evaluate_training, network_->semantics()};
  const std::vector<std::string> names = callback_names(options.callbacks);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string& name = names[i];
    const OpConfig& config = options.callbacks[i];
    callbacks_.push_back({name, callback_row(config.op).make(config, kind)});
    if (const auto known = state_.callbacks.find(name); known != state_.callbacks.end())
      callbacks_.back().callback->state() = known->second;
  }
}

RunView Trainer::view(Run& run) {
  return {.history = state_.history,
          .weights =
              [this] {
                save_weights();
                return std::span<const float>(network_->values());
              },
          .rate_scale = state_.rate_scale,
          .stopped = state_.stopped,
          .write_model = run.files.write_model};
}

void Trainer::keep(Run& run) {
  const Clock::time_point begin = Clock::now();
  RunView seen = view(run);
  state_.model_tensors = finished(run.options) && averages_are_the_model() ? updater_.averages() : "";
  for (NamedCallback& entry : callbacks_) {
    entry.callback->keep(seen);
    state_.callbacks[entry.name] = entry.callback->state();
    if (finished(run.options) && entry.callback->restores_epoch() > 0)
      state_.model_tensors = "callbacks/" + entry.name + "/";
  }
  save_weights();
  run.files.save();
  for (NamedCallback& entry : callbacks_) entry.callback->log(seen);
  run.history.saving_seconds += seconds_since(begin);
}

void Trainer::restore_weights(History& history) {
  history.stopped = state_.stopped;
  for (const NamedCallback& entry : callbacks_) {
    if (entry.callback->restores_epoch() == 0) continue;
    history.weights_epoch = entry.callback->restores_epoch();
    std::copy(entry.callback->state().weights.begin(), entry.callback->state().weights.end(),
              network_->values().begin());
  }
}

void Trainer::report_non_finite(Run& run, Plan& plan, double loss) const {
  fail(ErrorKind::non_finite, "fit",
       "the loss is " + number_text(loss) + " in epoch " + std::to_string(state_.epoch + 1) + ", step " +
           std::to_string(state_.step + 1) + " (update " + std::to_string(state_.iteration + 1) + "): " +
           plan.first_non_finite(run.data.feature_names) + "; expected finite numbers: lower the learning rate (" +
           number_text(run.learning_rate) + "), or scale the features");
}

Evaluation Trainer::evaluate(const Dataset& data, int threads) {
  Crew crew(worker_count(threads));
  // Asked by a callback, in the middle of a run, whose weights and layouts are those of the store.
  if (!running_) {
    load_weights();
    store_.use(GemmChoice::automatic);
  }
  Inference inference(*network_, store_, loss_.get(), metrics_);
  Evaluation result;
  crew.run([&](Crew& team) { result = inference.evaluate(team, data); });
  return result;
}

std::string Trainer::describe_plan(std::int64_t batch, GemmChoice gemm) {
  if (!running_) store_.use(gemm);
  const StepPosition position;
  return Plan(*network_, store_, loss_.get(), {.batch = batch, .training = true, .position = &position}).describe();
}

}  // namespace millrace
