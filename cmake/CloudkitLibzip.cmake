# PkgConfig::cloudkit_libzip. Not libzip's own CMake package: Debian's demands programs (zipcmp, zipmerge,
# ziptool) that come in packages of their own. vcpkg's knows what a static libzip needs, which pkg-config is not asked.
if(DEFINED VCPKG_TARGET_TRIPLET)
  find_package(libzip CONFIG REQUIRED)
  if(NOT TARGET PkgConfig::cloudkit_libzip)
    add_library(PkgConfig::cloudkit_libzip INTERFACE IMPORTED GLOBAL)
    target_link_libraries(PkgConfig::cloudkit_libzip INTERFACE libzip::zip)
  endif()
else()
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(cloudkit_libzip REQUIRED IMPORTED_TARGET GLOBAL libzip)
endif()
