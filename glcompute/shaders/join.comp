#version 430 core
// Adds up the shares of a matmul whose inputs were shared out, and does the epilogue; a thread has four outputs.
layout(local_size_x = GROUP) in;
#include "params.glsl"
#include "gelu.glsl"

layout(std430, binding = 0) readonly buffer S { vec4 sums[]; };  // [shares, rows, outputs / 4]
layout(std430, binding = 2) buffer Z { vec4 y4[]; };             // [rows, yStride / 4]
layout(std430, binding = 5) readonly buffer B { vec4 bias[]; };

#define shares params[0].x
#define rows params[0].y
#define outputs4 params[0].z
#define firstOutput4 params[0].w
#define yStride4 params[1].x

void main() {
	uint o = gl_GlobalInvocationID.x, r = gl_WorkGroupID.y;
	if (o >= outputs4) return;
	vec4 sum = vec4(0.0);
	for (uint s = 0u; s < shares; s++) sum += sums[(s * rows + r) * outputs4 + o];
	uint at = r * yStride4 + firstOutput4 + o;
#if BIAS == 1
	sum += bias[firstOutput4 + o];
#endif
#if EPILOGUE == 1
	sum = vec4(gelu(sum.x), gelu(sum.y), gelu(sum.z), gelu(sum.w));
#elif EPILOGUE == 2
	sum += y4[at];
#endif
	y4[at] = sum;
}
