#include "command.h"
#include "format.h"
#include "location.h"

#include <cloudkit/open.h>

namespace cloudkit::tool {
namespace {

class Mb final : public Command {
 public:
  const char* name() const override { return "mb"; }
  const char* summary() const override { return "Make a bucket"; }

  void declare(Arguments& arguments) override {
    arguments.positional("URL", url_, "the bucket")
        .takes(Takes::url)
        .flag("-n,--dry-run", dry_run_, "say what would be made, and make nothing")
        .examples("  cloudkit mb 's3://reports?region=eu-west-1'");
  }

  int run(Session& session) override {
    const auto location = parse_bucket(url_);
    if (!location) return session.out.error(location.error());
    const auto store = open_object_store(location->store_url);
    if (!store) return session.out.error(store.error());
    const auto bucket = dry_run_ ? store->bucket(location->bucket_name)
                                 : store->create_bucket(location->bucket_name, {session.context});
    if (!bucket) return session.out.error(bucket.error());
    if (dry_run_) {
      const auto there = store->bucket_exists(location->bucket_name, {session.context});
      if (!there.has_value()) return session.out.error(there.error());
      if (*there) {
        return session.out.error(named(Error(ErrorCode::already_exists, "it is there already"), "mb", bucket->url()));
      }
      session.out.would("make", bucket->url());
    } else if (session.out.json()) {
      session.out.object(Json().text("made", bucket->url()));
    } else {
      session.out.line("made " + printable(bucket->url()));
    }
    return 0;
  }

 private:
  std::string url_;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_mb() { return std::make_unique<Mb>(); }

}  // namespace cloudkit::tool
