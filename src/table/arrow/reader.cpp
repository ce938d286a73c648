// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "base/system_error.hpp"
#include "base/utf8.hpp"
#include "millrace/arrow.hpp"
#include "millrace/table_builder.hpp"
#include "table/arrow/values.hpp"

namespace millrace {

namespace {

constexpr std::string_view who = "arrow";

[[noreturn]] void refuse(const std::string& source, const std::string& problem) {
  fail(ErrorKind::data, who, source + problem);
}

// What a producer hands over is given back, whatever happens.
template <class Struct>
class Owned {
 public:
  Owned() = default;
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  ~Owned() {
    if (value.release != nullptr) value.release(&value);
  }
  Struct value{};
};

// The values of a column, batch after batch.
class Column {
 public:
  Column(const ArrowSchema& schema, std::string name)
      : name_(std::move(name)), indices_(arrow_type(schema.format == nullptr ? "" : schema.format)), type_(indices_) {
    const ArrowSchema* const dictionary = schema.dictionary;
    if (dictionary == nullptr) return;
    type_ = arrow_type(dictionary->format == nullptr ? "" : dictionary->format);
    if (dictionary->dictionary != nullptr) type_ = {};
    in_dictionary_ = true;
  }

  // skipped: the rows that the batch itself says are missing; nullptr: none
  void take(const ArrowArray& array, std::int64_t first, std::int64_t rows, const ArrowValues* skipped) {
    if (type_.layout == ArrowLayout::other) return;
    const ArrowValues values(in_dictionary_ ? indices_ : type_, array, name_);
    if (values.length() < first || values.length() - first < rows)
      fail(ErrorKind::data, who,
           "column " + excerpt(name_) + " has " + counted(values.length(), "value") + " in a batch of " +
               counted(rows, "row") + " at offset " + std::to_string(first) + ", expected one in each");
    std::optional<ArrowValues> dictionary;
    if (in_dictionary_) {
      if (array.dictionary == nullptr)
        fail(ErrorKind::data, who, "column " + excerpt(name_) + " has indices and no dictionary, expected one");
      dictionary.emplace(type_, *array.dictionary, name_);
    }
    for (std::int64_t row = first; row < first + rows; ++row) {
      const bool missing = values.is_null(row) || (skipped != nullptr && skipped->is_null(row));
      if (missing || !dictionary)
        add(values, row, missing);
      else
        add_from(*dictionary, values.index(row));
    }
  }

  void finish(TableBuilder& builder, std::int64_t rows) const {
    if (name_.empty()) return;  // not read, as in a file
    if (type_.layout == ArrowLayout::other) {
      builder.unusable(
          name_, rows,
          "the values are no numbers, texts, booleans or dates, expected those: cast the column, or ignore "
          "it");
      return;
    }
    if (type_.kind == ColumnKind::number) builder.numbers(name_, numbers_);
    if (type_.kind == ColumnKind::date) builder.dates(name_, numbers_);
    if (type_.kind == ColumnKind::category) builder.levels(name_, std::vector(levels_.begin(), levels_.end()), codes_);
    if (type_.kind != ColumnKind::boolean) return;
    std::vector<std::int8_t> booleans;
    for (const double number : numbers_) booleans.push_back(static_cast<std::int8_t>(std::isnan(number) ? -1 : number));
    builder.booleans(name_, booleans);
  }

 private:
  void add_from(const ArrowValues& dictionary, std::int64_t index) {
    if (index < 0 || index >= dictionary.length())
      fail(ErrorKind::data, who,
           "column " + excerpt(name_) + " has the index " + std::to_string(index) + ", expected one below the " +
               counted(dictionary.length(), "value") + " of its dictionary");
    add(dictionary, index, dictionary.is_null(index));
  }

  void add(const ArrowValues& values, std::int64_t i, bool missing) {
    if (type_.kind != ColumnKind::category) {
      numbers_.push_back(missing ? std::numeric_limits<double>::quiet_NaN() : values.number(i));
      return;
    }
    codes_.push_back(missing ? -1 : code_of(values.text(i)));
  }

  std::int32_t code_of(std::string_view text) {
    const auto known = by_text_.find(text);
    if (known != by_text_.end()) return known->second;
    const auto code = static_cast<std::int32_t>(levels_.size());
    by_text_.emplace(levels_.emplace_back(text), code);
    return code;
  }

  std::string name_;
  ArrowType indices_, type_;  // type_: of the values, which a dictionary has
  bool in_dictionary_ = false;
  std::vector<double> numbers_;
  std::vector<std::int32_t> codes_;
  std::deque<std::string> levels_;  // stay where they are
  std::unordered_map<std::string_view, std::int32_t> by_text_;
};

void check(ArrowArrayStream* stream, int code, const std::string& source) {
  if (code == 0) return;
  const char* const said = stream->get_last_error == nullptr ? nullptr : stream->get_last_error(stream);
  std::string reason = said == nullptr || *said == '\0' ? system_text(code) : said;
  if (!is_utf8(reason)) reason = system_text(code);
  refuse(source, " cannot be read (" + reason + "), expected a stream of record batches");
}

std::vector<Column> columns_of(const ArrowSchema& schema, const std::string& source) {
  if (schema.format == nullptr || std::string_view(schema.format) != "+s")
    refuse(source, " is a stream of single arrays, expected record batches: make a table of it");
  if (schema.n_children < 0 || (schema.n_children > 0 && schema.children == nullptr))
    refuse(source, " says that it has " + counted(schema.n_children, "column") + ", expected 0 or more");
  std::vector<Column> columns;
  for (std::int64_t i = 0; i < schema.n_children; ++i) {
    const ArrowSchema* const child = schema.children[i];
    if (child == nullptr) refuse(source, " has no schema for column " + std::to_string(i + 1) + ", expected one");
    columns.emplace_back(*child, child->name == nullptr ? "" : child->name);
  }
  return columns;
}

void take_batch(std::vector<Column>& columns, const ArrowArray& batch, const std::string& source) {
  // A record batch is a struct: bits that say which rows are missing, and its columns.
  if (batch.n_buffers != 1)
    refuse(source, " has a batch of " + std::to_string(batch.n_buffers) + " buffers, expected 1");
  if (batch.n_children != std::ssize(columns) || (batch.n_children > 0 && batch.children == nullptr))
    refuse(source, " has a batch of " + counted(batch.n_children, "column") + ", expected " +
                       std::to_string(columns.size()) + " as in the schema");
  constexpr std::int64_t most = std::int64_t{1} << 48;  // more rows than any memory has
  if (batch.length < 0 || batch.offset < 0 || batch.length > most || batch.offset > most)
    refuse(source, " has a batch of " + counted(batch.length, "row") + " at offset " + std::to_string(batch.offset) +
                       ", expected 0 to 2^48");
  const bool skips = batch.null_count != 0 && batch.buffers != nullptr && batch.buffers[0] != nullptr;
  ArrowArray bits = batch;  // as an array of bits, whose validity is that of the rows
  const void* buffers[2] = {skips ? batch.buffers[0] : nullptr, skips ? batch.buffers[0] : nullptr};
  bits.n_buffers = 2;
  bits.offset = 0;
  bits.length = batch.offset + batch.length;
  bits.null_count = -1;
  bits.buffers = buffers;
  std::optional<ArrowValues> skipped;
  if (skips) skipped.emplace(ArrowType{ArrowLayout::bits, ColumnKind::boolean}, bits, "rows");
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (batch.children[i] == nullptr)
      refuse(source, " has no array for column " + std::to_string(i + 1) + ", expected one");
    columns[i].take(*batch.children[i], batch.offset, batch.length, skipped ? &*skipped : nullptr);
  }
}

}  // namespace

Table read_arrow(ArrowArrayStream* stream, const TableOptions& options, const std::string& source) {
  if (stream == nullptr || stream->release == nullptr)
    fail(ErrorKind::usage, who, source + " is a stream that was released, expected one to read");
  const std::unique_ptr<ArrowArrayStream, void (*)(ArrowArrayStream*)> owner(stream, [](ArrowArrayStream* given) {
    if (given->release != nullptr) given->release(given);
  });
  if (stream->get_schema == nullptr || stream->get_next == nullptr)
    refuse(source, " is a stream without its functions, expected get_schema and get_next");
  Owned<ArrowSchema> schema;
  check(stream, stream->get_schema(stream, &schema.value), source);
  std::vector<Column> columns = columns_of(schema.value, source);
  std::int64_t rows = 0;
  for (;;) {
    Owned<ArrowArray> batch;
    check(stream, stream->get_next(stream, &batch.value), source);
    if (batch.value.release == nullptr) break;
    take_batch(columns, batch.value, source);
    rows += batch.value.length;
  }
  TableBuilder builder(source);
  for (const Column& column : columns) column.finish(builder, rows);
  return builder.finish(options);
}

}  // namespace millrace
