#version 430 core
// A linear layer for one row, on graphics cards: decoding. Reading the weights is what takes the time, so memory must
// never wait. A work group takes OUTPUTS outputs at a time; each of its threads keeps the same PIECES pieces of eight inputs
// in registers for all of them, and asks for the next outputs' weights before it adds up the last ones'.
//
// NORM == 1: the input passes through layer normalisation on its way to the registers, in every work group again; that
// costs less than a dispatch of its own.
#include "subgroup.glsl"
layout(local_size_x = GROUP) in;
#include "linear.glsl"

#if NORM == 1
layout(std430, binding = 4) readonly buffer G { vec4 gain[]; };
layout(std430, binding = 5) readonly buffer N { vec4 shift[]; };
#define epsilon uintBitsToFloat(params[1].z)
#endif
#if PICK == 1
layout(std430, binding = 6) readonly buffer I { uint picked[]; };
#endif

#if SUBGROUP > 0
#define WARPS (GROUP / SUBGROUP)
#define MOMENTS WARPS
shared float partial[2][WARPS][OUTPUTS]; // one half is written while the other is read
#else
#define MOMENTS GROUP
shared float partial[OUTPUTS][GROUP];
#endif

uvec4 weights[OUTPUTS][PIECES];
vec4 low[PIECES], high[PIECES]; // this thread's inputs

void load(uint o) {
	for (int n = 0; n < OUTPUTS; n++)
		for (int p = 0; p < PIECES; p++)
			weights[n][p] = w[(firstRow + min(o + uint(n), outputs - 1u)) * in8 + min(gl_LocalInvocationID.x + uint(p * GROUP), in8 - 1u)];
}

#if NORM == 1
shared vec3 moments[MOMENTS];

float square(vec4 v) { return dot(v, v); }

// normalise replaces the inputs by their layer normalisation. Parts have a count, a sum and a sum of squares about
// their own mean; Chan, Golub and LeVeque's formula joins them without cancellation.
void normalise(uint thread) {
	vec3 own = vec3(0.0);
	for (int p = 0; p < PIECES; p++)
		if (thread + uint(p * GROUP) < in8) own.xy += vec2(8.0, dot(low[p], vec4(1.0)) + dot(high[p], vec4(1.0)));
	float mean = own.y / max(own.x, 1.0);
	for (int p = 0; p < PIECES; p++)
		if (thread + uint(p * GROUP) < in8) own.z += square(low[p] - mean) + square(high[p] - mean);
#if SUBGROUP > 0
	vec2 both = subgroupAdd(own.xy);
	float away = mean - both.y / max(both.x, 1.0);
	float squares = subgroupAdd(own.z + own.x * away * away);
	if (gl_SubgroupInvocationID == 0u) moments[gl_SubgroupID] = vec3(both, squares);
#else
	moments[thread] = own;
#endif
	barrier();
	float count = float(in8 * 8u), sum = 0.0, spread = 0.0;
	for (int i = 0; i < MOMENTS; i++) sum += moments[i].y;
	mean = sum / count;
	for (int i = 0; i < MOMENTS; i++) {
		float off = moments[i].y / max(moments[i].x, 1.0) - mean;
		spread += moments[i].z + moments[i].x * off * off;
	}
	float scale = inversesqrt(spread / count + epsilon);
	for (int p = 0; p < PIECES; p++) {
		uint i = min(thread + uint(p * GROUP), in8 - 1u) * 2u;
		low[p] = (low[p] - mean) * scale * gain[i] + shift[i];
		high[p] = (high[p] - mean) * scale * gain[i + 1u] + shift[i + 1u];
	}
}
#endif

// finishAll adds up the threads' sums of the outputs from o on and stores them; thread n < OUTPUTS holds the base of the
// n-th. turn alternates.
void finishAll(uint o, float sum[OUTPUTS], float before, uint turn) {
	uint thread = gl_LocalInvocationID.x;
#if SUBGROUP > 0
	for (int n = 0; n < OUTPUTS; n++) sum[n] = subgroupAdd(sum[n]);
	if (gl_SubgroupInvocationID == 0u)
		for (int n = 0; n < OUTPUTS; n++) partial[turn][gl_SubgroupID][n] = sum[n];
	barrier();
	if (thread < uint(OUTPUTS) && o + thread < outputs) {
		float all = before;
		for (int i = 0; i < WARPS; i++) all += partial[turn][i][thread];
		finish(0u, o + thread, all);
	}
#else
	barrier();
	for (int n = 0; n < OUTPUTS; n++) partial[n][thread] = sum[n];
	for (uint half_ = GROUP / 2u; half_ > 0u; half_ /= 2u) {
		barrier();
		if (thread < half_)
			for (int n = 0; n < OUTPUTS; n++) partial[n][thread] += partial[n][thread + half_];
	}
	barrier();
	if (thread < uint(OUTPUTS) && o + thread < outputs) finish(0u, o + thread, before + partial[thread][0]);
#endif
}

void main() {
	uint thread = gl_LocalInvocationID.x, o = gl_WorkGroupID.x * OUTPUTS, turn = 0u;
	load(o);
#if PICK == 1
	uint row = picked[0] * in8 * 2u;
#else
	uint row = 0u;
#endif
	for (int p = 0; p < PIECES; p++) {
		uint i = row + min(thread + uint(p * GROUP), in8 - 1u) * 2u;
		low[p] = x[i];
		high[p] = x[i + 1u];
	}
#if NORM == 1
	normalise(thread);
#endif
	// Threads beyond the last piece have read it twice.
	for (int p = 0; p < PIECES; p++)
		if (thread + uint(p * GROUP) >= in8) low[p] = high[p] = vec4(0.0);
	while (o < outputs) {
		float before = 0.0;
		if (thread < uint(OUTPUTS) && o + thread < outputs) before = base(0u, o + thread);
		float sum[OUTPUTS];
		for (int n = 0; n < OUTPUTS; n++) {
			sum[n] = 0.0;
			for (int p = 0; p < PIECES; p++) sum[n] += dot(lower(weights[n][p]), low[p]) + dot(upper(weights[n][p]), high[p]);
		}
		uint next = o + gl_NumWorkGroups.x * OUTPUTS;
		if (next < outputs) load(next);
		finishAll(o, sum, before, turn);
		o = next;
		turn ^= 1u;
	}
}
