// SPDX-License-Identifier: Apache-2.0
//
// Answers one row with an ONNX model of millrace in ONNX Runtime's C++ API:
//   serve MODEL.onnx 5.1 3.5 1.4 0.2
//
// Needs ONNX Runtime's headers and library; millrace is not needed. The model has one input and one output.
//   g++ -std=c++17 serve.cpp -I onnxruntime/include -L onnxruntime/lib -l onnxruntime -o serve
#include <onnxruntime_cxx_api.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: serve MODEL.onnx NUMBER ...\n";
    return 2;
  }
  const Ort::Env env(ORT_LOGGING_LEVEL_WARNING, "serve");
  Ort::Session session(env, argv[1], Ort::SessionOptions{});
  Ort::AllocatorWithDefaultOptions allocator;

  std::vector<float> row;
  for (int i = 2; i < argc; ++i) row.push_back(std::strtof(argv[i], nullptr));
  const std::vector<std::int64_t> shape{1, static_cast<std::int64_t>(row.size())};
  const Ort::MemoryInfo memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  Ort::Value input = Ort::Value::CreateTensor<float>(memory, row.data(), row.size(), shape.data(), shape.size());

  const Ort::AllocatedStringPtr input_name = session.GetInputNameAllocated(0, allocator),
                                output_name = session.GetOutputNameAllocated(0, allocator);  // the scores come first
  const char *const inputs[] = {input_name.get()}, *const outputs[] = {output_name.get()};
  const std::vector<Ort::Value> results = session.Run(Ort::RunOptions{}, inputs, &input, 1, outputs, 1);
  const float* scores = results[0].GetTensorData<float>();
  const std::size_t count = results[0].GetTensorTypeAndShapeInfo().GetElementCount();

  // "threshold" is there if a single score, or the score of a label, means yes above it.
  const Ort::ModelMetadata metadata = session.GetModelMetadata();
  const Ort::AllocatedStringPtr threshold = metadata.LookupCustomMetadataMapAllocated("threshold", allocator),
                                classes = metadata.LookupCustomMetadataMapAllocated("classes", allocator);
  if (threshold != nullptr) {
    for (std::size_t k = 0; k < count; ++k) std::cout << (scores[k] > std::atof(threshold.get()) ? 1 : 0) << "\n";
  } else if (classes != nullptr) {
    std::cout << std::max_element(scores, scores + count) - scores << " of " << classes.get() << "\n";
  } else {
    for (std::size_t k = 0; k < count; ++k) std::cout << scores[k] << "\n";
  }
}
