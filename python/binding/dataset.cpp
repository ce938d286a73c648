// SPDX-License-Identifier: Apache-2.0
//
// Tables: NumPy arrays as Datasets, without a copy where the layout allows it (millrace/_arrays.py), and files.
#include "dataset.hpp"

#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cstdint>

#include "files.hpp"
#include "gil.hpp"
#include "millrace/split.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace millrace::python {

namespace {

using Rows = nb::ndarray<const float, nb::ndim<2>, nb::device::cpu>;
using Names = std::vector<std::string>;

// The array stays alive as long as a Dataset refers to it, whichever thread drops the last one.
std::shared_ptr<const void> keep_alive(nb::object array) {
  return {array.release().ptr(), [](const void* kept) {
            if (!Py_IsInitialized()) return;
            const GilTaken gil;
            Py_DECREF(static_cast<PyObject*>(const_cast<void*>(kept)));
          }};
}

// An array that matrix() in millrace/_arrays.py would return as it is: one row is predicted in the time of a call of Python.
bool is_plain(nb::handle given) {
  if (!given.type().is(nb::module_::import_("numpy").attr("ndarray"))) return false;
  nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu> rows;
  return nb::try_cast(given, rows, false) && reinterpret_cast<std::uintptr_t>(rows.data()) % alignof(float) == 0;
}

MatrixView view_of(nb::handle given, const char* who, const char* what,
                   std::vector<std::shared_ptr<const void>>& owners) {
  nb::object array =
      is_plain(given) ? nb::borrow(given) : nb::module_::import_("millrace._arrays").attr("matrix")(given, who, what);
  const Rows rows = nb::cast<Rows>(array);
  const MatrixView view{
      rows.data(), static_cast<std::int64_t>(rows.shape(0)), static_cast<std::int64_t>(rows.shape(1)),
      std::max<std::int64_t>(rows.shape(0) > 1 ? rows.stride(0) : 0, static_cast<std::int64_t>(rows.shape(1)))};
  owners.push_back(keep_alive(std::move(array)));
  return view;
}

// The names that were given, else those of a frame's columns.
Names names_of(nb::handle given, Names names) {
  if (!names.empty() || is_plain(given)) return names;
  return nb::cast<Names>(nb::module_::import_("millrace._arrays").attr("names")(given));
}

Dataset make_dataset(nb::handle features, nb::handle targets, nb::handle weights, Names feature_names,
                     Names target_names, Names classes) {
  Dataset data;
  data.source = "array";
  data.features = view_of(features, "Dataset", "features", data.owners);
  if (!targets.is_none()) data.targets = view_of(targets, "Dataset", "targets", data.owners);
  if (!weights.is_none()) {
    const nb::object array = nb::module_::import_("millrace._arrays").attr("vector")(weights, "Dataset", "weights");
    const auto values = nb::cast<nb::ndarray<const float, nb::ndim<1>, nb::c_contig, nb::device::cpu>>(array);
    data.weights.assign(values.data(), values.data() + values.size());
  }
  data.feature_names = names_of(features, std::move(feature_names));
  data.target_names = std::move(target_names);
  data.classes = std::move(classes);
  return data;
}

nb::object array_of(const MatrixView& view, nb::handle owner) {
  const std::size_t shape[] = {static_cast<std::size_t>(view.rows), static_cast<std::size_t>(view.columns)};
  const std::int64_t strides[] = {view.stride, 1};
  return nb::cast(nb::ndarray<nb::numpy, const float>(view.data, 2, shape, owner, strides));
}

}  // namespace

Dataset dataset_from(nb::handle given, const char* who) {
  if (nb::isinstance<Dataset>(given)) return nb::cast<const Dataset&>(given);
  Dataset data;
  data.source = "array";
  data.features = view_of(given, who, "x", data.owners);
  data.feature_names = names_of(given, {});
  return data;
}

nb::object array_from(const Matrix& matrix) {
  auto* kept = new Matrix(matrix);
  const nb::capsule owner(kept, [](void* held) noexcept { delete static_cast<Matrix*>(held); });
  const std::size_t shape[] = {static_cast<std::size_t>(matrix.rows()), static_cast<std::size_t>(matrix.columns())};
  return nb::cast(nb::ndarray<nb::numpy, float>(const_cast<float*>(kept->view().data), 2, shape, owner));
}

void bind_dataset(nb::module_& m) {
  nb::class_<Dataset>(
      m, "Dataset",
      "A table of numbers in memory: features (rows, columns), targets (rows, outputs) and row weights, in "
      "float32. A float32 array in C order, or with rows at a distance, is used where it is and must not "
      "change meanwhile; any other is converted once.")
      .def(
          "__init__",
          [](Dataset* self, nb::object features, nb::object targets, nb::object weights, Names feature_names,
             Names target_names, Names classes) {
            new (self) Dataset(make_dataset(features, targets, weights, std::move(feature_names),
                                            std::move(target_names), std::move(classes)));
          },
          "features"_a.none(), "targets"_a = nb::none(), "weights"_a = nb::none(), nb::kw_only(),
          "feature_names"_a = Names{}, "target_names"_a = Names{}, "classes"_a = Names{},
          "features: (rows,) or (rows, ...), flattened to (rows, columns). targets: (rows,) or (rows, outputs); a "
          "class is "
          "its index. weights: (rows,), default 1. Raises UsageError for shapes, DataError for cells that are no "
          "numbers.")
      .def_prop_ro("rows", &Dataset::rows, "Number of rows of this set.")
      .def_prop_ro(
          "features", [](nb::handle self) { return array_of(nb::cast<const Dataset&>(self).features, self); },
          "The features of the whole table as a read-only NumPy array of the same memory.")
      .def_prop_ro(
          "targets", [](nb::handle self) { return array_of(nb::cast<const Dataset&>(self).targets, self); },
          "The targets of the whole table as a read-only NumPy array of the same memory.")
      .def_prop_ro(
          "weights",
          [](nb::handle self) -> nb::object {
            const std::vector<float>& weights = nb::cast<const Dataset&>(self).weights;
            if (weights.empty()) return nb::none();
            const std::size_t shape[] = {weights.size()};
            return nb::cast(nb::ndarray<nb::numpy, const float>(weights.data(), 1, shape, self));
          },
          "The weights of the rows of the whole table as a read-only NumPy array of the same memory, or None.")
      .def_ro("selection", &Dataset::selection, "The table rows of this set, in order; empty: all rows.")
      .def_ro("feature_names", &Dataset::feature_names)
      .def_ro("target_names", &Dataset::target_names)
      .def_ro("classes", &Dataset::classes, "Class names in index order, if the target is a class label.")
      .def("__len__", [](const Dataset& self) { return self.rows(); });

  m.def(
      "read_csv",
      [](nb::handle given, Names target, Names features, Names classes, Names ignore, const std::string& weight,
         const std::string& delimiter) {
        CsvOptions options{.target = std::move(target),
                           .features = std::move(features),
                           .classes = std::move(classes),
                           .ignore = std::move(ignore),
                           .weight = weight};
        if (delimiter.size() > 1)
          fail(ErrorKind::usage, "read_csv", "delimiter is longer than one character, expected one");
        if (!delimiter.empty()) options.format.delimiter = delimiter[0];
        const std::string path = path_from(given, "read_csv");
        const GilReleased unlocked;
        return read_csv(path, options);
      },
      "path"_a.none(), "target"_a = Names{}, nb::kw_only(), "features"_a = Names{}, "classes"_a = Names{},
      "ignore"_a = Names{}, "weight"_a = "", "delimiter"_a = "",
      "Reads a CSV file with a header line into a Dataset. target, features, ignore: names of columns; weight: the "
      "column of row "
      "weights; classes: the classes of a text target in index order, default: those of the file. Raises DataError "
      "with file, "
      "line and column for a cell that is no finite number.");
  m.def(
      "split_last",
      [](const Dataset& data, double fraction) {
        Split parts = split_last(data, fraction);
        return nb::make_tuple(std::move(parts.train), std::move(parts.validation));
      },
      "data"_a, "fraction"_a,
      "(training, validation): the last fraction of the rows validates, as with Keras's validation_split.");
  m.def(
      "split_stratified",
      [](const Dataset& data, double fraction, std::uint64_t seed) {
        Split parts = split_stratified(data, fraction, seed);
        return nb::make_tuple(std::move(parts.train), std::move(parts.validation));
      },
      "data"_a, "fraction"_a, "seed"_a = 0, "(training, validation): drawn at random, each class with its share.");
}

}  // namespace millrace::python
