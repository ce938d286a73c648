// SPDX-License-Identifier: Apache-2.0
//
// Prints docs/reference/operations.md: every row of the tables of operations, with the options it declares.
//
// Usage:  millrace_reference        scripts/reference.sh calls it
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/catalogue.hpp"

using namespace millrace;

namespace {

using Options = std::function<std::vector<OperationOption>(Semantics)>;

// The text of a cell of a Markdown table.
std::string cell(std::string_view text) {
  std::string escaped;
  for (const char c : text) escaped += c == '|' ? std::string("\\|") : std::string(1, c);
  return escaped;
}

std::string code(std::string_view text) { return text.empty() ? "" : "`" + cell(text) + "`"; }

std::string range_of(Range range) {
  switch (range) {
    case Range::positive:
      return "above 0";
    case Range::not_negative:
      return "0 or more";
    case Range::fraction:
      return "from 0 to below 1";
    case Range::probability:
      return "from 0 to 1";
    case Range::any:
    case Range::names_activation:
    case Range::names_initializer:
    case Range::names_scaler:
      return "";
  }
  return "";
}

// "`0.99`; torch: `0.9`"
std::string default_of(std::size_t index, const Options& options) {
  const std::string keras = option_text(options(Semantics::keras).at(index).fallback);
  std::string text = keras.empty() ? "none" : code(keras);
  for (const auto& [semantics, name] : {std::pair{Semantics::torch, "torch"}, {Semantics::sklearn, "sklearn"}}) {
    const std::string other = option_text(options(semantics).at(index).fallback);
    if (other != keras) text += std::string("; ") + name + ": " + (other.empty() ? "none" : code(other));
  }
  return text;
}

void print_options(const Options& options) {
  const std::vector<OperationOption> usual = options(Semantics::keras);
  if (usual.empty()) return;
  std::puts("\n| option | type | default | range | |\n|---|---|---|---|---|");
  for (std::size_t i = 0; i < usual.size(); ++i) {
    const OperationOption& option = usual[i];
    std::printf("| %s | %s | %s | %s | %s |\n", code(option.name).c_str(), std::string(option.type).c_str(),
                default_of(i, options).c_str(), range_of(option.range).c_str(), cell(option.help).c_str());
  }
}

// One section for each operation: its name, its other names, what it computes, its options.
void print_operations(const char* title, const char* introduction, OperationKind kind) {
  std::printf("\n## %s\n%s\n", title, introduction);
  for (const Operation& each : operations(kind)) {
    std::printf("\n### %s\n%s", std::string(each.name).c_str(), std::string(each.summary).c_str());
    for (std::size_t i = 0; i < each.aliases.size(); ++i)
      std::printf("%s%s", i == 0 ? ". Also called " : ", ", code(each.aliases[i]).c_str());
    std::puts("");
    print_options([&](Semantics semantics) { return operation(kind, each.name, semantics).options; });
  }
}

void print_shared(const char* title, const char* introduction, OperationKind kind) {
  std::printf("\n### %s\n%s\n", title, introduction);
  print_options([&](Semantics semantics) { return shared_options(kind, semantics); });
}

}  // namespace

int main() {
  std::puts(
      "# Operations\n\n"
      "<!-- Made by `make reference` from the declarations of the options; edit those. -->\n"
      "Names are the same on the command line, in TOML files and in C++, where the option struct has the name in "
      "CamelCase\n"
      "(`Dense` for `dense`). Options follow the name: `dropout:0.2` gives the first option a value, "
      "`dropout:rate=0.2` names it.\n"
      "Defaults are Keras's; where `--semantics torch` or `sklearn` has another default, the table says so.");
  print_operations("Layers", "For `--layers` and `[[layers]]`. `25:relu` is short for `dense:25:relu`.",
                   OperationKind::layer);
  print_operations("Activations", "For the option `activation` of layers, and as layers of their own.",
                   OperationKind::activation);
  print_operations("Initializers", "For options such as `kernel_initializer`.", OperationKind::initializer);
  print_operations("Losses", "For `--loss`.", OperationKind::loss);
  print_operations("Metrics", "For `--metrics`.", OperationKind::metric);
  print_operations("Optimizers", "For `--optimizer`. Each also takes the options of the last section, \"Updates\".",
                   OperationKind::optimizer);
  print_shared("Updates", "Options that every optimizer takes", OperationKind::optimizer);
  print_operations("Schedules", "For `--schedule`. Each also takes the options of the last section, \"Pace\".",
                   OperationKind::schedule);
  print_shared("Pace", "Options that every schedule takes", OperationKind::schedule);
  print_operations(
      "Callbacks",
      "On the command line a callback is a flag, and its options are flags: `--early-stopping.patience 5`.",
      OperationKind::callback);
}
