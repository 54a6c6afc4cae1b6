// Ends the process decently when libhivex aborts on a crafted hive or a mapped hive is truncated under us.
#pragma once

#include <filesystem>
#include <string>

namespace wta::platform {

// What the process says when it ends so.
struct LastWords {
    std::string document; // for stdout; empty: nothing
    bool sentence = true; // on stderr, for people
    int exit = 9;         // the endpoint cannot be used
};

// While a hive is open, an abort and (outside sanitizer builds) a memory fault write the last words, remove
// the temporary file (Windows may refuse that while it is mapped; the next change does it) and end the
// process. On Linux these are SIGABRT, SIGBUS and SIGSEGV; on Windows SIGABRT and the exceptions access
// violation, in-page error (a mapped file that cannot be read any more) and stack overflow that nothing else
// handles.
//
// Who asks the process to end (SIGINT, SIGTERM, SIGHUP; Ctrl-C, Ctrl-Break and a closed console) has the file
// removed as well, and the process then ends as it always does.
//
// Everything is prepared beforehand; a handler calls only what it may (POSIX 2.4.3; on Windows nothing that
// allocates or uses stdio). Guards may overlap; the last one to go restores what was there before the first.
// Not for several threads at once.
class CrashGuard {
public:
    enum class Signals { abort_only, memory_faults_too };
    // In a sanitizer build a memory fault is a defect of ours, to be shown and not to be hidden.
    [[nodiscard]] static Signals usual_signals();

    explicit CrashGuard(Signals signals = usual_signals());
    ~CrashGuard();
    CrashGuard(const CrashGuard&) = delete;
    CrashGuard& operator=(const CrashGuard&) = delete;

    // Before an image is opened, and again when more is known of it.
    static void prepare(LastWords words);
    // The file to remove, as an absolute path; empty for none.
    static void set_temporary_file(const std::filesystem::path& path);
};

} // namespace wta::platform
