#pragma once

#include <cloudkit/error.h>
#include <cloudkit/export.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

namespace cloudkit::inline v0 {

/// A call of a handle that has ended: `put`, `invoke`, `backup`. Those that other calls make for themselves, such as
/// the puts of a sync, come too. Of a listing (`list`, `list_versions`, `list_uploads`) all steps are one call: it
/// begins with the first, and ends after its last entry, with its error, or when its owner drops it. Of a stream
/// (`write`, `read`) all of it is: it begins when it is opened, and ends with `finish`, with its error, or when its
/// owner drops it; a writer that is abandoned ends as `cancelled`. A reader that is read on after an error begins
/// another call. Views are valid during the observer's call only.
struct OperationEvent {
  std::string_view operation = {};                   ///< As errors name it: "put".
  std::string_view resource = {};                    ///< As errors name it: "s3://reports/2026/a.pdf".
  std::chrono::steady_clock::time_point begun = {};  ///< To be compared with others of this program only.
  /// With all attempts and waits between them; of listings and streams, with what their owner did meanwhile.
  std::chrono::nanoseconds duration{0};
  /// Null: it succeeded. How many attempts it took, too. Of a call that returns a report: the first failure in that.
  const Error* error = nullptr;
  std::uint64_t bytes = 0;  ///< Of a stream: those that its owner has written or read. Else 0.
};

/// One HTTP request, with the reply or what came instead. Views are valid during the observer's call only.
struct AttemptEvent {
  std::string_view method = {};                      ///< "GET".
  std::string_view url = {};                         ///< Without credentials, and without a signature.
  std::string_view host = {};                        ///< With ":PORT" unless it is the scheme's own.
  int number = 1;                                    ///< 2 and more: tried again.
  std::chrono::steady_clock::time_point begun = {};  ///< When this attempt began, not the first one.
  std::chrono::nanoseconds duration{0};              ///< Of this attempt, until its reply ended.
  int status = 0;                                    ///< Of HTTP; 0: no reply came to its end, and `error` says why.
  const Error* error = nullptr;      ///< Of the exchange; null where there is a reply, whatever that says.
  std::uint64_t bytes_sent = 0;      ///< Of the request's body, if it left.
  std::uint64_t bytes_received = 0;  ///< Of the reply's body.
  bool connection_reused = false;    ///< Else name, connection and TLS were part of the duration.
};

/// For metrics and traces. Its members are called on the thread that did the work, several at once: they may not throw,
/// nor make calls of cloudkit, and what they take the call takes.
class CLOUDKIT_API Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer();

  virtual void on_operation(const OperationEvent& event);  ///< A call has ended. Does nothing by itself.
  virtual void on_attempt(const AttemptEvent& event);      ///< A request has ended. Does nothing by itself.
};

/// From now on `observer` hears of everything that this program does by cloudkit; null ends that. One at a time: what
/// is under way still tells the one that it began with. Thread-safe.
CLOUDKIT_API void set_observer(std::shared_ptr<Observer> observer);

}  // namespace cloudkit::inline v0
