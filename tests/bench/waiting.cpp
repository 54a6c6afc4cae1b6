// The least that a program can do which stays: what it costs to be there.
#include <windows.h>

int main() {
    return static_cast<int>(::WaitForSingleObject(::CreateEventW(nullptr, FALSE, FALSE, nullptr), INFINITE));
}
