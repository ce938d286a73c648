// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

#include "base/fail.hpp"
#include "millrace/onnx.hpp"

namespace millrace {

namespace {

struct Release {
  int major, minor, opset;
};

// The first release with each opset, as in ONNX Runtime's table of versions.
constexpr std::array<Release, 14> first_releases{{{0, 4, 10},
                                                  {1, 0, 11},
                                                  {1, 3, 12},
                                                  {1, 6, 13},
                                                  {1, 8, 14},
                                                  {1, 9, 15},
                                                  {1, 11, 16},
                                                  {1, 12, 17},
                                                  {1, 14, 18},
                                                  {1, 15, 19},
                                                  {1, 17, 20},
                                                  {1, 18, 21},
                                                  {1, 21, 22},
                                                  {1, 22, 23}}};

// "1.10" and "1.10.2"; anything else is no release.
std::optional<Release> parse_release(std::string_view text) {
  Release release{};
  const char *at = text.data(), *const end = at + text.size();
  int patch = 0;
  for (int* const part : {&release.major, &release.minor, &patch}) {
    const auto [next, error] = std::from_chars(at, end, *part);
    if (error != std::errc() || *part < 0) return std::nullopt;
    at = next;
    if (at == end) return part == &release.major ? std::nullopt : std::optional(release);
    if (*at++ != '.') return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

int onnxruntime_opset(std::string_view release) {
  const std::optional<Release> wanted = parse_release(release);
  int opset = 0;
  for (const Release& first : first_releases) {
    if (wanted && std::pair(wanted->major, wanted->minor) >= std::pair(first.major, first.minor)) opset = first.opset;
  }
  if (opset == 0)
    fail(ErrorKind::usage, "onnx",
         "ONNX Runtime '" + std::string(release) + "', expected a release from 0.4 on, such as 1.10");
  return opset;
}

std::string first_onnxruntime(int opset) {
  for (const Release& first : first_releases)
    if (first.opset >= opset) return std::to_string(first.major) + "." + std::to_string(first.minor);
  return "";
}

}  // namespace millrace
