// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/cluster_forecast.hpp"

#include <algorithm>
#include <cmath>

#include "base/formatted.hpp"

namespace millrace::cli {

namespace {

constexpr double most_processes = 64;

double two_processes(const StepParts& parts, Link link, double gigabits) {
  link.gigabits = gigabits;
  return step_time(parts, link, 2).seconds;
}

// Above which two processes are faster than one; 0: on no network.
double least_gigabits(const StepParts& parts, double step_seconds, const Link& link) {
  double slow = 1e-4, fast = 1e4;
  if (two_processes(parts, link, fast) >= step_seconds) return 0;
  while (fast > 1.01 * slow) {
    const double middle = std::sqrt(slow * fast);
    (two_processes(parts, link, middle) < step_seconds ? fast : slow) = middle;
  }
  return fast;
}

std::string link_text(const Link& link) {
  const std::string speed = formatted("%.3g", link.gigabits) + " Gb/s";
  return link.is_measured ? "this network (measured: " + speed + " from each process, " +
                                formatted("%.0f", link.exchange * 1e6) + " us an exchange) "
                          : speed + " ";
}

}  // namespace

ClusterForecast forecast_cluster(const StepParts& parts, double step_seconds, std::int64_t batch,
                                 const std::vector<Link>& links) {
  ClusterForecast forecast;
  const auto processes = static_cast<std::int64_t>(std::min(most_processes, static_cast<double>(batch)));
  forecast.bytes = 2 * parts.bytes;
  forecast.least_gigabits = least_gigabits(parts, step_seconds, links.front());
  for (const Link& link : links) {
    BestProcesses best{.link = link, .two_processes = step_time(parts, link, 2).seconds};
    for (std::int64_t count = 2; count <= processes; ++count) {
      const double speedup = step_seconds / step_time(parts, link, count).seconds;
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
