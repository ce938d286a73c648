// SPDX-License-Identifier: Apache-2.0
#include "cluster/step_time.hpp"

#include <algorithm>
#include <vector>

#include "step/gradient_places.hpp"
#include "step/ranks.hpp"
#include "step/sum_way.hpp"
#include "step/wire.hpp"

namespace millrace {

namespace {

// The weight phase of one rank. Times are seconds since the step began.
class WeightPhase {
 public:
  WeightPhase(const StepParts& parts, const Link& link, std::int64_t processes)
      : link_(link),
        way_(way_of_sum(processes, 1, parts.bytes / parts.buckets, parts.buckets)),
        buckets_(parts.buckets),
        pipeline_(way_, buckets_),
        workers_(parts.workers),
        others_(static_cast<double>(processes - 1)),
        now_(parts.rows / static_cast<double>(processes)) {
    const auto ranks = static_cast<double>(processes), buckets = static_cast<double>(buckets_);
    const double bucket = static_cast<double>(parts.bytes) / buckets, share = way_.by_all ? 1 : 1 / ranks;
    bytes_ = bucket * share * others_;
    gradient_ = parts.gradients / ranks / buckets;
    add_ = parts.pass * share * (ranks + 1) / buckets;
    update_ = parts.update / buckets;
  }

  StepTime run() {
    while (pipeline_.completed() < buckets_) {
      now_ += gradient_;
      pipeline_.complete();
      advance();
    }
    while (pipeline_.come() < buckets_) {
      if (const double wait = ends_[ended_] - now_; wait > 0) {
        now_ += wait;
        waiting_ += wait;
      }
      advance();
    }
    return {now_, waiting_};
  }

 private:
  // A bucket that has come is updated at once.
  void advance() {
    pipeline_.advance([&] { return ended(); }, [&](std::int64_t) { now_ += add_; },
                      [&](std::int64_t exchange) { start(exchange); }, [&](std::int64_t) { now_ += update_; });
  }

  std::int64_t ended() {
    while (ended_ < std::ssize(ends_) && ends_[ended_] <= now_) ++ended_;
    return ended_;
  }

  // One thread carries all messages, so a fast link is only as fast as this thread.
  void start(std::int64_t exchange) {
    const int messages = (exchange < buckets_ ? 1 : 0) + (exchange >= way_.delay && !way_.by_all ? 1 : 0);
    const double bytes = messages * bytes_, thread = bytes * link_.byte + messages * others_ * link_.message;
    now_ += thread / workers_;
    link_free_ = std::max(now_, link_free_) + std::max(bytes * 8e-9 / link_.gigabits, thread);
    ends_.push_back(link_free_ + link_.exchange);
  }

  const Link& link_;
  SumWay way_;
  std::int64_t buckets_;
  BucketPipeline pipeline_;
  int workers_;
  double others_;  // ranks
  // Of a bucket: seconds, and what goes to the others, of nodes and of sums as many bytes.
  double gradient_ = 0, add_ = 0, update_ = 0, bytes_ = 0;
  double now_, waiting_ = 0, link_free_ = 0;
  std::vector<double> ends_;  // of the exchanges that were started
  std::int64_t ended_ = 0;
};

}  // namespace

StepParts step_parts(const History& history, std::int64_t parameters, const FitOptions& trial) {
  double rows = 0, gradients = 0, adding = 0, all = 0;
  std::int64_t jobs = 1;
  for (const PhaseTime& phase : history.phases) {
    all += phase.seconds;
    if (phase.name == "pack" || phase.name == "rows" || phase.name == "coupled") rows += phase.seconds;
    if (phase.name == "reduce") adding += phase.seconds;
    if (phase.name != "weights") continue;
    gradients += phase.seconds;
    jobs = phase.jobs / std::max<std::int64_t>(1, phase.runs);
  }
  // The sums also hold the steps in which numbers of threads were tried; the median does not.
  const double of_step = all > 0 ? history.step_microseconds * 1e-6 / all : 0;
  return {.rows = rows * of_step,
          .gradients = gradients * of_step,
          .update = (all - rows - gradients - adding) * of_step,
          .pass = adding * of_step / static_cast<double>(trial.slices + 1),
          .bytes = parameters * bytes_of(wire_of(trial.wire)),
          .buckets = std::clamp<std::int64_t>(parameters / bucket_floats, 1, most_buckets(jobs, history.threads)),
          .workers = history.threads};
}

StepTime step_time(const StepParts& parts, const Link& link, std::int64_t processes) {
  return WeightPhase(parts, link, processes).run();
}

StepParts slowest_parts(Cluster& cluster, const StepParts& own) {
  Ranks ranks(&cluster);
  StepParts parts = own;
  for (double StepParts::*const part : {&StepParts::rows, &StepParts::gradients, &StepParts::update, &StepParts::pass})
    parts.*part = ranks.most(own.*part);
  parts.buckets = ranks.least(own.buckets);
  return parts;
}

}  // namespace millrace
