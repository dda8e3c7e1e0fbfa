#pragma once

#include "compute/service.h"
#include "core/page_cursor.h"

#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cloudkit::inline v0::compute {

/// All of a listing. `items` is where a page has them, `get(token)` gets one.
template <class Item, class Page, class GetPage>
Result<std::vector<Item>> all_pages(const Service& service, const Context& context, std::vector<Item> Page::* items,
                                    GetPage get) {
  std::vector<Item> all;
  for (core::PageCursor cursor; !cursor.done();) {
    if (auto going = context.check(); !going) return std::move(going).error();
    Patience patience(service, context);
    Result<Page> page = insist(patience, [&] { return look_by([&] { return get(cursor.token()); }); });
    if (!page) return std::move(page).error();
    std::move(((*page).*items).begin(), ((*page).*items).end(), std::back_inserter(all));
    if (auto next = cursor.advance(std::move(page->next_page_token)); !next) return std::move(next).error();
  }
  return all;
}

}  // namespace cloudkit::inline v0::compute
