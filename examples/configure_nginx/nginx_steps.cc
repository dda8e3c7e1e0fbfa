#include "nginx_steps.h"

namespace {

// Where nginx looks for what has no leading slash: the directory of -p, or the one that it was built with.
struct Places {
  std::string root;  // "/", or "" where all is relative to a prefix.
  std::string more;  // Directives that only one of them needs.
};

std::string nginx_conf(const Site& site, const Places& places) {
  const std::string& root = places.root;
  return "# Written by configure_nginx: changes here are lost.\n"
         "worker_processes auto;\n"
         "pid " +
         root +
         "run/nginx.pid;\n"
         "error_log " +
         root +
         "var/log/nginx/error.log;\n"
         "events {}\n"
         "http {\n"
         "  types { text/html html; text/css css; text/javascript js; image/svg+xml svg; image/png png; }\n"
         "  default_type application/octet-stream;\n"
         "  access_log " +
         root + "var/log/nginx/access.log;\n" + places.more +
         "  server {\n"
         "    listen " +
         std::to_string(site.port) +
         ";\n"
         "    root " +
         root +
         "var/www/cloudkit;\n"
         "  }\n"
         "}\n";
}

// As an ordinary user nginx cannot write where it would by itself.
constexpr const char* kTemporaryPaths =
    "  client_body_temp_path var/lib/nginx/body;\n"
    "  proxy_temp_path var/lib/nginx/proxy;\n"
    "  fastcgi_temp_path var/lib/nginx/fastcgi;\n"
    "  uwsgi_temp_path var/lib/nginx/uwsgi;\n"
    "  scgi_temp_path var/lib/nginx/scgi;\n";

// Below a prefix there is no systemd: this does for one service what a step asks of it.
constexpr const char* kSystemctl = R"sh(#!/bin/sh
# Written by configure_nginx: systemctl of a prefix, which has no service but nginx.
PATH=$PATH:/usr/sbin:/usr/local/sbin
cd "${0%/*}/../.." || exit 1
# As root nginx's workers would be a user who may not come in here.
user=
[ "$(id -u)" != 0 ] || grep -q '^[[:space:]]*user[[:space:]]' etc/nginx/nginx.conf || user='user root;'
run_nginx() { nginx -p "$PWD/" -c etc/nginx/nginx.conf ${user:+-g "$user"}; }
is_active() {
  pid=$(cat run/nginx.pid 2>/dev/null) && [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null &&
    [ "$(ps -o comm= -p "$pid")" = nginx ]
}
# stop_by SIGNAL: 0 when it has ended within five seconds.
stop_by() {
  kill -"$1" "$pid"
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do
    kill -0 "$pid" 2>/dev/null || return 0
    sleep 0.2
  done
  return 1
}
stop() { if is_active; then stop_by QUIT || stop_by TERM; fi; }

case $1 in
  is-active) is_active ;;
  start) is_active || run_nginx ;;
  stop) stop ;;
  restart) stop && run_nginx ;;
  show | is-enabled) ;;
  *) echo "systemctl: $1 is not known here" >&2 && exit 1 ;;
esac
)sh";

cloudkit::FileStep page_step(const Site& site) {
  cloudkit::FileStep step;
  step.path = "/var/www/cloudkit/index.html";
  step.content = site.page;
  return step;
}

// It takes the place of the old one only when nginx itself finds no fault with it.
cloudkit::FileStep configuration_step(const Site& site, const Places& places, const std::string& validate) {
  cloudkit::FileStep step;
  step.path = "/etc/nginx/nginx.conf";
  if (site.config_file.empty()) {
    step.content = nginx_conf(site, places);
  } else {
    step.local_file = site.config_file;
  }
  step.backup = true;
  step.validate = validate;
  step.notify = "nginx";
  return step;
}

}  // namespace

cloudkit::CloudInit steps_for_machine(const Site& site) {
  cloudkit::CloudInit steps;
  steps.package("nginx");
  steps.file(page_step(site));
  steps.file(configuration_step(site, {"/", ""}, "nginx -t -q -c %s"));
  steps.service({.name = "nginx"});
  return steps;
}

cloudkit::CloudInit steps_below_prefix(const Site& site) {
  cloudkit::CloudInit steps;
  cloudkit::CommandStep installed;
  installed.name = "nginx is installed";
  installed.command =
      "PATH=$PATH:/usr/sbin:/usr/local/sbin; command -v nginx || { echo 'install it: apt install nginx-light'; exit 1; "
      "}";
  installed.only_checks = true;
  steps.run(installed);
  for (const char* directory : {"/run", "/var/log/nginx", "/var/lib/nginx"}) steps.directory({.path = directory});
  steps.file(page_step(site));
  steps.file({.path = "/usr/bin/systemctl", .content = kSystemctl, .mode = 0755});
  steps.file(configuration_step(site, {"", kTemporaryPaths},
                                "PATH=$PATH:/usr/sbin:/usr/local/sbin; nginx -t -q -p \"$CLOUDKIT_PREFIX/\" -c %s"));
  steps.service({.name = "nginx", .enabled = std::nullopt});
  return steps;
}
