#pragma once

#include <cloudkit/aws.h>
#include <cloudkit/bytes.h>
#include <cloudkit/context.h>
#include <cloudkit/credentials.h>
#include <cloudkit/error.h>
#include <cloudkit/http_options.h>
#include <cloudkit/io.h>
#include <cloudkit/local.h>
#include <cloudkit/log.h>
#include <cloudkit/memory.h>
#include <cloudkit/object_store.h>
#include <cloudkit/object_types.h>
#include <cloudkit/open.h>
#include <cloudkit/result.h>
#include <cloudkit/version.h>
