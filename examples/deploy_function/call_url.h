#pragma once

#include <cloudkit/context.h>
#include <cloudkit/result.h>

#include <chrono>
#include <string>

struct Reply {
  int status = 0;
  std::string body = {};
};

/// GETs a URL. A trigger that is new may answer 403 or 404 for a while, or not at all: it is called again until it
/// answers otherwise, for at most `patience`. Errors: `unavailable` with the URL and the last answer; `cancelled`.
cloudkit::Result<Reply> call_url(const std::string& url, std::chrono::seconds patience,
                                 const cloudkit::Context& context);
