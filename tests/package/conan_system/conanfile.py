# A library that the system's package manager has installed, as a Conan package: so that the recipe can be tried without
# a network. conan create . --name=fmt --version=9.1.0
from conan import ConanFile
from conan.tools.gnu import PkgConfig

# Of each: its pkg-config name (none: a header or a library where the compiler looks anyway), its CMake package, its
# components with their CMake targets and libraries.
LIBRARIES = {
    "libcurl": ("libcurl", "CURL", {"curl": ("CURL::libcurl", [])}),
    "openssl": (None, "OpenSSL", {"crypto": ("OpenSSL::Crypto", ["crypto"]), "ssl": ("OpenSSL::SSL", ["ssl"])}),
    "nlohmann_json": (None, "nlohmann_json", {"nlohmann_json": ("nlohmann_json::nlohmann_json", [])}),
    "pugixml": ("pugixml", "pugixml", {"pugixml": ("pugixml::pugixml", [])}),
    "fmt": ("fmt", "fmt", {"fmt": ("fmt::fmt", [])}),
    "libzip": ("libzip", "libzip", {"zip": ("libzip::zip", [])}),
    "date": (None, "date", {"date-tz": ("date::date-tz", ["date-tz"])}),
    "zlib": ("zlib", "ZLIB", {"z": ("ZLIB::ZLIB", [])}),
    "cli11": (None, "CLI11", {"cli11": ("CLI11::CLI11", [])}),
}


class SystemLibrary(ConanFile):
    package_type = "shared-library"
    settings = "os", "arch", "compiler", "build_type"

    def package_info(self):
        pkg_config, package, components = LIBRARIES[self.name]
        self.cpp_info.set_property("cmake_file_name", package)
        for name, (target, libraries) in components.items():
            component = self.cpp_info.components[name]
            component.includedirs, component.libdirs, component.bindirs = [], [], []
            component.set_property("cmake_target_name", target)
            component.system_libs = libraries
            if pkg_config:
                PkgConfig(self, pkg_config).fill_cpp_info(component, is_system=True)
                component.set_property("pkg_config_name", pkg_config)
