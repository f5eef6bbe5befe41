// SPDX-License-Identifier: Apache-2.0
// Nothing: what a dispatch costs. A probe of the device, not a kernel of an op.
#version 450

layout(local_size_x = 64) in;

void main() {}
