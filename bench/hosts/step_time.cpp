// SPDX-License-Identifier: Apache-2.0
//
// The model of a step of several hosts (src/cluster/step_time.hpp) for other programs. Reads lines from standard input:
//
//   ROWS GRADIENTS UPDATE PASS BYTES BUCKETS WORKERS GIGABITS PROCESSES
//
// with the seconds of StepParts, and prints the seconds of a step and those of waiting for each, with what messages over TCP
// take of a thread of this machine.
#include <cstdio>
#include <iostream>

#include "cluster/step_time.hpp"

int main() {
  const millrace::Link usual = millrace::usual_links().front();
  millrace::StepParts parts;
  double gigabits = 0;
  std::int64_t processes = 0;
  while (std::cin >> parts.rows >> parts.gradients >> parts.update >> parts.pass >> parts.bytes >> parts.buckets >>
         parts.workers >> gigabits >> processes) {
    millrace::Link link = usual;
    link.gigabits = gigabits;
    const millrace::StepTime step = millrace::step_time(parts, link, processes);
    std::printf("%.9g %.9g\n", step.seconds, step.waiting);
  }
  std::fprintf(stderr, "%.3g %.3g\n", usual.byte, usual.message);
}
