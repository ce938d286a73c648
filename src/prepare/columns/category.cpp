// SPDX-License-Identifier: Apache-2.0
//
// A column of categories. Each cell has a slot (levels.hpp). The prepared columns are one per slot (one-hot), the slot's
// index for an Embedding layer, or a single number (ordinal).
#include <algorithm>
#include <cmath>
#include <optional>

#include "base/fail.hpp"
#include "base/index.hpp"
#include "base/names.hpp"
#include "prepare/columns/column.hpp"
#include "prepare/levels.hpp"
#include "prepare/scalers/shift.hpp"
#include "table/level_counts.hpp"
#include "table/value.hpp"

namespace millrace {

namespace {

// What becomes of a slot. One convention for the prepared value, its reference and its nodes.
class Encoding {
 public:
  virtual ~Encoding() = default;
  [[nodiscard]] virtual std::vector<std::string> names(const std::string& column, const Levels& levels) const = 0;
  [[nodiscard]] virtual std::int64_t dimension() const { return 0; }  ///< of an embedding
  virtual void prepare(std::int64_t slot, const Levels& levels, float* out) const = 0;
  /// From the slot, [batch x 1] in float.
  virtual std::string to_onnx(PlainGraph& graph, const std::string& name, const std::string& slot,
                              const Levels& levels) const = 0;
  [[nodiscard]] virtual std::string word() const = 0;
  [[nodiscard]] virtual std::vector<double> numbers() const { return {}; }
};

class OneHot final : public Encoding {
 public:
  std::vector<std::string> names(const std::string& column, const Levels& levels) const override {
    std::vector<std::string> names;
    for (const std::string& slot : levels.slot_names()) names.push_back(column + "=" + slot);
    return names;
  }
  void prepare(std::int64_t slot, const Levels& levels, float* out) const override {
    std::fill_n(out, levels.slots(), 0.0F);
    out[slot] = 1;
  }
  std::string to_onnx(PlainGraph& graph, const std::string& name, const std::string& slot,
                      const Levels& levels) const override {
    std::vector<float> all;
    for (std::int64_t s = 0; s < levels.slots(); ++s) all.push_back(static_cast<float>(s));
    const std::string slots = graph.add_constant(name + "/slots", {levels.slots()}, std::move(all));
    return graph.add("Cast", name + "/onehot", {graph.add("Equal", name + "/equal", {slot, slots})},
                     {{"to", cast_to_real32}});
  }
  std::string word() const override { return "onehot"; }
};

class SlotIndex final : public Encoding {
 public:
  explicit SlotIndex(std::int64_t dimension) : dimension_(dimension) {}
  std::vector<std::string> names(const std::string& column, const Levels&) const override { return {column}; }
  std::int64_t dimension() const override { return dimension_; }
  void prepare(std::int64_t slot, const Levels&, float* out) const override { *out = static_cast<float>(slot); }
  std::string to_onnx(PlainGraph&, const std::string&, const std::string& slot, const Levels&) const override {
    return slot;
  }
  std::string word() const override { return "embedding"; }
  std::vector<double> numbers() const override { return {static_cast<double>(dimension_)}; }

 private:
  std::int64_t dimension_;
};

// The number of the slot, standardised; levels are in the order of their numbers, or in byte order.
class Ordinal final : public Encoding {
 public:
  explicit Ordinal(const Shift& scale) : scale_(scale) {}
  std::vector<std::string> names(const std::string& column, const Levels&) const override { return {column}; }
  void prepare(std::int64_t slot, const Levels&, float* out) const override {
    *out = scale_.scaled(static_cast<float>(slot));
  }
  std::string to_onnx(PlainGraph& graph, const std::string& name, const std::string& slot,
                      const Levels&) const override {
    return scale_.to_onnx(graph, name, slot);
  }
  std::string word() const override { return "ordinal"; }
  std::vector<double> numbers() const override { return scale_.numbers(); }

 private:
  Shift scale_;
};

// The levels that occur, with the numbers of their cells.
std::map<std::string, std::int64_t> by_level(const std::vector<std::string>& levels,
                                             const std::vector<std::int64_t>& cells) {
  std::map<std::string, std::int64_t> counts;
  for (std::int64_t i = 0; i < std::ssize(cells); ++i) {
    if (cells[i] > 0) counts.emplace(levels[i], cells[i]);
  }
  return counts;
}

// As fastai chooses it: https://docs.fast.ai/tabular.model.html (emb_sz_rule).
std::int64_t usual_dimension(std::int64_t slots) {
  return std::clamp<std::int64_t>(std::llround(1.6 * std::pow(static_cast<double>(slots), 0.56)), 1, 32);
}

class CategoryColumn final : public PreparedColumn {
 public:
  CategoryColumn(const TrainingColumn& column, const ColumnOptions& options, const std::string& word,
                 std::map<std::string, std::int64_t> counts, std::int64_t missing)
      : PreparedColumn(column.column->name),
        levels_(counts, missing, {.rare = options.rare, .buckets = options.buckets}) {
    if (word == "onehot") {
      encoding_ = std::make_unique<OneHot>();
    } else if (word == "ordinal") {
      encoding_ = std::make_unique<Ordinal>(ordinal_scale(column));
    } else {
      encoding_ = std::make_unique<SlotIndex>(options.dimension.value_or(usual_dimension(levels_.slots())));
    }
  }
  explicit CategoryColumn(const ColumnRecord& record) : PreparedColumn(record.name), levels_(levels_of(record)) {
    const std::string& word = detail::word_of(record, "encode");
    if (word == "onehot") {
      encoding_ = std::make_unique<OneHot>();
    } else if (word == "ordinal") {
      encoding_ = std::make_unique<Ordinal>(Shift(detail::numbers_of(record, "encode", 2)));
    } else if (word == "embedding") {
      encoding_ = std::make_unique<SlotIndex>(detail::counts_of(record, "encode", 1)[0]);
    } else {
      fail(ErrorKind::usage, name(), unknown_name("encoding", word, {"onehot", "embedding", "ordinal"}));
    }
  }

  ColumnKind kind() const override { return ColumnKind::category; }
  std::vector<std::string> names() const override { return encoding_->names(name(), levels_); }
  std::int64_t slots() const override { return encoding_->dimension() > 0 ? levels_.slots() : 0; }
  std::int64_t dimension() const override { return encoding_->dimension(); }
  std::vector<std::string> levels() const override { return levels_.levels(); }
  double unseen() const override { return 0; }
  std::optional<double> value(std::string_view text) const override { return static_cast<double>(levels_.slot(text)); }
  std::optional<double> value(double number) const override {
    if (std::isnan(number)) return static_cast<double>(levels_.missing_slot());
    if (!levels_.are_numbers()) return std::nullopt;
    return static_cast<double>(levels_.slot(number));
  }

  void prepare(double value, float* out) const override { encoding_->prepare(slot_of(value), levels_, out); }
  void reference(double value, double* out) const override {
    std::vector<float> single(names().size());
    prepare(value, single.data());
    std::copy(single.begin(), single.end(), out);
  }

  std::string to_onnx(PlainGraph& graph) const override {
    const auto missing = static_cast<float>(levels_.missing_slot());
    std::string slot;
    if (levels_.are_numbers()) {
      graph.inputs.push_back({name(), {1}});
      const std::string seen = levels_.number_buckets().count > 0 ? bucket_to_onnx(graph) : level_to_onnx(graph);
      const std::string without = graph.add("IsNaN", prefix() + "/missing", {name()});
      const std::string fill = graph.add_constant(prefix() + "/missing_slot", {1}, {missing});
      slot = graph.add("Where", prefix() + "/slot", {without, fill, seen});
    } else {
      graph.inputs.push_back({name(), {1}, ValueType::text});
      std::vector<std::string> keys = levels_.levels();
      std::vector<float> slots(levels_.level_slots().begin(), levels_.level_slots().end());
      if (!std::ranges::binary_search(keys, std::string())) {
        keys.emplace_back();
        slots.push_back(missing);
      }
      for (const auto& [text, slot_of_text] : levels_.trimmed()) {
        keys.push_back(text);
        slots.push_back(static_cast<float>(slot_of_text));
      }
      slot = graph.add_encoder(prefix() + "/slot", name(), std::move(keys), std::move(slots), 0);
    }
    return encoding_->to_onnx(graph, prefix(), slot, levels_);
  }

  ColumnRecord record() const override {
    return {.name = name(),
            .kind = kind(),
            .words = {{"encode", encoding_->word()}},
            .numbers = {{"encode", encoding_->numbers()},
                        {"missing_slot", {static_cast<double>(levels_.missing_slot())}},
                        {"buckets",
                         {static_cast<double>(levels_.number_buckets().first),
                          static_cast<double>(levels_.number_buckets().count)}},
                        {"slots", {levels_.level_slots().begin(), levels_.level_slots().end()}}},
            .texts = {{"levels", levels_.levels()}, {"slot_names", levels_.slot_names()}}};
  }

 private:
  // The slot of a whole number by level. Of levels that are the same number, 7 and 7.0, only the first is a key.
  std::string level_to_onnx(PlainGraph& graph) const {
    std::vector<float> keys;
    std::vector<std::int64_t> slots;
    for (const std::string& level : levels_.levels()) {
      const float number = *whole_number(level);
      if (std::ranges::find(keys, number) != keys.end()) continue;
      keys.push_back(number);
      slots.push_back(levels_.slot(static_cast<double>(number)));
    }
    return graph.add_encoder(prefix() + "/seen", name(), std::move(keys), std::move(slots), 0);
  }

  // The slot of a whole number by its remainder.
  std::string bucket_to_onnx(PlainGraph& graph) const {
    const auto constant = [&](const char* what, float value) {
      return graph.add_constant(prefix() + what, {1}, {value});
    };
    const NumberBuckets& buckets = levels_.number_buckets();
    const std::string count = constant("/buckets", static_cast<float>(buckets.count)), zero = constant("/zero", 0);
    // Of the sign of the number.
    const std::string remainder =
        graph.add("Mod", prefix() + "/remainder", {name(), count}, {{"fmod", std::int64_t{1}}});
    const std::string negative = graph.add("Less", prefix() + "/negative", {remainder, zero});
    const std::string wrapped = graph.add("Add", prefix() + "/wrapped", {remainder, count});
    const std::string bucket = graph.add("Where", prefix() + "/bucket", {negative, wrapped, remainder});
    const std::string slot = graph.add("Add", prefix() + "/bucket_slot",
                                       {bucket, constant("/first_bucket", static_cast<float>(buckets.first))});
    const std::string floor = graph.add("Floor", prefix() + "/floor", {name()});
    const std::string whole = graph.add("Equal", prefix() + "/whole", {floor, name()});
    const std::string size = graph.add("Abs", prefix() + "/size", {name()});
    const std::string held =
        graph.add("Less", prefix() + "/held", {size, constant("/most_whole_number", most_whole_number + 2)});
    const std::string valid = graph.add("And", prefix() + "/valid", {whole, held});
    return graph.add("Where", prefix() + "/seen", {valid, slot, zero});
  }

  [[nodiscard]] std::int64_t slot_of(double value) const {
    return std::isnan(value) ? levels_.missing_slot() : static_cast<std::int64_t>(value);
  }

  [[nodiscard]] Shift ordinal_scale(const TrainingColumn& column) const {
    std::vector<double> slots;
    for (const std::int64_t row : column.rows) {
      const double code = table_value(*column.table, *column.column, row);
      slots.push_back(static_cast<double>(std::isnan(code)
                                              ? levels_.missing_slot()
                                              : levels_.slot(column.column->levels[static_cast<std::int64_t>(code)])));
    }
    const ColumnValues values(std::move(slots), 0);
    return {values.mean(), values.deviation()};
  }

  static Levels levels_of(const ColumnRecord& record) {
    const std::vector<std::int64_t> buckets = detail::counts_of(record, "buckets", 2);
    return {detail::texts_of(record, "slot_names"),
            detail::counts_of(record, "missing_slot", 1)[0],
            detail::texts_of(record, "levels"),
            detail::counts_of(record, "slots"),
            {buckets[0], buckets[1]}};
  }

  Levels levels_;
  std::unique_ptr<const Encoding> encoding_;
};

std::unique_ptr<PreparedColumn> fit_category(const TrainingColumn& column, const ColumnOptions& options) {
  const LevelCounts found = count_levels(*column.table, *column.column, column.rows);
  std::map<std::string, std::int64_t> counts = by_level(column.column->levels, found.cells);
  ColumnOptions chosen = options;
  std::string word = options.encode;
  if (word == "auto") {
    const auto kept = std::ranges::count_if(counts, [&](const auto& entry) { return entry.second >= options.rare; });
    word = kept <= options.levels ? "onehot" : "embedding";
  }
  if (word == "hash") {
    word = "embedding";
    // Fewer buckets than levels, or each level would have a slot of its own.
    chosen.buckets = std::clamp<std::int64_t>(std::ssize(counts) - 1, 1, options.buckets);
    chosen.rare = 0;
  }
  return std::make_unique<CategoryColumn>(column, chosen, word, std::move(counts), found.missing);
}

}  // namespace

ColumnRow category_column_row() {
  return {ColumnKind::category, fit_category, [](const ColumnRecord& record) -> std::unique_ptr<PreparedColumn> {
            return std::make_unique<CategoryColumn>(record);
          }};
}

}  // namespace millrace
