// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/cluster_forecast.hpp"

#include <algorithm>
#include <cstdio>

namespace millrace::cli {

namespace {

// A step has four exchanges: of requests to stop, of sums, of gradients in ranges, and of the sums of the ranges.
constexpr double exchanges = 4, exchange_seconds = 60e-6;
// Memory traffic of a gradient that is stored, sent, added and read again, instead of being used in the core's cache.
constexpr double stored_bytes_per_second = 4e9;
constexpr double most_processes = 64;

double gradient_bytes(std::int64_t parameters) { return static_cast<double>(parameters) * sizeof(float); }

std::string number(const char* format, double value) {
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

}  // namespace

double forecast_step(std::int64_t parameters, double step_seconds, std::int64_t processes, double gigabits) {
  if (processes == 1) return step_seconds;
  const auto ranks = static_cast<double>(processes);
  const double sent = 2 * gradient_bytes(parameters) * (ranks - 1) / ranks;
  return step_seconds / ranks + sent / (gigabits * 1e9 / 8) + gradient_bytes(parameters) / stored_bytes_per_second +
         exchanges * exchange_seconds;
}

ClusterForecast forecast_cluster(std::int64_t parameters, double step_seconds, std::int64_t batch) {
  ClusterForecast forecast;
  const auto processes = static_cast<std::int64_t>(std::min(most_processes, static_cast<double>(batch)));
  forecast.bytes = static_cast<std::int64_t>(2 * gradient_bytes(parameters));
  // Of two processes, each sends one copy of the gradient, and has half a step for it and for all else.
  const double left = step_seconds / 2 - (forecast_step(parameters, 0, 2, 1e12));
  forecast.least_gigabits = left > 0 ? gradient_bytes(parameters) * 8e-9 / left : 0;
  for (const double gigabits : {1.0, 10.0, 100.0}) {
    BestProcesses best{gigabits, 1, 1};
    for (std::int64_t count = 2; count <= processes; ++count) {
      const double speedup = step_seconds / forecast_step(parameters, step_seconds, count, gigabits);
      if (speedup > best.speedup) best = {gigabits, count, speedup};
    }
    forecast.best.push_back(best);
  }
  return forecast;
}

std::string forecast_text(const ClusterForecast& forecast) {
  std::string text = "machines    each process would send up to " +
                     number("%.3g", static_cast<double>(forecast.bytes) * 1e-6) + " MB a step; ";
  if (forecast.least_gigabits <= 0)
    return text + "one process is the fastest on any network: the steps are too short\n";
  text += "two pay above " + number("%.2g", forecast.least_gigabits) + " Gb/s\n";
  for (const BestProcesses& best : forecast.best) {
    text += "            on " + number("%g", best.gigabits) + " Gb/s ";
    text += best.processes == 1 ? "one process is the fastest\n"
                                : std::to_string(best.processes) + " processes are the best, " +
                                      number("%.1f", best.speedup) + " times as fast as one\n";
  }
  return text;
}

}  // namespace millrace::cli
