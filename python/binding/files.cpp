// SPDX-License-Identifier: Apache-2.0
//
// The package writes its own files with the engine's writer, which handles symbolic links, modes, full disks and two
// writers of the same path.
#include "files.hpp"

#include <cstddef>
#include <list>
#include <span>
#include <string>

#include "base/atomic_file.hpp"
#include "gil.hpp"
#include "millrace/checkpoint.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace millrace::python {

namespace {

// Holds the memory of a bytes-like object, which neither moves nor shrinks meanwhile.
class Memory {
 public:
  explicit Memory(nb::handle owner) {
    if (PyObject_GetBuffer(owner.ptr(), &view_, PyBUF_SIMPLE) != 0) throw nb::python_error();
  }
  ~Memory() { PyBuffer_Release(&view_); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  [[nodiscard]] std::span<const std::byte> bytes() const {
    return {static_cast<const std::byte*>(view_.buf), static_cast<std::size_t>(view_.len)};
  }

 private:
  Py_buffer view_{};
};

void write_file(nb::handle to, nb::iterable given) {
  const std::string path = path_from(to, "write_file");
  std::list<Memory> parts;
  for (nb::handle part : given) parts.emplace_back(part);
  const GilReleased unlocked;
  AtomicFile file(path);
  for (const Memory& part : parts) file.write(part.bytes());
  file.commit();
}

nb::dict checkpoint_run(nb::handle from) {
  const std::string path = path_from(from, "read_checkpoint_run");
  const CheckpointRun run = [&] {
    const GilReleased unlocked;
    return read_checkpoint_run(path);
  }();
  nb::dict place;
  place["epoch"] = run.epoch;
  place["step"] = run.step;
  return place;
}

}  // namespace

std::string path_from(nb::handle given, const char* who, const char* name) {
  const nb::object path = nb::module_::import_("millrace._paths").attr("path_of")(who, given, name);
  const nb::object encoded = nb::module_::import_("os").attr("fsencode")(path);  // names need not be UTF-8
  const auto bytes = nb::cast<nb::bytes>(encoded);
  return {bytes.c_str(), bytes.size()};
}

void bind_files(nb::module_& m) {
  m.def("write_file", &write_file, "path"_a.none(), "parts"_a,
        "Replaces the content of a file with the parts, bytes-like objects, in order. Readers see the old content "
        "or the new one, never a part. The permissions of an existing file stay, and a symbolic link keeps its target. "
        "Raises UsageError for a path that cannot be a file's, ResourceError if the machine cannot write it.");
  m.def("read_checkpoint_run", &checkpoint_run, "path"_a.none(),
        "{\"epoch\": ..., \"step\": ...}: the finished epochs of the run that wrote a checkpoint, and the finished "
        "steps of the next epoch. Raises DataError for other files.");
}

}  // namespace millrace::python
