// SPDX-License-Identifier: Apache-2.0
//
// The whole public interface, in the order in which data flows.
//
//   auto table = millrace::read_csv("digits01.csv", {.target = {"digit"}});
//   millrace::Model model{millrace::Dense{.units = 25, .activation = "sigmoid"}, millrace::Dense{.units = 1,
//   .activation = "sigmoid"}}; model.compile({.optimizer = millrace::Adam{}, .loss = millrace::BinaryCrossentropy{},
//   .metrics = {"accuracy"}}); model.fit(table, {.epochs = 100}); model.export_onnx("model.onnx");
#pragma once

#include "millrace/callbacks.hpp"   // what acts on a run
#include "millrace/config.hpp"      // operations that were chosen, each of its kind
#include "millrace/data.hpp"        // tables in
#include "millrace/error.hpp"       // what can go wrong
#include "millrace/graph.hpp"       // networks beyond the sequence
#include "millrace/layers.hpp"      // what a network is made of
#include "millrace/losses.hpp"      // what it is trained for
#include "millrace/metrics.hpp"     // metrics with options
#include "millrace/model.hpp"       // build, train, predict, export
#include "millrace/optimizers.hpp"  // and how
#include "millrace/options.hpp"     // how operations declare their options
#include "millrace/schedules.hpp"   // how fast, and when
#include "millrace/training.hpp"    // the options of a run and what it reports
#include "millrace/updates.hpp"     // with which limits and averages
#include "millrace/version.hpp"     // what this is, and what it runs on
