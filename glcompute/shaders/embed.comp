#version 430 core
// dst[r, :] = word[token of r, :] + position[position of r, :]. A shard of the word matrix serves the rows whose tokens
// it holds; every row falls to exactly one.
layout(local_size_x = GROUP) in;
#include "params.glsl"

layout(std430, binding = 0) readonly buffer W { uvec2 word[]; };      // [shard rows, in4], four halves each
layout(std430, binding = 1) readonly buffer P { uvec2 position[]; };  // [positions, in4]
layout(std430, binding = 2) readonly buffer R { uint info[]; };       // tokens, then positions, then slots
layout(std430, binding = 3) writeonly buffer D { vec4 dst[]; };       // [rows, in4]

#define in4 params[0].x
#define firstToken params[0].y
#define tokens params[0].z  // in this shard
#define rowCapacity params[0].w

vec4 halves(uvec2 h) { return vec4(unpackHalf2x16(h.x), unpackHalf2x16(h.y)); }

void main() {
	uint i = gl_GlobalInvocationID.x, r = gl_WorkGroupID.y;
	uint token = info[r] - firstToken; // wraps to a large number for tokens of earlier shards
	if (i >= in4 || token >= tokens) return;
	dst[r * in4 + i] = halves(word[token * in4 + i]) + halves(position[info[rowCapacity + r] * in4 + i]);
}
