// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <string>

#include "base/fail.hpp"
#include "base/text.hpp"
#include "table/text/source.hpp"
#include "table/text/zip_archive.hpp"

namespace millrace {

namespace {

struct Foreign {
  std::string_view magic;
  const char* what;
};

constexpr const char *spreadsheet = "a spreadsheet, expected a table of text: save it as CSV",
                     *json =
                         "JSON, expected a table of text: pandas.read_json(FILE).to_csv(\"table.csv\", index=False) "
                         "makes one, with lines=True for one object a line";

constexpr const char* r_object =
    "an R object, expected a table of text: write.csv(readRDS(FILE), \"table.csv\", row.names = FALSE) makes one";
constexpr std::string_view sas{"\0\0\0\0\0\0\0\0\0\0\0\0\xC2\xEA\x81\x60", 16};
constexpr const char* stata =
    "a Stata file, expected a table of text: pandas.read_stata(FILE).to_csv(\"table.csv\", index=False) makes one";

constexpr std::array<Foreign, 23> known = {{
    {"PAR1",
     "a Parquet file, expected a table of text: millrace.read_parquet reads it in Python, and python -m millrace "
     "in the place of this program"},
    {"ARROW1",
     "an Arrow or Feather file, expected a table of text: in Python millrace takes the frame that pandas, "
     "Polars or PyArrow reads from it"},
    {"\x89HDF", "an HDF5 file, expected a table of text, or .npy or .npz: h5py and numpy.save make one"},
    {"SQLite format 3",
     "an SQLite database, expected a table of text: sqlite3 -csv -header FILE 'select ...' makes one"},
    {"\xD0\xCF\x11\xE0", spreadsheet},
    {"\x80\x04\x95", "a pickle of Python, expected a table of text, or .npy: to_csv or numpy.save makes one"},
    {"\x80\x05\x95", "a pickle of Python, expected a table of text, or .npy: to_csv or numpy.save makes one"},
    {"BZh", "bzip2 data, expected text, gzip, zstd or zip: bzip2 -dc FILE | millrace ... --data -"},
    {"\xFD"
     "7zXZ",
     "xz data, expected text, gzip, zstd or zip: xz -dc FILE | millrace ... --data -"},
    {"7z\xBC\xAF", "a 7z archive, expected text, gzip, zstd or zip: unpack it"},
    {"Rar!", "a RAR archive, expected text, gzip, zstd or zip: unpack it"},
    {"version https://git-lfs", "a pointer of Git LFS, expected the table it stands for: git lfs pull fetches it"},
    {"%PDF", "a PDF document, expected a table of text: save the table that it shows as CSV"},
    {"<stata_dta>", stata},
    {"\x72\x02\x01", stata},
    {"\x73\x02\x01", stata},
    {"MATLAB ", "a MATLAB file, expected a table of text, or .npy or .npz: scipy.io.loadmat and numpy.save make one"},
    {sas, "a SAS file, expected a table of text: pandas.read_sas(FILE).to_csv(\"table.csv\", index=False) makes one"},
    {"$FL2",
     "an SPSS file, expected a table of text: pandas.read_spss(FILE).to_csv(\"table.csv\", index=False) makes one"},
    {{"X\n\0\0\0", 5}, r_object},
    {"RDX",
     "a workspace of R, expected a table of text: load(FILE) in R brings its tables back, and write.csv(TABLE, "
     "\"table.csv\", row.names = FALSE) saves one"},
    {"HEADER RECORD*******LIB",
     "a SAS transport file, expected a table of text: pandas.read_sas(FILE, format=\"xport\").to_csv(\"table.csv\", "
     "index=False) makes one"},
    {"ORC", "an ORC file, expected a table of text: in Python millrace takes the table that PyArrow reads from it"},
}};

// The first line that is neither empty nor a comment of ARFF.
std::string_view first_line(std::string_view text) {
  for (;;) {
    text = trim(text);
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (!text.starts_with('%') || end == text.size()) return text.substr(0, end);
    text.remove_prefix(end);
  }
}

bool is_json(std::string_view text) {
  text = trim(text);
  if (text.empty() || (text[0] != '{' && text[0] != '[')) return false;
  const std::string_view inside = trim(text.substr(1));
  return !inside.empty() && (inside[0] == '"' || (text[0] == '[' && (inside[0] == '{' || inside[0] == '[')));
}

// Number of lines up to "@data", that line included; 0: there is none.
std::int64_t lines_ahead_of_data(std::string_view text) {
  for (std::int64_t lines = 1; !text.empty(); ++lines) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (in_lower_case(trim(text.substr(0, end))) == "@data") return lines;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return 0;
}

std::string arff(std::string_view head) {
  const std::int64_t lines = lines_ahead_of_data(head);
  return "an ARFF file, expected a table of text: the lines behind @data are one (--skip-lines " +
         (lines == 0 ? "N" : std::to_string(lines)) + " --no-header)";
}

// Dashes below the names of columns, as programs print them for people.
bool is_rule(std::string_view line) {
  return line.find("---") != std::string_view::npos && line.find_first_not_of("-+|:=, ;\t") == std::string_view::npos;
}

// What psql, mysql, sqlcmd and Markdown make of a table.
std::string printed_table(std::string_view text) {
  text = trim(text);
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view first = trim(text.substr(0, end)), rest = text.substr(std::min(end + 1, text.size()));
  const std::string_view second = trim(rest.substr(0, rest.find('\n')));
  const std::string bars = " FILE > table.csv) and read it with --delimiter '|'";
  if (first.starts_with("+-") && is_rule(first))
    return "a table as mysql prints it, expected a table of text: take off the lines around its cells (sed '/^+/d; "
           "s/^|//; s/| *$//'" +
           bars;
  if (!is_rule(second)) return "";
  if (first.starts_with('|'))
    return "a table of Markdown, expected a table of text: take off line 2 and the outer bars (sed '2d; s/^|//; s/| "
           "*$//'" +
           bars;
  if (first.find('|') != std::string_view::npos && second.find('+') != std::string_view::npos)
    return "a table as psql prints it, expected a table of text, which psql --csv prints: or take off its lines (sed "
           "'2d; /^([0-9]* rows*)$/d'" +
           bars;
  return "a table whose line 2 is dashes, expected rows below the names: take it off (sed '2d' FILE > table.csv)";
}

bool is_sql(std::string_view head, std::string_view line) {
  if (head.substr(0, 200).find("-- PostgreSQL database dump") != std::string_view::npos) return true;
  const std::initializer_list<std::string_view> starts{"create table ",  "insert into ",      "-- mysql dump",
                                                       "drop table ",    "begin transaction", "pragma foreign_keys",
                                                       "-- mariadb dump"};
  return std::ranges::any_of(starts, [&](std::string_view start) { return line.starts_with(start); });
}

// Of a text that opens as another kind of text: what it is.
std::string foreign_text(std::string_view head) {
  if (is_json(head)) return json;
  const std::string line = in_lower_case(first_line(head.substr(0, 4096)));
  if (line.starts_with("@relation")) return arff(head);
  if (is_sql(head, line))
    return "a dump in SQL, expected a table of text: read it into a database, and save the table from there (sqlite3 "
           "-csv -header DATABASE 'select * from TABLE' > table.csv)";
  if (std::string printed = printed_table(head); !printed.empty()) return printed;
  for (const std::string_view start : {"<!doctype", "<html", "<?xml", "<table"}) {
    if (line.starts_with(start))
      return "XML or HTML, expected a table of text: was the page saved in place of its file?";
  }
  return "";
}

}  // namespace

std::string foreign_format(std::string_view head, std::int64_t skip_lines) {
  for (const Foreign& foreign : known) {
    if (head.starts_with(foreign.magic)) return foreign.what;
  }
  if (head.size() > 262 && head.substr(257, 5) == "ustar")
    return "a tar archive, expected text, gzip, zstd or zip: unpack it with tar -xf FILE";
  if (head.starts_with("PK") && head.find("[Content_Types].xml") != std::string_view::npos) return spreadsheet;
  if (head.starts_with("PK") && head.find("mimetypeapplication/vnd.oasis") != std::string_view::npos)
    return spreadsheet;
  // Who skips lines knows what is in them.
  std::string_view rest = head;
  for (std::int64_t line = 0; line < skip_lines && !rest.empty(); ++line)
    rest.remove_prefix(std::min(rest.find('\n'), rest.size() - 1) + 1);
  return foreign_text(rest);
}

SourceText unzipped(SourceText source, std::string_view who) {
  if (!source.bytes.starts_with("PK\x03\x04")) return source;
  const ZipArchive archive(source, who);
  std::vector<std::string> files = archive.names();
  // Folders, and what macOS adds.
  std::erase_if(files, [](const std::string& name) { return name.ends_with('/') || name.starts_with("__MACOSX/"); });
  if (files.size() != 1)
    fail(ErrorKind::data, who,
         source.path + " is a zip archive of " + std::to_string(files.size()) +
             " files, expected one: unzip -p ARCHIVE FILE | millrace ... --data -");
  SourceText text = archive.file(files[0]);
  text.path = source.path;
  return text;
}

}  // namespace millrace
