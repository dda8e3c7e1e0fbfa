#include "command.h"
#include "format.h"
#include "location.h"
#include "rows.h"

#include <cloudkit/doctor.h>

#include <algorithm>

namespace cloudkit::tool {
namespace {

class Doctor final : public Command {
 public:
  const char* name() const override { return "doctor"; }
  const char* summary() const override { return "Find out why a store does not work, or how well it does"; }

  void declare(Arguments& arguments) override {
    arguments.positional("URL", url_, "a bucket, or s3:// for the service")
        .takes(Takes::url)
        .flag("-w,--write", write_, "also put an object, try what the store promises on it, and remove it")
        .option("--timeout", timeout_text_, "TIME", "for all of it: 30s, 2m")
        .examples(
            "  cloudkit doctor s3://reports\n"
            "  cloudkit doctor --write 's3://reports?endpoint=http://127.0.0.1:9000'");
  }

  int run(Session& session) override {
    const auto timeout = duration_of("--timeout", timeout_text_, kShortestTimeout);
    if (!timeout) return session.out.error(timeout.error());
    const auto location = parse_location(url_);
    if (!location) return session.out.error(location.error());
    // Not the nearest directory that exists: of that nobody asked, and --write would write there.
    const auto directory = location->is_file ? parse_bucket(url_) : location;
    if (!directory) return session.out.error(directory.error());
    const auto findings = diagnose(location->is_file ? directory->bucket_url : url_,
                                   {write_, session.context.child_with_timeout(*timeout)});
    if (!findings) return session.out.error(findings.error());
    if (session.context.cancelled()) return session.out.error(Error(ErrorCode::cancelled, "interrupted"));
    if (session.out.json()) {
      print_json(session.out, *findings);
    } else {
      print_text(session.out, *findings);
    }
    return worst_of(*findings) == Verdict::fail ? 1 : 0;
  }

 private:
  using Findings = std::vector<Finding>;

  static bool has(const Findings& findings, Verdict verdict) {
    return std::any_of(findings.begin(), findings.end(),
                       [&](const Finding& finding) { return finding.verdict == verdict; });
  }

  static Verdict worst_of(const Findings& findings) {
    for (const Verdict verdict : {Verdict::fail, Verdict::warn}) {
      if (has(findings, verdict)) return verdict;
    }
    return Verdict::ok;
  }

  static void print_text(Output& out, const Findings& findings) {
    constexpr std::size_t kMarkWidth = 7;  // "unknown"
    std::vector<Row> rows;
    for (const Finding& finding : findings) {
      rows.push_back({std::string(to_string(finding.verdict)), finding.topic, finding.text, finding.hint});
    }
    print_rows(out, kMarkWidth, rows);
  }

  static void print_json(Output& out, const Findings& findings) {
    std::vector<Json> list;
    for (const Finding& finding : findings) {
      list.push_back(Json()
                         .text("topic", finding.topic)
                         .text("verdict", to_string(finding.verdict))
                         .text("text", finding.text)
                         .text_unless_empty("hint", finding.hint));
    }
    out.object(Json().text("verdict", to_string(worst_of(findings))).list("findings", list));
  }

  std::string url_;
  std::string timeout_text_ = "60s";
  bool write_ = false;
};

}  // namespace

std::unique_ptr<Command> make_doctor() { return std::make_unique<Doctor>(); }

}  // namespace cloudkit::tool
