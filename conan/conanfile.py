import os
import re

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, get, load, rm, rmdir
from conan.tools.gnu import PkgConfigDeps

required_conan_version = ">=2.4"

PARTS = ("aws", "gcp", "azure", "functions", "compute", "stack", "tools")


class CloudkitConan(ConanFile):
    name = "cloudkit"
    description = "Cloud storage, functions and machines from C++, without a vendor SDK"
    license = "Apache-2.0"
    topics = ("s3", "gcs", "azure-blob", "lambda", "ec2", "sigv4", "cloud")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "fPIC": [True, False], **{part: [True, False] for part in PARTS}}
    default_options = {"shared": False, "fPIC": True, **{part: part != "tools" for part in PARTS}}
    implements = ["auto_shared_fpic"]

    # A release's recipe has the archive in conandata.yml (tools/release); this one is of the checkout that it lies in.
    @property
    def _is_released(self):
        return bool(self.conan_data)

    def set_version(self):
        if self._is_released:
            return
        project = load(self, os.path.join(self.recipe_folder, "..", "CMakeLists.txt"))
        self.version = re.search(r"project\(cloudkit VERSION ([0-9.]+)", project).group(1)

    def export_sources(self):
        if self._is_released:
            return
        root = os.path.join(self.recipe_folder, "..")
        for pattern in ("CMakeLists.txt", "LICENSE", "THIRD_PARTY_NOTICES.md", "cmake/*", "include/*", "src/*", "tools/*"):
            copy(self, pattern, root, self.export_sources_folder)

    def source(self):
        if self._is_released:
            get(self, **self.conan_data["sources"][self.version], strip_root=True)

    def layout(self):
        if self._is_released:
            cmake_layout(self, src_folder="src")
        else:
            self.folders.root = ".."
            cmake_layout(self)

    def config_options(self):
        if self.settings.os == "Windows":
            del self.options.fPIC

    def configure(self):
        if not (self.options.functions and self.options.compute):
            self.options.rm_safe("stack")

    @property
    def _has_stack(self):
        return bool(self.options.get_safe("stack", False))

    # What CMakeLists.txt asks for, up to the next version that may break it.
    def requirements(self):
        self.requires("libcurl/[>=7.81 <9]")
        self.requires("openssl/[>=3.0 <4]")
        self.requires("nlohmann_json/[>=3.10 <4]")
        self.requires("pugixml/[>=1.11 <2]")
        self.requires("fmt/[>=8 <13]")
        if self.options.functions:
            self.requires("libzip/[>=1.7 <2]")
            self.requires("date/[>=3.0 <4]")
        if self.options.compute:
            self.requires("zlib/[>=1.2.11 <2]")
        if self.options.tools:
            self.requires("cli11/[>=2.1 <3]")

    def build_requirements(self):
        if self.options.functions and not self.conf.get("tools.gnu:pkg_config", check_type=str):
            self.tool_requires("pkgconf/[>=2.0 <3]")

    def validate(self):
        check_min_cppstd(self, 20)
        if self.settings.os not in ("Linux", "FreeBSD", "Macos"):
            raise ConanInvalidConfiguration("cloudkit needs POSIX")
        if self.dependencies["fmt"].options.get_safe("header_only"):
            raise ConanInvalidConfiguration("cloudkit needs fmt with its library: -o 'fmt/*:header_only=False'")

    def generate(self):
        toolchain = CMakeToolchain(self)
        for part in PARTS:
            toolchain.cache_variables[f"CLOUDKIT_{part.upper()}"] = bool(self.options.get_safe(part, False))
        toolchain.cache_variables["CLOUDKIT_TESTS"] = False
        toolchain.cache_variables["CLOUDKIT_EXAMPLES"] = False
        toolchain.cache_variables["CLOUDKIT_INSTALL"] = True
        toolchain.generate()
        deps = CMakeDeps(self)
        # Else CMakeLists.txt, which asks for the least, is refused the next major version, and CMake looks elsewhere.
        for library in ("libcurl", "fmt"):
            deps.set_property(library, "cmake_config_version_compat", "AnyNewerVersion")
        deps.generate()
        PkgConfigDeps(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        for notice in ("LICENSE", "THIRD_PARTY_NOTICES.md"):
            copy(self, notice, self.source_folder, os.path.join(self.package_folder, "licenses"))
        CMake(self).install()
        rmdir(self, os.path.join(self.package_folder, "share", "licenses"))
        rmdir(self, os.path.join(self.package_folder, "lib", "pkgconfig"))
        # CMakeDeps writes the package anew; of cloudkit's own only what defines cloudkit_add_function stays.
        for pattern in ("cloudkit*.cmake", "CloudkitDate.cmake", "CloudkitLibzip.cmake"):
            rm(self, pattern, os.path.join(self.package_folder, "lib", "cmake", "cloudkit"))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "cloudkit")
        self.cpp_info.set_property("cmake_target_name", "cloudkit::cloudkit")
        self.cpp_info.set_property("cmake_config_version_compat", "SameMinorVersion")  # As CloudkitInstall.cmake says.
        self.cpp_info.set_property("cmake_build_modules", [os.path.join("lib", "cmake", "cloudkit", "CloudkitFunction.cmake")])
        self.cpp_info.set_property("pkg_config_name", "cloudkit")
        # fmt and nlohmann_json are in the objects; what is linked is the same for every part of a shared library.
        libraries = ["libcurl::libcurl", "openssl::crypto", "pugixml::pugixml", "fmt::fmt", "nlohmann_json::nlohmann_json"]
        of_functions = ["libzip::libzip", "date::date"] if self.options.functions else []
        of_compute = ["zlib::zlib"] if self.options.compute else []
        if self.options.shared:
            self._component("objects", libraries + of_functions + of_compute)
            self._component("serve", ["objects"], library=False)
        else:
            self._component("base", [])
            self.cpp_info.components["base"].defines = ["CLOUDKIT_STATIC_DEFINE"]
            self._component("objects", ["base", *libraries])
            self._component("serve", ["base"])
        separate = not self.options.shared
        if self.options.functions:
            self._component("functions", ["objects", *(of_functions if separate else [])], separate)
        if self.options.compute:
            self._component("compute", ["objects", *(of_compute if separate else [])], separate)
        if self._has_stack:
            self._component("stack", ["functions", "compute"], separate)
        self._component("testing", [part for part in ("objects", "functions", "compute") if part in self.cpp_info.components])
        if self.options.tools:
            self._component("tools", ["cli11::cli11"], library=False)  # Only the program needs it.

    def _component(self, name, requires, library=True):
        component = self.cpp_info.components[name]
        component.set_property("cmake_target_name", f"cloudkit::{name}")
        component.set_property("pkg_config_name", f"cloudkit-{name}")
        component.requires = requires
        if library:
            component.libs = [f"cloudkit_{name}"]
        if self.settings.os in ("Linux", "FreeBSD"):
            component.system_libs = ["pthread"]
