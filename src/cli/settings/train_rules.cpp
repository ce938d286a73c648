// SPDX-License-Identifier: Apache-2.0
#include "cli/settings/config.hpp"

namespace millrace::cli {

std::vector<FlagRule> train_rules() {
  using enum FlagRule::Relation;
  constexpr std::string_view both_split = "both say how the rows are split";
  constexpr std::string_view once =
      "contradict each other: folds hold out each row once, the other the latest rows only";
  return {
      {"resume", excludes, "overwrite",
       "contradict each other: the first continues the run in DIR, the second replaces it"},
      {"change", needs, "resume", "says how to resume a run"},
      {"allow-other-bits", needs, "resume", "says how to resume a run"},
      {"dry-run", excludes, "find-learning-rate", "contradict each other: the first is about a training"},
      {"alone", excludes, "hosts",
       "contradict each other: one trains in this process alone, the other on all machines"},
      {"opset", excludes, "ort", "both choose the opset"},
      {"kernels=portable", excludes, "gemm=onednn|openblas", "contradict each other: portable kernels use no library"},
      {"group", excludes, "time,split=last|stratified|random|time", both_split},
      {"time", excludes, "split=last|stratified|random|group", both_split},
      {"split=group", needs, "group", "holds out whole groups"},
      {"split=time", needs, "time", "holds out the latest rows"},
      {"validation=folds", excludes, "time,split=last", once},
      {"task=regression", excludes, "classes,class-weight", "contradict each other: a number has no classes"},
      {"task=classification", excludes, "scale-target=standard|log1p", "contradict each other: classes have no scale"},
  };
}

}  // namespace millrace::cli
