// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.hpp"

namespace millrace::test {

namespace {

// A table as people have them: two lines per kind of trouble.
constexpr std::string_view passengers =
    "id,Survived,Name,Age,Fare,\"odd \"\"name\"\"\",Joined\n"
    "1,no,Ann,22,\"1,000.5\",x,2024-01-01\n"
    "2,yes,Bob,,7,x,2024-01-02\n"
    "3,no,Cid,30,8,x,NA\n";

TEST_F(Cli, SchemaPrintsKindsCountsAndObstaclesAsToml) {
  write("t.csv", passengers);
  const std::string text = run_well({"schema", "--data", "t.csv", "--target", "Survived", "--ignore", "Name"}).out;
  for (const std::string part :
       {"# 't.csv': 3 rows, 7 columns\n\n[columns.id]\nkind = \"number\"", "[columns.Name]\nkind = \"ignore\"\n",
        "[columns.Fare]\nkind = \"category\"", "[columns.\"odd \\\"name\\\"\"]\n", "[columns.Joined]\nkind = \"date\"",
        "kind = \"number\"  # 2 distinct, 1 missing, 22 to 30",
        "kind = \"label\"  # 2 distinct, none missing: 'no', 'yes'",
        "# in the way: line 2 says '1,000.5', expected numbers without marks, or --thousands ',', which reads it",
        "# in the way: class 'yes' has a single row", "# in the way: every row has the same value"})
    EXPECT_NE(text.find(part), std::string::npos) << "no '" << part << "' in: " << text;
  EXPECT_NE(text.find("# 3 in the way in all"), std::string::npos) << text;
}

// The column may hold anything in the rows that are read with the schema.
TEST_F(Cli, SchemaFixesNoKindOfAColumnWithoutAValue) {
  write("t.csv", "a,note,y\n1,,2\n2,,4\n3,,5\n");
  const std::string text = run_well({"schema", "--data", "t.csv"}).out;
  EXPECT_NE(text.find("[columns.note]\n# kind = \"number\"  # 0 distinct, 3 missing\n"), std::string::npos) << text;
  write("t.toml", text);
  write("more.csv", "a,note,y\n1,late,2\n2,early,4\n3,late,5\n4,early,7\n");
  run_well({"train", "--data", "more.csv", "--target", "y", "--schema", "t.toml", "--layers", "1", "--loss", "mse",
            "--out", "out"});
  EXPECT_EQ(json_of({"inspect", "out/model.onnx", "--json"}).at("inputs"), 3) << "a number, and a category in two";
}

TEST_F(Cli, SchemaListsAColumnOnce) {
  write("t.csv", ",a,b,b,\n1,2,3,4,5\n");
  const std::string text = run_well({"schema", "--data", "t.csv"}).out;
  EXPECT_EQ(text.find("[columns.\"\"]"), std::string::npos) << text;
  EXPECT_EQ(text.find("[columns.b]"), text.rfind("[columns.b]")) << text;
  EXPECT_NE(text.find("another column has the same name"), std::string::npos) << text;
}

TEST_F(Cli, SchemaReadsNumbersInAnotherForm) {
  write("t.csv", "a;b;c\n1.234,5;12%;$5\n2;3%;$6\n");
  const std::string text = run_well({"schema", "--data", "t.csv", "--delimiter", ";", "--decimal", ",", "--thousands",
                                     ".", "--percent", "--currency"})
                               .out;
  EXPECT_NE(text.find("2 distinct, none missing, 2 to 1234.5"), std::string::npos) << text;
  EXPECT_NE(text.find("2 distinct, none missing, 0.03 to 0.12"), std::string::npos) << text;
  EXPECT_NE(text.find("2 distinct, none missing, 5 to 6"), std::string::npos) << text;
  refuses({"schema", "--data", "t.csv", "--decimal", ";"}, 2, {"--decimal is ';', expected one of the characters .,"});
}

TEST_F(Cli, SchemaReadsATableWithoutHeaderLine) {
  write("t.csv", "1.5,x\n2.5,y\n");
  refuses({"schema", "--data", "t.csv", "--delimiter", ";", "--target", "x"}, 2, {"unknown target column 'x'"});
  const std::string text = run_well({"schema", "--data", "t.csv", "--no-header"}).out;
  EXPECT_NE(text.find("[columns.1]\nkind = \"number\"  # 2 distinct, none missing, 1.5 to 2.5"), std::string::npos)
      << text;
  EXPECT_NE(text.find("[columns.2]\nkind = \"category\""), std::string::npos) << text;
}

TEST_F(Cli, SchemaAsJson) {
  write("t.csv", passengers);
  const nlohmann::json schema = json_of({"schema", "--data", "t.csv", "--json"});
  EXPECT_EQ(schema["rows"], 3);
  EXPECT_EQ(schema["columns"].size(), 7U);
  EXPECT_EQ(schema["columns"][3]["name"], "Age");
  EXPECT_EQ(schema["columns"][3]["missing"], 1);
  EXPECT_EQ(schema["columns"][3]["least"], 22);
  EXPECT_EQ(schema["columns"][6]["most"], 1704153600);
  EXPECT_EQ(schema["columns"][1]["examples"], (Words{"no", "yes"}));
}

TEST_F(Cli, SchemaRefuses) {
  write("t.csv", passengers);
  refuses({"schema"}, 2, {"--data"});
  refuses({"schema", "--data", "absent.csv"}, 3, {"there is no file"});
  refuses({"schema", "--data", "t.npy"}, 2, {"[schema]", "columns of numbers only", "expected a .csv or .tsv file"});
  refuses({"schema", "--data", "t.csv", "--target", "survived"}, 2, {"[table]", "did you mean 'Survived'"});
  refuses({"schema", "--data", "t.csv", "--ignore", "nobody"}, 2, {"unknown ignored column 'nobody'"});
}

}  // namespace

}  // namespace millrace::test
