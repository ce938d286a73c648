// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   Dataset digits = read_npz("mnist.npz", "x_train", "y_train");
//   Dataset images = read_idx("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz");
//   Dataset sparse = read_libsvm("a9a.svm", {.classes = {"-1", "1"}});
//
// Files of numbers beside .npy (data.hpp). Each may be compressed with gzip or zstd as a whole.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "millrace/data.hpp"

namespace millrace {

/// Reads two arrays of a .npz archive, as numpy.savez and numpy.savez_compressed write it. Every array is one that
/// read_npy would take. features and targets: names of arrays; empty: x, X, x_train, x_test, x_val, features, data or
/// arr_0, the first that is there, and the y, Y, y_train, y_test, y_val, targets, labels or arr_1 that goes with it, if it
/// is there. If only `targets` is given, the features are those that go with it.
/// Throws Error{data} for an archive that is damaged or cut off, and for arrays that do not fit each other; Error{usage}
/// for an unknown name.
[[nodiscard]] Dataset read_npz(const std::string& path, const std::string& features = "",
                               const std::string& targets = "");

/// Reads files of the MNIST database: IDX, with a byte, an integer or a float per item. All dimensions but the first
/// become the columns of a row: 60000x28x28 has 784 columns. Throws Error{data}.
[[nodiscard]] Dataset read_idx(const std::string& features, const std::string& targets = "");

struct LibsvmOptions {
  std::int64_t columns = 0;  ///< feature columns; 0: as many as the highest index in the file
  std::vector<std::string>
      classes{};  ///< labels in the order of their classes, -1 and 1 say; empty: labels are numbers
};

/// Reads a LIBSVM (SVMlight) file: a label, then index:value for each feature that is not 0. Indices count from 1, or
/// from 0 where the file has an index 0. Text from # to the end of a line is skipped, and so is qid:N.
/// The result is dense. Throws Error{data} with the line for what cannot be read, for indices that do not increase, and for
/// a matrix that is larger than the memory of the machine.
[[nodiscard]] Dataset read_libsvm(const std::string& path, const LibsvmOptions& options = {});

}  // namespace millrace
