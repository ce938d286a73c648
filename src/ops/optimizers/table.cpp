// SPDX-License-Identifier: Apache-2.0
#include "ops/optimizers/optimizer.hpp"

namespace millrace {

// One row for each optimizer, defined in the file of its name.
OptimizerRow sgd_row();
OptimizerRow adam_row();
OptimizerRow adamw_row();
OptimizerRow nadam_row();
OptimizerRow adamax_row();
OptimizerRow rmsprop_row();
OptimizerRow adagrad_row();
OptimizerRow adadelta_row();
OptimizerRow ftrl_row();
OptimizerRow lion_row();
OptimizerRow lamb_row();
OptimizerRow lbfgs_row();

std::span<const OptimizerRow> optimizer_table() {
  static const std::vector<OptimizerRow> table{sgd_row(),    adam_row(),    adamw_row(),   nadam_row(),
                                               adamax_row(), rmsprop_row(), adagrad_row(), adadelta_row(),
                                               ftrl_row(),   lion_row(),    lamb_row(),    lbfgs_row()};
  return table;
}

const OptimizerRow& optimizer_row(std::string_view name) { return find_row(optimizer_table(), "optimizer", name); }

OptimizerConfig parse_optimizer(const std::string& text) { return OptimizerConfig(parse_named(text, &optimizer_row)); }

OptimizerConfig resolved(const OptimizerConfig& given) { return resolved(given, &parse_optimizer); }

std::shared_ptr<const Optimizer> make_optimizer(const OptimizerConfig& config, Semantics semantics) {
  const OptimizerConfig optimizer = resolved(config);
  return optimizer_row(optimizer.op).make(optimizer, semantics);
}

}  // namespace millrace
