# SPDX-License-Identifier: Apache-2.0
# Debian packages, one per component of the installation: `make deb`. What a package links to becomes a dependency by
# itself (dpkg-shlibdeps). Added here is what it needs besides: OpenBLAS is opened at run time, and whoever links to the
# static library needs the development packages of the libraries under it.
set(library_package libmillrace${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME millrace)
set(CPACK_PACKAGE_CONTACT "millrace maintainers <maintainers@millrace.example>")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL program library development)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)

set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME millrace)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_DEPENDS libopenblas0-openmp)
if(BUILD_SHARED_LIBS)
  string(APPEND CPACK_DEBIAN_PROGRAM_PACKAGE_DEPENDS ", ${library_package} (= ${PROJECT_VERSION})")
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR})
endif()
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION "Training of neural networks on multicore CPUs: the program\nTrains networks on tables and writes them as ONNX.")

set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME ${library_package})
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_DEPENDS libopenblas0-openmp)
set(CPACK_COMPONENT_LIBRARY_DESCRIPTION "Training of neural networks on multicore CPUs: shared library\nNeeded by programs that link to libmillrace.so.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libmillrace-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
    "${library_package} (= ${PROJECT_VERSION}), libdnnl-dev, libtbb-dev, libonnx-dev, libprotobuf-dev, libzstd-dev, zlib1g-dev, ocl-icd-opencl-dev")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "Training of neural networks on multicore CPUs: development files\nHeaders, static library, CMake package and examples.")

foreach(package millrace ${library_package} libmillrace-dev)
  list(POP_FRONT CPACK_COMPONENTS_ALL component)
  install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/${package} RENAME copyright COMPONENT ${component} EXCLUDE_FROM_ALL)
  list(APPEND CPACK_COMPONENTS_ALL ${component})
endforeach()
include(CPack)
