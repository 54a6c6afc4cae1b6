#include "tests/support/process_counts.h"

#include <windows.h>

#include <psapi.h>
#include <winternl.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace wta::test {
namespace {

constexpr auto system_handle_information = static_cast<SYSTEM_INFORMATION_CLASS>(16);

// As Windows answers; documented by use only.
struct SystemHandle {
    ULONG process;
    UCHAR type;
    UCHAR flags;
    USHORT handle;
    void* object;
    ACCESS_MASK access;
};
struct SystemHandles {
    ULONG count;
    SystemHandle handles[1]; // NOLINT(cppcoreguidelines-avoid-c-arrays,modernize-avoid-c-arrays)
};

std::size_t count_handles() {
    std::vector<std::byte> buffer(std::size_t{1} << 16U);
    for (;;) {
        ULONG needed = 0;
        const NTSTATUS status = ::NtQuerySystemInformation(system_handle_information, buffer.data(),
                                                           static_cast<ULONG>(buffer.size()), &needed);
        if (status == 0) break;
        if (buffer.size() > (std::size_t{1} << 26U)) throw std::runtime_error("handles cannot be counted");
        buffer.resize(buffer.size() * 2);
    }
    const auto* const all = reinterpret_cast<const SystemHandles*>(buffer.data());
    return static_cast<std::size_t>(
        std::count_if(all->handles, all->handles + all->count,
                      [](const SystemHandle& one) { return one.process == ::GetCurrentProcessId(); }));
}

std::size_t count_below(Registry& registry, const std::string& key) {
    const auto listing = registry.list(key).value();
    if (!listing) return 0;
    std::size_t count = 1;
    for (const std::string& name : listing->values) {
        const auto value = registry.get(key, name).value();
        count += 1 + (value ? value->data.size() : 0);
    }
    for (const std::string& name : listing->subkeys) count += count_below(registry, key + "\\" + name);
    return count;
}

} // namespace

ProcessCounts process_counts() {
    PROCESS_MEMORY_COUNTERS_EX memory{};
    if (::K32GetProcessMemoryInfo(::GetCurrentProcess(), reinterpret_cast<PROCESS_MEMORY_COUNTERS*>(&memory),
                                  sizeof memory) == 0)
        throw std::runtime_error("memory cannot be counted");
    return {.handles = count_handles(), .memory = std::max(memory.PrivateUsage, memory.WorkingSetSize)};
}

std::size_t keys_and_values_below(const ScratchMachine& machine) {
    LiveRegistry registry(machine.root());
    return count_below(registry, "");
}

} // namespace wta::test
