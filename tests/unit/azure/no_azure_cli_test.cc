#include "azure/credentials/lookup.h"

#include <doctest/doctest.h>

using namespace cloudkit;

TEST_CASE("a cloudkit that starts no programs says so, and looks elsewhere") {
  const auto found = azure::look_in_azure_cli({}, azure::kStorageResource, {}, {});
  REQUIRE(found);
  CHECK_FALSE(found->token);
  CHECK(found->reason == "this cloudkit starts no programs (CLOUDKIT_CREDENTIAL_PROCESS=OFF)");
}
