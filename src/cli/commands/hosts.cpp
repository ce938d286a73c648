// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/hosts.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/fail.hpp"
#include "base/system_error.hpp"
#include "base/text.hpp"
#include "cli/screen/streams.hpp"
#include "cluster/launch.hpp"

namespace millrace::cli {

namespace {

using Words = std::vector<std::string>;

constexpr double most_processes = 1024;

// "a:2,b:1", as every mpirun takes it, and the number of processes.
struct Hosts {
  std::string list;
  std::int64_t processes = 0;
};

Hosts hosts_setting(const Settings& settings) {
  const Setting& setting = *settings.find("hosts");
  constexpr const char* expected = "names of hosts, with a number of processes if it is not one: a,b or a:2,b:2";
  constexpr std::string_view in_names = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
  Hosts hosts;
  if (parse_number(settings.text("hosts")))
    setting.refuse("names of hosts, not their number: a,b; processes of this machine: localhost:" +
                   settings.text("hosts"));
  for (const std::string& host : settings.names("hosts")) {
    const std::size_t colon = host.find(':');
    const std::string name = host.substr(0, colon);
    const std::optional<double> count = colon == std::string::npos ? 1 : parse_number(host.substr(colon + 1));
    const bool is_name = !name.empty() && name[0] != '-' && name.find_first_not_of(in_names) == std::string::npos;
    if (!is_name || !count || *count < 1 || *count > most_processes || *count != static_cast<int>(*count))
      setting.refuse(expected);
    hosts.list += (hosts.list.empty() ? "" : ",") + name + ":" + std::to_string(static_cast<int>(*count));
    hosts.processes += static_cast<std::int64_t>(*count);
  }
  if (hosts.processes == 0) setting.refuse(expected);
  return hosts;
}

// Empty: there is no such program.
std::string on_search_path(const std::string& program) {
  const char* const path = std::getenv("PATH");
  for (const std::string& folder : split_text(path == nullptr ? "" : path, ':')) {
    const std::filesystem::path file = std::filesystem::path(folder.empty() ? "." : folder) / program;
    std::error_code code;
    if (std::filesystem::is_regular_file(file, code) && ::access(file.c_str(), X_OK) == 0) return file.string();
  }
  return "";
}

// Whether the plain mpirun of the search path is that of the module.
bool is_mpirun_of(const std::string& module) {
  const std::unique_ptr<FILE, int (*)(FILE*)> output(::popen("mpirun --version 2>&1", "r"), ::pclose);
  std::string text;
  std::array<char, 256> part{};
  while (output && std::fgets(part.data(), part.size(), output.get()) != nullptr) text += part.data();
  return text.find(module == "openmpi" ? "Open MPI" : "HYDRA") != std::string::npos;
}

Words mpirun_words(const Hosts& hosts) {
  std::string built_for;
  for (const std::string module : {"openmpi", "mpich"}) {
    if (module_file(module).empty()) continue;
    built_for += (built_for.empty() ? "" : " or ") + std::string(module == "openmpi" ? "Open MPI" : "MPICH");
    std::string program = on_search_path("mpirun." + module);
    if (program.empty() && !on_search_path("mpirun").empty() && is_mpirun_of(module))
      program = on_search_path("mpirun");
    if (program.empty()) continue;
    const std::string processes = std::to_string(hosts.processes);
    if (module == "mpich") return {program, "-hosts", hosts.list, "-n", processes, "-bind-to", "none"};
    Words words{program, "--host", hosts.list, "-n", processes, "--bind-to", "none"};
    // Else mpirun notices only after minutes that a host is cut off.
    for (const auto& [name, value] : {std::pair("time", "5"), std::pair("intvl", "1"), std::pair("probes", "5")})
      words.insert(words.end(), {"--mca", std::string("oob_tcp_keepalive_") + name, value});
    if (::geteuid() == 0) words.emplace_back("--allow-run-as-root");  // Open MPI wants to be told so
    return words;
  }
  if (built_for.empty())
    fail(ErrorKind::environment, "train",
         "--hosts: this millrace was built without MPI, expected one with it: on Debian, libopenmpi-dev and a new "
         "build");
  fail(ErrorKind::environment, "train",
       "--hosts: there is no mpirun of " + built_for +
           " on the search path, expected it: on Debian, apt-get install openmpi-bin or mpich");
}

// The words of this process without --hosts.
Words other_words() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  Words words;
  bool value_follows = false;
  for (std::string word; std::getline(file, word, '\0');) {
    const bool is_value = std::exchange(value_follows, word == "--hosts");
    if (!is_value && !value_follows && !word.starts_with("--hosts=")) words.push_back(word);
  }
  std::error_code code;
  const std::filesystem::path program = std::filesystem::canonical("/proc/self/exe", code);
  if (!words.empty() && !code) words[0] = program.string();
  return words;
}

}  // namespace

void start_on_hosts(const Settings& settings) {
  if (!settings.has("hosts") || !launch_of_process().by.empty()) return;
  Words words = mpirun_words(hosts_setting(settings));
  const Words command = other_words();
  words.insert(words.end(), command.begin(), command.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  give_back_stdout();  // mpirun passes on the results of all processes
  ::execv(pointers[0], pointers.data());
  fail(ErrorKind::environment, "train",
       words[0] + " cannot be started (" + system_text(errno) + "), expected a program");
}

void refuse_hosts(const Settings& settings) {
  if (settings.has("hosts"))
    fail(ErrorKind::usage, "train",
         "--hosts in a process that " + launch_of_process().by + " has started, expected one of the two");
}

}  // namespace millrace::cli
