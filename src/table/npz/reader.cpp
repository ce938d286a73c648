// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <optional>

#include "base/fail.hpp"
#include "base/names.hpp"
#include "millrace/arrays.hpp"
#include "table/npy/array.hpp"
#include "table/text/zip_archive.hpp"

namespace millrace {

namespace {

constexpr std::string_view who = "npz";

struct NamePair {
  std::string_view features;
  std::array<std::string_view, 3> targets;
};
// How archives name the two arrays of a data set. arr_0 and arr_1 are what numpy.savez calls arrays without a name.
constexpr std::array<NamePair, 8> usual_names = {{{"x", {"y", "labels", "targets"}},
                                                  {"X", {"y", "Y", "labels"}},
                                                  {"x_train", {"y_train"}},
                                                  {"x_test", {"y_test"}},
                                                  {"x_val", {"y_val"}},
                                                  {"features", {"targets", "labels", "target"}},
                                                  {"data", {"target", "labels", "targets"}},
                                                  {"arr_0", {"arr_1"}}}};

class Arrays {
 public:
  explicit Arrays(const std::string& path) : path_(path), archive_(unpacked(open_source(path, who), who), who) {
    for (std::string name : archive_.names()) {
      if (!name.ends_with(".npy")) continue;
      name.resize(name.size() - 4);
      names_.push_back(std::move(name));
    }
  }

  [[nodiscard]] bool has(std::string_view name) const { return std::ranges::count(names_, name) > 0; }
  [[nodiscard]] NumberArray array(const std::string& name) const {
    if (!has(name)) fail(ErrorKind::usage, who, path_ + ": " + unknown_name("array", name, known()));
    return npy_array(archive_.file(name + ".npy"));
  }
  [[noreturn]] void refuse_choice() const {
    const std::string list = join(names_);
    fail(ErrorKind::usage, who,
         path_ + " has the arrays " + (list.empty() ? "of no name" : list) +
             ", expected x, x_train, features, data or arr_0, or the name of the array of features");
  }

 private:
  [[nodiscard]] std::vector<std::string_view> known() const { return {names_.begin(), names_.end()}; }

  std::string path_;
  ZipArchive archive_;
  std::vector<std::string> names_;
};

}  // namespace

Dataset read_npz(const std::string& path, const std::string& features, const std::string& targets) {
  const Arrays arrays(path);
  std::string x = features, y = targets;
  for (const NamePair& pair : usual_names) {
    const bool goes_with = !y.empty() && std::ranges::count(pair.targets, y) > 0;
    if (x.empty() && goes_with && arrays.has(pair.features)) x = pair.features;
  }
  for (const NamePair& pair : usual_names) {
    if (x.empty() && arrays.has(pair.features)) x = pair.features;
    if (x != pair.features || !y.empty()) continue;
    for (const std::string_view name : pair.targets) {
      if (y.empty() && arrays.has(name)) y = name;
    }
  }
  if (x.empty()) arrays.refuse_choice();
  const NumberArray found = arrays.array(x);
  return dataset_of(found, y.empty() ? std::nullopt : std::optional(arrays.array(y)), who);
}

}  // namespace millrace
