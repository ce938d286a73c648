// SPDX-License-Identifier: Apache-2.0
//
// The only header that includes the ONNX library and its protobuf classes. It hides the differences between releases
// 1.12 and 1.17.
#pragma once

#include <onnx/checker.h>
#include <onnx/defs/schema.h>
#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

#if __has_include(<onnx/common/version.h>)
#include <onnx/common/version.h>
#endif

#include <string>

namespace millrace {

/// "INT64", or the number of a type that is newer than the library.
[[nodiscard]] inline std::string type_text(int type) {
  return onnx::TensorProto_DataType_IsValid(type)
             ? onnx::TensorProto_DataType_Name(static_cast<onnx::TensorProto_DataType>(type))
             : "type " + std::to_string(type);
}

/// The release of the library, as far as it tells: releases after 1.17 do not.
[[nodiscard]] inline std::string library_version() {
#if __has_include(<onnx/common/version.h>)
  return onnx::LAST_RELEASE_VERSION;
#else
  return "later than 1.17";
#endif
}

}  // namespace millrace
