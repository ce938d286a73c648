// SPDX-License-Identifier: Apache-2.0
#include "table/csv/records.hpp"

#include <exception>

namespace millrace {

namespace {

// What became of a chunk.
struct Outcome {
  const char* end = nullptr;
  std::int64_t rows = 0;
  std::exception_ptr error;
};

void read_chunk(const CsvFile& file, const CsvChunk& chunk, std::int64_t index, RecordReader& reader,
                Outcome& outcome) {
  outcome.end = file.record_at(chunk.begin);
  while (outcome.end < chunk.end && outcome.rows < chunk.rows) {
    const char* const next = reader.read(outcome.end, chunk.first_row + outcome.rows, index);
    outcome.end = file.record_at(next);
    ++outcome.rows;
  }
}

// Returns whether the chunks hold the rows that they should. All chunks before the first that does not are right, and
// only their errors are errors of the file.
bool read_chunks(const CsvFile& file, const std::vector<CsvChunk>& chunks, Crew& team, RecordReader& reader) {
  reader.begin(chunks);
  std::vector<Outcome> outcomes(chunks.size());
  team.phase(std::ssize(chunks), [&](std::int64_t i, int) {
    try {
      read_chunk(file, chunks[i], i, reader, outcomes[i]);
    } catch (...) {
      outcomes[i].error = std::current_exception();
    }
  });
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    if (outcomes[i].error != nullptr) std::rethrow_exception(outcomes[i].error);
    if (outcomes[i].end != chunks[i].end || outcomes[i].rows != chunks[i].rows) return false;
  }
  return true;
}

}  // namespace

std::vector<CsvChunk> read_records(const CsvFile& file, Crew& team, RecordReader& reader) {
  std::vector<CsvChunk> chunks = cut_at_line_ends(file, team);
  if (read_chunks(file, chunks, team, reader)) return chunks;
  chunks = cut_at_records(file);
  read_chunks(file, chunks, team, reader);
  return chunks;
}

}  // namespace millrace
