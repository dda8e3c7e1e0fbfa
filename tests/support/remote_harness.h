#pragma once

#include "support/conformance.h"
#include "support/counting_transport.h"
#include "support/curl_fetch.h"
#include "support/emptied.h"

#include <cloudkit/object_store.h>
#include <cloudkit/testing/conformance.h>

#include <memory>
#include <string>
#include <utility>

namespace test {

/// What the suite is to know of any server: `store` sends by `transport`.
inline cloudkit::testing::ObjectStoreHarness remote_harness(std::string name, const cloudkit::ObjectStore& store,
                                                            std::shared_ptr<CountingTransport> transport) {
  cloudkit::testing::ObjectStoreHarness harness;
  harness.name = std::move(name);
  harness.make_store = [=]() -> cloudkit::Result<cloudkit::ObjectStore> { return store; };
  harness.make_bucket = [=]() -> cloudkit::Result<cloudkit::Bucket> {
    auto made = store.create_bucket("ck-conformance");
    if (!made && made.error().code == cloudkit::ErrorCode::already_exists) {
      return store.bucket("ck-conformance").and_then(emptied);
    }
    return made;
  };
  harness.missing_bucket = [=] { return store.bucket("ck-conformance-missing"); };
  harness.request_count = [=] { return transport->count.load(); };
  harness.sent_bytes = [=] { return transport->sent_bytes.load(); };
  harness.cut_next_reply = [=](std::uint64_t bytes) { transport->cut_after = bytes; };
  harness.http_fetch = curl_fetch;
  return harness;
}

inline void run_object_store_suite(const cloudkit::testing::ObjectStoreHarness& harness, bool below_a_prefix) {
  ::run_object_store_suite(below_a_prefix ? cloudkit::testing::below_prefix(harness) : harness);
}

}  // namespace test
