// SPDX-License-Identifier: Apache-2.0
#include "errors.hpp"

#include <nanobind/stl/string.h>

#include "gil.hpp"

namespace nb = nanobind;

namespace millrace::python {

namespace {

const char* class_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
      return "UsageError";
    case ErrorKind::data:
      return "DataError";
    case ErrorKind::non_finite:
      return "NonFiniteError";
    case ErrorKind::mismatch:
      return "MismatchError";
    case ErrorKind::environment:
      return "ResourceError";
    case ErrorKind::interrupted:
    case ErrorKind::internal:
      break;
  }
  return "InternalError";
}

}  // namespace

void translate_errors() {
  nb::register_exception_translator([](const std::exception_ptr& thrown, void*) {
    try {
      std::rethrow_exception(thrown);
    } catch (const Error& error) {
      // A damaged file may have names that are no UTF-8: their bytes are shown as the program shows them, \xff.
      const std::string_view what = error.what();
      const nb::object text = nb::steal(PyUnicode_DecodeUTF8(what.data(), std::ssize(what), "backslashreplace"));
      if (error.kind() == ErrorKind::interrupted) {
        PyErr_SetObject(PyExc_KeyboardInterrupt, text.ptr());
        return;
      }
      const nb::object type = nb::module_::import_("millrace.errors").attr(class_of(error.kind()));
      const nb::object in_python = nb::module_::import_("millrace._words").attr("in_python")(text);
      PyErr_SetObject(type.ptr(), in_python.ptr());
    }
  });
}

Error error_from(const nb::python_error& raised, std::string_view who) {
  const GilTaken gil;
  const std::string text = nb::cast<std::string>(nb::str(raised.value()));
  if (raised.matches(PyExc_KeyboardInterrupt))
    return {ErrorKind::interrupted, "[" + std::string(who) + "] interrupted, expected time to finish"};
  const nb::module_ errors = nb::module_::import_("millrace.errors");
  for (const ErrorKind kind : {ErrorKind::data, ErrorKind::non_finite, ErrorKind::mismatch, ErrorKind::environment,
                               ErrorKind::internal, ErrorKind::usage}) {
    if (nb::isinstance(raised.value(), errors.attr(class_of(kind)))) return {kind, text};
  }
  const auto name = nb::cast<std::string>(nb::str(raised.type().attr("__name__")));
  return {ErrorKind::usage, "[" + std::string(who) + "] " + name + (text.empty() ? "" : ": " + text)};
}

void fail(ErrorKind kind, std::string_view who, std::string_view text) {
  throw Error(kind, "[" + std::string(who) + "] " + std::string(text));
}

}  // namespace millrace::python
