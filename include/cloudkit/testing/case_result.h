#pragma once

#include <cloudkit/result.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

/// What the conformance suites have in common. Free of any test framework.
namespace cloudkit::inline v0::testing {

/// What became of a case.
enum class Outcome { passed, skipped, failed };

/// What became of a case, and why.
struct CaseResult {
  Outcome outcome = Outcome::passed;  ///< Passed cases need no text.
  std::string text = {};              ///< Why it was skipped, or what did not hold.
};

/// Names of cases, each with the reason why it fails.
using Deviations = std::vector<std::pair<std::string, std::string>>;

/// Names and values.
using FetchHeaders = std::vector<std::pair<std::string, std::string>>;
/// What a plain HTTP client, which knows nothing of credentials, got.
struct FetchReply {
  int status = 0;             ///< Of HTTP.
  std::string body = {};      ///< As it came.
  FetchHeaders headers = {};  ///< Names in lower case.
};
/// Sends exactly these headers and this URL, without normalising its path. Errors: no reply.
using Fetch = std::function<Result<FetchReply>(const std::string& method, const std::string& url,
                                               const FetchHeaders& headers, const std::string& body)>;

}  // namespace cloudkit::inline v0::testing
