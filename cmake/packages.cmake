# The system libraries, all from Debian; tools/setup installs them.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

# liqd_package(yaml yaml-0.1) defines the imported target PkgConfig::yaml.
function(liqd_package name module)
  pkg_check_modules(${name} QUIET IMPORTED_TARGET GLOBAL ${module})
  if(NOT TARGET PkgConfig::${name})
    message(FATAL_ERROR "${module} is not installed: run tools/setup")
  endif()
endfunction()

liqd_package(crypto libcrypto)
liqd_package(jansson jansson)
liqd_package(secp256k1 libsecp256k1)
liqd_package(yaml yaml-0.1)
