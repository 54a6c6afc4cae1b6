// OpenSSL's objects owned by std::unique_ptr.
#pragma once

#include <memory>

namespace wta {

template <auto release>
struct FreedBy {
    template <class T>
    void operator()(T* object) const {
        release(object);
    }
};

template <class T, auto release>
using OpensslHandle = std::unique_ptr<T, FreedBy<release>>;

} // namespace wta
