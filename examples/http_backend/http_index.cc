#include "http_index.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <ctime>
#include <optional>
#include <utility>
#include <vector>

using cloudkit::ListEntry;
using cloudkit::ListPage;
using cloudkit::Status;

namespace {

// A directory that holds itself has no deepest one.
constexpr std::ptrdiff_t kDeepest = 64;

cloudkit::Error no_index(const std::string& directory) {
  return {cloudkit::ErrorCode::unsupported, "the server tells no index of \"" + directory + "\" as nginx does",
          "autoindex on; autoindex_format json;"};
}

// Nothing of what a server tells is sure.
std::optional<ListEntry> parse_entry(const std::string& directory, const nlohmann::json& item) {
  const auto text_of = [&](const char* member) {
    return item.is_object() && item.contains(member) && item[member].is_string() ? item[member].get<std::string>()
                                                                                 : std::string();
  };
  const std::string name = text_of("name");
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos) return std::nullopt;
  ListEntry entry;
  entry.is_prefix = text_of("type") == "directory";
  entry.key = directory + name + (entry.is_prefix ? "/" : "");
  entry.modified = parse_http_date(text_of("mtime"));
  if (entry.is_prefix) return entry;
  if (!item.contains("size") || !item["size"].is_number_unsigned()) return std::nullopt;
  entry.size = item["size"].get<std::uint64_t>();
  return entry;
}

// Names of directories end with '/', so that their order is that of the keys below them.
cloudkit::Result<std::vector<ListEntry>> parse_index(const std::string& directory, const std::string& text) {
  const auto index = nlohmann::json::parse(text, nullptr, false);
  if (!index.is_array()) return no_index(directory);
  std::vector<ListEntry> entries;
  for (const auto& item : index) {
    auto entry = parse_entry(directory, item);
    if (!entry) return no_index(directory);
    entries.push_back(*std::move(entry));
  }
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  return entries;
}

class Walk {
 public:
  Walk(const FetchIndex& fetch, const cloudkit::ListPageRequest& request)
      : fetch_(fetch), request_(request), after_(std::max(request.start_after, request.page_token)) {}

  Status directory(const std::string& name) {
    if (std::count(name.begin(), name.end(), '/') > kDeepest) return no_index(name);
    auto text = fetch_(name);
    if (!text) return is_gone(text.error(), name) ? Status() : Status(std::move(text).error());
    auto entries = parse_index(name, *text);
    if (!entries) return std::move(entries).error();
    for (ListEntry& entry : *entries) {
      if (is_full_) break;
      if (auto added = entry.is_prefix ? below(entry) : add(std::move(entry)); !added) return added;
    }
    return {};
  }

  ListPage page;

 private:
  // A directory may go while others are looked at; no directory is no key.
  bool is_gone(const cloudkit::Error& error, const std::string& name) const {
    return error.code == cloudkit::ErrorCode::not_found && !name.empty();
  }

  Status below(const ListEntry& entry) {
    const std::string& name = entry.key;
    const bool on_the_way = request_.prefix.starts_with(name);
    if (!on_the_way && !name.starts_with(request_.prefix)) return {};
    const bool is_one = request_.delimiter == "/" && !on_the_way;
    if (is_one) return add(entry);
    const bool is_past = name <= after_ && !after_.starts_with(name);
    return is_past ? Status() : directory(name);
  }

  Status add(ListEntry entry) {
    if (!entry.key.starts_with(request_.prefix) || entry.key <= after_) return {};
    is_full_ = page.entries.size() == static_cast<std::size_t>(request_.page_size);
    if (is_full_) {
      page.next_page_token = page.entries.back().key;
    } else {
      page.entries.push_back(std::move(entry));
    }
    return {};
  }

  const FetchIndex& fetch_;
  const cloudkit::ListPageRequest& request_;
  const std::string after_;
  bool is_full_ = false;
};

}  // namespace

cloudkit::Result<ListPage> list_by_index(const FetchIndex& fetch, const cloudkit::ListPageRequest& request) {
  Walk walk(fetch, request);
  const std::size_t slash = request.prefix.rfind('/');
  if (auto walked = walk.directory(request.prefix.substr(0, slash == std::string::npos ? 0 : slash + 1)); !walked) {
    return std::move(walked).error();
  }
  return std::move(walk.page);
}

cloudkit::TimePoint parse_http_date(const std::string& text) {
  std::tm parts{};
  if (::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts) == nullptr) return {};
  return std::chrono::system_clock::from_time_t(::timegm(&parts));
}
