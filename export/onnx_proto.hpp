// SPDX-License-Identifier: Apache-2.0
//
// The one door to the ONNX library and its protobuf classes. Where its releases differ (1.12 to 1.17), it shows here.
#pragma once

#include <onnx/checker.h>
#include <onnx/defs/schema.h>
#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

#if __has_include(<onnx/common/version.h>)
#include <onnx/common/version.h>
#endif

#include <cstdint>
#include <limits>
#include <string>

namespace millrace {

/// protobuf holds sizes as int.
inline constexpr std::uint64_t greatest_onnx_size = std::numeric_limits<int>::max();

/// "INT64", or the number of a type that is newer than the library.
[[nodiscard]] inline std::string type_text(int type) {
  return onnx::TensorProto_DataType_IsValid(type)
             ? onnx::TensorProto_DataType_Name(static_cast<onnx::TensorProto_DataType>(type))
             : "type " + std::to_string(type);
}

/// The release of the library. Later ones no longer tell.
[[nodiscard]] inline std::string library_version() {
#if __has_include(<onnx/common/version.h>)
  return onnx::LAST_RELEASE_VERSION;
#else
  return "later than 1.17";
#endif
}

}  // namespace millrace
