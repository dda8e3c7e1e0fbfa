#include "command.h"
#include "format.h"
#include "location.h"
#include "transfer.h"

#include <algorithm>
#include <array>

namespace cloudkit::tool {
namespace {

struct NamedMethod {
  std::string_view name;
  PresignMethod method;
};
constexpr std::array kMethods = {NamedMethod{"GET", PresignMethod::get}, NamedMethod{"PUT", PresignMethod::put},
                                 NamedMethod{"HEAD", PresignMethod::head},
                                 NamedMethod{"DELETE", PresignMethod::remove}};

class Presign final : public Command {
 public:
  const char* name() const override { return "presign"; }
  const char* summary() const override { return "Make a URL that anyone may use until it expires"; }

  void declare(Arguments& arguments) override {
    arguments.positional("URL", url_, "an object")
        .takes(Takes::url)
        .option("--expires", expires_text_, "TIME", "from 1s to 7d: 90s, 15m, 12h, 7d")
        .option("--method", method_text_, "METHOD", "what the URL is for: GET, PUT, HEAD, DELETE")
        .one_of({"GET", "PUT", "HEAD", "DELETE"})
        .option("--content-type", content_type_, "TYPE", "which a PUT must then send")
        .option("--response-type", response_.type, "TYPE", "which the reply says instead of the object's")
        .option("--response-disposition", response_.disposition, "TEXT",
                "the same of Content-Disposition: attachment; filename=NAME")
        .option("--version-id", version_id_, "ID", "of an earlier version; else the newest")
        .examples(
            "  cloudkit presign --expires 1h s3://reports/2026/report.pdf\n"
            "  cloudkit presign --response-disposition 'attachment; filename=report.pdf' s3://reports/8f3a\n"
            "  curl -T photo.jpg \"$(cloudkit presign --method PUT s3://album/photo.jpg)\"");
  }

  int run(Session& session) override {
    const auto expires = duration_of("--expires", expires_text_);
    if (!expires) return session.out.error(expires.error());
    const auto* method = std::find_if(kMethods.begin(), kMethods.end(),
                                      [&](const NamedMethod& known) { return known.name == method_text_; });
    const auto location = parse_location(url_);
    if (!location) return session.out.error(location.error());
    if (!location->names_object()) {
      Error error(ErrorCode::invalid_argument, "it names no object", "write s3://BUCKET/KEY");
      return session.out.error(named(std::move(error), "presign", url_));
    }
    const auto bucket = open(*location);
    if (!bucket) return session.out.error(bucket.error());
    const auto url = bucket->presign(location->key, {.method = method->method,
                                                     .expires = *expires,
                                                     .content_type = content_type_,
                                                     .context = session.context,
                                                     .response = response_,
                                                     .version_id = version_id_});
    if (!url) return session.out.error(url.error());
    if (session.out.json()) {
      session.out.object(Json()
                             .text("url", *url)
                             .text("method", method->name)
                             .number("expires_in", static_cast<std::uint64_t>(expires->count())));
    } else {
      session.out.line(*url);
    }
    return 0;
  }

 private:
  std::string url_;
  std::string expires_text_ = "15m";
  std::string method_text_ = "GET";
  std::string content_type_;
  ContentHeaders response_;
  std::string version_id_;
};

}  // namespace

std::unique_ptr<Command> make_presign() { return std::make_unique<Presign>(); }

}  // namespace cloudkit::tool
