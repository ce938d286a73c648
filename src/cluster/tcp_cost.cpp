// SPDX-License-Identifier: Apache-2.0
#include "cluster/tcp_cost.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "base/descriptor.hpp"
#include "base/stopwatch.hpp"

namespace millrace {

namespace {

constexpr std::size_t large = std::size_t{64} << 10, small = 64, messages = 64;
constexpr int rounds = 7;
constexpr double most_seconds = 0.2;

// A connection whose two ends are this thread.
struct Ends {
  int from, to;
};

// Carries a message from one end to the other. Returns whether it has arrived in time.
bool carry(const Ends& ends, std::span<std::byte> memory, const Stopwatch& all) {
  for (std::size_t sent = 0, received = 0; received < memory.size();) {
    // Neither end may wait for the other.
    if (sent < memory.size())
      sent += static_cast<std::size_t>(std::max<ssize_t>(
          0, ::send(ends.from, memory.data() + sent, memory.size() - sent, MSG_DONTWAIT | MSG_NOSIGNAL)));
    received += static_cast<std::size_t>(
        std::max<ssize_t>(0, ::recv(ends.to, memory.data() + received, memory.size() - received, MSG_DONTWAIT)));
    if (all.seconds() > most_seconds) return false;
  }
  return true;
}

// Of one message of this many bytes; the fastest round.
double seconds_of(const Ends& ends, std::size_t bytes) {
  std::vector<std::byte> memory(bytes);
  double fastest = 0;
  const Stopwatch all;
  for (int round = 0; round < rounds; ++round) {
    const Stopwatch watch;
    for (std::size_t message = 0; message < messages; ++message)
      if (!carry(ends, memory, all)) return fastest;
    const double each = watch.seconds() / static_cast<double>(messages);
    fastest = round == 0 ? each : std::min(fastest, each);
  }
  return fastest;
}

}  // namespace

TcpCost tcp_cost() {
  const Descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      from(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  if (::bind(listener.number(), any, size) != 0 || ::listen(listener.number(), 1) != 0 ||
      ::getsockname(listener.number(), any, &size) != 0 || ::connect(from.number(), any, size) != 0)
    return {};
  const Descriptor to(::accept4(listener.number(), nullptr, nullptr, SOCK_CLOEXEC));
  if (to.number() < 0) return {};
  const Ends ends{from.number(), to.number()};
  const double of_large = seconds_of(ends, large), of_small = seconds_of(ends, small);
  return {.byte = std::max(0.0, of_large - of_small) / static_cast<double>(large - small), .message = of_small};
}

}  // namespace millrace
