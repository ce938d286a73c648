// SPDX-License-Identifier: Apache-2.0
//
// millrace replay: repeats a training step that gave numbers which are not finite.
#include <nlohmann/json.hpp>

#include "base/fail.hpp"
#include "base/text.hpp"
#include "cli/screen/console.hpp"
#include "cli/screen/json_line.hpp"
#include "cli/settings/command.hpp"
#include "model/files/failure.hpp"

namespace millrace::cli {

namespace {

std::string text_of(const Replay& replay) {
  std::string text = "epoch " + std::to_string(replay.epoch) + ", step " + std::to_string(replay.step) +
                     ", learning rate " + number_text(replay.learning_rate) + "\nrows of " + replay.source + ":";
  for (const std::int64_t row : replay.rows) text += " " + std::to_string(row + 1);
  text += "\nloss " + number_text(replay.loss) + "\n";
  text += replay.place.empty() ? "every number of the step is finite\n" : replay.place + "\n";
  return text + (replay.same_bits ? "loss and weights have the bits of the run\n"
                                  : "loss or weights have other bits than in the run\n");
}

std::string json_of(const Replay& replay) {
  std::vector<std::int64_t> rows;  // counted from 1, as in the text
  for (const std::int64_t row : replay.rows) rows.push_back(row + 1);
  nlohmann::ordered_json object{{"epoch", replay.epoch},
                                {"step", replay.step},
                                {"learning_rate", replay.learning_rate},
                                {"source", replay.source},
                                {"rows", rows},
                                {"loss", replay.loss},
                                {"place", replay.place},
                                {"same_bits", replay.same_bits}};
  return json_line(object);
}

void replay(const Settings& settings) {
  const Replay found = replay_failure(settings.argument, settings.threads());
  if (!found.other_kernels.empty())
    note("[replay] the run had other kernels: " + found.other_kernels + "; the last bits may differ");
  print(settings.boolean("json", false) ? json_of(found) : text_of(found));
  if (!found.same_bits && found.other_kernels.empty())
    fail(ErrorKind::mismatch, "replay",
         "the step gave other bits than in the run, expected the same: please report it");
}

std::vector<HelpSection> notes() {
  return {{.text =
               "A training that ends with numbers which are not finite leaves this file: the state before the step in "
               "which they appeared, and its batch. Rows are counted from 1."}};
}

}  // namespace

Command replay_command() {
  return {"replay",
          "Repeats a training step that failed, and says where its numbers stopped being finite",
          "DIR/failure.bundle",
          {{"threads", "N|auto", "Output", "Threads that compute; the results do not depend on them. Default: auto"},
           {"json", "", "Output", "Print the result as one JSON object"}},
          notes,
          replay};
}

}  // namespace millrace::cli
