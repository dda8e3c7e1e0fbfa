#include "command.h"
#include "format.h"
#include "location.h"

#include <cloudkit/open.h>

namespace cloudkit::tool {
namespace {

class Rb final : public Command {
 public:
  const char* name() const override { return "rb"; }
  const char* summary() const override { return "Remove an empty bucket"; }

  void declare(Arguments& arguments) override {
    arguments.positional("URL", url_, "the bucket")
        .takes(Takes::url)
        .flag("-n,--dry-run", dry_run_, "say what would be removed, and remove nothing")
        .examples("  cloudkit rm -r s3://old-reports && cloudkit rb s3://old-reports");
  }

  int run(Session& session) override {
    const auto location = parse_bucket(url_);
    if (!location) return session.out.error(location.error());
    const auto store = open_object_store(location->store_url);
    if (!store) return session.out.error(store.error());
    const auto bucket = store->bucket(location->bucket_name);
    if (!bucket) return session.out.error(bucket.error());
    const auto status = dry_run_ ? check_empty(*bucket, session.context)
                                 : store->delete_bucket(location->bucket_name, {session.context});
    if (!status) return session.out.error(named(status.error(), "rb", bucket->url()));
    if (dry_run_) {
      session.out.would("remove", bucket->url());
    } else if (session.out.json()) {
      session.out.object(Json().text("removed", bucket->url()));
    } else {
      session.out.line("removed " + printable(bucket->url()));
    }
    return 0;
  }

 private:
  // Also that it is there.
  static Status check_empty(const Bucket& bucket, const Context& context) {
    ListOptions options;
    options.page_size = 1;
    options.context = context;
    for (const auto& entry : bucket.list(options)) {
      if (!entry) return entry.error();
      return Error(ErrorCode::conflict, "it is not empty", "cloudkit rm -r removes what is in it");
    }
    return {};
  }

  std::string url_;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_rb() { return std::make_unique<Rb>(); }

}  // namespace cloudkit::tool
