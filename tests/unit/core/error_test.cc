#include "core/fail.h"

#include <cloudkit/error.h>
#include <doctest/doctest.h>

#include <cerrno>
#include <sstream>

using namespace cloudkit;

TEST_CASE("an error prints one line of facts and one of advice") {
  Error error;
  error.code = ErrorCode::permission_denied;
  error.message = "Access Denied";
  error.operation = "put";
  error.resource = "s3://reports/2026/a.pdf";
  error.service_code = "AccessDenied";
  error.http_status = 403;
  error.request_id = "4ZF";
  error.endpoint = "us-west-2";
  error.attempts = 1;
  error.hint = "the credentials lack s3:PutObject";
  CHECK(error.to_string() ==
        "put s3://reports/2026/a.pdf: AccessDenied (403) after 1 attempt, us-west-2, request 4ZF: Access Denied\n"
        "  hint: the credentials lack s3:PutObject");
}

TEST_CASE("what is not known is left out") {
  Error error;
  error.code = ErrorCode::io;
  error.message = "disk full";
  std::ostringstream out;
  out << error;
  CHECK(out.str() == "io: disk full");
}

TEST_CASE("a key with a line break cannot forge a line of a log") {
  Error error;
  error.operation = "get";
  error.resource = "mem://b/a\nput mem://b/k: \xC3\xBC";
  CHECK(error.to_string() == "get mem://b/a?put mem://b/k: \xC3\xBC: unknown");
}

TEST_CASE("exit codes are the documented ones") {
  CHECK(exit_code(ErrorCode::unknown) == 1);
  CHECK(exit_code(ErrorCode::invalid_argument) == 2);
  CHECK(exit_code(ErrorCode::not_found) == 3);
  CHECK(exit_code(ErrorCode::unauthenticated) == 4);
  CHECK(exit_code(ErrorCode::permission_denied) == 4);
  CHECK(exit_code(ErrorCode::unavailable) == 5);
  CHECK(exit_code(ErrorCode::data_loss) == 6);
  CHECK(exit_code(ErrorCode::cancelled) == 130);
  CHECK(exit_code(Error(ErrorCode::not_found, "")) == 3);
}

TEST_CASE("a conflict that passes is one to try again after") {
  Error error(ErrorCode::conflict, "the lock is held");
  CHECK(exit_code(error) == 1);
  error.retryable = true;
  CHECK(exit_code(error) == 5);
  error.code = ErrorCode::precondition_failed;
  CHECK(exit_code(error) == 1);
}

TEST_CASE("C1 characters, which terminals obey as well, are masked in an error and its hint") {
  const Error error(ErrorCode::io, "broken \xC2\x9B\x32J", "look at \xC2\x85 \xC3\x85");
  CHECK(error.to_string() == "io: broken ?2J\n  hint: look at ? \xC3\x85");
}

TEST_CASE("nor can a hint that has one, as when it repeats what a server said") {
  const Error error(ErrorCode::io, "broken", "look at \x1B[2Ja\nerror: forged\x7F");
  CHECK(error.to_string() == "io: broken\n  hint: look at ?[2Ja?error: forged?");
}

TEST_CASE("who is kept out of a file is told where to look") {
  CHECK(core::io_error("open /etc/keys", EACCES).hint ==
        "check its owner and mode, and those of the directories above it: this user is kept out");
}
