#pragma once

#include <cloudkit/driver/object_store.h>

#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace cloudkit::test {

/// A driver that does what each test tells it, and remembers what it was asked.
class ScriptedBucket : public BucketDriver {
 public:
  using Get = std::function<Result<ObjectInfo>(const GetOptions&, ObjectReceiver&)>;

  Capabilities able = all();
  std::deque<Get> gets;
  std::deque<Result<ListPage>> pages;
  std::vector<std::string> calls;
  std::vector<ListPageRequest> list_requests;
  PutOptions last_put;
  std::string last_body;

  static Capabilities all() {
    Capabilities able;
    able.put_if_absent = able.put_if_match = able.conditional_get = able.remove_if_match = able.copy_if_absent = true;
    able.presign = able.versions = able.storage_class = true;
    return able;
  }

  Capabilities capabilities() const override { return able; }
  std::string url() const override { return "fake://bucket"; }
  std::string name() const override { return "bucket"; }
  std::string store_id() const override { return "fake"; }

  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override {
    calls.push_back("put " + std::string(key));
    last_put = options;
    last_body.resize(source.size());
    auto read = source.read_at(0, last_body);
    if (!read) return read.error();
    ObjectInfo info;
    info.key = key;
    info.size = *read;
    info.token = "t1";
    return info;
  }
  Result<ObjectInfo> get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) override {
    calls.push_back("get " + std::string(key));
    auto step = std::move(gets.front());
    gets.pop_front();
    return step(options, receiver);
  }
  Result<ObjectInfo> head(std::string_view key, const HeadOptions&) override {
    calls.push_back("head " + std::string(key));
    ObjectInfo info;
    info.size = 10;
    return info;
  }
  Status remove(std::string_view key, const RemoveOptions&) override {
    calls.push_back("remove " + std::string(key));
    return {};
  }
  Result<CopyStep> copy(const CopyRequest& request) override {
    calls.push_back("copy " + request.source_key + " " + request.destination_key + " " + request.resume_token);
    CopyStep step;
    if (request.resume_token.empty()) {
      step.resume_token = "half";
    } else {
      step.info = ObjectInfo();
    }
    return step;
  }
  Result<ListPage> list_page(const ListPageRequest& request) override {
    calls.push_back("list");
    list_requests.push_back(request);
    auto page = std::move(pages.front());
    pages.pop_front();
    return page;
  }
};

}  // namespace cloudkit::test
