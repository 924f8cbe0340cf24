#version 430 core
// A linear layer for one row, on graphics cards: decoding. dots.glsl says how.
//
// STREAM 0: y = epilogue(w · x + bias), as in linear.glsl. STREAM 1: y = w · norm(stream) + what fold has of the bias. STREAM 2:
// w · x is added to the stream, as what attention adds; the bias was added by the step before.
#include "reduce.glsl"
layout(local_size_x = GROUP) in;
#include "params.glsl"
#include "gelu.glsl"

#define ROW_LIMIT (FIRST_ROW + COUNT)
#include "dots.glsl"

#if STREAM == 1
#define HIDDEN (IN8 * 8)
#else
#define HIDDEN OUTPUTS
layout(std430, binding = 1) readonly buffer X { vec4 x[]; };
#endif
#if STREAM > 0
#include "stream.glsl"
#endif
#if STREAM == 1
#include "stream_read.glsl"
#include "normed.glsl"
#define epsilon uintBitsToFloat(params[0].x)
#endif
#if STREAM < 2
layout(std430, binding = 2) buffer Y { float y[]; };
#endif
layout(std430, binding = 5) readonly buffer B { float bias[]; }; // STREAM 1: of the step that adds to the stream next

// prepare brings the input to shared memory; on its way to it the first weights set out.
void prepare(uint row) {
	uint thread = gl_LocalInvocationID.x;
	uint v[OWN];
	vec4 own[OWN];
	for (int i = 0; i < OWN; i++) v[i] = thread + uint(i * GROUP);
#if STREAM == 1
	vec4 gain[OWN];
	for (int i = 0; i < OWN; i++) {
		own[i] = streamFour(uint(X_BEFORE), uint(ADDED_BY_MLP), min(v[i], uint(FOURS - 1)));
		gain[i] = fold[min(v[i], uint(FOURS - 1))];
	}
#else
	for (int i = 0; i < OWN; i++) own[i] = x[min(v[i], uint(FOURS - 1))];
#endif
	for (int p = 0; p < LOADS; p++) fetch(row, 0u, p);
#if STREAM == 1
	takeMoments(own);
#endif
	for (int i = 0; i < OWN; i++) {
		if (v[i] >= uint(FOURS)) continue;
#if STREAM == 1
		if (gl_WorkGroupID.x == 0u) {
			vec4 kept = own[i];
#if BIAS == 1
			for (int k = 0; k < 4; k++) kept[k] += bias[4u * v[i] + uint(k)];
#endif
			keepFour(uint(X_AFTER), v[i], kept);
			clearFour(uint(ADDED_BY_ATTENTION), v[i]);
		}
		own[i] *= gain[i];
#endif
		place(v[i], own[i]);
	}
#if STREAM == 2
	if (gl_WorkGroupID.x == 0u)
		for (uint i = thread; i < uint(OUTPUTS / 4); i += uint(GROUP)) clearFour(uint(ADDED_BY_MLP), i);
#endif
	placed();
}

// ahead is what output o needs besides its sum, asked for before that is known.
vec2 ahead(uint o) {
#if STREAM == 1
	return folded(o, uint(OUTPUTS));
#elif STREAM == 2
	return vec2(0.0);
#else
	float v = 0.0;
#if BIAS == 1
	v += bias[o];
#endif
#if EPILOGUE == 2
	v += y[o];
#endif
	return vec2(v);
#endif
}

void finish(uint o, float sum, vec2 more, vec2 meanScale) {
#if STREAM == 1
	y[o] = normed(sum, meanScale, more);
#elif STREAM == 2
	addTo(uint(ADDED_BY_ATTENTION), o, sum);
#elif EPILOGUE == 1
	y[o] = gelu(sum + more.x);
#else
	y[o] = sum + more.x;
#endif
}

void main() {
	uint lane = gl_LocalInvocationID.x % uint(TEAM), team = gl_LocalInvocationID.x / uint(TEAM);
	uint n = (gl_WorkGroupID.x * uint(TEAMS) + team) * uint(ROWS), stride = gl_NumWorkGroups.x * uint(TEAMS * ROWS);
	prepare(uint(FIRST_ROW) + n);
#if STREAM == 1
	vec2 meanScale = meanAndScale(epsilon);
#else
	vec2 meanScale = vec2(0.0);
#endif
	// All teams go round as often as the first: they meet at barriers where there are no subgroups.
	for (uint first = gl_WorkGroupID.x * uint(TEAMS * ROWS); first < uint(COUNT); first += stride) {
		float sum[ROWS];
		for (int r = 0; r < ROWS; r++) sum[r] = 0.0;
		vec2 more = vec2(0.0);
		if (lane < uint(ROWS) && n + lane < uint(COUNT)) more = ahead(uint(FIRST_OUTPUT) + n + lane);
		for (uint round = 0u; round < uint(ROUNDS); round++)
			for (int p = 0; p < LOADS; p++) {
				use(sum, uint(FIRST_ROW) + n, round, p);
				if (round + 1u < uint(ROUNDS)) fetch(uint(FIRST_ROW) + n, round + 1u, p);
				else if (first + stride < uint(COUNT)) fetch(uint(FIRST_ROW) + n + stride, 0u, p);
			}
		for (int r = 0; r < ROWS; r++) {
			float all = clusterSum(sum[r], TEAM);
			if (lane == uint(r) && n + lane < uint(COUNT)) finish(uint(FIRST_OUTPUT) + n + lane, all, more, meanScale);
		}
		n += stride;
	}
}
