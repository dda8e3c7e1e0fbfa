#pragma once

#include "aws/service/call.h"

#include <fmt/format.h>

#include <string>

/// A call as it goes out, without what signing adds. Also behind tests/fakes/test_functions_requests.
inline std::string text_of(const cloudkit::aws::service::Call& call) {
  using namespace cloudkit;
  const http::Request request = aws::service::request_of({"https", "host", {}, false, true}, call);
  std::string out = fmt::format("{} {}\n", to_string(request.method), encode_target(request));
  for (const http::Header& header : request.headers) out += fmt::format("{}: {}\n", header.name, header.value);
  if (!request.body.empty()) out += fmt::format("\n{}", request.body.view());
  return out;
}
