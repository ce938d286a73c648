// SPDX-License-Identifier: Apache-2.0
//
// Declares what examples/serving/serve.cpp uses of ONNX Runtime's C++ API, as in releases 1.13 to 1.32: where its headers
// are not installed, the example is at least compiled.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

enum OrtLoggingLevel { ORT_LOGGING_LEVEL_WARNING = 2 };
enum OrtAllocatorType { OrtArenaAllocator = 1 };
enum OrtMemType { OrtMemTypeDefault = 0 };
struct OrtAllocator;

namespace Ort {

struct AllocatedFree {
  void operator()(void* memory) const;
};
using AllocatedStringPtr = std::unique_ptr<char, AllocatedFree>;

struct Env {
  Env(OrtLoggingLevel level, const char* name);
};
struct SessionOptions {
  SessionOptions();
};
struct RunOptions {
  RunOptions();
};
struct AllocatorWithDefaultOptions {
  AllocatorWithDefaultOptions();
  operator OrtAllocator*();
};
struct MemoryInfo {
  static MemoryInfo CreateCpu(OrtAllocatorType type, OrtMemType memory);
};
struct TensorTypeAndShapeInfo {
  [[nodiscard]] std::size_t GetElementCount() const;
};
struct Value {
  template <class Element>
  static Value CreateTensor(const MemoryInfo& memory, Element* data, std::size_t count, const std::int64_t* shape,
                            std::size_t rank);
  template <class Element>
  [[nodiscard]] const Element* GetTensorData() const;
  [[nodiscard]] TensorTypeAndShapeInfo GetTensorTypeAndShapeInfo() const;
};
struct ModelMetadata {
  AllocatedStringPtr LookupCustomMetadataMapAllocated(const char* key, OrtAllocator* allocator) const;
};
struct Session {
  Session(const Env& env, const char* path, const SessionOptions& options);
  AllocatedStringPtr GetInputNameAllocated(std::size_t index, OrtAllocator* allocator) const;
  AllocatedStringPtr GetOutputNameAllocated(std::size_t index, OrtAllocator* allocator) const;
  [[nodiscard]] ModelMetadata GetModelMetadata() const;
  std::vector<Value> Run(const RunOptions& options, const char* const* input_names, const Value* inputs,
                         std::size_t input_count, const char* const* output_names, std::size_t output_count);
};

}  // namespace Ort
