#pragma once

#include "testing/expectations.h"

#include <cloudkit/testing/conformance.h>

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What the cases are written with.
namespace cloudkit::inline v0::testing {

/// A running case of an object store: its bucket. Has no state of its own, so threads of a case may share it.
class Case : public Expectations {
 public:
  Case(const ObjectStoreHarness& harness, const Bucket& bucket)
      : harness_(harness), bucket_(bucket), capabilities_(bucket.capabilities()) {}

  const ObjectStoreHarness& harness() const { return harness_; }
  const Bucket& bucket() const { return bucket_; }
  const Capabilities& can() const { return capabilities_; }
  /// How much of something to do: less on slow or costly servers.
  int scale(int usual, int reduced) const { return harness_.reduced ? reduced : usual; }

  /// Puts, and expects success.
  ObjectInfo put(std::string_view key, std::string_view data, const PutOptions& options = {}) const;
  /// The object is there with exactly these bytes, whose number its info gives.
  Object expect_content(std::string_view key, std::string_view data) const;
  void expect_missing(std::string_view key) const;
  /// What `list_all` gives, keys and prefixes, in its order.
  std::vector<std::string> keys(const ListOptions& options = {}) const;
  void expect_keys(const ListOptions& options, const std::vector<std::string>& expected, std::string_view what) const;

 private:
  const ObjectStoreHarness& harness_;
  Bucket bucket_;
  Capabilities capabilities_;
};

struct CaseEntry {
  std::string_view name;
  void (*run)(const Case&);
};
using CaseList = std::span<const CaseEntry>;

// A file each.
CaseList basic_cases();
CaseList transfer_cases();
CaseList refusal_cases();
CaseList key_cases();
CaseList listing_cases();
CaseList paging_cases();
CaseList range_cases();
CaseList condition_cases();
CaseList attribute_cases();
CaseList copy_cases();
CaseList part_cases();
CaseList resume_cases();
CaseList stream_cases();
CaseList change_cases();
CaseList bulk_cases();
CaseList version_cases();
CaseList bucket_cases();
CaseList presign_cases();
CaseList concurrency_cases();
CaseList budget_cases();

/// Skips the case where no URL can be presigned, or nobody would send it.
void needs_fetch(const Case& c);
/// Of a plain HTTP client. Expects a reply, whatever it is.
FetchReply fetch(const Case& c, const std::string& method, const std::string& url, const FetchHeaders& headers = {},
                 const std::string& body = {});
void expect_success(const Case& c, const FetchReply& reply, const std::string& what);

/// Bytes that look random, are the same for the same seed, and hold all 256 values once there
/// are a few thousand of them.
std::string pattern(std::size_t size, unsigned seed = 1);

/// The smallest part that S3 takes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
inline constexpr std::size_t kPart = std::size_t{5} << 20;
/// Parts of that size.
PutOptions in_parts();

/// With all that is kept of an object besides its bytes: five headers, and metadata.
PutOptions dressed(PutOptions options = {});
/// All five of them.
void expect_headers_of(const Case& c, const ObjectInfo& info, const ContentHeaders& expected, const std::string& what);

/// Keys made of a prefix and a number of five digits, put by a few threads. Sorted.
std::vector<std::string> fill(const Case& c, const std::string& prefix, int count);

bool can_list_uploads(const Bucket& bucket);
/// Those of the bucket that were neither completed nor aborted.
std::vector<UploadEntry> uploads(const Case& c);

/// How many uploads are under way; 0 where nobody knows.
std::size_t open_uploads(const Case& c);
/// Of what has three parts, the last of one byte.
void expect_three_part_requests(const Case& c, long sent, const std::string& what);

/// Fails where `work` leaves more than `spare` descriptors of this program open, each time that it is done. Skips the
/// case where that cannot be seen.
void expect_descriptors_return(const Case& c, std::size_t spare, const std::function<void()>& work);

}  // namespace cloudkit::inline v0::testing
