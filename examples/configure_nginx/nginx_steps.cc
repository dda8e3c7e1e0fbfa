#include "nginx_steps.h"

namespace {

// As an ordinary user nginx cannot write where it would by itself.
constexpr const char* kTemporaryPaths =
    "  client_body_temp_path var/lib/nginx/body;\n"
    "  proxy_temp_path var/lib/nginx/proxy;\n"
    "  fastcgi_temp_path var/lib/nginx/fastcgi;\n"
    "  uwsgi_temp_path var/lib/nginx/uwsgi;\n"
    "  scgi_temp_path var/lib/nginx/scgi;\n";

// Of the site, where the host's own nginx.conf has all else. A name that any other site of the host has counts more,
// but not that somebody has called theirs the default: https://nginx.org/en/docs/http/server_names.html
std::string server_conf(const Site& site) {
  return "# Written by configure_nginx: changes here are lost.\n"
         "server {\n"
         "  listen " +
         std::to_string(site.port) +
         ";\n"
         "  server_name ~.;\n"
         "  root /var/www/cloudkit;\n"
         "}\n";
}

std::string nginx_conf(const Site& site) {
  return "# Written by configure_nginx: changes here are lost.\n"
         "worker_processes auto;\n"
         "pid run/nginx.pid;\n"
         "error_log var/log/nginx/error.log;\n"
         "events {}\n"
         "http {\n"
         "  types { text/html html; text/css css; text/javascript js; image/svg+xml svg; image/png png; }\n"
         "  default_type application/octet-stream;\n"
         "  access_log var/log/nginx/access.log;\n" +
         std::string(kTemporaryPaths) +
         "  server {\n"
         "    listen " +
         std::to_string(site.port) +
         ";\n"
         "    root var/www/cloudkit;\n"
         "  }\n"
         "}\n";
}

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
  is-active) if is_active; then echo active; else echo inactive; exit 3; fi ;;
  start) is_active || run_nginx ;;
  stop) stop ;;
  restart) stop && run_nginx ;;
  is-enabled) echo static ;;
  show) ;;
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
cloudkit::FileStep configuration_step(const Site& site, const std::string& path, const std::string& content,
                                      const std::string& validate) {
  cloudkit::FileStep step;
  step.path = path;
  if (site.config_file.empty()) {
    step.content = content;
  } else {
    step.local_file = site.config_file;
  }
  step.backup = true;
  step.validate = validate;
  return step;
}

// What nginx finds no fault with it may still not start with: the port may be another's. Then what it has taken last is
// put back, so that the page of before goes on being served: the last backup where it has taken nothing yet.
cloudkit::CommandStep restart_step(const std::string& path, const std::string& check) {
  const std::string files = "conf=$CLOUDKIT_PREFIX" + path + "; taken=$CLOUDKIT_PREFIX/var/lib/nginx/cloudkit.taken; ";
  cloudkit::CommandStep step;
  step.name = "restart nginx";
  step.unless = files + "cmp \"$conf\" \"$taken\"";
  step.command = files + "if " + check +
                 " && systemctl restart nginx; then mkdir -p \"${taken%/*}\" && cp \"$conf\" \"$taken\"; exit; fi\n"
                 "before=$taken; [ -e \"$taken\" ] || before=$(ls \"${conf%/*}/.${conf##*/}\".*.bak | tail -n 1)\n"
                 "if [ -n \"$before\" ]; then cp \"$before\" \"$conf\"; else rm -f \"$conf\"; fi\n"
                 "systemctl is-active nginx || systemctl start nginx\n"
                 "exit 1";
  return step;
}

}  // namespace

cloudkit::CloudInit steps_for_machine(const Site& site) {
  cloudkit::CloudInit steps;
  steps.package("nginx");
  steps.file(page_step(site));
  // The host's nginx.conf, and the sites that it has, stay as they are.
  const std::string path = "/etc/nginx/conf.d/cloudkit.conf";
  steps.file(configuration_step(site, path, server_conf(site),
                                "c=$(mktemp) && printf 'events {} http { include %%s; }' %s >\"$c\" && nginx -t -q -c "
                                "\"$c\"; s=$?; rm -f \"$c\"; exit $s"));
  steps.run(restart_step(path, "nginx -t -q"));
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
  const std::string path = "/etc/nginx/nginx.conf";
  steps.file(configuration_step(site, path, nginx_conf(site),
                                "PATH=$PATH:/usr/sbin:/usr/local/sbin; nginx -t -q -p \"$CLOUDKIT_PREFIX/\" -c %s"));
  steps.run(restart_step(path, "true"));
  steps.service({.name = "nginx", .enabled = std::nullopt});
  return steps;
}
