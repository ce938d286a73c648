// SPDX-License-Identifier: Apache-2.0
#include "ops/foreign_words.hpp"

#include <gtest/gtest.h>

#include "millrace/error.hpp"
#include "ops/layers/layer.hpp"
#include "ops/losses/loss.hpp"
#include "ops/metrics/metric.hpp"
#include "ops/optimizers/optimizer.hpp"
#include "support/expect_error.hpp"

namespace millrace {
namespace {

// Reads the text as an operation of this table.
void parse(std::string_view what, const std::string& text) {
  if (what == "activation") static_cast<void>(parse_activation(text));
  if (what == "layer") static_cast<void>(parse_layer(text));
  if (what == "loss") static_cast<void>(parse_loss(text));
  if (what == "metric") static_cast<void>(make_metric(parse_metric(text)));
  if (what == "optimizer") static_cast<void>(parse_optimizer(text));
}

void refuses(std::string_view what, const std::string& text, const std::string& message) {
  test::expect_error(ErrorKind::usage, {message}, [&] { parse(what, text); });
}

TEST(ForeignWords, AreUnknownHereAndNameOperationsThatAreKnown) {
  for (const ForeignWord& word : foreign_words()) {
    SCOPED_TRACE(std::string(word.what) + " " + std::string(word.name));
    refuses(word.what, std::string(word.name), "', expected " + std::string(word.own));
    EXPECT_NO_THROW(parse(word.what, std::string(word.own)));
    if (word.more.empty()) continue;
    EXPECT_NO_THROW(parse(word.what, std::string(word.more)));
  }
}

TEST(ForeignWords, AreComparedWithoutCapitalsAndMarks) {
  refuses("loss", "BCELoss", "unknown loss 'BCELoss', expected binary_crossentropy");
  refuses("loss", "bce_loss", "expected binary_crossentropy");
  refuses("loss", "log_loss",
          "unknown loss 'log_loss', expected binary_crossentropy for two classes, sparse_categorical_crossentropy for "
          "more");
  refuses("loss", "logloss", "expected binary_crossentropy for two classes");
  refuses("loss", "binary:logistic", "unknown loss 'binary', expected binary_crossentropy");
  refuses("activation", "identity", "expected linear");
}

TEST(ForeignWords, AliasesAreOfferedInOtherForms) {
  refuses("metric", "AUC", "unknown metric 'AUC', did you mean 'auc'");
  refuses("metric", "F1", "unknown metric 'F1', did you mean 'f1'");
  refuses("loss", "MSE", "unknown loss 'MSE', did you mean 'mse'");
}

TEST(ForeignWords, CallsAreWrittenAsHere) {
  refuses("layer", "Dropout(0.5)", "unknown layer 'Dropout(0.5)', expected dropout:0.5");
  refuses("layer", "Dense(64)", "expected dense:64");
  refuses("layer", "LayerNormalization()", "expected layer_normalization");
  EXPECT_NO_THROW(parse("layer", "dropout:0.5"));
  refuses("layer", "Xyzzyx(1)", "unknown layer 'Xyzzyx(1)', known: dense");
}

}  // namespace
}  // namespace millrace
