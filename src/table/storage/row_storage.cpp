// SPDX-License-Identifier: Apache-2.0
//
// A large matrix is a shared mapping of a file without a name. The system keeps what was written to it, so pages can be
// taken from the process at any moment (MADV_DONTNEED) and come back at the next access: no reader or writer of rows has
// to know.
#include "millrace/row_storage.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "base/nameless_file.hpp"
#include "table/matrix.hpp"
#include "table/storage/resident.hpp"
#include "table/storage/stored.hpp"

namespace millrace {

namespace {

constexpr std::string_view who = "memory";
constexpr std::int64_t mebibyte = std::int64_t{1} << 20, small_matrix = mebibyte, least_room = 64 * mebibyte;
constexpr std::int64_t bytes_per_row = 64;  // order of the epoch, selection, weights, a column while it is fitted

std::string in_mebibytes(std::int64_t bytes) { return std::to_string((bytes + mebibyte - 1) / mebibyte) + "MiB"; }

// Looks as often as the memory that is left could be filled: a thread that reads pages fills about 8 GB in a second.
void keep_below(const std::stop_token& stop, std::int64_t limit, const std::function<void()>& release) {
  const ResidentMemory resident;
  const std::int64_t reserve = std::clamp(limit / 8, 8 * mebibyte, 64 * mebibyte);
  while (!stop.stop_requested()) {
    const std::int64_t room = limit - reserve - resident.bytes();
    if (room <= 0) release();
    std::this_thread::sleep_for(std::chrono::microseconds(std::clamp<std::int64_t>(room / 16384, 200, 10000)));
  }
}

// Signals are for the threads of the program.
std::jthread without_signals(const std::function<void(std::stop_token)>& body) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::jthread thread(body);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace

struct RowStorage::State {
  State(std::int64_t memory, const std::string& where)
      : limit(memory),
        file(where, std::string(who), "rows"),
        guard(
            without_signals([this](const std::stop_token& stop) { keep_below(stop, limit, [this] { release(); }); })) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { guard = {}; }

  struct Pages {
    std::int64_t bytes;
    std::optional<std::weak_ptr<const void>> owner;  // of a file that is mapped by others; empty: rows of this storage
  };

  void release() {
    const std::lock_guard lock(mutex);
    for (auto at = pages.begin(); at != pages.end();) {
      const std::shared_ptr<const void> owner = at->second.owner ? at->second.owner->lock() : nullptr;
      if (at->second.owner && owner == nullptr) {
        at = pages.erase(at);
        continue;
      }
      ::madvise(at->first, at->second.bytes, MADV_DONTNEED);
      ++at;
    }
  }
  void add(void* data, Pages added) {
    const std::lock_guard lock(mutex);
    pages[data] = std::move(added);
  }
  void remove(void* data) {
    const std::lock_guard lock(mutex);
    pages.erase(data);
  }
  void passed(std::int64_t bytes) {
    const std::int64_t before = touched.fetch_add(bytes, std::memory_order_relaxed);
    if (before + bytes < limit / 8) return;
    touched.store(0, std::memory_order_relaxed);
    release();
  }
  // Room in the file, whose pages can be written to: a full disk would end the process at the first write otherwise.
  std::int64_t reserve(std::int64_t bytes) {
    std::int64_t offset = 0;
    {
      const std::lock_guard lock(mutex);
      offset = std::exchange(used, used + bytes);
    }
    int code = 0;
    do code = ::posix_fallocate(file.descriptor(), offset, bytes);
    while (code == EINTR);
    if (code != 0) file.give_up(code);
    return offset;
  }

  const std::int64_t limit;
  const NamelessFile file;
  std::mutex mutex;
  std::map<void*, Pages> pages;
  std::int64_t used = 0;                  // bytes of the file
  std::atomic<std::int64_t> touched = 0;  // since pages were given back
  std::jthread guard;
};

namespace {

constexpr std::int64_t huge_page = 2 * mebibyte;

// Maps a part of the file at an address where no huge page can be: a row of a window would bring 2 MiB into memory.
char* map_in_small_pages(int descriptor, std::int64_t offset, std::int64_t size, char*& reserved) {
  void* const room = ::mmap(nullptr, size + huge_page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) return nullptr;
  reserved = static_cast<char*>(room);
  const std::int64_t page = ::sysconf(_SC_PAGESIZE);
  const auto address = static_cast<std::int64_t>(std::bit_cast<std::uintptr_t>(reserved));
  const bool aligned = (address - offset) % huge_page == 0;
  char* const wanted = reserved + (aligned ? page : 0);
  const void* const got = ::mmap(wanted, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, descriptor, offset);
  if (got == MAP_FAILED) {
    ::munmap(reserved, size + huge_page);
    return nullptr;
  }
  return wanted;
}

// What the owner of stored rows does at their end. Rows without bytes only say where others are to be put.
struct StoredRows {
  std::shared_ptr<RowStorage::State> state;
  char* reserved = nullptr;
  std::int64_t bytes = 0, offset = 0;

  void operator()(float* data) const {
    if (bytes == 0) return;
    state->remove(data);
    ::munmap(reserved, bytes + huge_page);
    (void)::fallocate(state->file.descriptor(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, bytes);
  }
};

std::optional<RowStorage> storage_of(const std::shared_ptr<const void>& owner) {
  const auto* const stored = std::get_deleter<StoredRows>(owner);
  return stored == nullptr ? std::nullopt : std::optional(RowStorage(stored->state));
}

}  // namespace

RowStorage::RowStorage(std::int64_t memory, const std::string& folder) {
  const std::int64_t least = ResidentMemory().bytes() + least_room;
  if (memory < least)
    fail(ErrorKind::usage, who,
         "the limit is " + in_mebibytes(memory) + ", expected " + in_mebibytes(least) +
             " or more: the program and a window of rows must fit");
  state_ = std::make_shared<State>(memory, folder);
}

std::int64_t RowStorage::limit() const { return state_->limit; }

Matrix RowStorage::matrix(std::int64_t rows, std::int64_t columns) const {
  std::int64_t bytes = 0;
  const bool fits = rows >= 0 && columns >= 0 && !__builtin_mul_overflow(rows, columns, &bytes) &&
                    !__builtin_mul_overflow(bytes, std::int64_t{sizeof(float)}, &bytes);
  if (!fits || bytes < small_matrix) return {rows, columns};
  const std::int64_t page = ::sysconf(_SC_PAGESIZE), size = (bytes + page - 1) / page * page;
  const std::int64_t offset = state_->reserve(size);
  char* reserved = nullptr;
  void* const data = map_in_small_pages(state_->file.descriptor(), offset, size, reserved);
  if (data == nullptr) state_->file.give_up(errno);
  state_->add(data, {size, std::nullopt});
  return {std::shared_ptr<float[]>(static_cast<float*>(data), StoredRows{state_, reserved, size, offset}), rows,
          columns};
}

void RowStorage::adopt(Dataset& data) const {
  for (const MatrixView& view : {data.features, data.targets}) {
    const auto* const end = static_cast<const void*>(view.data + view.rows * view.stride);
    for (const std::shared_ptr<const void>& owner : data.owners) {
      const auto bytes = static_cast<const char*>(end) - static_cast<const char*>(owner.get());
      const bool is_of_owner = owner != nullptr && view.rows > 0 && owner.get() <= view.data;
      if (is_of_owner) watch(owner.get(), bytes, owner);
    }
  }
  data.owners.insert(data.owners.begin(), std::shared_ptr<float[]>(nullptr, StoredRows{state_}));
}

// Rows of this storage are watched from their beginning to their end.
void RowStorage::watch(const void* data, std::int64_t bytes, const std::shared_ptr<const void>& owner) const {
  if (storage_of(owner)) return;
  const MappedPages found = mapped_pages(data, bytes);
  if (found.bytes > 0) state_->add(found.data, {found.bytes, owner});
}

void RowStorage::release() const { state_->release(); }

void RowStorage::passed(std::int64_t bytes) const { state_->passed(bytes); }

void RowStorage::check_rows(std::int64_t rows) const {
  state_->release();
  const std::int64_t least = ResidentMemory().bytes() + least_room + rows * bytes_per_row;
  if (state_->limit >= least) return;
  fail(ErrorKind::usage, who,
       "the limit is " + in_mebibytes(state_->limit) + " for " + counted(rows, "row") + ", expected " +
           in_mebibytes(least) + " or more");
}

std::int64_t RowStorage::window_rows(std::int64_t rows, std::int64_t row_bytes) const {
  const std::int64_t window = state_->limit / 4 / std::max<std::int64_t>(row_bytes, 1);
  return std::clamp<std::int64_t>(window, 1, std::max<std::int64_t>(rows, 1));
}

std::optional<RowStorage> storage_of(const Matrix& rows) { return storage_of(rows.owner()); }

std::optional<RowStorage> storage_of(const Table& table) { return storage_of(table.values); }

std::optional<RowStorage> storage_of(const Dataset& data) {
  for (const std::shared_ptr<const void>& owner : data.owners) {
    if (auto storage = storage_of(owner)) return storage;
  }
  return std::nullopt;
}

Matrix unfilled_matrix(std::int64_t rows, std::int64_t columns, const std::optional<RowStorage>& storage) {
  return storage ? storage->matrix(rows, columns) : unfilled_matrix(rows, columns);
}

}  // namespace millrace
