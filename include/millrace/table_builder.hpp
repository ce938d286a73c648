// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const Table table = TableBuilder()
//                           .numbers("age", ages)                    // spans of double, NaN where missing
//                           .texts("city", {"Rome", std::nullopt, "Oslo"})
//                           .booleans("member", members)             // 0, 1, and -1 where missing
//                           .finish({.target = "member"});
//
// Makes a Table of columns that a program has in memory.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/table.hpp"

namespace millrace {

/// The first column decides the number of rows. Each function throws Error{usage} "[table] ..." for a column with another
/// number of rows, and for a name that is empty or that another column has. A moved-from builder can be assigned to and
/// destroyed; any other use throws Error{usage}.
class TableBuilder {
 public:
  /// source: what messages call the table
  explicit TableBuilder(std::string source = "table");
  TableBuilder(TableBuilder&&) noexcept;
  TableBuilder& operator=(TableBuilder&&) noexcept;
  TableBuilder(const TableBuilder&) = delete;
  TableBuilder& operator=(const TableBuilder&) = delete;
  ~TableBuilder();

  /// NaN where missing. An infinite number is an obstacle, which models refuse, and so are numbers that fp32 cannot tell
  /// apart.
  TableBuilder& numbers(const std::string& name, std::span<const double> values);
  /// A category; std::nullopt or blank where missing. Blanks around a text are left out. The views are copied.
  TableBuilder& texts(const std::string& name, std::span<const std::optional<std::string_view>> values);
  TableBuilder& texts(const std::string& name, std::initializer_list<std::optional<std::string_view>> values) {
    return texts(name, std::span(values.begin(), values.size()));
  }
  /// A category whose levels are known. codes: for each row the index of its level, negative where missing. A blank level
  /// counts as missing. Levels may be in any order, occur twice, and have no row. Throws Error{usage} for a code that is no
  /// index.
  TableBuilder& levels(const std::string& name, std::span<const std::string> levels,
                       std::span<const std::int32_t> codes);
  /// 0: false, positive: true, negative: missing
  TableBuilder& booleans(const std::string& name, std::span<const std::int8_t> values);
  /// Seconds since 1970-01-01 UTC, NaN where missing
  TableBuilder& dates(const std::string& name, std::span<const double> seconds);
  /// A column that cannot be used; why: an obstacle that names a remedy
  TableBuilder& unusable(const std::string& name, std::int64_t rows, const std::string& why);

  /// The table, with its columns in the order of the calls. Of the options, only target, ignore, kinds and the orders of
  /// dates have an effect. A column has the kind of its call, unless options.kinds asks for another: category or label for
  /// numbers; number, boolean or date for texts that all are of this kind. Throws Error{usage} for an unknown column, a
  /// table without rows, and a kind that a column cannot have; Error{data} for a text that is not of the kind. The builder
  /// is empty afterwards.
  [[nodiscard]] Table finish(const TableOptions& options = {});

 private:
  struct State;
  [[nodiscard]] State& own();  // throws Error{usage} if the builder was moved from

  std::unique_ptr<State> state_;
};

}  // namespace millrace
