#include "support/conformance.h"
#include "support/temporary_directory.h"

#include <cloudkit/local.h>

#include <string>

using namespace cloudkit;

namespace {

testing::ObjectStoreHarness file_harness(const std::string& directory, bool sync) {
  testing::ObjectStoreHarness harness;
  harness.name = sync ? "file, synced" : "file";
  harness.reduced = sync;  // Thousands of fsyncs prove no more than a hundred.
  harness.make_store = [=] { return local::make_file_store(directory, {.sync = sync}); };
  harness.make_bucket = [=, make_store = harness.make_store, number = 0]() mutable {
    return make_store().and_then(
        [&](const ObjectStore& store) { return store.create_bucket("conformance-" + std::to_string(number++)); });
  };
  harness.missing_bucket = [make_store = harness.make_store] {
    return make_store().and_then([](const ObjectStore& store) { return store.bucket("missing"); });
  };
  return harness;
}

}  // namespace

TEST_CASE("the file backend passes the suite") {
  const ::test::TemporaryDirectory root;
  run_object_store_suite(file_harness(root.path(), false));
}

TEST_CASE("with every write synced") {
  const ::test::TemporaryDirectory root;
  run_object_store_suite(file_harness(root.path(), true));
}

TEST_CASE("and below a prefix") {
  const ::test::TemporaryDirectory root;
  run_object_store_suite(testing::below_prefix(file_harness(root.path(), false)));
}
