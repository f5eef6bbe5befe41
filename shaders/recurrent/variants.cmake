# SPDX-License-Identifier: Apache-2.0
# Everything else about these kernels is a specialisation constant, named in steps.glsl.
kernel(recurrent_pack SOURCE pack.comp)
foreach(cell lstm gru rnn)
  foreach(pass FORWARD BACKWARD)
    string(TOLOWER ${cell}_${pass} name)
    kernel(${name} SOURCE ${cell}.comp DEFINES ${pass})
    kernel(${name}_texel SOURCE ${cell}.comp DEFINES ${pass} TEXEL)
    kernel(${name}_alone SOURCE ${cell}.comp DEFINES ${pass} ALONE)
  endforeach()
endforeach()
