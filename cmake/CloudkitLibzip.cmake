# PkgConfig::cloudkit_libzip, and whether libzip_FOUND. Not libzip's own CMake package: Debian's demands programs
# (zipcmp, zipmerge, ziptool) that come in packages of their own. vcpkg's knows what a static libzip needs, which
# pkg-config is not asked.
if(DEFINED VCPKG_TARGET_TRIPLET)
  find_package(libzip CONFIG QUIET)
  if(libzip_FOUND AND NOT TARGET PkgConfig::cloudkit_libzip)
    add_library(PkgConfig::cloudkit_libzip INTERFACE IMPORTED GLOBAL)
    target_link_libraries(PkgConfig::cloudkit_libzip INTERFACE libzip::zip)
  endif()
else()
  find_package(PkgConfig QUIET)
  set(libzip_FOUND FALSE)
  if(PkgConfig_FOUND)
    pkg_check_modules(cloudkit_libzip QUIET IMPORTED_TARGET GLOBAL libzip)
    set(libzip_FOUND ${cloudkit_libzip_FOUND})
  endif()
endif()
