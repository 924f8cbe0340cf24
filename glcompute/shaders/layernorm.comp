#version 430 core
// dst[r, :] = (x[s, :] - mean) / sqrt(variance + epsilon) * gain + bias, one work group a row; s is r, or picked[r].
#include "reduce.glsl"
layout(local_size_x = GROUP) in;
#include "params.glsl"

layout(std430, binding = 0) readonly buffer X { float x[]; };
layout(std430, binding = 1) readonly buffer G { float gain[]; };
layout(std430, binding = 2) readonly buffer B { float bias[]; };
layout(std430, binding = 3) writeonly buffer D { float dst[]; };
#if PICK == 1
layout(std430, binding = 4) readonly buffer I { uint picked[]; };
#endif

#define hidden params[0].x
#define epsilon uintBitsToFloat(params[0].y)

void main() {
	uint thread = gl_LocalInvocationID.x, to = gl_WorkGroupID.x * hidden;
#if PICK == 1
	uint from = picked[gl_WorkGroupID.x] * hidden;
#else
	uint from = to;
#endif
	float sum = 0.0;
	for (uint i = thread; i < hidden; i += GROUP) sum += x[from + i];
	float mean = groupSum(sum) / float(hidden);
	// The second pass costs little, and avoids the cancellation of mean-of-squares minus square-of-mean.
	sum = 0.0;
	for (uint i = thread; i < hidden; i += GROUP) {
		float d = x[from + i] - mean;
		sum += d * d;
	}
	float scale = inversesqrt(groupSum(sum) / float(hidden) + epsilon);
	for (uint i = thread; i < hidden; i += GROUP) dst[to + i] = (x[from + i] - mean) * scale * gain[i] + bias[i];
}
