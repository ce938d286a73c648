// SPDX-License-Identifier: Apache-2.0
#include <sstream>

#include "cli/cli.hpp"

namespace millrace::test {

namespace {

class Completion : public Cli {
 protected:
  /// What bash offers for the last of the words, as it splits a command line.
  [[nodiscard]] Words completed(const std::string& words) const {
    const std::string script =
        "source <(\"$0\" completion bash); COMP_WORDS=(millrace " + words +
        "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _millrace; printf '%s\\n' \"${COMPREPLY[@]}\"";
    const ProcessResult result =
        run_process({"/bin/bash", "-c", script, MILLRACE_PROGRAM},
                    {.folder = folder.path(), .out_file = "", .terminal_columns = {}, .file_bytes = {}});
    EXPECT_EQ(result.err, "") << words;
    Words offered = lines_of(result.out);
    std::erase(offered, "");
    return offered;
  }
};

TEST_F(Completion, OfCommandsAndFlags) {
  EXPECT_EQ(completed("ex"), Words{"export"});
  EXPECT_EQ(completed("train --lea"), Words{"--learning-rate"});
  EXPECT_EQ(completed("predict model.onnx --o"), Words{"--out"});
  EXPECT_EQ(completed("train --early"), Words{"--early-stopping"});
  EXPECT_EQ(completed("predict --lea"), Words{});
}

TEST_F(Completion, OfOperationsAndTheirOptions) {
  EXPECT_EQ(completed("train --loss hub"), Words{"huber"});
  EXPECT_EQ(completed("train --split s"), Words{"stratified"});
  EXPECT_EQ(completed("train --early-stopping.pat"), Words{"--early-stopping.patience"});
  EXPECT_EQ(completed("train --optimizer.clipn"), Words{"--optimizer.clipnorm"});
  // As bash splits --layers 16:relu,drop and --loss=hub.
  EXPECT_EQ(completed("train --layers 16 : relu,dropo"), Words{"relu,dropout"});
  EXPECT_EQ(completed("train --layers 16 : relu,1 : sigm"), Words{"sigmoid"});
  EXPECT_EQ(completed("train --loss = hub"), Words{"huber"});
}

TEST_F(Completion, LeavesFilesToBash) {
  EXPECT_EQ(completed("train --data t"), Words{});
  EXPECT_EQ(completed("evaluate mod"), Words{});
}

TEST_F(Completion, RefusesOtherShells) {
  refuses({"completion", "zsh"}, 2, {"[completion] unknown shell 'zsh', expected bash"});
  refuses({"completion"}, 2, {"expected bash"});
}

}  // namespace

}  // namespace millrace::test
