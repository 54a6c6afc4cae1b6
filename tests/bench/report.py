"""tests/bench/README.md: the figures, what they were measured on and how; and the numbers in it, read back."""

import os
import re
import subprocess

MIB = 1024 * 1024


def _first_line(*command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    lines = (done.stdout + done.stderr).splitlines()
    return lines[0].strip() if lines else "unknown"


def _package(name):
    return _first_line("dpkg-query", "--show", "--showformat=${Version}", name)


def _field(file, name):
    with open(file, encoding="utf-8") as lines:
        return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(name)), "unknown")


def machine(openssl_for_windows):
    """Rows of what everything was measured with; names of hosts and paths are nobody's business."""
    release = dict(line.rstrip().split("=", 1) for line in open("/etc/os-release", encoding="utf-8") if "=" in line)
    return [
        ("processor", f"{_field('/proc/cpuinfo', 'model name')}, {os.cpu_count()} of its threads"),
        ("memory", f"{int(_field('/proc/meminfo', 'MemTotal').split()[0]) // MIB + 1} GiB"),
        ("system", f"{release['PRETTY_NAME'].strip(chr(34))}, Linux {os.uname().release.partition('-')[0]}"),
        ("compilers", f"g++ {_first_line('g++', '-dumpfullversion')}, "
                      f"mingw-w64 g++ {_first_line('x86_64-w64-mingw32-g++-posix', '-dumpversion').split('-')[0]}"),
        ("OpenSSL", f"{_first_line('openssl', 'version').split()[1]}; in the program for Windows {openssl_for_windows}"),
        ("curl", re.split(r" \(| lib", _first_line("curl", "--version"))[0]),
        ("nginx", _first_line("nginx", "-v").rsplit("/", 1)[-1]),
        ("hivex", _package("libhivex-bin")),
        ("Wine", _first_line("/usr/lib/wine/wine64", "--version")),
        ("valgrind", _first_line("valgrind", "--version")),
    ]


def _table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows])


def fleet_section(readme):
    """What tests/bench/fleet_files wrote, at the end: it is measured by itself, and stays."""
    _, title, text = readme.partition("\n## A fleet\n")
    return title + text


def millions(number):
    return f"{number / 1e6:.2f}"


def _shape(shape):
    return (
        f"{shape['bytes'] / MIB:.1f} MiB in {shape['bins']:,} bins with {shape['cells']:,} cells: {shape['keys']:,} keys, "
        f"{shape['values']:,} values, {shape['lists of sub-keys']:,} lists of sub-keys, {shape['indexes of lists']} indexes of "
        f"such lists, {shape['large values']} values of several cells; {shape['free cells']:,} cells "
        f"({shape['free bytes'] / MIB:.1f} MiB) are free"
    )


def document(figures, counts, sizes, program, openssl, shape, runs, load, answers, judged):
    """`figures` and `counts` as run makes them, `sizes` of sizes.py, `shape` of hive_census.py; `openssl` is that of the program for
    Windows."""
    def verdict(figure):
        return ("kept" if figure.kept else "**MISSED**") if judged else "not judged"

    rows = [(f.what, f.ours, f.theirs, f.result, f.limit, verdict(f)) for f in figures]
    libraries = [(owner, f"{size / 1024:.0f}") for owner, size in sizes]
    return f"""# What it costs

Written by `tests/bench/run`: `tests/bench/run` measures everything and writes this file anew, `--compare` counts the
instructions again and says what has grown since, `--quick` shows that the benchmark works, and judges nothing. Read ratios: both sides ran in turn
({runs} times each, and once before that does not count), on the same machine, over the same files. A ratio is that of the
medians; in brackets the quartiles of the ratios of neighbouring runs.

## Figures

{_table(("what", "ours", "theirs", "result", "limit", ""), rows)}

Time is that of the whole process: from `posix_spawn` to `wait4`, by a program that does nothing else (`measure.cpp`).
Memory is the highest resident set of any run, pages of the mapped hive included.

- **Online.** `repair` of an image that is right, with `refresh: 0s`, against `curl --silent --cacert CA -o FILE URL`: the same
  nginx (TLS 1.2, P-256), certificate, file of CAs. Each run of both is proven to be one request by the server's log. The
  server answers {answers} to the agent, which asks with the ETag that it keeps in the image, and 200 to curl: that difference is
  one kilobyte in one TLS record.
- **The hive** is made by `make-hive --large`, always the same: {_shape(shape)}.
  It is made up, because a real one may not be passed on. Keys and values stand in the proportion that one finds (a published count of
  a Windows 11: 1.7 values for each key), most values are short, and what is large is flat: `Classes`, the installer's components,
  servicing, side-by-side assemblies. 60 certificates stand in AuthRoot, CA and Root. Then the agent repairs it, so that `check`
  finds what it looks for. `hivexget`, a script that starts hivexsh, reads one value of it.
- **Certificates** are pinned, with a source, and in place in a small image; all pins are compared and all certificates judged.
  The cost of one more is the difference to the run with one, divided.
- **Under Wine** the machine is right as well, carries its certificate in its settings, and needs no network. The empty program
  is `int main() {{ return 0; }}`, linked statically like ours. The settings lie where the agent looks by itself. Programs and
  wineserver share one processor, so that their exchanges do not depend on where the scheduler puts each. These
  exchanges are what is measured: by wineserver's own log the empty program makes 764, `--version` 825, `check` 1,165. Entries of
  Root cost five each: any of them can carry the agent's mark, so all are read, and Wine puts the CA certificates of Linux there,
  some 140, as soon as CryptoAPI has opened the store. Four threads cost some 20 ms: what ordinary users can hold (the settings,
  the files of Group Policy) is read in a thread that can be left behind. Windows asks no other process, for either.

Measured on:

{_table(("", ""), machine(openssl))}

When it began the machine's load was {load:.1f}.

## Instructions

By valgrind's callgrind, of the whole process with its dynamic linking, in millions: they do not depend on what else runs, so a
change that costs shows. None of the program for Windows: Wine ends a process with several threads by a
signal that leaves valgrind no time to tell.

{_table(("what", "instructions"), [(name, millions(count)) for name, count in counts.items()])}

## Size by library

`wsus-trust-agent.exe`, stripped: {program.stat().st_size / MIB:.1f} MiB; the limit, 10 MiB, is held by `e2e/test_program_file.py`. From the
linker's map, in KiB:

{_table(("library", "code and data"), libraries)}
"""


def counts_of(text):
    """The instructions that a document tells: name -> millions."""
    section = text.partition("## Instructions")[2].partition("\n## ")[0]
    return {name: float(number) for name, number in re.findall(r"^\| (.+?) \| ([\d.]+) \|$", section, re.MULTILINE)}
