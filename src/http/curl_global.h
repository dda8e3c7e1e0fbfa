#pragma once

#include <cloudkit/result.h>

#include <string>

namespace cloudkit::inline v0::http {

/// What the libcurl that runs (not the one compiled against) can do.
struct CurlRuntime {
  Status status = {};  ///< An error when it cannot be used at all.
  bool has_tls = false;
  std::string version = {};
  std::string tls_library = {};  ///< "OpenSSL/3.0.17"
  bool may_raise_sigpipe = false;
  std::string ca_bundle = {};  ///< The file it was built to trust; may be "".
};

/// Initialises libcurl on first use. It is never cleaned up: another library may use it too.
const CurlRuntime& curl_runtime();

/// Something that holds kept connections.
class ConnectionHolder {
 public:
  ConnectionHolder() = default;
  ConnectionHolder(const ConnectionHolder&) = delete;
  ConnectionHolder& operator=(const ConnectionHolder&) = delete;
  virtual void close_idle() = 0;

 protected:
  ~ConnectionHolder() = default;
};

/// OpenSSL tears itself down by atexit, before the destructors of globals that were constructed
/// before its first use. A holder registered here is told to close its connections before that.
void register_holder(ConnectionHolder* holder);
void unregister_holder(ConnectionHolder* holder);

/// Makes that come after the destructors of globals that are constructed from now on.
void end_after_globals();
/// Whether it has come: then libcurl would crash, for requests without TLS, too.
bool has_ended() noexcept;

}  // namespace cloudkit::inline v0::http
