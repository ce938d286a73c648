// SPDX-License-Identifier: Apache-2.0
//
// Tables that tests make up row by row, and trainings on them.
#pragma once

#include <string>

#include "cli/cli.hpp"

namespace millrace::test {

class CliTables : public Cli {
 protected:
  /// t.csv: a header line and `rows` rows, which row(i) writes.
  template <class Row>
  void write_rows(const std::string& header, int rows, const Row& row) const {
    std::string text = header + "\n";
    for (int i = 0; i < rows; ++i) text += row(i) + "\n";
    write("t.csv", text);
  }
  [[nodiscard]] static Words train(const std::string& target, const Words& more = {}) {
    return Words{"train", "--data", "t.csv", "--target", target, "--out", "out", "--overwrite"} + more;
  }
};

}  // namespace millrace::test
