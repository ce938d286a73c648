// SPDX-License-Identifier: Apache-2.0
//
// The extension module millrace._core: the C++ API with its words. The packages millrace.keras and millrace.sklearn are
// written on top of it in Python.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "dataset.hpp"
#include "errors.hpp"
#include "files.hpp"
#include "millrace/version.hpp"
#include "model.hpp"
#include "table.hpp"

NB_MODULE(_core, m) {
  m.doc() = "The C++ API of millrace.";
  nanobind::set_leak_warnings(false);  // models that live until the interpreter ends are not a leak
  millrace::python::translate_errors();
  millrace::python::bind_files(m);
  millrace::python::bind_dataset(m);
  millrace::python::bind_table(m);
  millrace::python::bind_model(m);
  m.def("version", &millrace::version, "\"0.1.0\"");
  m.def("library_versions", &millrace::library_versions, "The libraries that millrace runs on, with their versions.");
}
