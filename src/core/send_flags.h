#pragma once

#include <sys/socket.h>

namespace cloudkit::inline v0::core {

/// For send(2) that neither waits nor raises SIGPIPE, where the system can say so.
#ifdef MSG_NOSIGNAL
inline constexpr int kSendFlags = MSG_NOSIGNAL | MSG_DONTWAIT;
#else
inline constexpr int kSendFlags = MSG_DONTWAIT;
#endif

}  // namespace cloudkit::inline v0::core
