#pragma once

#include <cloudkit/driver/object_store.h>

#include <functional>
#include <string>
#include <string_view>

/// The text of the index of a directory, which is "" or ends with '/'.
using FetchIndex = std::function<cloudkit::Result<std::string>(const std::string& directory)>;

/// A page of the keys below the directories that nginx's JSON indexes tell, in byte order. Its token is its last entry.
cloudkit::Result<cloudkit::ListPage> list_by_index(const FetchIndex& fetch, const cloudkit::ListPageRequest& request);

/// "Tue, 24 Nov 2026 10:00:00 GMT"; the epoch for what is none.
cloudkit::TimePoint parse_http_date(const std::string& text);
