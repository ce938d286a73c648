// SPDX-License-Identifier: Apache-2.0
//
// Answers one row with an ONNX model of millrace in C#:
//   dotnet run -- MODEL.onnx 5.1 3.5 1.4 0.2
//
// Needs .NET 6 or newer and the package Microsoft.ML.OnnxRuntime; millrace is not needed. The model has one input and one
// output. No test of millrace compiles this file: Debian has neither a .NET SDK nor that package. serve.py and serve.cpp,
// which do the same, are tested.
using System;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

using var session = new InferenceSession(args[0]);
float[] row = args.Skip(1).Select(text => float.Parse(text, CultureInfo.InvariantCulture)).ToArray();
var metadata = session.ModelMetadata.CustomMetadataMap;
string scoresName = JsonDocument.Parse(metadata["millrace.outputs"]).RootElement.GetProperty("scores").GetString()!;

var input = new DenseTensor<float>(row, new[] { 1, row.Length });
var feeds = new[] { NamedOnnxValue.CreateFromTensor(session.InputNames[0], input) };
using var results = session.Run(feeds, new[] { scoresName });
float[] scores = results[0].AsEnumerable<float>().ToArray();

string[] classes = metadata.TryGetValue("classes", out string? names) ? JsonSerializer.Deserialize<string[]>(names)! : Array.Empty<string>();
string Name(int index) => classes.Length > index ? classes[index] : index.ToString();

if (metadata.TryGetValue("threshold", out string? text))
{
    // A single score, or the score of a label, means yes above the threshold.
    float threshold = float.Parse(text, CultureInfo.InvariantCulture);
    Console.WriteLine(string.Join(",", scores.Select(score => Name(score > threshold ? 1 : 0))));
}
else if (classes.Length == scores.Length)
{
    Console.WriteLine(Name(Array.IndexOf(scores, scores.Max())));
}
else
{
    Console.WriteLine(string.Join(",", scores.Select(score => score.ToString(CultureInfo.InvariantCulture))));
}
