// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   model.export_onnx("model.onnx", {.highest_opset = onnxruntime_opset("1.10"), .metadata = {{"owner", "pricing"}}});
//
// What an exported file says beside the network.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// docs/onnx.md describes the metadata that every file has.
struct OnnxOptions {
  int opset = 13;                      ///< that the file declares, unless an operator needs a later one; at least 9
  std::optional<int> highest_opset{};  ///< a model that needs a later one is refused
  std::string output_name = "output";  ///< of the scores
  std::string probabilities_name = "probabilities";  ///< of the output beside scores that are logits
  std::string label_name = "label";                  ///< of the output with the class, for a model of a table
  std::map<std::string, std::string> metadata{};     ///< more entries; keys are free except for those in docs/onnx.md
};

/// The newest opset that a release of ONNX Runtime reads: 15 for "1.10". Throws Error{usage} for text that is no release
/// and for releases before 0.4.
[[nodiscard]] int onnxruntime_opset(std::string_view release);
/// The first release of ONNX Runtime that reads an opset: "1.9" for 15. Empty: none that is known.
[[nodiscard]] std::string first_onnxruntime(int opset);

}  // namespace millrace
