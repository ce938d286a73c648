// SPDX-License-Identifier: Apache-2.0
//
// millrace manual: prints the manual page, made from the help texts.
#include "cli/commands/table.hpp"
#include "cli/screen/console.hpp"
#include "cli/settings/help.hpp"
#include "millrace/version.hpp"

namespace millrace::cli {

namespace {

// Text of a roff document: neither a hyphen that may be broken, nor an escape, nor a request at the begin of a line.
std::string roff(std::string_view text) {
  std::string escaped;
  if (text.starts_with('.') || text.starts_with('\'')) escaped = "\\&";
  for (const char c : text) {
    if (c == '-')
      escaped += "\\-";
    else if (c == '\\')
      escaped += "\\e";
    else
      escaped += c;
  }
  return escaped;
}

std::string upper_case(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

std::string section(std::string_view title) { return ".SH \"" + upper_case(roff(title)) + "\"\n"; }

std::string subsection(std::string_view title) { return ".SS \"" + roff(title) + "\"\n"; }

std::string paragraph(std::string_view text) { return ".PP\n" + roff(text) + "\n"; }

std::string item(std::string_view name, std::string_view text) {
  return ".TP\n\\fB" + roff(name) + "\\fR\n" + roff(text) + "\n";
}

std::string notes_page(const std::vector<HelpSection>& notes) {
  std::string page;
  for (const HelpSection& part : notes) {
    if (!part.title.empty()) page += subsection(part.title);
    if (!part.text.empty()) page += paragraph(part.text);
    for (const HelpSection::Entry& entry : part.entries) {
      page += item(entry.name, entry.text);
      if (!entry.options.empty()) page += ".br\n\\fI" + roff(entry.options) + "\\fR\n";
    }
  }
  return page;
}

std::string command_page(const Command& command) {
  std::string page = section(std::string("millrace ") + std::string(command.name));
  page += roff(command.summary) + ".\n" + paragraph(usage_line(command));
  for (const std::string& group : flag_groups(command)) {
    page += subsection(group);
    for (const Flag& flag : command.flags) {
      if (flag.group == group) page += item(flag_text(flag), flag.help);
    }
  }
  return page + notes_page(command.notes());
}

std::string examples_page() {
  return section("Examples") + "Train a classifier on a table, use it, and continue its training:\n.PP\n.nf\n" +
         roff("millrace train --data people.csv --target income --layers 64:relu,1:sigmoid \\") + "\n" +
         roff("    --loss binary_crossentropy --epochs 50 --validation 0.2 --out income") + "\n" +
         roff("millrace predict income/model.onnx --data new.csv --out predictions.csv") + "\n" +
         roff("millrace train ... --out income --epochs 100 --resume") + "\n.fi\n";
}

std::string manual_page() {
  std::string page = ".TH MILLRACE 1 \"\" \"millrace " + std::string(version()) + "\" \"User Commands\"\n";
  page += section("Name") + "millrace \\- " + roff(program_summary) + "\n";
  page += section("Synopsis");
  for (const Command& command : command_table()) page += ".B " + roff(usage_line(command)) + "\n.br\n";
  for (const Command& command : command_table()) page += command_page(command);
  page += section("Exit status");
  for (const ExitCode& code : exit_codes()) page += item(code.code, code.meaning);
  page +=
      section("Signals") +
      roff(
          "SIGINT, SIGTERM and SIGHUP stop a training run after its current step and save its checkpoint; a second "
          "signal ends it at once. SIGUSR1, SIGUSR2 and SIGXCPU, with which a batch system announces a limit of time, "
          "stop it likewise and never at once. nohup works as usual.") +
      "\n";
  return page + examples_page();
}

std::vector<HelpSection> notes() {
  return {{.text = "To read it: millrace manual | man -l -. An installed millrace has it as millrace(1)."}};
}

}  // namespace

Command manual_command() {
  return {"manual", "Prints the manual page", "", {}, notes, [](const Settings&) { print_data(manual_page()); }};
}

}  // namespace millrace::cli
