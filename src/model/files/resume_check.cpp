// SPDX-License-Identifier: Apache-2.0
#include "model/files/resume_check.hpp"

#include <cmath>

#include "base/fail.hpp"
#include "base/json_numbers.hpp"
#include "base/text.hpp"

namespace millrace {

namespace {

class RunCheck {
 public:
  explicit RunCheck(const std::string& path) : path_(path) {}

  void range(const std::string& what, double value, double least, double most) const {
    if (value >= least && value <= most && value == std::floor(value)) return;
    fail(ErrorKind::data, path_,
         "the state of the run has " + what + " " + number_text(value) + ", expected a whole number from " +
             number_text(least) + " to " + number_text(most));
  }
  void count(const std::string& what, std::int64_t value, std::int64_t least, std::int64_t most) const {
    range(what, static_cast<double>(value), static_cast<double>(least), static_cast<double>(most));
  }

 private:
  const std::string& path_;
};

}  // namespace

void check_run(const std::string& path, const TrainingState& at, std::int64_t batches) {
  const RunCheck check(path);
  check.count("epoch", at.epoch, std::ssize(at.history), std::ssize(at.history));
  check.count("step", at.step, 0, batches);
  // Epochs before a change may have had another number of steps.
  const std::int64_t until_epoch = at.history.empty() ? 0 : at.history.back().steps;
  check.count("steps", at.steps, until_epoch + at.step, most_count);
  check.count("iteration", at.iteration, 0, at.steps);
  for (const auto& [name, callback] : at.callbacks) {
    for (const char* const epoch : {"epoch", "kept", "wait"}) {
      const auto number = callback.numbers.find(epoch);
      if (number != callback.numbers.end())
        check.range(epoch + (" of " + name), number->second, 0, static_cast<double>(at.epoch));
    }
  }
}

}  // namespace millrace
