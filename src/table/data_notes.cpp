// SPDX-License-Identifier: Apache-2.0
#include "millrace/data_notes.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "base/excerpt.hpp"
#include "base/formatted.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "table/target.hpp"
#include "table/target_class.hpp"

namespace millrace {

namespace {

using Kind = DataNote::Kind;

// "no row is of class 'a'", "no row is of the classes 'a', 'b'"
std::string with_names(const std::vector<std::string>& names, const char* one, const char* several) {
  std::vector<std::string> quoted;
  for (const std::string& name : names) quoted.push_back(excerpt(name));
  return std::string(names.size() == 1 ? one : several) + " " + listed(quoted, 5);
}

// Classes of the rows of a set, whose targets are an index, or a column for each class.
class Classes {
 public:
  explicit Classes(const Dataset& data) : data_(data), counts_(data.classes.size()) {
    for (std::int64_t r = 0; r < data.rows(); ++r) {
      if (const auto own = of(r)) ++counts_[*own];
    }
  }

  [[nodiscard]] std::optional<std::int64_t> of(std::int64_t row) const {
    const std::int64_t own = class_of_targets(data_.targets.row(data_.table_row(row)), data_.targets.columns);
    return own >= 0 && own < std::ssize(counts_) ? std::optional(own) : std::nullopt;
  }
  [[nodiscard]] std::int64_t count(std::int64_t of_class) const { return counts_[of_class]; }

  // Whether the rows of every class lie together.
  [[nodiscard]] bool are_sorted() const {
    std::int64_t changes = 0;
    for (std::int64_t r = 1; r < data_.rows(); ++r) changes += of(r) != of(r - 1) ? 1 : 0;
    const auto present = std::count_if(counts_.begin(), counts_.end(), [](auto count) { return count > 0; });
    return changes + 1 == present;
  }

 private:
  const Dataset& data_;
  std::vector<std::int64_t> counts_;
};

class Notes {
 public:
  Notes(const Dataset& training, const Dataset* validation) : training_(training), validation_(validation) {}

  void about_classes(const std::vector<double>& class_weight) {
    const std::vector<std::string>& names = training_.classes;
    const Classes train(training_);
    std::optional<Classes> held;
    if (validation_ != nullptr && validation_->targets.rows > 0 && validation_->classes == names)
      held.emplace(*validation_);
    std::vector<std::string> absent, untrained, single, weighted;
    std::int64_t untrained_rows = 0, validated = 0;
    for (std::int64_t k = 0; k < std::ssize(names); ++k) {
      const std::int64_t rows = train.count(k), held_rows = held ? held->count(k) : 0;
      validated += held_rows > 0 ? 1 : 0;
      if (rows == 0 && held_rows > 0) {
        untrained.push_back(names[k]);
        untrained_rows += held_rows;
      }
      if (rows + held_rows == 0) absent.push_back(names[k]);
      if (rows + held_rows == 1) single.push_back(names[k]);
      if (rows == 0 && k < std::ssize(class_weight) && class_weight[k] != 1) weighted.push_back(names[k]);
    }
    // Numbers stand for the output units; names are those of the target, or were given.
    const auto units = std::ssize(names);
    if (!absent.empty())
      add(Kind::absent_class, with_names(absent, "no row is of class", "no row is of the classes") +
                                  (names == numbered_classes(units)
                                       ? ": the network has " + std::to_string(units) + " outputs, the target " +
                                             counted(units - std::ssize(absent), "class", "classes")
                                       : ", and the model cannot learn what no row shows"));
    const bool sorted = train.are_sorted() && held && held->are_sorted();
    const std::string why = sorted ? ": the rows are sorted by class" : "";
    if (!untrained.empty()) {
      add(Kind::untrained_class, with_names(untrained, "no training row of class", "no training rows of classes") +
                                     ", which " + (untrained.size() == 1 ? "has " : "have ") +
                                     counted(untrained_rows, "validation row") + why);
    } else if (sorted && validated == 1 && validation_->rows() > 1 && names.size() > 1) {
      add(Kind::sorted_by_class,
          "all " + std::to_string(validation_->rows()) + " validation rows are of one class" + why);
    }
    if (!single.empty())
      add(Kind::single_row_class, with_names(single, "a single row of class", "a single row of each of the classes") +
                                      ", so it cannot both train and validate");
    about_equal_classes();
    if (!weighted.empty())
      weighted_ =
          with_names(weighted, "the class weight has no effect for class", "class weights have no effect for classes") +
          ", which no training row is of";
  }

  void about_targets() {
    const MatrixView& targets = training_.targets;
    for (std::int64_t c = 0; c < targets.columns && training_.classes.empty(); ++c) {
      const float first = targets.row(training_.table_row(0))[c];
      std::int64_t r = 1;
      while (r < training_.rows() && targets.row(training_.table_row(r))[c] == first) ++r;
      if (r < training_.rows() || training_.rows() == 1) continue;
      add_constant(c < std::ssize(training_.target_names) ? " " + excerpt(training_.target_names[c]) : "",
                   number_text(first));
      break;
    }
    if (training_.classes.empty() || training_.rows() < 2) return;
    const Classes train(training_);
    for (std::int64_t k = 0; k < std::ssize(training_.classes); ++k) {
      if (train.count(k) == training_.rows())
        add_constant(training_.target_names.empty() ? "" : " " + excerpt(training_.target_names[0]),
                     excerpt(training_.classes[k]));
    }
  }

  std::vector<DataNote> take() {
    if (validation_ != nullptr && validation_->rows() == 1)
      add(Kind::single_validation, "validation has a single row, whose loss says little about other rows");
    if (!weighted_.empty()) add(Kind::weight_without_rows, weighted_);
    return std::move(notes_);
  }

 private:
  void add(Kind kind, std::string text) { notes_.push_back({kind, std::move(text)}); }
  void add_constant(const std::string& name, const std::string& value) {
    add(Kind::constant_target,
        "the target" + name + " is " + value + " in all training rows, so there is nothing to learn");
  }

  void about_equal_classes() {
    std::map<double, std::vector<std::string>> by_number;
    for (const std::string& name : training_.classes) {
      if (const auto number = parse_number(name)) by_number[*number].push_back(name);
    }
    for (const auto& [number, names] : by_number) {
      if (names.size() < 2) continue;
      add(Kind::equal_classes, with_names(names, "", "classes") + " are the same number, but different classes");
      return;
    }
  }

  const Dataset& training_;
  const Dataset* validation_;
  std::vector<DataNote> notes_;
  std::string weighted_;
};

}  // namespace

std::vector<DataNote> data_notes(const Dataset& training, const Dataset* validation,
                                 const std::vector<double>& class_weight) {
  Notes notes(training, validation);
  const bool has_targets = training.targets.rows > 0 && training.rows() > 0;
  if (has_targets && !training.classes.empty()) notes.about_classes(class_weight);
  if (has_targets) notes.about_targets();
  return notes.take();
}

}  // namespace millrace
