#version 430 core
// Multiplies and adds in registers and does nothing else: how fast is the arithmetic?
layout(local_size_x = GROUP) in;
#include "params.glsl"

layout(std430, binding = 0) writeonly buffer R { float result[]; }; // one a thread

#define passes params[0].x
#define factor uintBitsToFloat(params[0].y)
#define term uintBitsToFloat(params[0].z)

// start is a number that the additions below keep exact.
vec4 start(int chain) { return vec4(float(gl_LocalInvocationID.x) + 0.25 * float(chain)); }

void main() {
	vec4 chains[CHAINS]; // independent of each other, to hide the latency of each
	for (int c = 0; c < CHAINS; c++) chains[c] = start(c);
	for (uint pass = 0u; pass < passes; pass++)
		for (int i = 0; i < STEPS; i++)
			for (int c = 0; c < CHAINS; c++) chains[c] = fma(chains[c], vec4(factor), vec4(term));
	vec4 sum = vec4(0.0);
	for (int c = 0; c < CHAINS; c++) sum += chains[c];
	result[gl_GlobalInvocationID.x] = sum.x + sum.y + sum.z + sum.w;
}
