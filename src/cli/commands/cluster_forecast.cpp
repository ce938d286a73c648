// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/cluster_forecast.hpp"

#include <algorithm>

#include "base/formatted.hpp"

namespace millrace::cli {

namespace {

// A step has four exchanges: of requests to stop, of sums, of gradients in ranges, and of the sums of the ranges.
constexpr double exchanges = 4;
constexpr double most_processes = 64;

// Two processes or more. Without messages and what they wait for.
double computing(const StepParts& parts, double ranks) {
  // Adding two gradients passes over three, adding a range of the gradients of all ranks over one and a share.
  return parts.shared / ranks + parts.own + parts.adding * (1 + 1 / ranks) / 3;
}

std::string link_text(const Link& link) {
  const std::string speed = formatted("%.3g", link.gigabits) + " Gb/s";
  return link.is_measured ? "this network (measured: " + speed + " from each process, " +
                                formatted("%.0f", link.exchange * 1e6) + " us an exchange) "
                          : speed + " ";
}

}  // namespace

StepParts step_parts(const History& history, std::int64_t parameters, int processes) {
  StepParts parts{.bytes = parameters * std::int64_t{sizeof(float)}};
  double all = 0;
  for (const PhaseTime& phase : history.phases) {
    all += phase.seconds;
    if (phase.name == "exchange") continue;
    const bool is_shared =
        phase.name == "pack" || phase.name == "rows" || phase.name == "coupled" || phase.name == "weights";
    double& part = is_shared ? parts.shared : phase.name == "reduce" ? parts.adding : parts.own;
    part += phase.seconds;
  }
  // The sums also hold the steps in which numbers of threads were tried; the median does not.
  const double of_step = all > 0 ? history.step_microseconds * 1e-6 / all : 0;
  const auto ranks = static_cast<double>(processes);
  parts.shared *= of_step * ranks;
  parts.own *= of_step;
  parts.adding *= of_step * (processes == 1 ? 1 : 3 / (1 + 1 / ranks));
  return parts;
}

double forecast_step(const StepParts& parts, const Link& link, std::int64_t processes) {
  const auto ranks = static_cast<double>(processes);
  const double sent = 2 * static_cast<double>(parts.bytes) * (ranks - 1) / ranks;
  return computing(parts, ranks) + sent * 8e-9 / link.gigabits + exchanges * link.exchange;
}

ClusterForecast forecast_cluster(const StepParts& parts, double step_seconds, std::int64_t batch,
                                 const std::vector<Link>& links) {
  ClusterForecast forecast;
  const auto processes = static_cast<std::int64_t>(std::min(most_processes, static_cast<double>(batch)));
  forecast.bytes = 2 * parts.bytes;
  // Of two processes, each sends one copy of the gradient.
  const double left = step_seconds - computing(parts, 2) - exchanges * links.front().exchange;
  forecast.least_gigabits = left > 0 ? static_cast<double>(parts.bytes) * 8e-9 / left : 0;
  for (const Link& link : links) {
    BestProcesses best{.link = link, .two_processes = forecast_step(parts, link, 2)};
    for (std::int64_t count = 2; count <= processes; ++count) {
      const double speedup = step_seconds / forecast_step(parts, link, count);
      if (speedup <= best.speedup) continue;
      best.processes = count;
      best.speedup = speedup;
    }
    forecast.best.push_back(best);
  }
  return forecast;
}

std::string forecast_text(const ClusterForecast& forecast) {
  std::string text = "machines    each process would send up to " +
                     formatted("%.3g", static_cast<double>(forecast.bytes) * 1e-6) + " MB a step; ";
  if (forecast.least_gigabits <= 0)
    text += "one process is the fastest on any network: the steps are too short\n";
  else
    text += "two pay above " + formatted("%.2g", forecast.least_gigabits) + " Gb/s\n";
  for (const BestProcesses& best : forecast.best) {
    if (forecast.least_gigabits <= 0 && !best.link.is_measured) break;
    text += "            on " + link_text(best.link);
    text += best.processes == 1 ? "one process is the fastest\n"
                                : std::to_string(best.processes) + " processes are the best, " +
                                      formatted("%.1f", best.speedup) + " times as fast as one\n";
  }
  if (forecast.processes > 1)
    text += "            a step of these " + std::to_string(forecast.processes) + " takes " +
            formatted("%.3g", forecast.step_seconds * 1e3) + " ms by the same model\n";
  return text;
}

}  // namespace millrace::cli
