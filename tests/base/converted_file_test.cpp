// SPDX-License-Identifier: Apache-2.0
#include "base/converted_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

#include "base/descriptor.hpp"
#include "base/mapped_file.hpp"
#include "millrace/error.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

class ConvertedFile : public testing::Test {
 protected:
  ~ConvertedFile() override { ::unsetenv("MILLRACE_CONVERTED"); }
  static void convert(const std::string& lines) { ::setenv("MILLRACE_CONVERTED", lines.c_str(), 1); }

  const TemporaryDirectory folder_;
  const std::string path_ = folder_.write("my table.parquet", "PAR1");
};

TEST_F(ConvertedFile, IsReadInThePlaceOfTheUsers) {
  const Descriptor memory(::memfd_create("table", 0));
  ASSERT_EQ(::write(memory.number(), "a,b\n", 4), 4);
  const std::string number = std::to_string(memory.number());
  convert("99 " + folder_.file("other.parquet") + "\n" + number + " " + path_);
  EXPECT_EQ(converted_file(path_), "/dev/fd/" + number);
  EXPECT_EQ(MappedFile(path_, "csv").bytes(), "a,b\n");
  EXPECT_EQ(MappedFile(path_, "csv").bytes(), "a,b\n");  // from its beginning each time
  EXPECT_EQ(converted_file(folder_.file("x.csv")), folder_.file("x.csv"));
  expect_error(ErrorKind::data, {"there is no file '" + folder_.file("other.parquet") + "'"},
               [&] { MappedFile(folder_.file("other.parquet"), "csv"); });
}

TEST_F(ConvertedFile, MustBeInMemory) {
  const Descriptor other(::open(folder_.write("secret", "x").c_str(), O_RDONLY));
  for (const std::string& line : {std::to_string(other.number()) + " " + path_, "999 " + path_, "x " + path_,
                                  "../0 " + path_, path_, std::string("\n\n"), std::string()}) {
    convert(line);
    EXPECT_EQ(MappedFile(path_, "csv").bytes(), "PAR1") << line;
  }
}

}  // namespace
}  // namespace millrace::test
