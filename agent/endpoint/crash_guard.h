// Ends the process decently when libhivex aborts on a crafted hive or a mapped hive is truncated under us.
#pragma once

#include <string>

namespace wta {

// While a hive is open: SIGABRT (and, outside sanitizer builds, SIGBUS and SIGSEGV) write a sentence to
// stderr and the document to stdout, unlink the temporary file and _exit(9); SIGINT, SIGTERM and SIGHUP
// unlink it and end the process as they always do. Everything is prepared beforehand; the handler calls
// async-signal-safe functions only (POSIX 2.4.3). Guards may overlap; the last one to go restores what was
// there before the first. Not for several threads at once.
class CrashGuard {
public:
    enum class Signals { abort_only, memory_faults_too };
    // In a sanitizer build a memory fault is a defect of ours, to be shown and not to be hidden.
    [[nodiscard]] static Signals usual_signals();

    explicit CrashGuard(Signals signals = usual_signals());
    ~CrashGuard();
    CrashGuard(const CrashGuard&) = delete;
    CrashGuard& operator=(const CrashGuard&) = delete;

    // What stdout gets, set once by `main` for --output json before an image is opened; empty: nothing.
    static void prepare_document(std::string document);
    // The file to remove, empty for none.
    static void set_temporary_file(const std::string& path);
};

} // namespace wta
