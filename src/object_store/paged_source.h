#pragma once

#include "core/fail.h"
#include "core/named_error.h"
#include "core/observer.h"
#include "core/page_cursor.h"
#include "core/run_aside.h"

#include <cloudkit/driver/object_store.h>
#include <cloudkit/object_store.h>

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace cloudkit::inline v0::object_store {

/// What a range of entries draws from: pages of a driver, with keys made relative to the handle.
template <class Entry, class Request, class Page>
class PagedSource final : public detail::EntrySource<Entry> {
 public:
  using Fetch = std::function<Result<Page>(BucketDriver&, const Request&)>;

  PagedSource(std::shared_ptr<BucketDriver> driver, Fetch fetch)
      : driver_(std::move(driver)), fetch_(std::move(fetch)) {}
  PagedSource(const PagedSource&) = delete;
  PagedSource& operator=(const PagedSource&) = delete;
  ~PagedSource() override {
    ahead_context_.cancel();
    ahead_ = std::future<Result<Page>>();  // Waits for what runs ahead, whose requests belong to the listing.
    observation_.end(operation, resource, nullptr);
  }

  std::string handle_prefix;
  std::string operation;
  std::string resource;
  Request request;
  bool prefetch = false;
  std::function<void(const Page&)> on_page;  // By the thread that takes the entries.

  /// What is found before the first request is the first entry, and the last.
  void check(const Status& status) {
    if (!status && !refused_) refused_ = status.error();
  }

  // Each entry is moved once: to move it is much of what it costs to hand one out.
  const Result<Entry>* next() override {
    // Not an assignment through the optional: Result is assigned whole, also from error to entry.
    current_.reset();
    if (!std::exchange(begun_, true)) observation_ = core::Observation::begin();
    if (refused_) return fail(*std::exchange(refused_, std::nullopt));
    // A page may be empty and yet not the last one.
    while (next_ == page_.entries.size() || is_marker(page_.entries[next_])) {
      if (next_ < page_.entries.size()) {
        ++next_;
      } else if (cursor_.done()) {
        observation_.end(operation, resource, nullptr);
        return nullptr;
      } else if (auto status = fetch_page(); !status) {
        return fail(status.error());
      }
    }
    Entry& entry = page_.entries[next_++];
    if (!entry.key.starts_with(handle_prefix)) {
      return fail(core::fail(ErrorCode::unknown, "the service listed a key that does not begin with the prefix"));
    }
    entry.key.erase(0, handle_prefix.size());
    return &current_.emplace(std::move(entry));
  }

 private:
  // The object that stands for the handle's own prefix, as consoles make it. Below it there is no key for that.
  bool is_marker(const Entry& entry) const { return !handle_prefix.empty() && entry.key == handle_prefix; }

  const Result<Entry>* fail(Error error) {
    cursor_.stop();
    page_.entries.clear();
    next_ = 0;
    const Result<Entry>& last = current_.emplace(core::named(std::move(error), operation, resource));
    observation_.end(operation, resource, &last.error());
    return &last;
  }

  Status fetch_page() {
    if (auto status = request.context.check(); !status) return status;
    request.page_token = cursor_.token();
    // Held here meanwhile: what an exception ends is not told as a success.
    auto observation = std::move(observation_);
    auto fetched = ahead_.valid() ? ahead_.get() : fetch_(*driver_, request);
    observation_ = std::move(observation);
    if (!fetched) return fetched.error();
    page_ = *std::move(fetched);
    next_ = 0;
    if (on_page) on_page(page_);
    auto status = cursor_.advance(std::move(page_.next_page_token));
    if (status && prefetch && !cursor_.done()) fetch_ahead();
    return status;
  }

  void fetch_ahead() {
    ahead_context_ = request.context.child();
    Request next = request;
    next.page_token = cursor_.token();
    next.context = ahead_context_;
    ahead_ = core::run_aside([this, next = std::move(next)] { return fetch_(*driver_, next); });
  }

  const std::shared_ptr<BucketDriver> driver_;
  const Fetch fetch_;
  bool begun_ = false;  // By the first step: who makes none has listed nothing.
  core::Observation observation_;
  std::optional<Error> refused_;
  core::PageCursor cursor_;
  Page page_;
  std::size_t next_ = 0;
  std::optional<Result<Entry>> current_;
  Context ahead_context_;
  std::future<Result<Page>> ahead_;  // The page after this one. Last, so that its thread ends first.
};

}  // namespace cloudkit::inline v0::object_store
