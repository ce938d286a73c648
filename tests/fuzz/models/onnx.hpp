// SPDX-License-Identifier: Apache-2.0
//
// The harness of ONNX files, our own and those of other makers.
#pragma once

#include <string_view>

namespace millrace::fuzz {

void fuzz_onnx(std::string_view bytes);

}  // namespace millrace::fuzz
