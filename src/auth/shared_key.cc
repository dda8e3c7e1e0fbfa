#include "auth/shared_key.h"

#include "auth/canonical.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/time.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace cloudkit::inline v0::auth {
namespace {

constexpr std::string_view kMsDate = "x-ms-date";
constexpr std::string_view kMsVersion = "x-ms-version";
constexpr std::string_view kMsPrefix = "x-ms-";

// A name in lower case, and what belongs to it.
struct Named {
  std::string_view name;
  std::string_view value;
};
// A request has a handful of them, so that the heap is rarely used.
using NamedList = fmt::basic_memory_buffer<Named, 24>;

// The service sorts headers as .NET does for the culture en-US, not by bytes: a hyphen counts only between names that
// are equal without it, and `_` comes before digits and they before letters. Headers' names are in lower case here, and
// those of metadata are identifiers of C#: other symbols do not reach the service.
// https://github.com/Azure/azure-sdk-for-cpp/blob/main/sdk/storage/azure-storage-common/src/shared_key_policy.cpp
int weight(char c) noexcept {
  if (c >= 'a' && c <= 'z') return 0x200 + c;
  if (c >= '0' && c <= '9') return 0x100 + c;
  return static_cast<unsigned char>(c);
}

bool before_in_culture(std::string_view a, std::string_view b) noexcept {
  constexpr char kIgnored = '-';
  std::size_t i = 0;
  std::size_t j = 0;
  while (true) {
    while (i < a.size() && a[i] == kIgnored) ++i;
    while (j < b.size() && b[j] == kIgnored) ++j;
    if (i == a.size() || j == b.size()) break;
    if (a[i] != b[j]) return weight(a[i]) < weight(b[j]);
    ++i, ++j;
  }
  if (i != a.size() || j != b.size()) return i == a.size();
  // Equal but for hyphens: the one whose first hyphen stands further right is less.
  const auto [in_a, in_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return in_b != b.end() && *in_b == kIgnored && (in_a == a.end() || *in_a != kIgnored);
}

void append_lower(Text& out, std::string_view name) {
  char* const begin = out.extend(name.size());
  std::transform(name.begin(), name.end(), begin, to_lower);
}

bool is_ms_header(std::string_view name) noexcept {
  return name.size() >= kMsPrefix.size() &&
         std::equal(kMsPrefix.begin(), kMsPrefix.end(), name.begin(), [](char a, char b) { return a == to_lower(b); });
}

// Lower-cased names one after the other in `names`, which must not move afterwards: views of it are what is sorted.
void take_ms_headers(NamedList& list, Text& names, const http::Headers& headers) {
  std::size_t size = 0;
  for (const auto& header : headers) size += is_ms_header(header.name) ? header.name.size() : 0;
  names.reserve(size);
  for (const auto& header : headers) {
    if (!is_ms_header(header.name)) continue;
    const std::size_t begin = names.size();
    append_lower(names, header.name);
    list.push_back({names.view().substr(begin), core::trim(header.value)});
  }
  sort_few(list.begin(), list.end(), [](const Named& a, const Named& b) { return before_in_culture(a.name, b.name); });
}

void append_ms_headers(Text& out, const http::Headers& headers) {
  Text names;
  NamedList list;
  take_ms_headers(list, names, headers);
  for (const Named* one = list.begin(); one != list.end(); ++one) {
    if (one != list.begin() && one[-1].name == one->name) {
      out.truncate(out.size() - 1);
      out.append(",", one->value, "\n");
    } else {
      out.append(one->name, ":", one->value, "\n");
    }
  }
}

void append_query_lines(Text& out, const http::Query& query) {
  std::size_t size = 0;
  for (const auto& item : query) size += item.first.size();
  Text names;
  names.reserve(size);
  NamedList list;
  for (const auto& item : query) {
    const std::size_t begin = names.size();
    append_lower(names, item.first);
    list.push_back({names.view().substr(begin), item.second});
  }
  sort_few(list.begin(), list.end(), [](const Named& a, const Named& b) {
    const int order = a.name.compare(b.name);
    return order != 0 ? order < 0 : a.value < b.value;
  });
  for (const Named* one = list.begin(); one != list.end(); ++one) {
    if (one != list.begin() && one[-1].name == one->name) {
      out.append(",", one->value);
    } else {
      out.append("\n", one->name, ":", one->value);
    }
  }
}

// Attempts come thousands to the second; the calendar is worked out once for each. Holds nothing that
// is destroyed: handles may be globals, which sign when what their thread had has ended.
std::string_view http_date(core::TimePoint now) {
  struct Cached {
    std::chrono::sys_seconds second = std::chrono::sys_seconds::max();
    std::array<char, 29> text = {};
  };
  thread_local Cached cached;
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  if (second != cached.second) {
    cached.second = second;
    core::format_http_date(now).copy(cached.text.data(), cached.text.size());
  }
  return {cached.text.data(), cached.text.size()};
}

Error bad_key(std::string_view what) {
  return core::fail(ErrorCode::unauthenticated, fmt::format("the account key {}", what),
                    "copy it whole: `az storage account keys list` shows it, 88 characters that end in ==");
}

}  // namespace

Result<SharedKey> SharedKey::parse(std::string account, std::string_view base64) {
  if (account.empty() || core::has_control_character(account)) {
    return core::fail(ErrorCode::unauthenticated, "an account key needs the name of its account");
  }
  if (base64.empty()) return bad_key("is empty");
  auto key = core::base64_decode(base64);
  if (!key || key->empty()) return bad_key("is not base64");
  SharedKey parsed(std::move(account), *key);
  crypto::cleanse(*key);
  return parsed;
}

std::string SharedKey::sign(std::string_view string_to_sign) const {
  return core::base64_encode(key_.sign(string_to_sign));
}

void append_shared_key_string(Text& out, const http::Request& request, std::string_view account) {
  const auto& headers = request.headers;
  // A length of nothing is the empty text, since version 2015-02-21.
  std::array<char, 24> digits{};
  const char* const end = request.body_size() == 0
                              ? digits.data()
                              : std::to_chars(digits.data(), digits.data() + digits.size(), request.body_size()).ptr;
  const std::string_view length(digits.data(), static_cast<std::size_t>(end - digits.data()));
  out.append(http::to_string(request.method), "\n", headers.get("Content-Encoding"), "\n",
             headers.get("Content-Language"), "\n", length, "\n", headers.get("Content-MD5"), "\n",
             headers.get("Content-Type"), "\n");
  // Date has no line's text: x-ms-date stands among the headers below.
  out.append("\n", headers.get("If-Modified-Since"), "\n", headers.get("If-Match"), "\n", headers.get("If-None-Match"),
             "\n", headers.get("If-Unmodified-Since"), "\n", headers.get("Range"), "\n");
  append_ms_headers(out, headers);
  out.append("/", account);
  append_encoded(out, request.path.empty() ? std::string_view("/") : std::string_view(request.path), core::Slash::keep);
  append_query_lines(out, request.query);
}

void authorize(http::Request& request, const SharedKey& key, core::TimePoint now) {
  request.headers.set(kMsDate, std::string(http_date(now)));
  Text to_sign;
  append_shared_key_string(to_sign, request, key.account());
  request.headers.set("Authorization", fmt::format("SharedKey {}:{}", key.account(), key.sign(to_sign.view())));
}

Status SharedKeySigner::sign(http::Request& request, core::TimePoint now, const Context&) {
  if (!request.headers.contains(kMsVersion)) {
    return core::invalid_argument("a request that is signed by Shared Key needs x-ms-version");
  }
  if (!request.encoded_path.empty()) return core::invalid_argument("Shared Key signs no encoded_path");
  authorize(request, *key_, now);
  return {};
}

}  // namespace cloudkit::inline v0::auth
