// SPDX-License-Identifier: Apache-2.0
//
// Prints docs/reference/operations.md: every row of the tables of operations, with the options it declares.
//
// Usage:  millrace_reference        scripts/reference.sh calls it
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "base/option_text.hpp"
#include "millrace/updates.hpp"
#include "ops/activations/activation.hpp"
#include "ops/initializers/initializer.hpp"
#include "ops/layers/layer.hpp"
#include "ops/losses/loss.hpp"
#include "ops/metrics/metric.hpp"
#include "ops/optimizers/optimizer.hpp"
#include "ops/schedules/schedule.hpp"
#include "run/callbacks/callback.hpp"

namespace millrace {

namespace {

using Describe = std::vector<OptionInfo> (*)(Semantics);

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
    case Range::by_name:
      return "";
  }
  return "";
}

// "`0.99`; torch: `0.9`"
std::string default_of(std::size_t index, Describe describe) {
  const std::string keras = value_text(describe(Semantics::keras).at(index).fallback);
  std::string text = keras.empty() ? "none" : code(keras);
  for (const auto& [semantics, name] : {std::pair{Semantics::torch, "torch"}, {Semantics::sklearn, "sklearn"}}) {
    const std::string other = value_text(describe(semantics).at(index).fallback);
    if (other != keras) text += std::string("; ") + name + ": " + (other.empty() ? "none" : code(other));
  }
  return text;
}

void print_options(Describe describe) {
  const std::vector<OptionInfo> options = describe(Semantics::keras);
  if (options.empty()) return;
  std::puts("\n| option | type | default | range | |\n|---|---|---|---|---|");
  for (std::size_t i = 0; i < options.size(); ++i) {
    const OptionInfo& option = options[i];
    std::printf("| %s | %s | %s | %s | %s |\n", code(option.name).c_str(), std::string(option.type).c_str(),
                default_of(i, describe).c_str(), range_of(option.range).c_str(), cell(option.help).c_str());
  }
}

// One section for each row: its name, its other names, what it computes, its options.
template <class Table>
void print_table(const char* title, const char* introduction, const Table& table) {
  std::printf("\n## %s\n%s\n", title, introduction);
  for (const auto& row : table) {
    std::printf("\n### %s\n%s", std::string(row.name).c_str(), std::string(row.summary).c_str());
    if constexpr (requires { row.aliases; }) {
      for (std::size_t i = 0; i < row.aliases.size(); ++i)
        std::printf("%s%s", i == 0 ? ". Also called " : ", ", code(row.aliases[i]).c_str());
    }
    std::puts("");
    print_options(row.options);
  }
}

}  // namespace

}  // namespace millrace

int main() {
  using namespace millrace;
  std::puts(
      "# Operations\n\n"
      "<!-- Made by `make reference` from the declarations of the options; edit those. -->\n"
      "Names are the same on the command line, in TOML files and in C++, where the option struct has the name in "
      "CamelCase\n"
      "(`Dense` for `dense`). Options follow the name: `dropout:0.2` gives the first option a value, "
      "`dropout:rate=0.2` names it.\n"
      "Defaults are Keras's; where `--semantics torch` or `sklearn` has another default, the table says so.");
  print_table("Layers", "For `--layers` and `[[layers]]`. `25:relu` is short for `dense:25:relu`.", layer_table());
  print_table("Activations", "For the option `activation` of layers, and as layers of their own.", activation_table());
  print_table("Initializers", "For options such as `kernel_initializer`.", initializer_table());
  print_table("Losses", "For `--loss`.", loss_table());
  print_table("Metrics", "For `--metrics`.", metric_table());
  print_table("Optimizers", "For `--optimizer`. Each also takes the options of the last section, \"Updates\".",
              optimizer_table());
  std::puts("\n### Updates\nOptions that every optimizer takes");
  print_options(describe_options<UpdateOptions>);
  print_table("Schedules", "For `--schedule`. Each also takes the options of the last section, \"Pace\".",
              schedule_table());
  std::puts("\n### Pace\nOptions that every schedule takes");
  print_options(describe_options<PaceOptions>);
  print_table("Callbacks",
              "On the command line a callback is a flag, and its options are flags: `--early-stopping.patience 5`.",
              callback_table());
}
