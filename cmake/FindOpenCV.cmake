# Imports OpenCV::imgcodecs (with core and imgproc) from Debian's libopencv-imgcodecs-dev. OpenCV's own
# OpenCVConfig.cmake ships only in libopencv-dev, which drags in a desktop's worth of packages.
find_path(OpenCV_INCLUDE_DIR opencv2/core.hpp PATH_SUFFIXES opencv4)
set(opencv_libraries)
foreach(module core imgproc imgcodecs)
  find_library(OpenCV_${module} opencv_${module})
  list(APPEND opencv_libraries OpenCV_${module})
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OpenCV REQUIRED_VARS OpenCV_INCLUDE_DIR ${opencv_libraries})

if(OpenCV_FOUND AND NOT TARGET OpenCV::imgcodecs)
  foreach(module core imgproc imgcodecs)
    add_library(OpenCV::${module} SHARED IMPORTED)
    set_target_properties(OpenCV::${module} PROPERTIES
      IMPORTED_LOCATION ${OpenCV_${module}}
      INTERFACE_INCLUDE_DIRECTORIES ${OpenCV_INCLUDE_DIR})
  endforeach()
  target_link_libraries(OpenCV::imgproc INTERFACE OpenCV::core)
  target_link_libraries(OpenCV::imgcodecs INTERFACE OpenCV::imgproc)
endif()
