// SPDX-License-Identifier: Apache-2.0
//
// The whole public interface.
//
//   using namespace millrace;
//   const Dataset table = read_csv("digits01.csv", {.target = {"digit"}});
//   Model model{Dense{.units = 25, .activation = "sigmoid"}, Dense{.units = 1, .activation = "sigmoid"}};
//   model.compile({.optimizer = Adam{}, .loss = BinaryCrossentropy{}, .metrics = {"accuracy"}});
//   model.fit(table, {.epochs = 100});
//   model.export_onnx("model.onnx");
//
// The headers below are in alphabetical order. In the order of a program's steps they are:
//
//   data.hpp           datasets: reading files, viewing memory
//   table.hpp          tables with columns of several kinds
//   table_builder.hpp  tables of columns in memory
//   arrow.hpp          tables from other libraries
//   arrays.hpp         files of numbers: .npz, IDX, LIBSVM
//   row_storage.hpp    tables that are larger than memory
//   table_cache.hpp    tables as they were read, in a file
//   prepare.hpp        how the columns of a table become numbers
//   split.hpp          which rows train, and which validate
//   data_notes.hpp     what is odd about training and validation rows
//   table_target.hpp   whether the target of a table is classes or numbers
//   defaults.hpp       a sound network and loss
//   layers.hpp         layers, in sequence
//   graph.hpp          layers, connected in any other way
//   model.hpp          the model: build, compile, fit, evaluate, predict, export
//   quantize.hpp       models with smaller numbers
//   onnx.hpp           what an ONNX file says beside the network
//   losses.hpp         losses
//   targets.hpp        labels as the loss takes them, weights of classes by name
//   optimizers.hpp     optimizers
//   metrics.hpp        metrics with options
//   schedules.hpp      learning rates that change during training
//   updates.hpp        weight decay, clipping, accumulation and averages, with every optimizer
//   training.hpp       options of compile() and fit(), and their results
//   cluster.hpp        several processes that train one model
//   communicator.hpp   the same, in a program that has started MPI itself
//   callbacks.hpp      early stopping, lower rates on a plateau, best checkpoint, logs
//   learning_rate.hpp  the learning-rate range test
//   confusion.hpp      the confusion matrix
//   curves.hpp         what a classifier does at every threshold
//   importance.hpp     how much a model relies on each column
//   report.hpp         a page about a model, for a browser
//   unread_cells.hpp   tables with cells that cannot be read
//   checkpoint.hpp     where the run of a checkpoint stands
//   catalogue.hpp      all operations with their options, for programs that offer them
//   config.hpp         layers, losses, optimizers and the like as values: typed options or text
//   options.hpp        how layers, losses, optimizers and the like declare their options
//   words.hpp          the words of options that are one of a few
//   error.hpp          the exception that the library throws
//   version.hpp        versions of the library and of the libraries that it uses
#pragma once

#include "millrace/arrays.hpp"
#include "millrace/arrow.hpp"
#include "millrace/callbacks.hpp"
#include "millrace/catalogue.hpp"
#include "millrace/checkpoint.hpp"
#include "millrace/cluster.hpp"
#include "millrace/communicator.hpp"
#include "millrace/config.hpp"
#include "millrace/confusion.hpp"
#include "millrace/curves.hpp"
#include "millrace/data.hpp"
#include "millrace/data_notes.hpp"
#include "millrace/defaults.hpp"
#include "millrace/error.hpp"
#include "millrace/graph.hpp"
#include "millrace/importance.hpp"
#include "millrace/layers.hpp"
#include "millrace/learning_rate.hpp"
#include "millrace/losses.hpp"
#include "millrace/metrics.hpp"
#include "millrace/model.hpp"
#include "millrace/onnx.hpp"
#include "millrace/optimizers.hpp"
#include "millrace/options.hpp"
#include "millrace/prepare.hpp"
#include "millrace/quantize.hpp"
#include "millrace/report.hpp"
#include "millrace/row_storage.hpp"
#include "millrace/schedules.hpp"
#include "millrace/split.hpp"
#include "millrace/table.hpp"
#include "millrace/table_builder.hpp"
#include "millrace/table_cache.hpp"
#include "millrace/table_target.hpp"
#include "millrace/targets.hpp"
#include "millrace/training.hpp"
#include "millrace/unread_cells.hpp"
#include "millrace/updates.hpp"
#include "millrace/version.hpp"
#include "millrace/words.hpp"
