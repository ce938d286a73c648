// SPDX-License-Identifier: Apache-2.0
#include "cli/screen/report.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/formatted.hpp"
#include "base/median.hpp"
#include "base/text.hpp"
#include "cli/screen/epoch_table.hpp"
#include "cli/screen/json_line.hpp"
#include "cli/screen/printable.hpp"

namespace millrace::cli {

namespace {

using Json = nlohmann::ordered_json;

Json to_json(const Evaluation& evaluation) {
  Json values{{"loss", evaluation.loss}};
  for (const auto& [name, value] : evaluation.metrics) values[name] = value;
  return values;
}

// The median over the epochs of this process; 0 without one. The first one is longer: the process gets its memory in it.
double seconds_of_epoch(const History& history) {
  std::vector<double> seconds;
  for (const Epoch& epoch : history.epochs)
    if (epoch.steps > history.epochs.back().steps - history.steps) seconds.push_back(epoch.seconds);
  return median(seconds);
}

Json to_json(const std::vector<NamedFile>& files) {
  Json paths = Json::object();
  for (const NamedFile& file : files) paths[file.name] = file.path;
  return paths;
}

std::string files_text(const std::vector<NamedFile>& files) {
  std::string text = "wrote       ";
  for (std::size_t i = 0; i < files.size(); ++i) text += (i == 0 ? "" : "\n            ") + files[i].path;
  return text + "\n";
}

std::string padded(const std::string& text, std::size_t width) {
  const std::size_t count = character_count(text);
  return text + std::string(width > count ? width - count : 1, ' ');
}

std::string phase_text(const PhaseTime& phase) {
  const auto runs = static_cast<double>(phase.runs > 0 ? phase.runs : 1);
  return padded("  " + phase.name, 20) + formatted("%10.2f us", phase.seconds / runs * 1e6) +
         formatted("  %5.1f jobs", static_cast<double>(phase.jobs) / runs) +
         formatted("  %4.1f %% waiting\n", 100 * phase.waiting);
}

// "12.34 (98.7)": microseconds a step, and GFLOP/s where there are products.
std::string work_text(double seconds, double gflop, double steps) {
  const std::string rate = gflop > 0 && seconds > 0 ? formatted(" (%.0f)", gflop / seconds) : "";
  return seconds > 0 ? formatted("%.2f", seconds / steps * 1e6) + rate : "-";
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

// Of a run that was resumed and trains no step.
std::string finished_text(const TrainReport& report) {
  const History& history = report.history;
  const std::string epochs = counted(std::ssize(history.epochs), "epoch");
  if (!history.stopped.empty())
    return "trained     nothing: the run had stopped after " + epochs +
           "; --change goes on, with more --epochs than that\n";
  return "trained     nothing: the run was finished after " + epochs +
         (report.resumed_step > 0 ? " and " + counted(report.resumed_step, "step") : "") +
         "; more --epochs continue it\n";
}

}  // namespace

std::string report_text(const TrainReport& report, bool verbose) {
  const History& history = report.history;
  std::string text;
  if (report.best && history.epochs.size() > 1) {
    text += "best        epoch " + std::to_string(report.best->number()) + ", " + report.best->name() + " " +
            formatted("%.6g", report.best->value()) + "\n";
  }
  text += "training    " + evaluation_text(report.training) + "\n";
  if (report.validated) text += "validation  " + evaluation_text(report.validation) + "\n";
  if (report.training_rows)
    text += "train rows  " + evaluation_text(*report.training_rows) + ", with the final weights\n";
  if (!history.stopped.empty()) text += "stopped     " + history.stopped + "\n";
  if (history.weights_epoch > 0) text += "weights     those of epoch " + std::to_string(history.weights_epoch) + "\n";
  if (history.steps == 0 && !history.epochs.empty()) text += finished_text(report);
  if (history.steps > 0) text += "time        " + duration_text(history.seconds) + "\n";
  if (history.steps > 0 && verbose) {
    text += "steps       " + std::to_string(history.steps) + " of " + formatted("%.1f us", history.step_microseconds) +
            "\nthreads     " + std::to_string(history.threads) + " (" + history.thread_reason + ")\n";
  }
  if (!history.phases.empty()) text += profile_text(history);
  return text + files_text(report.files);
}

std::string report_json(const TrainReport& report) {
  const History& history = report.history;
  Json object{{"seconds", history.seconds},
              {"epoch_seconds", seconds_of_epoch(history)},
              {"step_us", history.step_microseconds},
              {"threads", history.threads},
              {"steps", history.steps},
              {"peak_rss_mib", peak_rss_mib()},
              {"plan", history.plan},
              {"metrics", to_json(report.training)},
              {"validation", report.validated ? to_json(report.validation) : Json::object()}};
  if (report.training_rows) object["training_rows"] = to_json(*report.training_rows);
  if (!history.stopped.empty()) object["stopped"] = history.stopped;
  if (history.weights_epoch > 0) object["weights_epoch"] = history.weights_epoch;
  for (const PhaseTime& phase : history.phases)
    object["phases"][phase.name] = {
        {"seconds", phase.seconds}, {"runs", phase.runs}, {"jobs", phase.jobs}, {"waiting", phase.waiting}};
  for (const LayerTime& layer : history.layers)
    object["layers"][layer.name] = {{"forward", layer.forward},
                                    {"backward", layer.backward},
                                    {"gradient", layer.gradient},
                                    {"update", layer.update},
                                    {"gflop", layer.gflop}};
  object["files"] = to_json(report.files);
  return json_line(object);
}

std::string evaluation_text(const Evaluation& evaluation) {
  std::string text = "loss " + formatted("%.6g", evaluation.loss);
  for (const auto& [name, value] : evaluation.metrics) text += "  " + name + " " + formatted("%.6g", value);
  return text;
}

std::string curve_csv(const LearningRateCurve& curve) {
  std::string text = "learning_rate,loss,smoothed\n";
  for (const LearningRatePoint& point : curve.points)
    text += number_text(point.learning_rate) + "," + number_text(point.loss) + "," + number_text(point.smoothed) + "\n";
  return text;
}

std::string curve_json(const LearningRateCurve& curve, const std::vector<NamedFile>& files) {
  Json points = Json::array();
  for (const LearningRatePoint& point : curve.points)
    points.push_back({{"learning_rate", point.learning_rate}, {"loss", point.loss}, {"smoothed", point.smoothed}});
  Json object{{"suggestion", curve.suggestion ? Json(*curve.suggestion) : Json()},
              {"diverged", curve.diverged},
              {"points", points},
              {"files", to_json(files)}};
  return json_line(object);
}

std::string curve_text(const LearningRateCurve& curve, const std::vector<NamedFile>& files) {
  std::string text = curve.suggestion ? "suggested   --learning-rate " + formatted("%.3g", *curve.suggestion) + "\n"
                                      : "suggested   none: the loss did not fall at any rate\n";
  if (curve.diverged) text += "diverged    at " + formatted("%.3g", curve.points.back().learning_rate) + "\n";
  return text + files_text(files);
}

std::string files_json(const std::vector<NamedFile>& files) { return json_line({{"files", to_json(files)}}); }

double peak_rss_mib() {
  // ru_maxrss counts the memory before exec too, when the process was a copy of its parent.
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
