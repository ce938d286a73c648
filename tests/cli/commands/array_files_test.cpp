// SPDX-License-Identifier: Apache-2.0
//
// Files of numbers in columns without names, .npz, IDX and LIBSVM, in every command that takes a table.
#include "cli/cli.hpp"
#include "table/npz/zip_bytes.hpp"
#include "table/text/packed.hpp"

namespace millrace::test {

namespace {

class ArrayFiles : public Cli {
 protected:
  // Two bytes a row; the label says which is larger.
  void write_files(int rows = 60) const {
    std::string x, y, sparse;
    for (int r = 0; r < rows; ++r) {
      const int a = r * 37 % 251, b = r * 83 % 251;
      x += std::string{static_cast<char>(a), static_cast<char>(b)};
      y += static_cast<char>(a > b);
      sparse += std::string(a > b ? "+1" : "-1") + " 1:" + std::to_string(a) + " 2:" + std::to_string(b) + "\n";
    }
    const std::string shape = std::to_string(rows);
    const std::string features = npy_bytes("|u1", "False", "(" + shape + ", 2)", x);
    const std::string labels = npy_bytes("|u1", "False", "(" + shape + ",)", y);
    write("x.npy", features);
    write("y.npy", labels);
    write("t.npz", zip_bytes({{"x_train.npy", features}, {"y_train.npy", labels}, {"answers.npy", labels}}));
    write("only-x.npz", zip_bytes({{"x.npy", features}}));
    const std::string head("\0\0\x08", 3), count = std::string(3, '\0') + static_cast<char>(rows);
    write("images-idx2-ubyte", gzipped(head + "\2" + count + std::string("\0\0\0\2", 4) + x));
    write("labels-idx1-ubyte", gzipped(head + "\1" + count + y));
    write("t.svm", sparse);
  }
  [[nodiscard]] nlohmann::json trained(const Words& data) const {
    return json_of(Words{"train", "--out", "out", "--overwrite", "--epochs", "3", "--layers", "4:tanh,1:sigmoid",
                         "--loss", "binary_crossentropy", "--threads", "1", "--json"} +
                   data);
  }
};

const Words npy{"--data", "x.npy", "--target", "y.npy"}, npz{"--data", "t.npz"},
    idx{"--data", "images-idx2-ubyte", "--target", "labels-idx1-ubyte"}, svm{"--data", "t.svm"};

TEST_F(ArrayFiles, TrainTheSameModelWhateverTheFormat) {
  write_files();
  const auto loss = trained(npy)["metrics"]["loss"].get<double>();
  EXPECT_EQ(trained(npz)["metrics"]["loss"], loss);
  EXPECT_EQ(trained({"--data", "t.npz:x_train", "--target", "answers"})["metrics"]["loss"], loss);
  EXPECT_EQ(trained(idx)["metrics"]["loss"], loss);
  EXPECT_EQ(trained(svm)["metrics"]["loss"], loss);
  EXPECT_EQ(trained(svm + Words{"--classes", "-1,1"})["metrics"]["loss"], loss);
}

TEST_F(ArrayFiles, ArePredictedEvaluatedAndVerified) {
  write_files();
  static_cast<void>(trained(svm));
  run_well({"predict", "out/model.onnx", "--data", "x.npy", "--out", "npy.csv"});
  const Words evaluate{"evaluate", "out/model.onnx", "--json"};
  for (const Words& data : {npy, npz, idx, svm}) {
    run_well(Words{"predict", "out/model.onnx", data[0], data[1], "--out", "p.csv"});
    EXPECT_EQ(read("p.csv"), read("npy.csv"));
    EXPECT_EQ(json_of(evaluate + data)["loss"], json_of(evaluate + npy)["loss"]) << data[1];
    run_well(Words{"verify", "out/model.onnx", data[0], data[1]});
  }
  EXPECT_EQ(lines_of(read("npy.csv"))[1].substr(0, 1), "0") << "the prediction is a label";
}

TEST_F(ArrayFiles, AreValidationRows) {
  write_files();
  EXPECT_FALSE(trained(npz + Words{"--validation", "t.npz"})["validation"].empty());
  EXPECT_FALSE(trained(npy + Words{"--validation", "t.npz:x_train"})["validation"].empty());
  EXPECT_EQ(trained(svm + Words{"--validation", "t.svm"})["validation"]["loss"],
            trained(npz + Words{"--validation", "t.npz"})["validation"]["loss"]);
}

// Whole-number labels of a LIBSVM file are classes, as those of a table are.
TEST_F(ArrayFiles, LabelsAreClassesOrNumbersAsTheLossTakesThem) {
  write_files();
  run_well({"train", "--data", "t.svm", "--out", "out", "--epochs", "1"});
  EXPECT_NE(run_well({"inspect", "out/model.onnx"}).out.find("-1"), std::string::npos);
  run_well({"train", "--data", "t.svm", "--out", "numbers", "--epochs", "1", "--task", "regression"});
  run_well({"train", "--data", "t.svm", "--out", "new", "--epochs", "1", "--layers", "1", "--loss", "mse"});
}

TEST_F(ArrayFiles, RefusalsNameWhatToType) {
  write_files();
  const Words train{"train", "--out", "new"};
  refuses(train + Words{"--data", "t.svm", "--target", "label"}, 2, {"'t.svm' is a LIBSVM file, expected no --target"});
  refuses(train + Words{"--data", "only-x.npz"}, 2, {"only-x.npz has no array of targets", "expected --target ARRAY"});
  refuses(train + Words{"--data", "t.npz", "--target", "y"}, 2, {"unknown array 'y'", "answers"});
  refuses(train + Words{"--data", "t.npz:q", "--target", "y_train"}, 2, {"unknown array 'q'"});
  refuses(train + Words{"--data", "images-idx2-ubyte"}, 2, {"no --target, expected the file of the targets"});
  refuses(train + Words{"--data", "images-idx2-ubyte", "--target", "y.npy"}, 2, {"one IDX file of targets"});
  refuses(train + Words{"--data", "x.npy", "--target", "t.svm"}, 2, {"one .npy file of targets"});
  refuses(train + npy + Words{"--validation", "x.npy"}, 2, {"'x.npy' has no targets"});
  refuses(train + npz + Words{"--validation", "only-x.npz"}, 2, {"only-x.npz has no array of targets"});
  refuses(train + npz + Words{"--classes", "0,1"}, 2, {"'t.npz' contains numbers only"});
  refuses(train + npz + Words{"--no-header"}, 2, {"'t.npz' has no lines of text"});
  write("t.parquet", "PAR1");
  refuses(train + Words{"--data", "t.parquet", "--target", "y"}, 3, {"t.parquet is a Parquet file"});
  write("t.bin", std::string("\1\0\2", 3));
  refuses(train + Words{"--data", "t.bin", "--target", "y"}, 2,
          {"'t.bin' has neither a name nor content that is known", ".npz, IDX or LIBSVM"});
  write("short.npz", read("t.npz").substr(0, 100));
  refuses(train + Words{"--data", "short.npz"}, 3, {"short.npz", "expected a whole zip archive"});
  write("bad.svm", "1 1:2\n1 2:1 1:2\n");
  refuses(train + Words{"--data", "bad.svm"}, 3, {"bad.svm line 2", "expected indices that increase"});
}

TEST_F(ArrayFiles, OfAnotherWidthAreRefusedByAModel) {
  write_files();
  static_cast<void>(trained(svm));
  write("wide.svm", "1 3:1\n");
  refuses({"predict", "out/model.onnx", "--data", "wide.svm", "--out", "p.csv"}, 3,
          {"wide.svm has features up to index 3, expected 2 features"});
  write("narrow.svm", "1 1:1\n");
  run_well({"predict", "out/model.onnx", "--data", "narrow.svm", "--out", "p.csv"});
  write("other.svm", "7 1:1\n");
  refuses({"evaluate", "out/model.onnx", "--data", "other.svm"}, 3, {"label '7' is no known class"});
}

}  // namespace

}  // namespace millrace::test
