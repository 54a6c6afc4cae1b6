// An event of Windows: raised by any thread, taken by the wait that it ends.
#pragma once

namespace wta::platform {

class Event {
public:
    // Throws std::bad_alloc when the system gives none.
    Event();
    ~Event();
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;

    void raise();
    [[nodiscard]] void* handle() const { return handle_; } // a HANDLE to wait for; stays ours

private:
    void* handle_;
};

} // namespace wta::platform
