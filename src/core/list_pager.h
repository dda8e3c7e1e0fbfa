#pragma once

#include <cloudkit/driver/object_store.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0::core {

/// Keys in byte order, walked forwards. An entry with `is_prefix` stands for at least one key.
class OrderedKeys {
 public:
  OrderedKeys() = default;
  OrderedKeys(const OrderedKeys&) = delete;
  OrderedKeys& operator=(const OrderedKeys&) = delete;
  virtual ~OrderedKeys() = default;

  /// The first entry that is not less than `bound`, or nothing. Bounds only ever grow.
  virtual Result<std::optional<ListEntry>> first_from(std::string_view bound) = 0;
};

/// One page: prefix, delimiter, place to go on from, and whether there is more. Jumps over all
/// keys that a common prefix stands for. Errors: those of `keys` and of the context;
/// `invalid_argument` for a page token that is not one.
Result<ListPage> fill_list_page(const ListPageRequest& request, OrderedKeys& keys);

/// Where a page begins: no smaller key can be on it. Nothing: no key at all can be.
/// Errors: `invalid_argument` for a page token that is not one.
Result<std::optional<std::string>> list_page_bound(const ListPageRequest& request);

/// For services that begin a listing at `start_after`, not behind it, or at the common prefix that holds it: the page
/// without the one that stands for no later key. `list` gives pages as the driver does. Errors: those of `list`.
Result<ListPage> without_passed_prefix(const ListPageRequest& request, Result<ListPage> page,
                                       const std::function<Result<ListPage>(const ListPageRequest&)>& list);

/// By key; std::string compares as unsigned bytes, as UTF-8 sorts. Services list objects first, then prefixes. Here,
/// since the code of a sort is large and pages of objects alone need none.
void sort_by_key(std::vector<ListEntry>& entries);

}  // namespace cloudkit::inline v0::core
