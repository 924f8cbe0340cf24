#version 430 core
// Copies the keys and values of a batch to the KV caches, as halves.
layout(local_size_x = GROUP) in;
#include "params.glsl"

layout(std430, binding = 0) readonly buffer Q { vec2 qkv[]; };   // [rows, 3 × hidden / 2]
layout(std430, binding = 1) readonly buffer R { uint info[]; };  // tokens, then positions, then slots
layout(std430, binding = 2) writeonly buffer K { uint keys[]; }; // [slots, heads, capacity, headDim / 2], two halves each
layout(std430, binding = 3) writeonly buffer V { uint values[]; };

#define hidden2 params[0].x
#define headDim2 params[0].y
#define capacity params[0].z
#define rowCapacity params[0].w

void main() {
	uint i = gl_GlobalInvocationID.x, r = gl_WorkGroupID.y;
	if (i >= hidden2) return;
	uint heads = hidden2 / headDim2, head = i / headDim2, inside = i % headDim2;
	uint position = info[rowCapacity + r], slot = info[2u * rowCapacity + r];
	uint at = ((slot * heads + head) * capacity + position) * headDim2 + inside;
	keys[at] = packHalf2x16(qkv[(r * 3u + 1u) * hidden2 + i]);
	values[at] = packHalf2x16(qkv[(r * 3u + 2u) * hidden2 + i]);
}
