// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/report.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

namespace millrace::cli {

namespace {

using Json = nlohmann::ordered_json;

Json to_json(const Evaluation& evaluation) {
  Json values{{"loss", evaluation.loss}};
  for (const auto& [name, value] : evaluation.metrics) values[name] = value;
  return values;
}

std::string number(const char* format, double value) {
  std::array<char, 64> text;
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size() + 1), ' ');
  return text;
}

std::string phase_text(const PhaseTime& phase) {
  const auto runs = static_cast<double>(phase.runs > 0 ? phase.runs : 1);
  return padded("  " + phase.name, 20) + number("%10.2f us", phase.seconds / runs * 1e6) +
         number("  %5.1f jobs", static_cast<double>(phase.jobs) / runs) +
         number("  %4.1f %% waiting\n", 100 * phase.waiting);
}

// "12.34 (98.7)": microseconds a step, and GFLOP/s where there are products.
std::string work_text(double seconds, double gflop, double steps) {
  const std::string rate = gflop > 0 && seconds > 0 ? number(" (%.0f)", gflop / seconds) : "";
  return seconds > 0 ? number("%.2f", seconds / steps * 1e6) + rate : "-";
}

std::string layer_text(const LayerTime& layer, double steps) {
  std::string text = padded("  " + layer.name, 20);
  text += padded(work_text(layer.forward, layer.gflop, steps), 18);
  text += padded(work_text(layer.backward, layer.gflop, steps), 18);
  text += padded(work_text(layer.gradient, layer.gflop, steps), 18);
  return text + work_text(layer.update, 0, steps) + "\n";
}

std::string profile_text(const History& history) {
  std::string text = "a step, by phase\n";
  for (const PhaseTime& phase : history.phases) text += phase_text(phase);
  text += "a step, by layer: microseconds of all threads (GFLOP/s of one)\n" + padded("", 20) + padded("forward", 18) +
          padded("backward", 18) + padded("gradient", 18) + "update\n";
  for (const LayerTime& layer : history.layers) text += layer_text(layer, static_cast<double>(history.steps));
  return text + history.plan;
}

}  // namespace

std::string report_text(const TrainReport& report) {
  const History& history = report.history;
  std::string text = "training    " + evaluation_text(report.training) + "\n";
  if (report.validated) text += "validation  " + evaluation_text(report.validation) + "\n";
  if (history.steps > 0) {
    text += "time        " + number("%.3f s", history.seconds) + ", " + std::to_string(history.steps) + " steps of " +
            number("%.1f us", history.step_microseconds) + "\n" + "threads     " + std::to_string(history.threads) +
            " (" + history.thread_reason + ")\n";
  }
  if (!history.phases.empty()) text += profile_text(history);
  text += "wrote       ";
  for (std::size_t i = 0; i < report.files.size(); ++i) text += (i == 0 ? "" : ", ") + report.files[i];
  return text + "\n";
}

std::string report_json(const TrainReport& report) {
  const History& history = report.history;
  Json object{{"seconds", history.seconds},
              {"step_us", history.step_microseconds},
              {"threads", history.threads},
              {"steps", history.steps},
              {"peak_rss_mib", peak_rss_mib()},
              {"plan", history.plan},
              {"metrics", to_json(report.training)},
              {"validation", report.validated ? to_json(report.validation) : Json::object()}};
  for (const PhaseTime& phase : history.phases)
    object["phases"][phase.name] = {
        {"seconds", phase.seconds}, {"runs", phase.runs}, {"jobs", phase.jobs}, {"waiting", phase.waiting}};
  for (const LayerTime& layer : history.layers)
    object["layers"][layer.name] = {{"forward", layer.forward},
                                    {"backward", layer.backward},
                                    {"gradient", layer.gradient},
                                    {"update", layer.update},
                                    {"gflop", layer.gflop}};
  return object.dump() + "\n";
}

std::string evaluation_text(const Evaluation& evaluation) {
  std::string text = "loss " + number("%.6g", evaluation.loss);
  for (const auto& [name, value] : evaluation.metrics) text += "  " + name + " " + number("%.6g", value);
  return text;
}

std::string evaluation_json(const Evaluation& evaluation) { return to_json(evaluation).dump() + "\n"; }

double peak_rss_mib() {
  // Not ru_maxrss where it can be helped: that starts with what the process was before exec, a copy of its parent.
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kibibytes = 0;
    if (word == "VmHWM:" && status >> kibibytes) return kibibytes / 1024;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

}  // namespace millrace::cli
