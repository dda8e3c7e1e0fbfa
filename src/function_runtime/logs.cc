#include "function_runtime/logs.h"

#include "core/page_cursor.h"
#include "function_runtime/patience.h"

namespace cloudkit::inline v0::function_runtime {

Status read_logs(FunctionRuntimeDriver& driver, const FunctionRuntimeHooks& hooks, std::string_view name,
                 const std::function<Status(const LogEvent&)>& sink, const LogsOptions& options) {
  LogPageRequest request;
  request.name = name;
  request.since = options.since;
  request.context = options.context;
  // Whoever follows ends it by the context: that is no failure.
  const auto ended = [&] { return options.follow && !options.context.check(); };
  Pacing pacing(hooks, options.context, Duration::max());
  core::PageCursor cursor;
  while (true) {
    Patience patience(hooks, options.context);
    auto page = insist(patience, [&] { return driver.logs_page(request); });
    if (!page) return ended() ? Status() : std::move(page).error();
    for (const LogEvent& event : page->events) {
      if (auto taken = sink(event); !taken) return taken;
    }
    const bool at_end = page->at_end || page->next_page_token.empty();
    if (at_end && !options.follow) return {};
    if (at_end) {
      if (!page->events.empty()) pacing.hasten();
      if (auto paused = pacing.pause(); !paused) return {};
      cursor = {};
    } else if (auto status = cursor.advance(page->next_page_token); !status) {
      return status;
    }
    request.page_token = std::move(page->next_page_token);
    if (auto going = options.context.check(); !going) return options.follow ? Status() : going;
  }
}

}  // namespace cloudkit::inline v0::function_runtime
