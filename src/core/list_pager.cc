#include "core/list_pager.h"

#include "core/fail.h"

#include <algorithm>

namespace cloudkit::inline v0::core {
namespace {

// A page token is the last entry behind a letter that says what it was: after a key its
// successor is next, after a common prefix the first key that does not begin with it.
constexpr char kAfterKey = 'k';
constexpr char kAfterPrefix = 'p';

std::string successor_of_key(std::string_view key) { return std::string(key) + '\0'; }

// The smallest text greater than all that begin with `prefix`; there is none for 0xFF 0xFF …
std::optional<std::string> successor_of_prefix(std::string_view prefix) {
  std::string next(prefix);
  while (!next.empty() && next.back() == '\xFF') next.pop_back();
  if (next.empty()) return std::nullopt;
  next.back() = static_cast<char>(static_cast<unsigned char>(next.back()) + 1);
  return next;
}

std::optional<std::string> bound_after(const ListEntry& entry) {
  return entry.is_prefix ? successor_of_prefix(entry.key) : successor_of_key(entry.key);
}

Result<std::optional<std::string>> bound_of_token(std::string_view token) {
  const std::string_view text = token.substr(1);
  if (token.front() == kAfterKey) return std::optional<std::string>(successor_of_key(text));
  if (token.front() == kAfterPrefix) return successor_of_prefix(text);
  return invalid_argument("the page token is not one of this backend", "pass ListPage::next_page_token unchanged");
}

ListEntry grouped(ListEntry entry, const ListPageRequest& request) {
  if (entry.is_prefix || request.delimiter.empty()) return entry;
  const std::size_t at = entry.key.find(request.delimiter, request.prefix.size());
  if (at == std::string::npos) return entry;
  ListEntry group;
  group.key = entry.key.substr(0, at + request.delimiter.size());
  group.is_prefix = true;
  return group;
}

Result<bool> holds_later_key(const ListPageRequest& request, const std::string& prefix,
                             const std::function<Result<ListPage>(const ListPageRequest&)>& list) {
  ListPageRequest below;
  below.prefix = prefix;
  below.start_after = request.start_after;
  below.context = request.context;
  do {
    auto page = list(below);
    if (!page) return std::move(page).error();
    if (!page->entries.empty()) return true;
    below.page_token = std::move(page->next_page_token);
  } while (!below.page_token.empty());
  return false;
}

}  // namespace

Result<ListPage> without_passed_prefix(const ListPageRequest& request, Result<ListPage> page,
                                       const std::function<Result<ListPage>(const ListPageRequest&)>& list) {
  if (!page || request.start_after.empty()) return page;
  const auto holds_start = [&](const ListEntry& entry) {
    return entry.is_prefix && request.start_after.starts_with(entry.key);
  };
  const auto found = std::find_if(page->entries.begin(), page->entries.end(), holds_start);
  if (found == page->entries.end()) return page;
  const auto stays = holds_later_key(request, found->key, list);
  if (!stays.has_value()) return stays.error();
  if (!*stays) page->entries.erase(found);
  return page;
}

Result<std::optional<std::string>> list_page_bound(const ListPageRequest& request) {
  std::string bound = request.prefix;
  if (!request.start_after.empty()) bound = std::max(bound, successor_of_key(request.start_after));
  if (request.page_token.empty()) return std::optional<std::string>(std::move(bound));
  auto after = bound_of_token(request.page_token);
  if (after && *after) return std::optional<std::string>(std::max(bound, **after));
  return after;
}

Result<ListPage> fill_list_page(const ListPageRequest& request, OrderedKeys& keys) {
  auto start = list_page_bound(request);
  if (!start) return std::move(start).error();
  ListPage page;
  for (auto bound = *std::move(start); bound;) {
    if (auto status = request.context.check(); !status) return status.error();
    auto found = keys.first_from(*bound);
    if (!found) return std::move(found).error();
    const bool listed = *found && (*found)->key.compare(0, request.prefix.size(), request.prefix) == 0;
    if (!listed) break;
    if (page.entries.size() == static_cast<std::size_t>(std::max(request.page_size, 1))) {
      const ListEntry& last = page.entries.back();
      page.next_page_token = (last.is_prefix ? kAfterPrefix : kAfterKey) + last.key;
      break;
    }
    page.entries.push_back(grouped(**std::move(found), request));
    bound = bound_after(page.entries.back());
  }
  return page;
}

void sort_by_key(std::vector<ListEntry>& entries) {
  const auto by_key = [](const ListEntry& a, const ListEntry& b) { return a.key < b.key; };
  if (!std::is_sorted(entries.begin(), entries.end(), by_key)) std::sort(entries.begin(), entries.end(), by_key);
}

}  // namespace cloudkit::inline v0::core
