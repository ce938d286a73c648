// SPDX-License-Identifier: Apache-2.0
#include "cli/settings/split_settings.hpp"

#include <array>

#include "base/text.hpp"
#include "cli/settings/data_settings.hpp"

namespace millrace::cli {

namespace {

// As in SplitWay.
constexpr std::array<std::string_view, 5> split_words{"last", "stratified", "random", "group", "time"};

}  // namespace

std::vector<Flag> split_flags() {
  return {
      {"validation", "FRACTION|FILE|folds", "Data",
       "The share of the rows to hold out for validation, below 1, or a file of rows. folds: each of --members holds "
       "out a different part, so that all rows train and all rows validate. Default: 0; if neither layers nor epochs "
       "are given: folds, or a fifth for a single network"},
      {"split", one_of(split_words), "Data",
       "The rows to hold out: the last ones, as Keras does; a random share of every class, or of all rows; whole "
       "groups; "
       "or the latest. Default: last (sklearn, or without layers and epochs: stratified)"},
      {"group", "COLUMN", "Data", "Hold out whole groups of rows: those with the same value here. It is not a feature"},
      {"time", "COLUMN", "Data", "Hold out the latest rows by this column of dates or numbers"},
  };
}

SplitOptions split_options(const TrainConfig& config) {
  return {.way = config.split.value_or(SplitWay::stratified),
          .fraction = config.validation,
          .seed = config.fit.seed,
          .target = {},
          .column = config.group.empty() ? config.time : config.group};
}

bool validates(const TrainConfig& config) {
  return config.validation > 0 || config.folds || !config.validation_file.empty();
}

namespace {

void read_validation(const Settings& settings, TrainConfig& config) {
  // MLPClassifier(early_stopping=True) holds a tenth out, of every class.
  if (config.semantics == Semantics::sklearn && settings.boolean("early-stopping", false)) config.validation = 0.1;
  if (config.default_training) config.validation = DefaultTraining{}.validation;
  const Setting* const setting = settings.find("validation");
  if (setting == nullptr) return;
  config.validation_given = true;
  const auto* const text = std::get_if<std::string>(&setting->value);
  if (!setting->list && text != nullptr && *text == "folds") {
    config.folds = true;
    config.validation = 0;
    return;
  }
  if (setting->list || text == nullptr || parse_number(*text)) {
    config.validation = settings.fraction("validation", 0);
    return;
  }
  config.validation = 0;
  config.validation_file = *text;
  if (text->find_first_of("./") == std::string::npos)
    setting->refuse("a number of 0 or more and below 1, a file of rows, or folds");
  config.validation_data = held_out_file(*setting, config.validation_file, config.data);
}

}  // namespace

void read_split(const Settings& settings, TrainConfig& config) {
  read_validation(settings, config);
  config.group = settings.text("group");
  config.time = settings.text("time");
  if (!config.group.empty()) config.split = SplitWay::group;
  if (!config.time.empty()) config.split = SplitWay::time;
  if (settings.has("split")) config.split = static_cast<SplitWay>(settings.choice("split", split_words));
  // Whether rows are held out also depends on defaults.
  for (const char* const flag : {"group", "time", "split"}) {
    if (!settings.has(flag) || config.validation > 0 || config.folds) continue;
    settings.find(flag)->fail_with(config.validation_file.empty()
                                       ? "no rows are held out, expected --validation FRACTION too"
                                       : "the rows to hold out are those of --validation '" + config.validation_file +
                                             "', expected a fraction there, or no --" + flag);
  }
  if (!config.split && config.semantics != Semantics::sklearn && !config.default_training && !config.folds)
    config.split = SplitWay::last;
}

}  // namespace millrace::cli
