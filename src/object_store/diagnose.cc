#include "object_store/diagnose.h"

#include "core/finding.h"
#include "core/random.h"

#include <fmt/format.h>

#include <chrono>
#include <functional>

namespace cloudkit::inline v0::object_store {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kSlow{1};

std::string milliseconds(steady_clock::duration time) {
  const double value = static_cast<double>(duration_cast<microseconds>(time).count()) / 1000;
  return value < 10 ? fmt::format("{:.1f} ms", value) : fmt::format("{:.0f} ms", value);
}

Finding answered(std::string text, steady_clock::duration time) {
  Finding finding{"access", Verdict::ok, fmt::format("{} (asked in {})", text, milliseconds(time)), {}};
  if (time <= kSlow) return finding;
  finding.verdict = Verdict::warn;
  finding.hint = "more than a second: is the region far away, or the network slow?";
  return finding;
}

struct Promise {
  const char* topic;
  bool Capabilities::* kept;
  const char* otherwise;
};

constexpr Promise kPromises[] = {
    {"put if absent", &Capabilities::put_if_absent, "locks and create-once need another store"},
    {"put if match", &Capabilities::put_if_match, "two writers can overwrite each other"},
    {"conditional get", &Capabilities::conditional_get, "get_if_changed always fails"},
    {"remove if match", &Capabilities::remove_if_match, "a removal may hit a newer object"},
    {"copy if absent", &Capabilities::copy_if_absent,
     "a copy may replace an object; `cloudkit cp` gets and puts instead"},
    {"presigned URLs", &Capabilities::presign, "hand objects out by a program of your own"},
};

// One attempt to break a promise: what the store must answer, and what it means if it does not.
Finding tried(const char* topic, const Status& outcome, ErrorCode expected, const char* broken) {
  if (outcome) return {topic, Verdict::fail, "tried, and the condition was ignored", broken};
  if (outcome.error().code == expected) return {topic, Verdict::ok, "tried, and kept", {}};
  return core::finding_of(topic, outcome.error(), Verdict::warn);
}

template <class T>
Status status_of(const Result<T>& result) {
  return result ? Status{} : Status(result.error());
}

std::string new_key() { return "cloudkit-doctor-" + core::random_hex(8); }

}  // namespace

Finding check_access(ObjectStoreDriver& store, std::string_view bucket, const Context& context) {
  const auto begun = steady_clock::now();
  if (bucket.empty()) {
    const auto page = store.list_buckets_page({}, {context});
    if (!page) {
      // Who may use a bucket need not be allowed to list them all.
      const bool refused = page.error().code == ErrorCode::permission_denied;
      return core::finding_of("access", page.error(), refused ? Verdict::warn : Verdict::fail);
    }
    const std::size_t count = page->entries.size();
    const char* const more = page->next_page_token.empty() ? "" : " and more";
    return answered(fmt::format("{} bucket{}{}", count, count == 1 ? "" : "s", more), steady_clock::now() - begun);
  }
  const auto exists = store.bucket_exists(bucket, {context});
  if (!exists) return core::finding_of("access", exists.error());
  if (*exists) return answered(fmt::format("the bucket \"{}\" is there", bucket), steady_clock::now() - begun);
  return {"access", Verdict::fail, fmt::format("there is no bucket \"{}\"", bucket),
          "check its name and the endpoint, or make it: cloudkit mb"};
}

std::vector<Finding> list_promises(const Capabilities& capabilities) {
  std::vector<Finding> findings;
  for (const Promise& promise : kPromises) {
    if (capabilities.*promise.kept) {
      findings.push_back({promise.topic, Verdict::ok, "yes", {}});
    } else {
      findings.push_back(
          {promise.topic, Verdict::warn, "no: such a call is refused as unsupported", promise.otherwise});
    }
  }
  return findings;
}

std::vector<Finding> try_promises(const Bucket& bucket, const Context& context) {
  const Capabilities capabilities = bucket.capabilities();
  const std::string key = new_key();
  PutOptions put;
  put.context = context;
  const auto first = bucket.put(key, "written by cloudkit doctor", put);
  if (!first) return {core::finding_of("write", first.error())};
  std::vector<Finding> findings{{"write", Verdict::ok, "an object was put", {}}};

  const std::string other_token = "0123456789abcdef0123456789abcdef";
  if (capabilities.put_if_absent) {
    put.condition = Condition::absent();
    findings.push_back(tried("put if absent", status_of(bucket.put(key, "again", put)), ErrorCode::precondition_failed,
                             "build no locks on this store; say ?server= if it is a known one"));
  }
  if (capabilities.put_if_match) {
    put.condition = Condition::match(other_token);
    findings.push_back(tried("put if match", status_of(bucket.put(key, "again", put)), ErrorCode::precondition_failed,
                             "two writers can overwrite each other in this store"));
  }
  if (capabilities.conditional_get) {
    const auto now = bucket.head(key, {.context = context});
    GetOptions get;
    get.context = context;
    get.condition = Condition::not_match(now ? now->token : first->token);
    findings.push_back(tried("conditional get", status_of(bucket.get(key, get)), ErrorCode::not_modified,
                             "get_if_changed reads everything every time"));
  }
  if (capabilities.remove_if_match) {
    RemoveOptions remove;
    remove.context = context;
    remove.condition = Condition::match(other_token);
    findings.push_back(tried("remove if match", bucket.remove(key, remove), ErrorCode::precondition_failed,
                             "a removal may hit a newer object in this store"));
  }
  if (const Status removed = bucket.remove(key, {.context = context}); !removed) {
    Finding left = core::finding_of("remove", removed.error());
    left.hint += fmt::format("{}the object {} was left there", left.hint.empty() ? "" : "; ", key);
    findings.push_back(std::move(left));
  }
  return findings;
}

}  // namespace cloudkit::inline v0::object_store
