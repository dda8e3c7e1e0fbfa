# PkgConfig::cloudkit_libzip. Not libzip's own CMake package: Debian's demands programs (zipcmp, zipmerge,
# ziptool) that come in packages of their own.
find_package(PkgConfig REQUIRED)
pkg_check_modules(cloudkit_libzip REQUIRED IMPORTED_TARGET GLOBAL libzip)
