// OpenSSL's objects owned by std::unique_ptr.
#pragma once

#include <memory>

namespace wta {

template <auto Free>
struct FreedBy {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};

template <class T, auto Free>
using OpensslHandle = std::unique_ptr<T, FreedBy<Free>>;

} // namespace wta
