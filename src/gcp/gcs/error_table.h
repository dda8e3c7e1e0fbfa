#pragma once

#include <cloudkit/driver/http.h>

#include <string>
#include <string_view>

namespace cloudkit::inline v0::gcp::gcs {

struct Meaning {
  ErrorCode code = ErrorCode::unknown;
  http::Failure::Remedy remedy = http::Failure::Remedy::none;
};

/// What a reason of the JSON API or a code of the XML API means; null for those whose status says it.
const Meaning* meaning_in_table(std::string_view code) noexcept;

/// What to try after an error with this code, in one line; "" when there is nothing to say.
std::string hint_for(std::string_view code, const http::Response& response);

}  // namespace cloudkit::inline v0::gcp::gcs
