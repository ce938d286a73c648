// SPDX-License-Identifier: Apache-2.0
#include "cli/settings/foreign_flags.hpp"

#include <algorithm>

namespace millrace::cli {

namespace {

constexpr std::string_view last_layer =
    " for a number; the last layer is 1:sigmoid for two classes, 3:softmax for three";
constexpr std::string_view other_losses =
    " for numbers, --loss binary_crossentropy for two classes, --loss sparse_categorical_crossentropy for more";

constexpr ForeignFlag flags[] = {
    {"activation", "--layers 64:relu,32:relu,1", last_layer},
    {"alpha", "--optimizer adamw --optimizer.weight-decay 0.01"},
    {"bs", "--batch 32"},
    {"categorical-feature", "--schema FILE.toml"},
    {"clip", "--optimizer.clipnorm 1"},
    {"clipnorm", "--optimizer.clipnorm 1"},
    {"continue", "--resume"},
    {"cores", "--threads 4"},
    {"criterion", "--loss mse", other_losses},
    {"csv", "--data FILE"},
    {"cv", "--members 5 --validation folds"},
    {"decay", "--schedule exponential_decay"},
    {"device", "--threads 4"},
    {"drop", "--ignore COLUMN"},
    {"dropout", "--layers 64:relu,dropout:0.2,1", last_layer},
    {"dtype", "--schema FILE.toml"},
    {"early-stopping-rounds", "--early-stopping.patience 10"},
    {"ema", "--optimizer.use-ema"},
    {"eta", "--learning-rate 0.1"},
    {"eval-metric", "--metrics accuracy"},
    {"exclude", "--ignore COLUMN"},
    {"file", "--data FILE"},
    {"folds", "--members 5 --validation folds"},
    {"force", "--overwrite"},
    {"grad-clip", "--optimizer.clipnorm 1"},
    {"gradient-clip", "--optimizer.clipnorm 1"},
    {"header", "--no-header"},
    {"hidden", "--layers 64:relu,32:relu,1", last_layer},
    {"hidden-layer-sizes", "--layers 64:relu,32:relu,1", last_layer},
    {"hidden-layers", "--layers 64:relu,32:relu,1", last_layer},
    {"id", "--ignore COLUMN"},
    {"index-col", "--ignore COLUMN"},
    {"input", "--data FILE"},
    {"is-unbalance", "--class-weight balanced"},
    {"iterations", "--epochs 100"},
    {"j", "--threads 4"},
    {"k-folds", "--members 5 --validation folds"},
    {"keep-default-na", "--missing-marks only"},
    {"l2", "--layers 64:relu:kernel_l2=0.01,1", last_layer},
    {"label", "--target COLUMN"},
    {"labels", "--target COLUMN"},
    {"lr-scheduler", "--schedule exponential_decay"},
    {"max-iter", "--epochs 100"},
    {"momentum", "--optimizer sgd --optimizer.momentum 0.9"},
    {"monitor", "--early-stopping.monitor val_loss"},
    {"n-estimators", "--epochs 100"},
    {"n-jobs", "--threads 4"},
    {"n-splits", "--members 5 --validation folds"},
    {"na-values", "--missing-marks unknown"},
    {"normalize", "--scale standard"},
    {"num-boost-round", "--epochs 100"},
    {"num-iterations", "--epochs 100"},
    {"num-threads", "--threads 4"},
    {"num-workers", "--threads 4"},
    {"o", "--out DIR"},
    {"objective", "--loss mse", other_losses},
    {"output", "--out DIR"},
    {"output-dir", "--out DIR"},
    {"patience", "--early-stopping.patience 10"},
    {"random-seed", "--seed 1"},
    {"random-state", "--seed 1"},
    {"scale-pos-weight", "--class-weight balanced"},
    {"scaler", "--scale standard"},
    {"sep", "--delimiter ';'"},
    {"separator", "--delimiter ';'"},
    {"skipfooter", "--skip-footer 1"},
    {"skiprows", "--skip-lines 1"},
    {"solver", "--optimizer adam"},
    {"standardize", "--scale standard"},
    {"stratify", "--split stratified"},
    {"test", "--validation FILE"},
    {"test-size", "--validation 0.2"},
    {"tol", "--early-stopping.min-delta 0.0001"},
    {"train", "--data FILE"},
    {"units", "--layers 64:relu,32:relu,1", last_layer},
    {"val", "--validation 0.2"},
    {"val-size", "--validation 0.2"},
    {"valid", "--validation FILE"},
    {"warmup", "--schedule.warmup 100"},
    {"weight", "--sample-weight COLUMN"},
    {"weight-column", "--sample-weight COLUMN"},
    {"weight-decay", "--optimizer adamw --optimizer.weight-decay 0.01"},
    {"weights", "--sample-weight COLUMN"},
    {"workers", "--threads 4"},
    {"y", "--target COLUMN"},
};

}  // namespace

std::span<const ForeignFlag> foreign_flags() { return flags; }

std::string own_flag(const Command& command, std::string_view foreign) {
  std::string name(foreign);
  std::ranges::replace(name, '_', '-');
  for (const ForeignFlag& row : flags) {
    if (row.name != name) continue;
    const std::string_view flag = row.own.substr(2, row.own.find_first_of(" .") - 2);
    if (command.find_flag(flag) != nullptr) return std::string(row.own) + std::string(row.more);
  }
  return "";
}

}  // namespace millrace::cli
