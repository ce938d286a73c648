// SPDX-License-Identifier: Apache-2.0
//
// The program under limits as batch systems set them: it works, or ends soon with a message that names what is missing,
// and never leaves half a file.
#include <sys/resource.h>
#include <sys/stat.h>

#include <chrono>

#include "cli/cli.hpp"

namespace millrace::test {

namespace {

class Limits : public Cli {
 protected:
  Limits() { write_two_classes("t.csv"); }

  [[nodiscard]] static ProcessOptions under(int resource, std::uint64_t value) {
    return {.folder = "",
            .out_file = "",
            .terminal_columns = {},
            .file_bytes = {},
            .limits = {{RLIMIT_CORE, 0}, {resource, value}}};
  }

  /// Fails unless a training under these limits works, or ends with a message and exit code 7. The system's loader may
  /// also end it (exit code 127), or the system before that (SIGKILL).
  void holds(const Words& words, const ProcessOptions& options, const std::string& name) {
    SCOPED_TRACE(name);
    const auto begin = std::chrono::steady_clock::now();
    const ProcessResult result = run(words, options);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
    ++(result.code == 0 ? worked_ : refused_);
    if (result.signal == SIGKILL || result.code == 127) return;
    if (result.code != 0) {
      EXPECT_EQ(result.code, 7) << "signal " << result.signal << ": " << result.err;
      EXPECT_NE(result.err.find("expected"), std::string::npos) << result.err;
    }
    if (!std::filesystem::exists(folder.file("out"))) return;
    for (const std::string& file : files("out"))
      EXPECT_EQ(file.find("millrace-part"), std::string::npos) << file << " is half a file";
  }
  void trains(const ProcessOptions& options, const std::string& name) {
    holds(train_two + Words{"--threads", "2", "--quiet"}, options, name);
  }
  int worked_ = 0, refused_ = 0;
};

TEST_F(Limits, AddressSpace) {
  run_well(train_two);
  const std::string checkpoint = read("out/checkpoint.safetensors");
  for (std::uint64_t kib = 60'000; kib <= 600'000; kib += 36'000)
    trains(under(RLIMIT_AS, kib << 10), std::to_string(kib) + " KiB of address space");
  EXPECT_GT(worked_, 0);
  EXPECT_GT(refused_, 0);
}

// OpenBLAS asks for memory without end, so it is not opened if there is too little; other kernels take its place.
TEST_F(Limits, TooLittleAddressSpaceForOpenblasIsSaid) {
  const ProcessResult result = run(train_two, under(RLIMIT_AS, std::uint64_t{200} << 20));
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_NE(result.err.find("[train] OpenBLAS cannot be used: it needs "), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("ulimit -v"), std::string::npos) << result.err;
  EXPECT_EQ(run_well(train_two).err.find("OpenBLAS"), std::string::npos);
}

TEST_F(Limits, OpenFiles) {
  for (std::uint64_t count = 3; count <= 12; ++count)
    trains(under(RLIMIT_NOFILE, count), std::to_string(count) + " open files");
  EXPECT_GT(worked_, 0);
}

TEST_F(Limits, SizeOfFiles) {
  for (const std::uint64_t bytes : {0, 1, 100, 1000, 2000, 5000, 100000})
    trains(under(RLIMIT_FSIZE, bytes), std::to_string(bytes) + " bytes a file");
  EXPECT_GT(worked_, 0);
  EXPECT_GT(refused_, 0);
}

TEST_F(Limits, Stack) {
  for (const std::uint64_t kib : {200, 512, 1023, 1024, 2048, 8192})
    trains(under(RLIMIT_STACK, kib << 10), std::to_string(kib) + " KiB of stack");
  EXPECT_EQ(worked_, 3);
  EXPECT_NE(run(train_two, under(RLIMIT_STACK, 512 << 10)).err.find("ulimit -s"), std::string::npos);
}

// Processes are counted by user, so this needs one that has no other processes.
TEST_F(Limits, Threads) {
  constexpr unsigned nobodys = 54321;
  ASSERT_EQ(::chmod(folder.path().c_str(), 0777), 0);
  for (std::uint64_t count = 1; count <= 6; ++count) {
    ProcessOptions options = under(RLIMIT_NPROC, count);
    options.user = nobodys;
    holds(train_two + Words{"--threads", "4", "--quiet"}, options, std::to_string(count) + " processes");
  }
}

// The last resort: there is no memory to report that there is no memory.
TEST_F(Limits, OutOfMemoryLeavesTheCheckpoint) {
  run_well(train_two);
  const std::string checkpoint = read("out/checkpoint.safetensors"), model = read("out/model.onnx");
  const Words huge = train_two + Words{"--layers", "20000:tanh,20000:tanh,1:sigmoid"};
  const ProcessResult result = run(huge, under(RLIMIT_AS, std::uint64_t{1} << 30));
  EXPECT_EQ(result.code, 7) << result.err;
  EXPECT_NE(result.err.find("out of memory"), std::string::npos) << result.err;
  EXPECT_EQ(read("out/checkpoint.safetensors"), checkpoint);
  EXPECT_EQ(read("out/model.onnx"), model);
}

}  // namespace

}  // namespace millrace::test
