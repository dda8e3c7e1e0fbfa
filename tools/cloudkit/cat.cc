#include "command.h"
#include "format.h"
#include "location.h"
#include "transfer.h"

namespace cloudkit::tool {
namespace {

class Cat final : public Command {
 public:
  const char* name() const override { return "cat"; }
  const char* summary() const override { return "Write objects to standard output"; }

  void declare(Arguments& arguments) override {
    arguments.positionals("URL", urls_, "one or more objects")
        .option("--range", range_text_, "A-B", "only these bytes, both included: 0-99, 100-, or -500 for the last 500")
        .examples(
            "  cloudkit cat s3://logs/2026/11/23.log.gz | zcat | less\n"
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
    for (const std::string& url : urls_) {
      if (const int code = print(session, url, options); code != 0) return code;
    }
    return 0;
  }

 private:
  static int print(Session& session, const std::string& url, const GetOptions& options) {
    const auto location = parse_location(url);
    if (!location) return session.out.error(location.error());
    if (!location->names_object()) {
      return session.out.error(
          named(Error(ErrorCode::invalid_argument, "it names no object", "`cloudkit ls` shows what is below it"), "cat",
                url));
    }
    const auto bucket = open(*location);
    if (!bucket) return session.out.error(bucket.error());
    return print_object(session, *bucket, location->key, options);
  }

  std::vector<std::string> urls_;
  std::string range_text_;
};

}  // namespace

std::unique_ptr<Command> make_cat() { return std::make_unique<Cat>(); }

}  // namespace cloudkit::tool
