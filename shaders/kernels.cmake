# SPDX-License-Identifier: Apache-2.0
# Compiles the kernels that shaders/<family>/variants.cmake declare and embeds them in the library.
#
#   kernel(NAME SOURCE file.comp [DEFINES A=1 B=2 ...] [REQUIRES GL_EXT_name ...])
#
# NAME becomes an enumerator of `Kernel` (generated/shaders/kernels.h), so a wrong name does not
# compile in C++. SOURCE lies beside the variants.cmake that names it. A kernel that REQUIRES an
# extension this GLSL compiler lacks keeps its enumerator, with no words: C++ compiles everywhere.

find_program(LEMNOS_GLSLANG NAMES glslangValidator glslang HINTS $ENV{VULKAN_SDK}/bin REQUIRED
             DOC "GLSL compiler: glslangValidator")
set(generated ${PROJECT_BINARY_DIR}/generated)
file(MAKE_DIRECTORY ${generated}/spirv ${generated}/shaders)
set(glslang_command ${LEMNOS_GLSLANG} -V --target-env vulkan1.2 --quiet
    -I${CMAKE_CURRENT_LIST_DIR} -I${PROJECT_SOURCE_DIR})

# Sets GLSL_<extension> (cached): whether the GLSL compiler knows the extension.
function(glsl_extension extension)
  if(NOT DEFINED GLSL_${extension})
    set(probe ${generated}/probe.comp)
    file(WRITE ${probe} "#version 450\n#extension ${extension} : require\nvoid main() {}\n")
    execute_process(COMMAND ${glslang_command} -o ${generated}/probe.spv ${probe}
                    RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
    string(COMPARE EQUAL "${failed}" 0 supported)
    set(GLSL_${extension} ${supported} CACHE INTERNAL "")
    message(STATUS "GLSL extension ${extension}: ${supported}")
  endif()
endfunction()

function(kernel name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "SOURCE" "DEFINES;REQUIRES")
  if(NOT name MATCHES "^[a-z][a-z0-9_]*$" OR NOT arg_SOURCE OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "kernel(${name} ...): usage is kernel(lower_case_name SOURCE file.comp "
                        "[DEFINES A=1 ...] [REQUIRES GL_EXT_name ...])")
  endif()
  get_property(names GLOBAL PROPERTY kernel_names)
  if(name IN_LIST names)
    message(FATAL_ERROR "kernel(${name} ...) is declared twice; the second is in "
                        "${CMAKE_CURRENT_LIST_DIR}")
  endif()
  set_property(GLOBAL APPEND PROPERTY kernel_names ${name})

  foreach(extension IN LISTS arg_REQUIRES)
    glsl_extension(${extension})
    if(NOT GLSL_${extension})
      return()
    endif()
  endforeach()
  set_property(GLOBAL APPEND PROPERTY kernel_compiled ${name})

  set(source ${CMAKE_CURRENT_LIST_DIR}/${arg_SOURCE})
  set(output ${generated}/spirv/${name})
  list(TRANSFORM arg_DEFINES PREPEND -D)
  add_custom_command(
    OUTPUT ${output}.spv ${output}.inc
    COMMAND ${glslang_command} ${arg_DEFINES} --depfile ${output}.d -o ${output}.spv ${source}
    COMMAND ${CMAKE_COMMAND} -D spirv=${output}.spv -D words=${output}.inc
            -P ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/embed.cmake
    DEPENDS ${source} ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/embed.cmake
    DEPFILE ${output}.d
    COMMENT "Compiling kernel ${name}" VERBATIM)
  set_property(GLOBAL APPEND PROPERTY kernel_outputs ${output}.inc)
endfunction()

# A line kernel in the layouts of common/reduce.glsl. LAST_AXIS_ONLY leaves out those of four
# lines at once, for kernels whose lines always lie along the last axis.
function(line_kernel name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "LAST_AXIS_ONLY" "SOURCE" "DEFINES")
  kernel(${name}_lane SOURCE ${arg_SOURCE} DEFINES LANE ${arg_DEFINES})
  if(NOT arg_LAST_AXIS_ONLY)
    kernel(${name}_lane_vec4 SOURCE ${arg_SOURCE} DEFINES LANE VECTORS ${arg_DEFINES})
    kernel(${name}_lane_texel SOURCE ${arg_SOURCE} DEFINES LANE VECTORS TEXEL ${arg_DEFINES})
  endif()
  kernel(${name}_group SOURCE ${arg_SOURCE} DEFINES ${arg_DEFINES})
  kernel(${name}_group_vec4 SOURCE ${arg_SOURCE} DEFINES VECTORS ${arg_DEFINES})
  kernel(${name}_subgroup SOURCE ${arg_SOURCE} DEFINES VECTORS SUBGROUP ${arg_DEFINES})
  kernel(${name}_subgroup_texel SOURCE ${arg_SOURCE} DEFINES VECTORS SUBGROUP TEXEL ${arg_DEFINES})
endfunction()

# A kernel over images in the variants of common/images.glsl.
function(image_kernel name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "SOURCE" "")
  kernel(${name} SOURCE ${arg_SOURCE})
  kernel(${name}_vec4 SOURCE ${arg_SOURCE} DEFINES VECTORS)
  kernel(${name}_texel SOURCE ${arg_SOURCE} DEFINES VECTORS TEXEL)
endfunction()

# A kernel on the cooperative matrices of common/matrix.glsl.
function(matrix_kernel name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "SOURCE" "")
  kernel(${name}_f16 SOURCE ${arg_SOURCE} DEFINES F16 REQUIRES GL_KHR_cooperative_matrix)
  kernel(${name}_bf16 SOURCE ${arg_SOURCE} DEFINES BF16
         REQUIRES GL_KHR_cooperative_matrix GL_EXT_bfloat16)
endfunction()

# A product of tiles in the variants of common/product_tile.glsl.
function(product_kernel name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "SOURCE" "")
  kernel(${name} SOURCE ${arg_SOURCE})
  matrix_kernel(${name} SOURCE ${arg_SOURCE})
endfunction()

# Writes generated/shaders/kernels.{h,cpp} for the kernels declared so far; makes target `kernels`.
function(generate_kernels)
  get_property(names GLOBAL PROPERTY kernel_names)
  get_property(compiled GLOBAL PROPERTY kernel_compiled)
  get_property(outputs GLOBAL PROPERTY kernel_outputs)
  set(enumerators "")
  set(arrays "")
  set(entries "")
  set(available "")
  set(modules "")
  foreach(name IN LISTS names)
    string(APPEND enumerators "  ${name},\n")
    if(name IN_LIST compiled)
      string(APPEND arrays
             "constexpr std::uint32_t ${name}_words[] = {\n#include \"spirv/${name}.inc\"\n};\n")
      string(APPEND entries "    {\"${name}\", ${name}_words},\n")
      string(APPEND available "    Kernel::${name},\n")
      string(APPEND modules "${generated}/spirv/${name}.spv\n")
    else()
      string(APPEND entries "    {\"${name}\", {}},\n")
    endif()
  endforeach()
  list(LENGTH names count)
  list(LENGTH compiled available_count)
  set(here ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
  configure_file(${here}/kernels.h.in ${generated}/shaders/kernels.h @ONLY)
  configure_file(${here}/kernels.cpp.in ${generated}/shaders/kernels.cpp @ONLY)
  file(CONFIGURE OUTPUT ${generated}/spirv/modules.txt CONTENT "${modules}")  # for spirv-val
  add_custom_target(kernels DEPENDS ${outputs})
  message(STATUS "Kernels: ${count}")
endfunction()
