// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "base/text.hpp"
#include "millrace/arrays.hpp"
#include "table/kinds/number.hpp"
#include "table/text/source.hpp"

namespace millrace {

namespace {

constexpr std::string_view who = "libsvm";
constexpr std::int64_t highest_index = std::int64_t{1} << 53;

// The features that are not 0, row after row.
struct SparseRows {
  std::vector<float> labels;
  std::vector<std::int64_t> ends;  // of each row in the two lists below
  std::vector<std::int64_t> indices;
  std::vector<float> values;
  std::int64_t lowest = 1, highest = 0;
};

class Reader {
 public:
  Reader(const SourceText& source, const LibsvmOptions& options) : source_(source), options_(options) {
    for (const std::string& name : options.classes) {
      const std::optional<float> number = cell_number(name);
      if (!number || std::isnan(*number))
        fail(ErrorKind::usage, who, "class " + excerpt(name) + " is not a number, expected labels of the file: -1, 1");
      if (std::ranges::find(classes_, *number) != classes_.end())
        fail(ErrorKind::usage, who, "class " + excerpt(name) + " is given twice, expected classes that differ");
      classes_.push_back(*number);
    }
  }

  SparseRows read() {
    std::string_view rest = source_.bytes;
    for (line_ = 1; !rest.empty(); ++line_) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      std::string_view text = rest.substr(0, end);
      text = trim(text.substr(0, std::min(text.find('#'), text.size())));
      if (!text.empty()) read_row(text);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    if (rows_.labels.empty()) fail(ErrorKind::data, who, source_.path + " has no rows, expected at least one");
    return std::move(rows_);
  }

 private:
  [[noreturn]] void refuse(const std::string& problem) const {
    fail(ErrorKind::data, who, source_.path + " line " + std::to_string(line_) + ": " + problem);
  }

  [[nodiscard]] float number(std::string_view text) const {
    const std::optional<float> value = cell_number(text);
    if (!value || !std::isfinite(*value)) refuse(excerpt(text) + " is not a finite number, expected one");
    return *value;
  }

  [[nodiscard]] float label(std::string_view text) const {
    if (text.find(':') != std::string_view::npos)
      refuse("the row starts with " + excerpt(text) + ", expected a label ahead of the features");
    if (text.find(',') != std::string_view::npos)
      refuse("the row has the labels " + excerpt(text) + ", expected one label");
    const float value = number(text);
    if (classes_.empty()) return value;
    const auto found = std::find(classes_.begin(), classes_.end(), value);
    if (found == classes_.end())
      refuse("label " + excerpt(text) + " is no known class, expected one of: " + some_names(options_.classes));
    return static_cast<float>(found - classes_.begin());
  }

  void read_row(std::string_view text) {
    rows_.labels.push_back(label(take_word(text)));
    std::int64_t last = -1;
    while (!text.empty()) {
      const std::string_view word = take_word(text);
      if (word.starts_with("qid:")) continue;
      const std::size_t colon = word.find(':');
      if (colon == std::string_view::npos) refuse(excerpt(word) + " is no feature, expected index:value");
      std::int64_t index = 0;
      const auto [end, code] = std::from_chars(word.data(), word.data() + colon, index);
      if (code != std::errc() || end != word.data() + colon || index < 0 || index > highest_index)
        refuse("the index of " + excerpt(word) + " is no whole number from 0 to 2^53, expected one");
      if (index <= last)
        refuse("index " + std::to_string(index) + " follows " + std::to_string(last) +
               ", expected indices that increase within a row");
      last = index;
      rows_.lowest = std::min(rows_.lowest, index);
      rows_.highest = std::max(rows_.highest, index);
      rows_.indices.push_back(index);
      rows_.values.push_back(number(word.substr(colon + 1)));
    }
    rows_.ends.push_back(std::ssize(rows_.indices));
  }

  static std::string_view take_word(std::string_view& text) {
    const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
    const std::string_view word = text.substr(0, end);
    text = trim(text.substr(end));
    return word;
  }

  const SourceText& source_;
  const LibsvmOptions& options_;
  std::vector<float> classes_;
  std::int64_t line_ = 0;
  SparseRows rows_;
};

// An index that is a slip of the keyboard must not ask for terabytes, nor a file of some bytes for all of the memory. Texts
// of millions of sparse features have 100 bytes a row, and so less than 65536 bytes in memory for each of theirs. given:
// whether the caller says how many columns there are.
void check_size(const SourceText& source, std::int64_t rows, std::int64_t columns, bool given) {
  const std::int64_t memory = static_cast<std::int64_t>(::sysconf(_SC_PHYS_PAGES)) * ::sysconf(_SC_PAGESIZE);
  std::int64_t bytes = 0;
  const bool overflow =
      __builtin_mul_overflow(rows, columns, &bytes) || __builtin_mul_overflow(bytes, std::int64_t{4}, &bytes);
  const auto text = static_cast<std::int64_t>(source.bytes.size());
  const std::int64_t usual = std::max<std::int64_t>(64 << 20, given || text > memory / 65536 ? memory : text * 65536);
  if (!overflow && bytes <= std::min(memory, usual)) return;
  fail(ErrorKind::data, who,
       source.path + " has " + counted(rows, "row") + " and indices up to " + std::to_string(columns) +
           ", expected a matrix with all its zeros to fit into the " + std::to_string(std::min(memory, usual) >> 20) +
           (usual < memory ? " MiB that a text of " + std::to_string(text) + " bytes may take"
                           : std::string(" MiB of memory")) +
           ": number the features anew, or leave rare ones out");
}

}  // namespace

Dataset read_libsvm(const std::string& path, const LibsvmOptions& options) {
  const SourceText source = to_utf8(unpacked(open_source(path, who), who), "", who);
  const SparseRows sparse = Reader(source, options).read();
  const std::int64_t rows = std::ssize(sparse.labels), found = sparse.highest - sparse.lowest + 1;
  if (options.columns > 0 && found > options.columns)
    fail(ErrorKind::data, who,
         path + " has features up to index " + std::to_string(sparse.highest) + ", expected " +
             std::to_string(options.columns) + " features");
  const std::int64_t columns = options.columns > 0 ? options.columns : found;
  if (columns == 0)
    fail(ErrorKind::data, who, path + " has labels only, expected features as index:value in at least one row");
  check_size(source, rows, columns, options.columns > 0);
  Matrix features(rows, columns), labels(rows, 1);
  std::int64_t at = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    *labels.row(row) = sparse.labels[row];
    for (; at < sparse.ends[row]; ++at) features.row(row)[sparse.indices[at] - sparse.lowest] = sparse.values[at];
  }
  Dataset data;
  data.features = features.view();
  data.targets = labels.view();
  data.owners = {features.owner(), labels.owner()};
  data.classes = options.classes;
  data.source = path;
  return data;
}

}  // namespace millrace
