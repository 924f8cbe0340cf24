#version 430 core
// dst[r, :] = word[token of r, :] + position[position of r, :]. A shard of the word matrix serves the rows whose tokens
// it holds; every row falls to exactly one. STREAM 1: dst is a residual stream, see stream.glsl; there is one row.
layout(local_size_x = GROUP) in;
#include "params.glsl"
#include "eight.glsl"

layout(std430, binding = 1) readonly buffer P { uvec4 position[]; };  // [positions, in8], eight halves each
layout(std430, binding = 2) readonly buffer R { uint info[]; };       // tokens, then positions, then slots
layout(std430, binding = 3) writeonly buffer D { vec4 dst[]; };       // [rows, 2 in8]

#define in8 params[0].x
#define firstToken params[0].y
#define tokens params[0].z  // in this shard
#define rowCapacity params[0].w

void main() {
	uint i = gl_GlobalInvocationID.x, r = gl_WorkGroupID.y;
	uint token = info[r] - firstToken; // wraps to a large number for tokens of earlier shards
	if (i >= in8 || token >= tokens) return;
	vec4 a, b;
	eight(token, in8, i, a, b);
	uvec4 p = position[info[rowCapacity + r] * in8 + i];
	dst[2u * (r * in8 + i)] = a + lower(p);
	dst[2u * (r * in8 + i) + 1u] = b + upper(p);
#if STREAM == 1
	// Nothing has been added yet. Zeros are the same as integers.
	for (uint k = 4u; k < 12u; k++) dst[k * in8 + i] = vec4(0.0);
#endif
}
