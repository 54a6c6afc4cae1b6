#include "agent/platform/crash_guard.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <string_view>
#include <utility>
#include <vector>

namespace wta::platform {
namespace {

constexpr int exit_endpoint_unusable = 9;

constexpr std::string_view sentence =
    "wsus-trust-agent: the hive is damaged, or was changed while it was being read; it was not overwritten. "
    "Check the image, then run again.\n";

constexpr std::array guarded_signals{SIGABRT, SIGBUS, SIGSEGV};
constexpr std::array ending_signals{SIGINT, SIGTERM, SIGHUP};

// A handler sees nothing but globals; these are its only ones. It reads the two pointers, which always point
// to what is finished.
struct HandlerState {
    std::atomic<const char*> temporary_file{nullptr};
    std::atomic<const LastWords*> words{nullptr};
};
static_assert(std::atomic<const char*>::is_always_lock_free &&
              std::atomic<const LastWords*>::is_always_lock_free);

struct GuardState {
    HandlerState handler;
    std::array<std::string, 2> temporary_files; // the one in use, and the next
    std::size_t temporary_file_in_use = 0;
    LastWords words;
    int guards = 0;
    std::vector<std::pair<int, struct sigaction>> previous;
    stack_t previous_stack{};
    std::vector<char> stack;
};

GuardState& state() {
    static GuardState instance;
    return instance;
}

void write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::write(fd, text.data(), text.size());
        if (count <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
}

// The state exists before the handler is installed, so reaching it here initialises nothing.
void end_decently(int /*signal*/) {
    const HandlerState& prepared = state().handler;
    const LastWords* const words = prepared.words.load();
    if (words == nullptr || words->sentence) write_all(STDERR_FILENO, sentence);
    if (words != nullptr) write_all(STDOUT_FILENO, words->document);
    if (const char* const file = prepared.temporary_file.load()) ::unlink(file);
    ::_exit(words == nullptr ? exit_endpoint_unusable : words->exit);
}

// Somebody wants the process to end (Ctrl-C, a service stop): it does, in the way that the sender expects.
void end_as_asked(int signal) {
    if (const char* const file = state().handler.temporary_file.load()) ::unlink(file);
    ::raise(signal); // SA_RESETHAND has restored the default
}

} // namespace

CrashGuard::Signals CrashGuard::usual_signals() {
#if defined(__SANITIZE_ADDRESS__)
    return Signals::abort_only;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
    return Signals::abort_only;
#else
    return Signals::memory_faults_too;
#endif
#else
    return Signals::memory_faults_too;
#endif
}

CrashGuard::CrashGuard(Signals signals) {
    GuardState& shared = state();
    if (shared.guards++ > 0) return;
    // A stack of its own: the fault may be an overflow of the usual one.
    shared.stack.resize(64UL * 1024);
    stack_t stack{};
    stack.ss_sp = shared.stack.data();
    stack.ss_size = shared.stack.size();
    ::sigaltstack(&stack, &shared.previous_stack);

    struct sigaction action{};
    action.sa_handler = end_decently;
    action.sa_flags = static_cast<int>(SA_ONSTACK | SA_RESETHAND);
    for (const int signal : guarded_signals) {
        if (signal != SIGABRT && signals == Signals::abort_only) continue;
        struct sigaction before{};
        if (::sigaction(signal, &action, &before) == 0) shared.previous.emplace_back(signal, before);
    }
    action.sa_handler = end_as_asked;
    for (const int signal : ending_signals) {
        struct sigaction before{};
        if (::sigaction(signal, nullptr, &before) != 0 || before.sa_handler == SIG_IGN) continue; // nohup
        if (::sigaction(signal, &action, &before) == 0) shared.previous.emplace_back(signal, before);
    }
}

CrashGuard::~CrashGuard() {
    GuardState& shared = state();
    if (--shared.guards > 0) return;
    for (const auto& [signal, before] : shared.previous) ::sigaction(signal, &before, nullptr);
    shared.previous.clear();
    ::sigaltstack(&shared.previous_stack, nullptr);
    set_temporary_file("");
}

void CrashGuard::prepare(LastWords words) {
    GuardState& shared = state();
    shared.handler.words.store(nullptr);
    shared.words = std::move(words);
    shared.handler.words.store(&shared.words);
}

void CrashGuard::set_temporary_file(const std::filesystem::path& path) {
    GuardState& shared = state();
    if (path.empty()) {
        shared.handler.temporary_file.store(nullptr);
        return;
    }
    shared.temporary_file_in_use = 1 - shared.temporary_file_in_use;
    std::string& slot = shared.temporary_files[shared.temporary_file_in_use];
    slot = path.native();
    shared.handler.temporary_file.store(slot.c_str());
}

} // namespace wta::platform
