#pragma once

#include <cloudkit/context.h>
#include <cloudkit/result.h>

#include <chrono>
#include <string>

struct Reply {
  int status = 0;
  std::string body = {};
};

/// Calls a URL by the method of its trigger; ANY is a GET. One that is new may answer 403, 404 or 503 for a while, or
/// not at all: it is called again until it answers otherwise, for at most `patience`; what it answers then is the
/// function's own. Errors: `unavailable` with the URL where nothing has answered; `cancelled`.
cloudkit::Result<Reply> call_url(const std::string& method, const std::string& url, std::chrono::seconds patience,
                                 const cloudkit::Context& context);
