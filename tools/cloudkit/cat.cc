#include "command.h"
#include "format.h"
#include "location.h"
#include "selection.h"
#include "transfer.h"

namespace cloudkit::tool {
namespace {

class Cat final : public Command {
 public:
  const char* name() const override { return "cat"; }
  const char* summary() const override { return "Write objects to standard output"; }

  void declare(Arguments& arguments) override {
    arguments.positionals("URL", urls_, "objects and patterns; of a pattern by their keys")
        .takes(Takes::url)
        .option("--range", range_text_, "A-B", "only these bytes, both included: 0-99, 100-, or -500 for the last 500")
        .option("--version-id", version_id_, "ID", "of one object: an earlier version, as ls --versions shows it")
        .examples(
            "  cloudkit cat s3://logs/2026/11/23.log.gz | zcat | less\n"
            "  cloudkit cat 's3://logs/2026/11/*.gz' | zcat | sort\n"
            "  cloudkit cat --range 0-511 s3://photos/a.jpg | file -");
  }

  int run(Session& session) override {
    GetOptions options;
    options.context = session.context;
    if (!range_text_.empty()) {
      options.range = parse_range(range_text_);
      if (!options.range) {
        return session.out.error(Error(ErrorCode::invalid_argument, "--range " + range_text_ + " is no range of bytes",
                                       "write FIRST-LAST, FIRST-, or -COUNT for the last ones"));
      }
    }
    options.version_id = version_id_;
    if (!version_id_.empty() && urls_.size() != 1) return session.out.error(one_object("cat", urls_.front()));
    int worst = 0;
    for (const std::string& url : urls_) {
      const int code = print(session, url, options);
      if (code == exit_code(ErrorCode::cancelled)) return code;
      // Of several, that one failed says more than why.
      if (code != 0) worst = urls_.size() == 1 ? code : 1;
    }
    return worst;
  }

 private:
  static int print(Session& session, const std::string& url, const GetOptions& options) {
    const auto location = parse_source(url);
    if (!location) return session.out.error(location.error());
    if (location->names_tree()) {
      return session.out.error(
          named(Error(ErrorCode::invalid_argument, "it names no object", "`cloudkit ls` shows what is below it"), "cat",
                url));
    }
    if (!options.version_id.empty() && location->pattern) return session.out.error(one_object("cat", url));
    const auto bucket = open(*location);
    if (!bucket) return session.out.error(bucket.error());
    if (!location->pattern) return print_object(session, *bucket, location->key, options);
    int worst = 0;
    const auto show = [&](const ListEntry& entry, const std::string&) {
      if (session.context.cancelled()) return;
      const int code = print_object(session, *bucket, entry.key, options);
      if (code != 0) worst = code == exit_code(ErrorCode::cancelled) ? code : 1;
    };
    const auto status = for_each_object(*bucket, *location, false, session.context, "cat", show);
    return status ? worst : session.out.error(status.error());
  }

  std::vector<std::string> urls_;
  std::string range_text_;
  std::string version_id_;
};

}  // namespace

std::unique_ptr<Command> make_cat() { return std::make_unique<Cat>(); }

}  // namespace cloudkit::tool
