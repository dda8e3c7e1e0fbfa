#pragma once

#include "support/forwarding_bucket.h"
#include "unit/sync/fixture.h"

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>

namespace test {

// Each of these keys fails when it is read, with this error.
struct Failing final : cloudkit::ForwardingBucket {
  Failing() : cloudkit::ForwardingBucket(memory_driver()) {}
  cloudkit::Result<cloudkit::ObjectInfo> get(std::string_view key, const cloudkit::GetOptions& options,
                                             cloudkit::ObjectReceiver& receiver) override {
    ++gets;
    if (failing.count(std::string(key)) != 0) return error;
    if (before_get) before_get(key);
    return cloudkit::ForwardingBucket::get(key, options, receiver);
  }
  cloudkit::Result<cloudkit::ListPage> list_page(const cloudkit::ListPageRequest& request) override {
    if (!request.page_token.empty() && listing_breaks_off) return error;
    auto page = cloudkit::ForwardingBucket::list_page(request);
    if (page && page->next_page_token.empty() && before_last_page) before_last_page();
    return page;
  }
  cloudkit::Result<cloudkit::ObjectInfo> head(std::string_view key, const cloudkit::HeadOptions& options) override {
    return missing.count(std::string(key)) != 0 ? cloudkit::Result<cloudkit::ObjectInfo>(error)
                                                : cloudkit::ForwardingBucket::head(key, options);
  }
  std::set<std::string> failing;
  std::set<std::string> missing;    // When asked for alone; the listing has them.
  bool listing_breaks_off = false;  // After its first page.
  std::function<void()> before_last_page;
  cloudkit::Error error{cloudkit::ErrorCode::permission_denied, "no"};
  std::function<void(std::string_view)> before_get;
  std::atomic<int> gets{0};
};

struct WithFailing : WithBackups {
  const std::shared_ptr<Failing> driver = std::make_shared<Failing>();
  WithFailing() {
    bucket = cloudkit::Bucket(driver);
    for (const char* key : {"a", "b", "c", "d/e"}) bucket.put(key, std::string("bytes of ") + key).value();
  }
  Names partial() const {
    Names names;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      if (entry.path().extension() == ".partial") names.push_back(entry.path().filename().string());
    }
    return names;
  }
};

}  // namespace test
