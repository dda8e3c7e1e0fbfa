#include "command.h"
#include "format.h"
#include "location.h"
#include "rows.h"

#include <fmt/format.h>

namespace cloudkit::tool {
namespace {

class Probe final : public Command {
 public:
  const char* name() const override { return "probe"; }
  const char* summary() const override { return "Try what a store really does, on objects that are removed again"; }

  void declare(Arguments& arguments) override {
    arguments.positional("URL", url_, "a bucket, or a prefix in one, that may be written to")
        .takes(Takes::url)
        .option("--timeout", timeout_text_, "TIME", "for all of it: 30s, 2m")
        .examples(
            "  cloudkit probe 's3://scratch?endpoint=http://127.0.0.1:9000'\n"
            "  cloudkit probe --json s3://scratch/tmp");
  }

  int run(Session& session) override {
    const auto timeout = duration_of("--timeout", timeout_text_, kShortestTimeout);
    if (!timeout) return session.out.error(timeout.error());
    const auto bucket = open_place(url_);
    if (!bucket) return session.out.error(bucket.error());
    const auto report = bucket->probe({session.context.child_with_timeout(*timeout)});
    if (!report) return session.out.error(report.error());
    if (session.out.json()) {
      print_json(session.out, *report);
    } else {
      print_text(session.out, *report);
    }
    for (const std::string& key : report->left_behind) {
      session.out.error(
          Error(ErrorCode::unknown, bucket->url(key) + " could not be removed again", "remove it by `cloudkit rm`"));
    }
    return report->keeps_promises() && report->left_behind.empty() ? 0 : 1;
  }

 private:
  static std::string text_of(const Behaviour& behaviour) {
    const bool unexpected = behaviour.answer == Answer::honoured && !behaviour.promised;
    return behaviour.text.empty() && unexpected ? "though it is not promised" : behaviour.text;
  }

  static void print_text(Output& out, const ProbeReport& report) {
    constexpr std::size_t kMarkWidth = 12;  // "not honoured"
    std::vector<Row> rows;
    std::string broken;
    std::string open;
    for (const Behaviour& behaviour : report.behaviours) {
      rows.push_back({std::string(to_string(behaviour.answer)), behaviour.name, text_of(behaviour), behaviour.hint});
      if (!behaviour.promised || behaviour.answer == Answer::honoured) continue;
      // A bucket without versions is none that fails.
      if (behaviour.answer == Answer::unknown && !behaviour.failed) continue;
      std::string& names = behaviour.answer == Answer::unknown ? open : broken;
      names += (names.empty() ? "" : ", ") + behaviour.name;
    }
    print_rows(out, kMarkWidth, rows);
    if (!open.empty()) out.line("could not be told: " + open);
    out.line(!broken.empty() ? "cloudkit relies on what is not honoured here: " + broken
             : open.empty()  ? "all that cloudkit relies on here is honoured"
                             : "all else that cloudkit relies on here is honoured");
  }

  static void print_json(Output& out, const ProbeReport& report) {
    std::vector<Json> behaviours;
    for (const Behaviour& behaviour : report.behaviours) {
      behaviours.push_back(Json()
                               .text("name", behaviour.name)
                               .text("answer", to_string(behaviour.answer))
                               .boolean("promised", behaviour.promised)
                               .boolean("failed", behaviour.failed)
                               .text_unless_empty("text", behaviour.text)
                               .text_unless_empty("hint", behaviour.hint));
    }
    out.object(Json().boolean("keeps_promises", report.keeps_promises()).list("behaviours", behaviours));
  }

  std::string url_;
  std::string timeout_text_ = "5m";
};

}  // namespace

std::unique_ptr<Command> make_probe() { return std::make_unique<Probe>(); }

}  // namespace cloudkit::tool
