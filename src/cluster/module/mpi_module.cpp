// SPDX-License-Identifier: Apache-2.0
//
// Messages over MPI. Whoever waits calls go_on() instead of MPI_Wait, so that a rank hears at once when another one has
// left, and so that a wait of milliseconds leaves the processor to others.
#include "cluster/module/mpi_module.hpp"

#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1
#include <mpi.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <vector>

#include "base/pause.hpp"

namespace {

using Clock = std::chrono::steady_clock;

constexpr int data_tag = 1, leave_tag = 2;
// Of a message of MPI. Between processes of one host it takes any size, and counts with an int. Between hosts, smaller ones
// travel at once: for larger ones MPI first asks whether the receiver is ready, and the answer waits for the receiver's next
// call of go_on() and then for the sender's, while the link is idle.
constexpr unsigned long long most_bytes = 1ULL << 30, most_between_hosts = 32ULL << 10;
constexpr std::chrono::seconds patience{5};  // for ranks that do not hear that this one leaves

// Of the process, which is in one cluster at a time. `all` is a copy of the communicator, so that no other message of the
// program can be taken for one.
MPI_Comm all = MPI_COMM_NULL;
bool owns_mpi = false;  // whether start() has started MPI
int own_rank = 0, ranks = 1;
struct Exchange {
  std::vector<MPI_Request> requests;
  std::size_t receives = 0;  // the first of them receive
};
std::deque<Exchange> exchanges;  // that have not ended
std::vector<char> heard;         // which ranks have left
std::vector<char> is_near;       // which ranks are on this host
unsigned turns = 0;              // calls of go_on()

int fail(MillraceMpiFailure* failure, const char* call, int result) {
  char text[MPI_MAX_ERROR_STRING] = "";
  int length = 0;
  MPI_Error_string(result, text, &length);
  failure->rank = -1;
  failure->code = 0;
  std::snprintf(failure->text, sizeof failure->text, "%s: %s", call, text);
  return 1;
}

int refuse(MillraceMpiFailure* failure, const char* problem) {
  failure->rank = -1;
  failure->code = 0;
  std::snprintf(failure->text, sizeof failure->text, "%s", problem);
  return 1;
}

struct LeaveNote {
  int code;
  char text[sizeof MillraceMpiFailure::text];
};

// Whether a rank has left; fills `failure` then.
bool hears_of_a_leave(MillraceMpiFailure* failure) {
  int found = 0;
  MPI_Status status;
  if (MPI_Iprobe(MPI_ANY_SOURCE, leave_tag, all, &found, &status) != MPI_SUCCESS || found == 0) return false;
  LeaveNote note{};
  MPI_Recv(&note, sizeof note, MPI_BYTE, status.MPI_SOURCE, leave_tag, all, MPI_STATUS_IGNORE);
  heard[static_cast<std::size_t>(status.MPI_SOURCE)] = 1;
  failure->rank = status.MPI_SOURCE;
  failure->code = note.code;
  std::memcpy(failure->text, note.text, sizeof failure->text);
  return true;
}

template <class Call>
int for_each_piece(const MillraceMpiMessage& message, std::vector<MPI_Request>& requests, const Call& call) {
  const unsigned long long most =
      is_near[static_cast<std::size_t>(message.rank)] != 0 ? most_bytes : most_between_hosts;
  for (unsigned long long begin = 0; begin < message.count; begin += most) {
    const auto bytes = static_cast<int>(std::min(most, message.count - begin));
    requests.push_back(MPI_REQUEST_NULL);
    const int result = call(static_cast<char*>(message.bytes) + begin, bytes, &requests.back());
    if (result != MPI_SUCCESS) return result;
  }
  return MPI_SUCCESS;
}

// Which ranks share memory with this one.
int find_near_ranks(MillraceMpiFailure* failure) {
  MPI_Comm host = MPI_COMM_NULL;
  if (const int result = MPI_Comm_split_type(all, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &host); result != MPI_SUCCESS)
    return fail(failure, "MPI_Comm_split_type", result);
  int first = own_rank;  // of the host
  std::vector<int> firsts(static_cast<std::size_t>(ranks));
  MPI_Bcast(&first, 1, MPI_INT, 0, host);
  MPI_Allgather(&first, 1, MPI_INT, firsts.data(), 1, MPI_INT, all);
  MPI_Comm_free(&host);
  is_near.clear();
  for (const int of_rank : firsts) is_near.push_back(of_rank == first ? 1 : 0);
  return 0;
}

int start_mpi(MillraceMpiFailure* failure) {
  // Open MPI would replace the program's own handlers of signals.
  ::setenv("OMPI_MCA_opal_signal", "", 0);
  int level = 0;
  const int result = MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &level);
  if (result != MPI_SUCCESS) return fail(failure, "MPI_Init_thread", result);
  owns_mpi = true;
  return 0;
}

// Finds the communicator of a program that has started MPI as millrace needs it.
int find_communicator(int handle, MPI_Comm& communicator, MillraceMpiFailure* failure) {
  int begun = 0, ended = 0, level = 0, two_groups = 0;
  MPI_Initialized(&begun);
  MPI_Finalized(&ended);
  if (begun == 0 || ended != 0)
    return refuse(failure, "MPI does not run in this process, expected it between MPI_Init_thread and MPI_Finalize");
  MPI_Query_thread(&level);
  if (level < MPI_THREAD_SERIALIZED)
    return refuse(failure,
                  "MPI was started for a single thread, expected MPI_THREAD_SERIALIZED or MPI_THREAD_MULTIPLE");
  communicator = MPI_Comm_f2c(handle);
  if (communicator == MPI_COMM_NULL)
    return refuse(failure, "the communicator is MPI_COMM_NULL, expected one that this process is in");
  MPI_Comm_test_inter(communicator, &two_groups);
  if (two_groups != 0) return refuse(failure, "the communicator is between two groups, expected one of a single group");
  return 0;
}

int start(const int* communicator, int* rank, int* size, char host[256], MillraceMpiFailure* failure) {
  if (all != MPI_COMM_NULL) return refuse(failure, "this process is in a cluster already, expected one at a time");
  MPI_Comm given = MPI_COMM_WORLD;
  const int failed = communicator == nullptr ? start_mpi(failure) : find_communicator(*communicator, given, failure);
  if (failed != 0) return failed;
  if (const int result = MPI_Comm_dup(given, &all); result != MPI_SUCCESS) return fail(failure, "MPI_Comm_dup", result);
  MPI_Comm_set_errhandler(all, MPI_ERRORS_RETURN);
  MPI_Comm_rank(all, &own_rank);
  MPI_Comm_size(all, &ranks);
  exchanges.clear();
  heard.assign(static_cast<std::size_t>(ranks), 0);
  int length = 0;
  char name[MPI_MAX_PROCESSOR_NAME] = "";
  MPI_Get_processor_name(name, &length);
  std::snprintf(host, 256, "%s", name);
  *rank = own_rank;
  *size = ranks;
  return find_near_ranks(failure);
}

int start_exchange(const MillraceMpiMessage* sent, int sent_count, const MillraceMpiMessage* received,
                   int received_count, MillraceMpiFailure* failure) {
  Exchange& exchange = exchanges.emplace_back();
  for (int i = 0; i < received_count; ++i) {
    const int result =
        for_each_piece(received[i], exchange.requests, [&](char* bytes, int count, MPI_Request* request) {
          return MPI_Irecv(bytes, count, MPI_BYTE, received[i].rank, data_tag, all, request);
        });
    if (result != MPI_SUCCESS) return fail(failure, "MPI_Irecv", result);
  }
  exchange.receives = exchange.requests.size();
  for (int i = 0; i < sent_count; ++i) {
    const int result = for_each_piece(sent[i], exchange.requests, [&](char* bytes, int count, MPI_Request* request) {
      return MPI_Isend(bytes, count, MPI_BYTE, sent[i].rank, data_tag, all, request);
    });
    if (result != MPI_SUCCESS) return fail(failure, "MPI_Isend", result);
  }
  return 0;
}

int test(Exchange& exchange, int* done) {
  return MPI_Testall(static_cast<int>(exchange.requests.size()), exchange.requests.data(), done, MPI_STATUSES_IGNORE);
}

int go_on(long long* under_way, MillraceMpiFailure* failure) {
  while (!exchanges.empty()) {
    int done = 0;
    const int result = test(exchanges.front(), &done);
    if (result != MPI_SUCCESS) return fail(failure, "MPI_Testall", result);
    if (done == 0) break;
    exchanges.pop_front();
  }
  *under_way = static_cast<long long>(exchanges.size());
  return !exchanges.empty() && ++turns % 16 == 0 && hears_of_a_leave(failure) ? 1 : 0;
}

void cancel_receives() {
  for (Exchange& exchange : exchanges) {
    for (std::size_t i = 0; i < exchange.receives && i < exchange.requests.size(); ++i) {
      if (exchange.requests[i] == MPI_REQUEST_NULL) continue;
      MPI_Cancel(&exchange.requests[i]);
      MPI_Wait(&exchange.requests[i], MPI_STATUS_IGNORE);
    }
  }
}

// Takes a message of any kind, so that its sender is not kept waiting.
void drain() {
  int found = 0;
  MPI_Status status;
  if (MPI_Iprobe(MPI_ANY_SOURCE, data_tag, all, &found, &status) != MPI_SUCCESS || found == 0) return;
  int bytes = 0;
  MPI_Get_count(&status, MPI_BYTE, &bytes);
  std::vector<char> unused(static_cast<std::size_t>(bytes));
  MPI_Recv(unused.data(), bytes, MPI_BYTE, status.MPI_SOURCE, data_tag, all, MPI_STATUS_IGNORE);
}

int leave(int code, const char* text) {
  cancel_receives();
  LeaveNote note{code, ""};
  std::snprintf(note.text, sizeof note.text, "%s", text);
  Exchange& notes = exchanges.emplace_back();
  for (int rank = 0; rank < ranks; ++rank) {
    if (rank == own_rank) continue;
    notes.requests.push_back(MPI_REQUEST_NULL);
    MPI_Isend(&note, sizeof note, MPI_BYTE, rank, leave_tag, all, &notes.requests.back());
  }
  heard[static_cast<std::size_t>(own_rank)] = 1;
  const Clock::time_point end = Clock::now() + patience;
  const millrace::Pause pause;
  while (Clock::now() < end) {
    int open = 0;
    for (Exchange& exchange : exchanges) {
      int done = 0;
      test(exchange, &done);
      open += done == 0 ? 1 : 0;
    }
    MillraceMpiFailure unused;
    hears_of_a_leave(&unused);
    drain();
    if (open == 0 && std::count(heard.begin(), heard.end(), 0) == 0) return 1;
    pause();
  }
  return 0;
}

void finish() {
  MPI_Comm_free(&all);
  if (owns_mpi) MPI_Finalize();
}

void end_all(int code) { MPI_Abort(owns_mpi ? MPI_COMM_WORLD : all, code); }

const MillraceMpi module{millrace_mpi_version, start, start_exchange, go_on, leave, finish, end_all};

}  // namespace

extern "C" __attribute__((visibility("default"))) const MillraceMpi* millrace_mpi();
const MillraceMpi* millrace_mpi() { return &module; }
