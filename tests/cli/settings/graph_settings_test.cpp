// SPDX-License-Identifier: Apache-2.0
//
// Networks beyond the sequence in a configuration file: inputs of some columns, layers that say what they take.
#include "cli/cli.hpp"

namespace millrace::test {

namespace {

class GraphConfig : public Cli {
 protected:
  GraphConfig() {
    std::string table = "age,city,unused,income,label\n";
    for (int r = 0; r < 60; ++r) {
      table += std::to_string(20 + r * 7 % 41) + "," + std::to_string(r % 4) + ",9," + std::to_string(r * 13 % 29) +
               "," + (r * 7 % 41 > 20 || r % 4 == 1 ? "yes" : "no") + "\n";
    }
    write("t.csv", table);
  }
  void write_config(const std::string& inputs, const std::string& layers) const {
    write("run.toml",
          "data = \"t.csv\"\ntarget = \"label\"\nloss = \"binary_crossentropy\"\nout = \"out\"\nquiet = true\nepochs = "
          "3\nvalidation = 0.2\n" +
              inputs + layers);
  }
  void refuses_config(const std::string& inputs, const std::string& layers, const Words& parts, int code = 2) const {
    write_config(inputs, layers);
    refuses({"train", "--config", "run.toml"}, code, parts);
  }
};

const std::string inputs = "[inputs.wide]\ncolumns = [\"income\", \"age\"]\n[inputs.city]\ncolumns = [\"city\"]\n";
const std::string layers =
    "[[layers]]\nname = \"end\"\nop = \"dense\"\nunits = 1\nactivation = \"sigmoid\"\ninputs = [\"both\"]\n"
    "[[layers]]\nop = \"embedding\"\ninput-dim = 4\noutput_dim = 3\ninputs = [\"city\"]\n"
    "[[layers]]\nname = \"place\"\nop = \"flatten\"\n"
    "[[layers]]\nname = \"deep\"\nop = \"dense\"\nunits = 6\nactivation = { op = \"leaky_relu\", alpha = 0.1 }\ninputs "
    "= [\"wide\"]\n"
    "[[layers]]\nname = \"both\"\nop = \"concatenate\"\ninputs = [\"deep\", \"place\", \"wide\"]\n";

TEST_F(GraphConfig, TrainsAndServesColumnsByName) {
  write_config(inputs, layers);
  run_well({"train", "--config", "run.toml"});
  const nlohmann::json model = json_of({"inspect", "out/model.onnx", "--json"});
  EXPECT_EQ(model.at("features"), (Words{"income", "age", "city"}));  // in the order of the file, not of the alphabet
  EXPECT_EQ(model.at("layers").at(2).at("layer"), "dense:units=6:activation=leaky_relu:alpha=0.1");
  // Columns in another order, and without the one that no input takes.
  std::string table = "city,income,age,label\n";
  for (int r = 0; r < 60; ++r) {
    table += std::to_string(r % 4) + "," + std::to_string(r * 13 % 29) + "," + std::to_string(20 + r * 7 % 41) + "," +
             (r * 7 % 41 > 20 || r % 4 == 1 ? "yes" : "no") + "\n";
  }
  write("other.csv", table);
  EXPECT_EQ(json_of({"evaluate", "out/model.onnx", "--data", "t.csv", "--json"}),
            json_of({"evaluate", "out/model.onnx", "--data", "other.csv", "--json"}));
  run_well({"predict", "out/model.onnx", "--data", "other.csv", "--out", "p.csv"});
  run_well({"train", "--config", "run.toml", "--resume", "--epochs", "5"});
  // The same network again, from the file's own words.
  write("again.toml", "data = \"t.csv\"\nout = \"again\"\nquiet = true\nepochs = 0\ninit = \"out/model.onnx\"\n");
  run_well({"train", "--config", "again.toml"});
  EXPECT_EQ(json_of({"evaluate", "out/model.onnx", "--data", "t.csv", "--json"}),
            json_of({"evaluate", "again/model.onnx", "--data", "t.csv", "--json"}));
}

TEST_F(GraphConfig, ChecksCategories) {
  write("t.csv", "age,city,income,label\n1,0,2,yes\n2,4,3,no\n");
  refuses_config(inputs, layers, {"'city' of row 2 of t.csv is 4", "whole number from 0 to 3"}, 3);
}

TEST_F(GraphConfig, RefusesInvalidGraphs) {
  const std::string end = "[[layers]]\nop = \"dense\"\nunits = 1\n";
  refuses_config(inputs, end + "inputs = [\"wide\", \"citty\"]\n",
                 {"[run.toml] line", "unknown input 'citty'", "'city'?"});
  refuses_config(inputs, end + "inputs = [\"wide\"]\n", {"[city]", "no layer uses this input"});
  refuses_config(inputs, end, {"[dense_1]", "the first layer has no inputs"});
  refuses_config(inputs, end + "inputs = \"wide\"\n", {"line 15, column 10: layers.inputs is not an array of names"});
  refuses_config("[inputs.wide]\ncolumns = \"age\"\n", layers, {"line 9, column 11: inputs.wide.columns"});
  refuses_config("[inputs.wide]\n", layers, {"[wide]", "expected either columns"});
  refuses_config("[inputs.wide]\nfrist = 3\n", layers, {"unknown option 'frist'", "did you mean 'first'"});
  refuses_config("[inputs]\nwide = 3\n", layers, {"inputs.wide is not a table"});
  refuses_config("[inputs.wide]\ncolumns = [\"agee\"]\n", end, {"agee", "age"});
  refuses_config("inputs = 3\n", end, {"inputs: not a table"});
}

}  // namespace

}  // namespace millrace::test
