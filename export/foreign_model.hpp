// SPDX-License-Identifier: Apache-2.0
//
// Model files of other programs, told by their first bytes, for messages about files that are no ONNX model.
#pragma once

#include <string>
#include <string_view>

namespace millrace {

/// What the file most likely is, and the way from it to a model here, as the end of a sentence: "it is a PyTorch file (.pt);
/// torch.onnx.export writes an ONNX model". Empty: nothing is known. bytes: the file, or its beginning.
[[nodiscard]] std::string foreign_model(std::string_view bytes);

}  // namespace millrace
