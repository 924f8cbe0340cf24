#version 430 core
// Reads a buffer and does nothing else: how fast is the memory? Each thread loops, with 8 loads of 16 bytes in flight, so
// that a grid that fits on the device at once keeps its memory busy to the end.
layout(local_size_x = GROUP) in;
#include "params.glsl"

layout(std430, binding = 0) readonly buffer S { uvec4 source[]; };
layout(std430, binding = 1) writeonly buffer R { uint result[]; }; // one a thread: exclusive or of what it read

#define pieces params[0].x // of 16 bytes, a multiple of all that the grid has in flight
#define passes params[0].y

const uint inFlight = 8u;

void main() {
	uint threads = gl_NumWorkGroups.x * GROUP, thread = gl_GlobalInvocationID.x;
	uvec4 mixed = uvec4(0u);
	for (uint pass = 0u; pass < passes; pass++)
		for (uint i = thread; i < pieces; i += inFlight * threads) {
			uvec4 piece[inFlight];
			for (uint k = 0u; k < inFlight; k++) piece[k] = source[i + k * threads];
			for (uint k = 0u; k < inFlight; k++) mixed ^= piece[k];
		}
	result[thread] = mixed.x ^ mixed.y ^ mixed.z ^ mixed.w;
}
