#include "support/conformance.h"

#include <cloudkit/memory.h>

using namespace cloudkit;

namespace {

testing::ObjectStoreHarness memory_harness() {
  testing::ObjectStoreHarness harness;
  harness.name = "memory";
  harness.make_bucket = [] { return memory::make_memory_store().create_bucket("conformance"); };
  harness.make_store = []() -> Result<ObjectStore> { return memory::make_memory_store(); };
  harness.missing_bucket = [] { return memory::make_memory_store().bucket("missing"); };
  harness.storage_class = "COLD";  // It keeps any name.
  return harness;
}

}  // namespace

TEST_CASE("the memory backend passes the suite") { run_object_store_suite(memory_harness()); }
TEST_CASE("and below a prefix") { run_object_store_suite(testing::below_prefix(memory_harness())); }
