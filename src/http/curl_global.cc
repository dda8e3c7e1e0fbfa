#include "http/curl_global.h"

#include "core/fail.h"
#include "crypto/digest.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <vector>

namespace cloudkit::inline v0::http {
namespace {

constexpr unsigned kOldestVersion = 0x075100;  // 7.81, what Ubuntu 22.04 has.

struct HolderList {
  std::mutex mutex;
  std::vector<ConnectionHolder*> holders;
};

// Never destroyed, so that it serves the destructors of globals too.
HolderList& holder_list() {
  static auto* const list = new HolderList;
  return *list;
}

std::atomic<bool> ended{false};

void end() {
  ended = true;
  HolderList& list = holder_list();
  const std::lock_guard lock(list.mutex);
  for (ConnectionHolder* holder : list.holders) holder->close_idle();
}

CurlRuntime initialise() {
  CurlRuntime runtime;
  if (const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT); code != CURLE_OK) {
    runtime.status = core::unsupported(fmt::format("libcurl cannot be initialised: {}", curl_easy_strerror(code)));
    return runtime;
  }
  const curl_version_info_data* info = curl_version_info(CURLVERSION_NOW);
  if (info->version_num < kOldestVersion) {
    runtime.status = core::unsupported(fmt::format("libcurl {} is too old: 7.81 is needed", info->version));
  }
  runtime.version = info->version;
  if (info->ssl_version != nullptr) runtime.tls_library = info->ssl_version;
  runtime.has_tls = (info->features & CURL_VERSION_SSL) != 0;
  // Until then OpenSSL wrote to the socket itself, without MSG_NOSIGNAL.
  runtime.may_raise_sigpipe = info->version_num < 0x075800;
  if (info->cainfo != nullptr) runtime.ca_bundle = info->cainfo;
  return runtime;
}

}  // namespace

const CurlRuntime& curl_runtime() {
  static const auto* const runtime = new CurlRuntime(initialise());
  return *runtime;
}

void register_holder(ConnectionHolder* holder) {
  HolderList& list = holder_list();
  const std::lock_guard lock(list.mutex);
  list.holders.push_back(holder);
}

void unregister_holder(ConnectionHolder* holder) {
  HolderList& list = holder_list();
  const std::lock_guard lock(list.mutex);
  list.holders.erase(std::remove(list.holders.begin(), list.holders.end(), holder), list.holders.end());
}

void end_after_globals() {
  static std::once_flag once;
  std::call_once(once, [] {
    crypto::end_after_globals();
    std::atexit(end);  // After OpenSSL's own, and so called before it.
  });
}

bool has_ended() noexcept { return ended.load(std::memory_order_relaxed); }

}  // namespace cloudkit::inline v0::http
