#include "object_store/perform.h"
#include "object_store/probe/run.h"

#include <cloudkit/driver/object_store.h>
#include <cloudkit/object_store.h>

#include <iterator>

namespace cloudkit::inline v0 {
namespace {

using object_store::ProbeRun;

Result<std::vector<Behaviour>> probe_all(ProbeRun& run, const Capabilities& promised) {
  if (const auto put = run.put(object_store::kObject, object_store::kBytes); !put) return put.error();
  std::vector<Behaviour> all;
  for (const auto trials : {object_store::condition_trials, object_store::upload_trials, object_store::object_trials,
                            object_store::key_trials, object_store::listing_trials}) {
    auto tried = object_store::try_all(run, trials(), promised);
    if (!tried) return std::move(tried).error();
    std::move(tried->begin(), tried->end(), std::back_inserter(all));
  }
  return all;
}

// What only the backend can say to its service.
Status probe_more(ProbeRun& run, BucketDriver& driver, std::vector<Behaviour>& behaviours) {
  run.will_write("more");
  std::vector<Behaviour> more = driver.probe(run.whole("more"), run.context());
  std::move(more.begin(), more.end(), std::back_inserter(behaviours));
  return run.context().check();
}

void tell_what_is_left(Error& error, const std::vector<std::string>& left) {
  if (left.empty()) return;
  error.hint += (error.hint.empty() ? "objects may be left: " : "; objects may be left: ") + left.front();
  if (left.size() > 1) error.hint += " and others beside it";
}

}  // namespace

Result<ProbeReport> Bucket::probe(const ProbeOptions& options) const {
  return object_store::perform(
      "probe", [&] { return url(); }, options.context.check(),
      [&]() -> Result<ProbeReport> {
        const std::shared_ptr<BucketDriver> unguarded = driver_->unguarded();
        ProbeRun run(unguarded ? unguarded : driver_, prefix_, "cloudkit-probe", options.context);
        auto behaviours = probe_all(run, driver_->capabilities());
        if (behaviours) {
          if (auto status = probe_more(run, *driver_, *behaviours); !status) behaviours = std::move(status).error();
        }
        std::vector<std::string> left = run.clean_up(options.cleanup_timeout);
        if (behaviours) return ProbeReport{*std::move(behaviours), std::move(left)};
        tell_what_is_left(behaviours.error(), left);
        return std::move(behaviours).error();
      });
}

}  // namespace cloudkit::inline v0
