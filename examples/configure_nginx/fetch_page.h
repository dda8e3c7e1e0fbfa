#pragma once

#include <cloudkit/context.h>
#include <cloudkit/result.h>

#include <chrono>
#include <string>

struct Page {
  int status = 0;
  std::string body = {};
};

/// http://HOST:PORT/. Asks again while nobody answers, which a firewall or a start may cause. Errors: `unavailable`
/// when `patience` has passed; those of the context.
cloudkit::Result<Page> fetch_page(const std::string& host, int port, std::chrono::seconds patience,
                                  const cloudkit::Context& context);
