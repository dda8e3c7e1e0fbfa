#pragma once

#include <cloudkit/error.h>

#include <string>
#include <string_view>

namespace cloudkit::inline v0::serving {

/// Why a call has no answer, as hosts are told. All of it is UTF-8.
struct Failure {
  std::string type = {};      ///< The service's or our own code, or the exception's type.
  std::string message = {};   ///< At most 32 KiB.
  std::string category = {};  ///< Who is to blame and why: "Function.Exception".
};

Failure failure_of(const Error& error);
/// Only while an exception is handled.
Failure failure_of_exception();

/// {"errorMessage": …, "errorType": …, "stackTrace": []}
/// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-invokeerror
std::string to_json(const Failure& failure);

/// `text`, or what of it can be shown where it is not UTF-8.
std::string as_utf8(std::string_view text);

}  // namespace cloudkit::inline v0::serving
