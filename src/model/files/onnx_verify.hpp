// SPDX-License-Identifier: Apache-2.0
//
// The check of a model file against a table: millrace verify.
#pragma once

#include <string>

#include "millrace/error.hpp"
#include "model/files/export_verification.hpp"

namespace millrace {

/// read(), in which damage of a file is a failed check and not bad data: Error{data} becomes Error{mismatch}.
template <class Read>
auto unchanged(const Read& read) {
  try {
    return read();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) throw;
    throw Error(ErrorKind::mismatch, error.what());
  }
}

struct FileVerification {
  ExportCheck check;
  std::string certificate;  ///< JSON: the check at the export; empty for another maker's file
};

/// Reads the file, which must be as it was written, and compares its graph with its model on rows of a table. The graph of
/// another maker was compared when it was read, on random rows. Throws Error: data (the rows), mismatch (the file was
/// changed, or its graph gives other numbers).
[[nodiscard]] FileVerification verify_file(const std::string& path, const Dataset& rows);
/// The same for a model of tables, whose rows are raw.
[[nodiscard]] FileVerification verify_file(const std::string& path, const Table& rows);

/// Throws Error{mismatch} unless the model of the file has the weights of a checkpoint.
void require_weights_of(const std::string& path, const std::string& checkpoint);

}  // namespace millrace
