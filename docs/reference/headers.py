#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints docs/reference/cpp.md: the declarations in include/millrace with their comments.

Usage:  headers.py        scripts/reference.sh calls it

A header's opening comment introduces its section. Each declaration follows with the "///" comment above it. Left out are
the bodies of functions, private members, fields() of option structs (docs/reference/operations.md has the options), and
whatever is in namespace detail.
"""
import pathlib
import re

INCLUDE = pathlib.Path(__file__).resolve().parents[2] / "include/millrace"
INTRODUCTION = """# C++ reference

<!-- Made by `make reference` from include/millrace; edit the headers. -->
Everything is in namespace `millrace`; `#include <millrace/millrace.hpp>` includes all headers. Options, their ranges and
defaults are in [operations.md](operations.md).
"""
STRING_OR_COMMENT = re.compile(r'//.*|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|/\*.*?\*/')


def code_of(line):
    """The line with comments and texts blanked out, so that braces in it are code."""
    return STRING_OR_COMMENT.sub(lambda found: " " * len(found[0]), line)


def depth_of(line):
    code = code_of(line)
    return code.count("{") - code.count("}")


def introduction(text):
    """(prose, usage) of the comment at the top of a header. Lines indented by three blanks or more are usage."""
    lines = []
    for line in text.splitlines()[1:]:
        if not line.startswith("//"):
            break
        lines.append(line[2:])
    usage = [line[3:] for line in lines if line.startswith("   ")]
    prose = [line.strip() for line in lines if not line.startswith("   ") and not re.match(r" Usage\b.*:$", line)]
    return "\n".join(prose).strip(), "\n".join(usage)


def declarations(text):
    """(comment, lines) of every declaration in namespace millrace."""
    lines = text.splitlines()
    begin = next(i for i, line in enumerate(lines) if line == "namespace millrace {") + 1
    end = next(i for i, line in enumerate(lines) if line == "}  // namespace millrace")
    comment, item, depth = [], [], 0
    for line in lines[begin:end]:
        if not item and line.startswith("///"):
            comment.append(line[3:].strip())
        elif not item and not line.strip():
            comment = []
        else:
            item.append(line)
            depth += depth_of(line)
            if depth == 0 and code_of(line).rstrip().endswith((";", "}")):
                yield comment, item
                comment, item = [], []


def without_bodies(lines):
    """Functions end in a semicolon instead of a body; private members and fields() are gone."""
    kept, skip_to, level, private = [], None, 0, False
    for line in lines:
        before = level
        level += depth_of(line)
        if skip_to is not None:
            skip_to = None if level <= skip_to else skip_to
            continue
        if re.match(r" (private|protected):$", line):
            private = True
        elif re.match(r" public:$", line):
            private = False
        if (private and not line.startswith("}")) or re.search(r"///< internal$|\bNameTheOption name_the_option\b", line):
            continue
        if re.search(r"\bauto fields\(\)", line):
            skip_to = before if level > before else None
            continue
        code = code_of(line)
        body = re.search(r"(\)[ a-z]*?)( : .*?)?\s*\{", code)
        if body and not re.match(r"\s*(struct|class|enum|explicit )?\s*(struct|class|enum)\b", code):
            line = line[:body.end(1)].rstrip() + ";"
            skip_to = before if level > before else None
        kept.append(line)
    text = "\n".join(kept)
    return re.sub(r"\n{2,}", "\n", re.sub(r"\n\s*// [^\n]*NOLINT[^\n]*|  // NOLINT[^\n]*", "", text)).rstrip()


def name_of(item):
    code = " ".join(code_of(line) for line in item)
    found = (re.search(r"\b(?:struct|class|enum class|concept)\s+(?:\[\[\w+\]\]\s+)?(\w+)", code.split("(")[0]) or
             re.search(r"\busing (\w+)", code) or re.search(r"(\w+|operator\S+)\s*\(", code) or re.search(r"(\w+)\s*[=;{]", code))
    return found[1] if found else ""


def section(header):
    text = header.read_text(encoding="utf-8")
    prose, usage = introduction(text)
    parts = [f"\n## {header.name}"] + ([prose] if prose else []) + ([f"```cpp\n{usage}\n```"] if usage else [])
    for comment, item in declarations(text):
        if item[0].startswith(("namespace", "#")) or re.match(r"(struct|class) \w+;", item[0]):
            continue
        parts.append(f"### {name_of(item)}")
        if comment:
            parts.append("\n".join(comment))
        parts.append(f"```cpp\n{without_bodies(item)}\n```")
    return "\n\n".join(parts) + "\n" if len(parts) > 1 else ""


if __name__ == "__main__":
    headers = sorted(path for path in INCLUDE.glob("*.hpp") if path.name != "millrace.hpp")
    print(INTRODUCTION + "".join(section(header) for header in headers), end="")
