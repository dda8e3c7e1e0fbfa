#pragma once

#include "http/loopback/connection.h"
#include "serve/failure.h"

#include <cloudkit/serve.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace cloudkit::inline v0::serving {

/// A call, as the host describes it.
struct Event {
  std::string payload = {};
  Invocation invocation = {};  ///< Its payload views nothing yet.
};

/// The program's side of the Lambda Runtime API, over one kept connection. Not thread-safe.
/// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
class RuntimeClient {
 public:
  explicit RuntimeClient(http::loopback::Address address);

  /// Waits for the next call without any limit: the program is frozen while there is none, and an event whose reply
  /// nobody waits for would be lost. Errors: whatever the host refuses, for which nothing but to exit is left.
  Result<Event> next(const Context& stop);
  /// Errors: with the `http_status` of a host that refuses it: 413 when it is too large.
  Status respond(std::string_view request_id, std::string reply);
  Status report(std::string_view request_id, const Failure& failure);
  /// Of a program that cannot start.
  Status report_start(const Failure& failure);

 private:
  Status post(std::string target, std::string body, std::string_view category);

  http::loopback::Connection connection_;
};

}  // namespace cloudkit::inline v0::serving
