#include "aws/credentials/surroundings.h"

#include <doctest/doctest.h>

using namespace cloudkit;

TEST_CASE("a build without credential_process says so, and what to do") {
  const auto lookup = aws::look_in_process("true", "dev", {}, {});
  REQUIRE_FALSE(lookup);
  CHECK(lookup.error().code == ErrorCode::unsupported);
  CHECK(lookup.error().message ==
        "profile \"dev\" gets its keys from a credential_process, and this cloudkit starts no programs");
  CHECK(lookup.error().hint ==
        "build cloudkit with CLOUDKIT_CREDENTIAL_PROCESS=ON, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
}
