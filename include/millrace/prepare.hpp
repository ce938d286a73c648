// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const Table table = read_table("people.csv", {.target = "income"});
//   Model model{Dense{.units = 32, .activation = "relu"}, Dense{.units = 1, .activation = "sigmoid"}};
//   model.prepare(table, {.target = {"income"}});
//   model.compile({.optimizer = Adam{}, .loss = BinaryCrossentropy{}});
//   model.fit(model.prepared(table));
//
// How the columns of a table become numbers that a network can learn from. Everything is fitted on training rows and
// becomes part of the model and of its ONNX file.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "millrace/options.hpp"

namespace millrace {

/// How one column is prepared. Members that do not concern the column's kind have no effect.
struct ColumnOptions {
  static constexpr std::string_view op = "column";
  NameTheOption name_the_option{};
  /// Numbers and dates: what stands for a missing value: "median", "mean", "most_frequent", "refuse", or a number.
  std::string missing = "median";
  /// Numbers, dates and booleans: whether a column of its own says that a value was missing, if one was in training.
  bool indicator = true;
  /// Numbers: "standard", "minmax", "robust", "quantile", "log1p" or "none".
  std::string scale = "standard";
  /// Numbers: 0.01 sets values below the 1 % quantile of the training rows, and above the 99 % quantile, to that quantile.
  std::optional<double> clip{};
  /// Categories: "onehot", "embedding", "ordinal", "hash"; "auto": onehot up to `levels` levels, else embedding.
  std::string encode = "auto";
  std::int64_t levels = 9;                  ///< categories: the most levels that "auto" encodes as onehot
  std::optional<std::int64_t> dimension{};  ///< embeddings: length of a vector; default: 1.6 * slots^0.56, at most 32
  std::int64_t buckets = 4096;              ///< categories: more levels than these share as many buckets
  std::int64_t rare = 3;                    ///< categories: levels in fewer training rows than this share one slot
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("missing", &ColumnOptions::missing, "median, mean, most_frequent, refuse, or a number"),
        field("indicator", &ColumnOptions::indicator, "add a column that says where a value was missing"),
        field("scale", &ColumnOptions::scale, "standard, minmax, robust, quantile, log1p or none", names_scaler),
        field("clip", &ColumnOptions::clip, "set values beyond this quantile, and beyond its mirror image, to it",
              fraction),
        field("encode", &ColumnOptions::encode, "auto, onehot, embedding, ordinal or hash"),
        field("levels", &ColumnOptions::levels, "the most levels that auto encodes as onehot", not_negative),
        field("dimension", &ColumnOptions::dimension, "length of an embedding's vectors", positive),
        field("buckets", &ColumnOptions::buckets, "more levels than these share as many buckets", positive),
        field("rare", &ColumnOptions::rare, "levels in fewer training rows than this share one slot", not_negative)};
  }
};

struct PrepareOptions {
  std::vector<std::string> target{};               ///< names of the target columns
  std::string weight{};                            ///< name of the column of row weights; empty: none
  ColumnOptions all{};                             ///< for columns that `columns` does not name
  std::map<std::string, ColumnOptions> columns{};  ///< by name, in place of `all`
  /// Share of the training rows whose category is hidden, anew in each epoch, so that the network learns what to answer
  /// for categories it has never seen.
  double hidden_categories = 0.01;
  int threads = 0;  ///< threads to fit with; 0: one per processor. The result is always the same
};

/// The columns of a table that are no features, where they are not those of the training.
struct ColumnRoles {
  std::string target{};  ///< name of the target column, of a model with at most one; empty: the targets of the training
  std::string weight{};  ///< name of the column of row weights; empty: that of the training, if the table has it
};

/// What a user should know about a column.
struct ColumnNote {
  std::string column;
  std::string text;         ///< without a full stop: "all training rows have the same value"
  bool left_out = false;    ///< the model does without the column
  std::string remedy = "";  ///< a flag that takes column names, such as "--ignore"; omitted for more than 20 columns
};

/// Notes as sentences without full stops: "column 'age': TEXT", "column 'id' is left out: TEXT". Columns that differ in nothing
/// but their names share one: "columns 'a', 'b', 'c' and 9 more are left out: TEXT".
[[nodiscard]] std::vector<std::string> sentences(std::span<const ColumnNote> notes);

}  // namespace millrace
