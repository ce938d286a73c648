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

/// The least or the greatest number of a column that is as far from all others as no ordinary number is: it probably stands
/// for a missing value, as -9999 and the least fp32 number do in some files. Or, of a column that fp32 cannot compute with:
/// the greatest number in size, beyond 1e37, or nothing where all are below 1e-35.
struct FarValue {
  std::string value;  ///< "-9999"; may be empty
  std::string
      text;  ///< a sentence without a full stop: "column 'x': 12 values are -9999, and all others are from 0 to 1"
};

/// Of these columns of a table, those of numbers. Far is a hundred times as far from its neighbour as the others are from one
/// another, in a tenth of the cells at most; for a number that is often a mark (-999, 9999, beyond 1e30), five times as
/// far, in half of them. Throws Error{usage} for an unknown column.
[[nodiscard]] std::vector<FarValue> far_values(const Table& table, const std::vector<std::string>& columns);
/// Of the features of a data set, whose columns without names are called 1, 2, ... Only numbers that are often marks count:
/// the columns may be pixels, most of which are 0. Columns are found in rows at equal distances, a million cells at most.
[[nodiscard]] std::vector<FarValue> far_values(const Dataset& data);

}  // namespace millrace
