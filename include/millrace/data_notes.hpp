// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   for (const DataNote& note : data_notes(parts.train, &parts.validation))
//     std::cerr << note.text << "\n";
//
// Properties of training and validation rows that stop no run, but are most likely not intended.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "millrace/data.hpp"
#include "millrace/table.hpp"

namespace millrace {

struct DataNote {
  enum class Kind : std::uint8_t {
    absent_class,         ///< output units of classes that no row is of
    untrained_class,      ///< classes with validation rows and no training row
    sorted_by_class,      ///< the rows are sorted by class, and the validation rows are all of one class
    single_row_class,     ///< classes with one row in all
    equal_classes,        ///< classes with different texts and the same number: 01 and 1
    constant_target,      ///< a target with one value in all training rows
    single_validation,    ///< one validation row
    weight_without_rows,  ///< a class weight for a class without training rows
  };
  Kind kind = Kind::constant_target;
  std::string text;  ///< a sentence without a full stop: "no training row of class 'b', which has 12 validation rows"
};

/// At most one note of each kind, in the order above. `validation`: null for none. `class_weight`: by class, empty for
/// none. Classes are those of Dataset::classes; without them targets are numbers.
[[nodiscard]] std::vector<DataNote> data_notes(const Dataset& training, const Dataset* validation = nullptr,
                                               const std::vector<double>& class_weight = {});

/// The least or the greatest number of a column, if it is so far from all others that it probably stands for a missing
/// value, as -9999 and the least fp32 number do in some files. Or a column whose numbers are too large or too small for
/// fp32 to compute with: `value` is the largest in size, beyond 1e37, or empty if all are below 1e-35.
struct FarValue {
  std::string value;  ///< "-9999"; may be empty
  std::string
      text;  ///< a sentence without a full stop: "column 'x': 12 values are -9999, and all others are from 0 to 1"
};

/// Looks at those of these columns that hold numbers. A number is far if it lies a hundred times the range of all others
/// from the nearest of them, and at most a tenth of the cells have it. For a number that often marks a missing value (-999,
/// 9999, beyond 1e30), five times the range and half of the cells suffice. Throws Error{usage} for an unknown column.
[[nodiscard]] std::vector<FarValue> far_values(const Table& table, const std::vector<std::string>& columns);
/// The same for the features of a data set; columns without names are called 1, 2, ... Only numbers that often mark a
/// missing value count, because columns may be pixels, most of which are 0. Looks at a million cells at most, in rows at
/// equal distances.
[[nodiscard]] std::vector<FarValue> far_values(const Dataset& data);

}  // namespace millrace
