// SPDX-License-Identifier: Apache-2.0
//
// A column of two words, such as yes and no, or of 0 and 1: 0 or 1; the more frequent one where missing, and a second prepared column
// that says where a value was missing.
#include <optional>

#include "base/text.hpp"
#include "prepare/columns/column.hpp"
#include "prepare/columns/filled.hpp"
#include "table/kinds/booleans.hpp"

namespace millrace {

namespace {

// All spellings of a word: yes, Yes, yEs, ... A number has one.
std::vector<std::string> spellings(std::string_view word) {
  std::vector<std::string> all;
  if (!is_letter(word.front())) return {std::string(word)};
  for (std::uint32_t upper = 0; upper < 1U << word.size(); ++upper) {
    std::string text(word);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if ((upper >> i & 1) != 0) text[i] = static_cast<char>(text[i] - 'a' + 'A');
    }
    all.push_back(std::move(text));
  }
  return all;
}

class BooleanColumn final : public PreparedColumn {
 public:
  BooleanColumn(const TrainingColumn& column, const ColumnOptions& options) : PreparedColumn(column.column->name) {
    const ColumnValues values = training_values(column);
    filled_ = {static_cast<float>(values.most_frequent()), options.indicator && values.missing() > 0};
  }
  explicit BooleanColumn(const ColumnRecord& record) : PreparedColumn(record.name) {
    filled_ = Filled::from(detail::numbers_of(record, "fill", 2));
  }

  ColumnKind kind() const override { return ColumnKind::boolean; }
  std::vector<std::string> names() const override { return filled_.names(name()); }
  std::optional<double> value(std::string_view text) const override {
    const std::optional<BooleanWord> word = parse_known_boolean(text);
    if (!word) return std::nullopt;
    return word->value ? 1.0 : 0.0;
  }
  std::optional<double> value(double number) const override {
    if (number == 0 || number == 1 || std::isnan(number)) return number;
    return std::nullopt;
  }

  void prepare(double value, float* out) const override {
    out[0] = filled_.value(static_cast<float>(value));
    filled_.indicate(std::isnan(value), out + 1);
  }
  void reference(double value, double* out) const override {
    out[0] = std::isnan(value) ? static_cast<double>(filled_.fill) : value;
    if (filled_.indicator) out[1] = std::isnan(value) ? 1 : 0;
  }

  // The words and numbers of every pair, in every spelling. All other text is missing: -1.
  std::string to_onnx(PlainGraph& graph) const override {
    graph.inputs.push_back({name(), {1}, ValueType::text});
    std::vector<std::string> keys;
    std::vector<float> values;
    for (int pair = 0; pair < boolean_pairs; ++pair) {
      const auto [no, yes] = boolean_words(pair);
      for (const auto& [word, value] : {std::pair{no, 0.0F}, std::pair{yes, 1.0F}}) {
        for (std::string& text : spellings(word)) {
          keys.push_back(std::move(text));
          values.push_back(value);
        }
      }
    }
    const std::string read = graph.add_encoder(prefix() + "/read", name(), std::move(keys), std::move(values), -1);
    const std::string zero = graph.add_constant(prefix() + "/zero", {1}, {0});
    const std::string missing = graph.add("Less", prefix() + "/missing", {read, zero});
    const std::string fill = graph.add_constant(prefix() + "/fill", {1}, {filled_.fill});
    return indicated_to_onnx(graph, prefix(), filled_, missing,
                             graph.add("Where", prefix() + "/filled", {missing, fill, read}));
  }

  ColumnRecord record() const override {
    return {.name = name(), .kind = kind(), .words = {}, .numbers = {{"fill", filled_.numbers()}}, .texts = {}};
  }

 private:
  Filled filled_;
};

}  // namespace

ColumnRow boolean_column_row() {
  return {ColumnKind::boolean,
          [](const TrainingColumn& column, const ColumnOptions& options) -> std::unique_ptr<PreparedColumn> {
            return std::make_unique<BooleanColumn>(column, options);
          },
          [](const ColumnRecord& record) -> std::unique_ptr<PreparedColumn> {
            return std::make_unique<BooleanColumn>(record);
          }};
}

}  // namespace millrace
