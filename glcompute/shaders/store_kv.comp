#version 430 core
// Copies the keys and values of a batch to the KV caches: one work group a row and head. A key is kept as 16-bit fixed
// point with one scale, its largest magnitude: as small as halves, and several times more exact.
#include "reduce.glsl"
layout(local_size_x = GROUP) in;
#include "params.glsl"

layout(std430, binding = 0) readonly buffer Q { vec2 qkv[]; };      // [rows, 3 × hidden / 2]
layout(std430, binding = 1) readonly buffer R { uint info[]; };     // tokens, then positions, then slots
layout(std430, binding = 2) writeonly buffer K { uint keys[]; };    // [slots, heads, capacity, headDim / 2], two numbers each
layout(std430, binding = 3) writeonly buffer V { uint values[]; };  // the same
layout(std430, binding = 4) writeonly buffer S { vec2 scales[]; };  // [slots, heads, capacity], of key and value

#define headDim2 params[0].x
#define capacity params[0].y
#define rowCapacity params[0].z

float highest(vec2 v) { return max(abs(v.x), abs(v.y)); }

void main() {
	uint thread = gl_LocalInvocationID.x, head = gl_WorkGroupID.x, heads = gl_NumWorkGroups.x, r = gl_WorkGroupID.y;
	uint key = ((r * 3u + 1u) * heads + head) * headDim2, value = ((r * 3u + 2u) * heads + head) * headDim2;
	vec2 top = vec2(0.0);
	for (uint i = thread; i < headDim2; i += GROUP)
		top = max(top, vec2(highest(qkv[key + i]), highest(qkv[value + i])));
	vec2 scale = vec2(groupMax(top.x), groupMax(top.y));
	uint place = (info[2u * rowCapacity + r] * heads + head) * capacity + info[rowCapacity + r];
	if (thread == 0u) scales[place] = scale;
	vec2 inverse = vec2(scale.x > 0.0 ? 1.0 / scale.x : 0.0, scale.y > 0.0 ? 1.0 / scale.y : 0.0);
	for (uint i = thread; i < headDim2; i += GROUP) {
		keys[place * headDim2 + i] = packSnorm2x16(qkv[key + i] * inverse.x);
		values[place * headDim2 + i] = packSnorm2x16(qkv[value + i] * inverse.y);
	}
}
