# cmake --install BUILD --prefix P makes P/bin, P/lib/pixelclip (the libraries of LibTorch that the binaries load),
# P/share/pixelclip (models, recipes) and P/share/doc/pixelclip (licences). Debian's libraries stay Debian's:
# packaging/dependencies.sh names their packages. Four components, so that an image holds one program: libraries
# (with the licences), server, trainer, tools.

option(PIXELCLIP_INSTALL_CUDA "Install LibTorch's CUDA libraries too, of the same wheels (gigabytes)" OFF)

install(TARGETS pixelclip pixelclip-server RUNTIME_DEPENDENCY_SET libtorch DESTINATION bin COMPONENT server)
install(TARGETS pixelclip-train RUNTIME_DEPENDENCY_SET libtorch DESTINATION bin COMPONENT trainer)
install(TARGETS pixelclip-engine pixelclip-load RUNTIME_DEPENDENCY_SET libtorch DESTINATION bin COMPONENT tools)
set_target_properties(pixelclip-engine pixelclip-server pixelclip-train PROPERTIES
  INSTALL_RPATH "$ORIGIN/../lib/pixelclip")

# The plugins that programs load with the first GPU. The one for NCCL needs LibTorch's CUDA libraries beside it.
if(TARGET pixelclip_cuda)
  install(TARGETS pixelclip_cuda LIBRARY DESTINATION lib/pixelclip COMPONENT libraries)
  set_target_properties(pixelclip_cuda PROPERTIES INSTALL_RPATH "$ORIGIN")
endif()
if(PIXELCLIP_INSTALL_CUDA)
  if(TARGET pixelclip_nccl)
    install(TARGETS pixelclip_nccl LIBRARY DESTINATION lib/pixelclip COMPONENT trainer)
    set_target_properties(pixelclip_nccl PROPERTIES INSTALL_RPATH "$ORIGIN")
  endif()
  find_library(LibTorch_CUDA torch_cuda PATHS ${LIBTORCH_ROOT}/torch/lib NO_DEFAULT_PATH REQUIRED)
  add_library(LibTorch::cuda SHARED IMPORTED)
  set_target_properties(LibTorch::cuda PROPERTIES IMPORTED_LOCATION ${LibTorch_CUDA})
  install(IMPORTED_RUNTIME_ARTIFACTS LibTorch::cuda
    RUNTIME_DEPENDENCY_SET libtorch
    LIBRARY DESTINATION lib/pixelclip COMPONENT libraries)
  # What these load by name, so that no list of dependencies has it. Left out: libtorch_cuda_linalg.so with cuSOLVER,
  # which decompositions of matrices would load.
  file(GLOB loaded_by_name
    ${LIBTORCH_ROOT}/torch/lib/libcaffe2_nvrtc.so
    ${LIBTORCH_ROOT}/nvidia/cudnn/lib/libcudnn_*.so.*
    ${LIBTORCH_ROOT}/nvidia/cu13/lib/libnvrtc.so.*
    ${LIBTORCH_ROOT}/nvidia/cu13/lib/libnvrtc-builtins.so.*)
  install(FILES ${loaded_by_name} DESTINATION lib/pixelclip COMPONENT libraries)
endif()

# By name, before any is searched for: what is not LibTorch's or CUDA's comes from Debian.
install(RUNTIME_DEPENDENCY_SET libtorch
  PRE_INCLUDE_REGEXES "^lib(c10|torch|gomp|cu|nv|nccl)"
  PRE_EXCLUDE_REGEXES ".*"
  LIBRARY DESTINATION lib/pixelclip COMPONENT libraries)

install(FILES
    models/mini/README.md
    models/mini/dense_refiner.safetensors
    models/mini/open_clip_config.json
    models/mini/open_clip_model.safetensors
  DESTINATION share/pixelclip/models/mini COMPONENT server)
install(DIRECTORY trainer/recipes/ DESTINATION share/pixelclip/recipes COMPONENT trainer
  FILES_MATCHING PATTERN "*.yaml")

# The licences of this project and of all that the files above hold: data, wheels, libraries that are headers alone.
set(licences share/doc/pixelclip)
install(FILES LICENSE NOTICE DESTINATION ${licences} COMPONENT libraries)
install(FILES core/text/data/LICENSE DESTINATION ${licences}/third-party/clip COMPONENT libraries)
file(GLOB wheels ${LIBTORCH_ROOT}/torch-*.dist-info ${LIBTORCH_ROOT}/nvidia_*.dist-info)
foreach(wheel ${wheels})
  get_filename_component(name ${wheel} NAME)
  string(REPLACE ".dist-info" "" name ${name})
  install(DIRECTORY ${wheel}/licenses/ DESTINATION ${licences}/third-party/${name} COMPONENT libraries)
endforeach()
foreach(package libcli11-dev nlohmann-json3-dev)
  install(FILES /usr/share/doc/${package}/copyright DESTINATION ${licences}/third-party/${package}
    COMPONENT libraries OPTIONAL)
endforeach()
