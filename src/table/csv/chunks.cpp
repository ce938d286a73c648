// SPDX-License-Identifier: Apache-2.0
#include "table/csv/chunks.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace millrace {

namespace {

// In blocks short enough for a count in one byte: then compilers compare and count 16 bytes at once.
std::int64_t count_line_ends(const char* at, const char* end) {
  std::int64_t lines = 0;
  while (at != end) {
    const std::ptrdiff_t block = std::min<std::ptrdiff_t>(end - at, 255);
    std::uint8_t here = 0;
    for (std::ptrdiff_t i = 0; i < block; ++i) here = static_cast<std::uint8_t>(here + (at[i] == '\n'));
    lines += here;
    at += block;
  }
  return lines;
}

const char* find(const char* at, const char* end, char c) {
  const void* const found = std::memchr(at, c, end - at);
  return found == nullptr ? end : static_cast<const char*>(found);
}

// The line ends of a piece of text that are preceded by an even ([0]) and an odd ([1]) number of the piece's quotes. One
// of the two kinds is within quotes: which one depends on the text before the piece.
struct Piece {
  std::size_t quotes = 0;
  std::array<std::int64_t, 2> line_ends{};
  std::array<const char*, 2> first{};
};

Piece scan_piece(const char* at, const char* end) {
  Piece piece;
  for (;; ++at) {
    const char* const quote = find(at, end, '"');
    const std::size_t kind = piece.quotes % 2;
    const std::int64_t line_ends = count_line_ends(at, quote);
    if (line_ends > 0 && piece.first[kind] == nullptr) piece.first[kind] = find(at, quote, '\n');
    piece.line_ends[kind] += line_ends;
    if (quote == end) return piece;
    ++piece.quotes;
    at = quote;
  }
}

// A record of n cells takes n bytes or more: n - 1 delimiters and a line end. More lines than that are blank ones.
void limit_rows(CsvChunk& chunk, const CsvFile& file) {
  const auto most = (chunk.end - chunk.begin) / static_cast<std::int64_t>(file.names.size()) + 1;
  chunk.rows = std::min<std::int64_t>(chunk.rows, most);
}

void number_rows(std::vector<CsvChunk>& chunks, const CsvFile& file) {
  std::int64_t row = 0;
  for (CsvChunk& chunk : chunks) {
    limit_rows(chunk, file);
    chunk.first_row = row;
    row += chunk.rows;
  }
}

// Moves `at` behind the record. Returns whether it is sound.
bool skip_record(const CsvSyntax& syntax, const char*& at) {
  for (;; ++at) {
    if (scan_cell(syntax, at).flaw != CsvFlaw::none) return false;
    if (syntax.at_line_end(at)) break;
  }
  at = syntax.past_line_end(at);
  return true;
}

}  // namespace

std::vector<CsvChunk> cut_at_line_ends(const CsvFile& file, Crew& team, std::int64_t bytes) {
  const char *const body = file.body, *const end = file.syntax.end;
  std::vector<Piece> pieces(static_cast<std::size_t>((end - body + bytes - 1) / bytes));
  team.phase(std::ssize(pieces), [&](std::int64_t i, int) {
    const char* const begin = body + i * bytes;
    if (file.storage) file.storage->passed(bytes);
    pieces[i] = scan_piece(begin, begin + std::min<std::int64_t>(bytes, end - begin));
  });

  std::vector<CsvChunk> chunks;
  CsvChunk open{.begin = body};
  std::size_t quotes = 0;
  for (const Piece& piece : pieces) {
    const std::size_t kind = quotes % 2;
    quotes += piece.quotes;
    open.rows += piece.line_ends[kind];
    if (&piece == &pieces.front() || piece.first[kind] == nullptr) continue;
    // The first line end of the piece still belongs to the chunk before.
    const std::int64_t rest = piece.line_ends[kind] - 1;
    open.rows -= rest;
    open.end = piece.first[kind] + 1;
    chunks.push_back(open);
    open = {.begin = open.end, .rows = rest};
  }
  open.end = end;
  ++open.rows;  // the last record: no line end follows it
  if (open.begin != end) chunks.push_back(open);
  number_rows(chunks, file);
  return chunks;
}

std::vector<CsvChunk> cut_at_records(const CsvFile& file, std::int64_t bytes) {
  std::vector<CsvChunk> chunks;
  const char *at = file.record_at(file.body), *const end = file.syntax.end;
  bool sound = true;
  while (at != end) {
    CsvChunk chunk{.begin = at};
    while (at != end && at - chunk.begin < bytes && sound) {
      sound = skip_record(file.syntax, at);
      at = sound ? file.record_at(at) : end;
      ++chunk.rows;
    }
    chunk.end = at;
    chunks.push_back(chunk);
  }
  number_rows(chunks, file);
  return chunks;
}

}  // namespace millrace
