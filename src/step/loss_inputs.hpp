// SPDX-License-Identifier: Apache-2.0
//
// Checks that a loss and its metrics can use the outputs of a network and the rows of a data set.
#pragma once

#include <string>
#include <vector>

#include "millrace/data.hpp"
#include "network/network.hpp"
#include "ops/losses/loss.hpp"
#include "ops/metrics/metric_set.hpp"

namespace millrace {

/// Throws Error{usage} if the layer of an output gives values that the loss does not take, such as logits instead of
/// probabilities. Training would run, but without meaning. loss: of the network's trained outputs.
void check_outputs(const Network& network, const Loss& loss);
/// Throws Error{usage} if an output can be negative and its loss takes their logarithm. Only for a new run: version 0.1
/// trained such models, which can still be evaluated and resumed.
void check_positive_outputs(const Network& network, const Loss& loss);
/// Whether every output can be any number: none is behind an activation with a bound, such as relu or sigmoid.
[[nodiscard]] bool reach_every_number(const Network& network);
/// What keeps an output from learning its targets, a note for each output: its activation, such as relu or sigmoid, never
/// gives some of the numbers, or none with the sign that means no; or rows are of several classes where the loss takes one.
/// Says which last layer fits.
/// loss: of the network's trained outputs; data: with the targets as the loss sees them, which are called `targets`:
/// "targets", or "scaled targets".
[[nodiscard]] std::vector<std::string> target_notes(const Network& network, const Loss& loss, const Dataset& data,
                                                    const std::string& targets);
/// Throws Error{usage} if data.folds are not, one for each row, members of an ensemble that the network is, or if its
/// members share a layer that trains.
void check_folds(const Dataset& data, const Network& network, const char* who);
/// data: prepared or not, with extents that fit. Throws Error{usage} if the targets have another width than the loss
/// takes for `outputs` outputs, and Error{data} for features, targets or weights that loss or metrics cannot use.
void check_data(const Dataset& data, const char* what, std::int64_t outputs, const Loss& loss,
                const MetricSet& metrics);

}  // namespace millrace
