// SPDX-License-Identifier: Apache-2.0
#include "ops/foreign_words.hpp"

#include <algorithm>

#include "base/names.hpp"
#include "base/text.hpp"

namespace millrace {

namespace {

constexpr std::string_view two = "binary_crossentropy", several = "sparse_categorical_crossentropy";

constexpr ForeignWord words[] = {
    {"activation", "identity", "linear", ""},
    {"activation", "logistic", "sigmoid", ""},
    {"activation", "none", "linear", ""},
    {"layer", "ELU", "elu", ""},
    {"layer", "GELU", "gelu", ""},
    {"layer", "identity", "linear", ""},
    {"layer", "LeakyReLU", "leaky_relu", ""},
    {"layer", "logistic", "sigmoid", ""},
    {"layer", "ReLU", "relu", ""},
    {"layer", "Sigmoid", "sigmoid", ""},
    {"layer", "SiLU", "silu", ""},
    {"layer", "Softmax", "softmax", ""},
    {"layer", "Tanh", "tanh", ""},
    {"loss", "BCELoss", two, ""},
    {"loss", "BCEWithLogitsLoss", "binary_crossentropy:from_logits=true", ""},
    {"loss", "binary", two, ""},
    {"loss", "binary_logloss", two, ""},
    {"loss", "ce", two, several},
    {"loss", "CrossEntropyLoss", "sparse_categorical_crossentropy:from_logits=true", ""},
    {"loss", "gamma", "poisson", ""},
    {"loss", "l1", "mae", ""},
    {"loss", "L1Loss", "mae", ""},
    {"loss", "l2", "mse", ""},
    {"loss", "L2Loss", "mse", ""},
    {"loss", "log_loss", two, several},
    {"loss", "logistic", two, several},
    {"loss", "MSELoss", "mse", ""},
    {"loss", "multi", several, ""},
    {"loss", "multiclass", several, ""},
    {"loss", "nll", two, several},
    {"loss", "NLLLoss", two, several},
    {"loss", "pinball", "mae", ""},
    {"loss", "quantile", "mae", ""},
    {"loss", "reg", "mse", ""},
    {"loss", "regression", "mse", ""},
    {"loss", "rmse", "mse", ""},
    {"loss", "softmax", several, ""},
    {"loss", "tweedie", "poisson", ""},
    {"metric", "ap", "average_precision", ""},
    {"metric", "error", "accuracy", ""},
    {"metric", "f1_score", "f1", ""},
    {"metric", "gini", "auc", ""},
    {"metric", "kappa", "matthews_correlation", ""},
    {"metric", "l1", "mae", ""},
    {"metric", "l2", "mse", ""},
    {"metric", "mape", "mae", ""},
    {"metric", "sensitivity", "recall", ""},
    {"metric", "top5", "top_k_accuracy:k=5", ""},
    {"optimizer", "momentum", "sgd:momentum=0.9", ""},
    {"optimizer", "nesterov", "sgd:momentum=0.9:nesterov=true", ""},
    {"optimizer", "newton", "lbfgs", ""},
};

const ForeignWord* foreign_word(std::string_view what, std::string_view name) {
  const auto at = std::ranges::find_if(
      words, [&](const ForeignWord& word) { return word.what == what && same_letters(word.name, name); });
  return at == std::end(words) ? nullptr : at;
}

}  // namespace

std::span<const ForeignWord> foreign_words() { return words; }

std::string unknown_operation(std::string_view what, std::string_view name,
                              const std::vector<std::string_view>& known) {
  const std::string unknown = "unknown " + std::string(what) + " '" + std::string(name) + "'";
  const std::size_t bracket = name.find('(');
  const std::string_view called = name.substr(0, bracket);
  const ForeignWord* const word = foreign_word(what, called);
  if (word != nullptr && !word->more.empty())
    return unknown + ", expected " + std::string(word->own) + " for two classes, " + std::string(word->more) +
           " for more";
  if (word != nullptr) return unknown + ", expected " + std::string(word->own);
  if (bracket != std::string_view::npos) {
    const std::string_view own = nearest_name(called, known);
    const std::string_view inside = name.substr(bracket + 1, name.find(')') - bracket - 1);
    if (!own.empty())
      return unknown + ", expected " + std::string(own) + (parse_number(inside) ? ":" + std::string(inside) : "");
  }
  return unknown_name(what, name, known);
}

}  // namespace millrace
