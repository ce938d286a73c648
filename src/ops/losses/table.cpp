// SPDX-License-Identifier: Apache-2.0
#include "ops/losses/loss.hpp"

namespace millrace {

// One row for each loss, defined in the file of its name.
LossRow binary_crossentropy_row();
LossRow categorical_crossentropy_row();
LossRow sparse_categorical_crossentropy_row();
LossRow mean_squared_error_row();
LossRow mean_absolute_error_loss_row();
LossRow huber_row();
LossRow smooth_l1_row();
LossRow log_cosh_row();
LossRow poisson_row();
LossRow hinge_row();
LossRow squared_hinge_row();
LossRow categorical_hinge_row();
LossRow kl_divergence_row();
LossRow binary_focal_crossentropy_row();
LossRow categorical_focal_crossentropy_row();

std::span<const LossRow> loss_table() {
  static const std::vector<LossRow> table{binary_crossentropy_row(),
                                          categorical_crossentropy_row(),
                                          sparse_categorical_crossentropy_row(),
                                          mean_squared_error_row(),
                                          mean_absolute_error_loss_row(),
                                          huber_row(),
                                          smooth_l1_row(),
                                          log_cosh_row(),
                                          poisson_row(),
                                          hinge_row(),
                                          squared_hinge_row(),
                                          categorical_hinge_row(),
                                          kl_divergence_row(),
                                          binary_focal_crossentropy_row(),
                                          categorical_focal_crossentropy_row()};
  return table;
}

const LossRow& loss_row(std::string_view name) { return find_row(loss_table(), "loss", name); }

LossConfig parse_loss(const std::string& text) { return LossConfig(parse_named(text, &loss_row)); }

LossConfig resolved(const LossConfig& given) { return resolved(given, &parse_loss); }

std::shared_ptr<const Loss> make_loss(const LossConfig& config, Semantics semantics) {
  const LossConfig loss = resolved(config);
  return loss_row(loss.op).make(loss, semantics);
}

}  // namespace millrace
