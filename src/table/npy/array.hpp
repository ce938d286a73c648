// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const NumberArray x = npy_array(unpacked(open_source(path, "npy"), "npy"));
//   return dataset_of(x, y, "npy");
//
// Arrays of numbers from the bytes of files, and the data set that two of them make.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "millrace/data.hpp"
#include "table/npy/header.hpp"
#include "table/text/source.hpp"

namespace millrace {

struct NumberArray {
  std::string name;  ///< for messages
  MatrixView view;
  std::shared_ptr<const void> owner;
};

/// The array that the header describes, whose items are all there. With ArrayMemory::mapped, little-endian floats in the
/// order of rows stay where they are in the source; all others are converted. Throws Error{data} for NaN and infinity.
[[nodiscard]] NumberArray array_of(const SourceText& source, NpyHeader header, std::string_view who,
                                   ArrayMemory memory = ArrayMemory::copied);

/// The array in the bytes of a .npy file. Throws Error{data}.
[[nodiscard]] NumberArray npy_array(const SourceText& source, ArrayMemory memory = ArrayMemory::copied);

/// Throws Error{data} if the arrays differ in their rows.
[[nodiscard]] Dataset dataset_of(const NumberArray& features, const std::optional<NumberArray>& targets,
                                 std::string_view who);

}  // namespace millrace
