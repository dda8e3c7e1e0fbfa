#include "help.h"

namespace cloudkit::tool {

const std::vector<HelpTopic>& help_topics() {
  static const std::vector<HelpTopic> topics = {
      {"urls", "how buckets, objects, files, functions and machines are named",
       "Objects are named by URLs:\n\n"
       "  s3://BUCKET/KEY      on S3, and on what speaks its protocol\n"
       "  gs://BUCKET/KEY      on Google Cloud Storage\n"
       "  az://CONTAINER/KEY   on Azure Blob Storage\n"
       "  file:///DIR/KEY      files; every directory is a bucket\n"
       "  mem://NAME/KEY       in the program's memory, and gone with it\n\n"
       "What else S3 needs is in the query; quote it, as shells take ? and & for their own:\n\n"
       "  's3://reports?region=eu-west-1'\n"
       "  's3://reports?endpoint=http://127.0.0.1:9000&profile=dev'\n\n"
       "In a URL %XX is a byte: %3F is a question mark, %2A a star that is no pattern.\n"
       "A URL that ends with / names all below it. What begins with /, ./ or ../ is a path, in which % is a %;\n"
       "cp and mv take any other word for a path, too. - is standard input or output, of cp.\n\n"
       "Where functions and machines are, --on says: aws://REGION, local:///DIR, ssh://USER@HOST. The query of\n"
       "aws:// may have profile, endpoint, fips, dual_stack and, for functions, schedules (scheduler or rules):\n\n"
       "  'aws://eu-west-1?profile=dev'"},
      {"patterns", "how one URL names several objects, and what sync leaves out",
       "A URL whose path holds a * is a pattern, for ls, cat, cp, mv and rm. Quote it:\n\n"
       "  cloudkit cp 's3://logs/2026/*.gz' .\n"
       "  cloudkit ls 's3://logs/2026-11-*/web[0-3]/**'\n\n"
       "  *       any bytes but /\n"
       "  **      any bytes\n"
       "  [a-z]   one of a set; [!a-z] one that is not in it\n"
       "  \\       takes the next one as it is, in a set, too; so does %2A for *, %5B for [\n\n"
       "Names are kept from the first directory on that the pattern does not spell out.\n\n"
       "--include and --exclude of sync, backup and restore take the same patterns, and ? for one character.\n"
       "/logs/*.gz begins at the key's first byte, *.tmp behind any /, and cache/ is all that lies below."},
      {"output", "text, JSON, progress and exit codes",
       "Results are on standard output, errors, notices and progress on standard error. Progress is shown on\n"
       "terminals only.\n\n"
       "--json prints one JSON object a line; an error is {\"error\": {\"code\": …, \"message\": …}}.\n\n"
       "Exit codes:\n"
       "    0  done\n"
       "    1  failed, or partly failed\n"
       "    2  wrong usage\n"
       "    3  not found\n"
       "    4  credentials or permission\n"
       "    5  try again later: throttled, unavailable, another run holds the lock\n"
       "    6  data were damaged\n"
       "  130  interrupted; Ctrl-C leaves nothing behind, a second one ends the program at once"},
  };
  return topics;
}

}  // namespace cloudkit::tool
