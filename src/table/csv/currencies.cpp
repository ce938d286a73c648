// SPDX-License-Identifier: Apache-2.0
#include "table/csv/currencies.hpp"

#include <string>

#include "base/excerpt.hpp"
#include "base/text.hpp"

namespace millrace {

void check_currencies(const CsvFile& file, const std::vector<std::int64_t>& columns) {
  std::vector<std::string_view> known(columns.size());
  for_each_cell(file, columns, [&](std::int64_t i, std::string_view cell) {
    std::string_view amount = trim(cell);
    if (amount.starts_with('-')) amount.remove_prefix(1);
    const std::string_view currency = currency_of(amount);
    std::string_view& other = known[i];
    if (currency.empty() || currency == other) return;
    if (other.empty()) {
      other = currency;
      return;
    }
    file.fail_line(cell.data(), ", column " + excerpt(file.names[columns[i]]) + " says " + excerpt(cell) +
                                    ", and cells above it have " + excerpt(other) +
                                    ", expected one currency: convert the amounts, or ignore the column");
  });
}

}  // namespace millrace
