// SPDX-License-Identifier: Apache-2.0
#include "table/file_format.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <string_view>

#include "base/converted_file.hpp"
#include "base/text.hpp"
#include "table/text/source.hpp"

namespace millrace {

namespace {

std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
  const std::string_view word = text.substr(0, end);
  text = trim(text.substr(end));
  return word;
}

// "12:0.5"
bool is_feature(std::string_view word) {
  std::uint64_t index = 0;
  const auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), index);
  if (code != std::errc() || end == word.data() + word.size() || *end != ':') return false;
  return parse_number(word.substr(end + 1 - word.data())).has_value();
}

// Whether all whole lines have a label and features, and at least one has a feature.
bool is_libsvm(std::string_view head, bool whole) {
  bool found = false;
  while (!head.empty()) {
    const std::size_t end = std::min(head.find('\n'), head.size());
    if (end == head.size() && !whole) break;
    std::string_view line = head.substr(0, end);
    line = trim(line.substr(0, std::min(line.find('#'), line.size())));
    head.remove_prefix(std::min(end + 1, head.size()));
    if (line.empty()) continue;
    if (!parse_number(take_word(line))) return false;
    while (!line.empty()) {
      const std::string_view word = take_word(line);
      if (word.starts_with("qid:")) continue;
      if (!is_feature(word)) return false;
      found = true;
    }
  }
  return found;
}

bool is_idx(std::string_view head) {
  constexpr std::string_view types = "\x08\x09\x0B\x0C\x0D\x0E";
  return head.size() >= 4 && head[0] == 0 && head[1] == 0 && types.find(head[2]) != std::string_view::npos &&
         head[3] > 0;
}

bool is_text(std::string_view head) {
  if (head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF")) return true;  // UTF-16
  return !head.empty() && std::ranges::none_of(head, [](char c) {
    return static_cast<unsigned char>(c) < ' ' && std::string_view("\t\n\r\f").find(c) == std::string_view::npos;
  });
}

std::optional<FileFormat> format_of_bytes(const SourceText& source) {
  constexpr std::size_t some = 1 << 16;
  const std::string head = unpacked_head(source, some);
  if (head.starts_with("\x93NUMPY")) return FileFormat::npy;
  if (head.starts_with("PK\x03\x04") || head.starts_with("PK\x05\x06"))
    return head.find(".npy") != std::string::npos ? FileFormat::npz : FileFormat::text;
  if (is_idx(head)) return FileFormat::idx;
  if (is_libsvm(head, head.size() < some)) return FileFormat::libsvm;
  if (is_text(head) || !foreign_format(head).empty())
    return FileFormat::text;  // its reader says what a foreign file is
  return std::nullopt;
}

}  // namespace

std::string ending_of(const std::string& path) {
  return in_lower_case(std::filesystem::path(path).extension().string());
}

std::optional<FileFormat> format_of(const std::string& path) {
  std::string ending = ending_of(path);
  if (ending == ".gz" || ending == ".zst") ending = ending_of(path.substr(0, path.size() - ending.size()));
  if (converted_file(path) != path) return FileFormat::text;
  std::error_code ignored;
  const std::filesystem::file_status status = std::filesystem::status(path, ignored);
  const bool is_other = std::filesystem::exists(status) && std::filesystem::is_other(status);
  if (ending == ".csv" || ending == ".tsv" || path.starts_with("/dev/") || is_other) return FileFormat::text;
  if (ending == ".npy") return FileFormat::npy;
  if (ending == ".npz") return FileFormat::npz;
  const bool is_pattern = !std::filesystem::exists(status) && path.find_first_of("*?[") != std::string::npos;
  if (is_pattern) return format_of(matching_files(path, "data").front());
  if (!std::filesystem::is_regular_file(status)) return std::nullopt;
  return format_of_bytes(open_source(path, "data"));
}

}  // namespace millrace
