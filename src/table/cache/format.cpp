// SPDX-License-Identifier: Apache-2.0
#include "table/cache/format.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstddef>

#include "table/cache/bytes.hpp"

namespace millrace {

std::uint64_t checksum_of(const void* data, std::uint64_t bytes) { return XXH3_64bits(data, bytes); }

std::uint64_t header_sum(const CacheHeader& header) { return checksum_of(&header, offsetof(CacheHeader, sum)); }

std::string options_bytes(const TableOptions& options) {
  ByteWriter to;
  to.text(options.target);
  to.texts(options.ignore);
  to.number(options.kinds.size());
  for (const auto& [name, kind] : options.kinds) {
    to.text(name);
    to.number(static_cast<std::uint64_t>(kind));
  }
  to.number(options.date_orders.size());
  for (const auto& [name, order] : options.date_orders) {
    to.text(name);
    to.number(static_cast<std::uint64_t>(order));
  }
  to.number(options.times.size());
  for (const auto& [name, times] : options.times) {
    to.text(name);
    to.number(times ? 1 : 0);
  }
  to.number(options.classes.size());
  for (const auto& [name, classes] : options.classes) {
    to.text(name);
    to.texts(classes);
  }
  const TextFormat& format = options.format;
  to.text(format.encoding);
  for (const char mark : {format.delimiter, format.comment, format.decimal, format.thousands})
    to.number(static_cast<unsigned char>(mark));
  for (const bool flag : {format.header, format.percent, format.currency}) to.number(flag ? 1 : 0);
  to.number(static_cast<std::uint64_t>(format.skip_lines));
  to.number(static_cast<std::uint64_t>(format.skip_footer));
  to.texts(format.missing_marks);
  to.number(format.date_order ? 1 + static_cast<std::uint64_t>(*format.date_order) : 0);
  return std::move(to.bytes);
}

std::string description_bytes(const CacheDescription& description) {
  ByteWriter to;
  to.number(description.sources.size());
  for (const CacheSource& source : description.sources) {
    to.text(source.path);
    to.number(source.size);
    to.number(static_cast<std::uint64_t>(source.changed));
    to.number(source.hash[0]);
    to.number(source.hash[1]);
  }
  to.text(description.options);
  to.text(description.source_name);
  to.number(description.columns.size());
  for (const TableColumn& column : description.columns) {
    to.text(column.name);
    to.number(static_cast<std::uint64_t>(column.kind));
    to.number(static_cast<std::uint64_t>(column.place));
    to.number(static_cast<std::uint64_t>(column.missing));
    to.number(column.date_order ? 1 + static_cast<std::uint64_t>(*column.date_order) : 0);
    to.number(column.order_is_guess ? 1 : 0);
    to.texts(column.levels);
    to.texts(column.obstacles);
    to.text(column.close);
    to.number(static_cast<std::uint64_t>(column.exact));
    to.number(column.marks.size());
    for (const auto& [mark, cells] : column.marks) {
      to.text(mark);
      to.number(static_cast<std::uint64_t>(cells));
    }
  }
  to.texts(description.notes);
  for (const std::vector<std::uint64_t>* const sums : {&description.value_sums, &description.date_sums}) {
    to.number(sums->size());
    for (const std::uint64_t sum : *sums) to.number(sum);
  }
  return std::move(to.bytes);
}

CacheDescription read_description(std::string_view bytes, const std::function<void()>& refuse) {
  ByteReader from(bytes, refuse);
  CacheDescription description;
  description.sources.resize(from.count());
  for (CacheSource& source : description.sources) {
    source.path = from.text();
    source.size = from.number();
    source.changed = static_cast<std::int64_t>(from.number());
    source.hash[0] = from.number();
    source.hash[1] = from.number();
  }
  description.options = from.text();
  description.source_name = from.text();
  const std::uint64_t columns = from.count();
  for (std::uint64_t i = 0; i < columns; ++i) {
    TableColumn& column = description.columns.emplace_back();
    column.name = from.text();
    const std::uint64_t kind = from.number();
    if (kind > static_cast<std::uint64_t>(ColumnKind::ignored)) refuse();
    column.kind = static_cast<ColumnKind>(kind);
    column.place = static_cast<std::int64_t>(from.number());
    column.missing = static_cast<std::int64_t>(from.number());
    const std::uint64_t order = from.number();
    if (order > 1 + static_cast<std::uint64_t>(DateOrder::day_first)) refuse();
    if (order > 0) column.date_order = static_cast<DateOrder>(order - 1);
    const std::uint64_t guess = from.number();
    if (guess > 1) refuse();
    column.order_is_guess = guess == 1;
    column.levels = from.texts();
    column.obstacles = from.texts();
    column.close = from.text();
    column.exact = static_cast<std::int64_t>(from.number());
    const std::uint64_t marks = from.count();
    for (std::uint64_t mark = 0; mark < marks; ++mark) {
      const std::string text = from.text();
      column.marks[text] = static_cast<std::int64_t>(from.number());
    }
  }
  description.notes = from.texts();
  for (std::vector<std::uint64_t>* const sums : {&description.value_sums, &description.date_sums}) {
    sums->resize(from.count());
    for (std::uint64_t& sum : *sums) sum = from.number();
  }
  if (!from.at_end()) refuse();
  return description;
}

}  // namespace millrace
