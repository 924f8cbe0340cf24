#version 430 core
// A layer's MLP for one row, on graphics cards: decoding. A work group computes UNITS of the units between the two matrices
// and at once what these contribute to the result, so that both matrices pass in one dispatch, and nobody waits for anybody.
#include "reduce.glsl"
layout(local_size_x = GROUP) in;
#include "params.glsl"
#include "gelu.glsl"

// The first matrix is [UNITS × work groups, IN8 × 8], the second [IN8 × 8, ROW8 × 8].
#define ROW_LIMIT (ROW8 * 8)
#include "dots.glsl"
#define HIDDEN (IN8 * 8)
#include "stream_read.glsl"
#include "normed.glsl"
#define WIDTH UNITS
#include "columns.glsl"
layout(std430, binding = 5) readonly buffer B { float bias[]; }; // of the second

#define epsilon uintBitsToFloat(params[0].x)
#define PASSES ((UNITS + TEAMS * ROWS - 1) / (TEAMS * ROWS))

shared float units[UNITS];

// prepare brings the normalised stream to shared memory; on its way to it the first weights set out.
void prepare(uint row) {
	uint thread = gl_LocalInvocationID.x;
	uint v[OWN];
	vec4 own[OWN], gain[OWN];
	for (int i = 0; i < OWN; i++) {
		v[i] = thread + uint(i * GROUP);
		own[i] = streamFour(uint(X_AFTER), uint(ADDED_BY_ATTENTION), min(v[i], uint(FOURS - 1)));
		gain[i] = fold[min(v[i], uint(FOURS - 1))];
	}
	for (int p = 0; p < LOADS; p++) fetch(row, 0u, p);
	takeMoments(own);
	for (int i = 0; i < OWN; i++) {
		if (v[i] >= uint(FOURS)) continue;
		place(v[i], own[i] * gain[i]);
		if (gl_WorkGroupID.x != 0u) continue;
		// The second matrix's bias belongs to no work group in particular.
		for (int k = 0; k < 4; k++) own[i][k] += bias[4u * v[i] + uint(k)];
		keepFour(uint(X_BEFORE), v[i], own[i]);
	}
	placed();
}

void main() {
	uint lane = gl_LocalInvocationID.x % uint(TEAM), team = gl_LocalInvocationID.x / uint(TEAM);
	uint firstUnit = gl_WorkGroupID.x * uint(UNITS), u = team * uint(ROWS), last = uint(HIDDEN) - 1u;
	prepare(firstUnit + u);
	vec2 meanScale = meanAndScale(epsilon);
	for (int pass = 0; pass < PASSES; pass++) {
		float sum[ROWS];
		for (int r = 0; r < ROWS; r++) sum[r] = 0.0;
		vec2 more = vec2(0.0);
		if (lane < uint(ROWS) && u + lane < uint(UNITS)) more = folded(firstUnit + u + lane, uint(ROW_LIMIT));
		for (uint round = 0u; round < uint(ROUNDS); round++)
			for (int p = 0; p < LOADS; p++) {
				use(sum, firstUnit + u, round, p);
				if (round + 1u < uint(ROUNDS)) fetch(firstUnit + u, round + 1u, p);
				else if (pass + 1 < PASSES) fetch(firstUnit + u + uint(TEAMS * ROWS), 0u, p);
			}
		// The second matrix sets out while the last units are summed.
		if (pass + 1 == PASSES)
			for (int j = 0; j < AHEAD; j++) fetchRow(firstUnit, 0u, last, j);
		for (int r = 0; r < ROWS; r++) {
			float all = clusterSum(sum[r], TEAM);
			if (lane == uint(r) && u + lane < uint(UNITS)) units[u + lane] = gelu(normed(all, meanScale, more));
		}
		u += uint(TEAMS * ROWS);
	}
	barrier();
	float inputs[4 * PER_PIECE];
	for (int i = 0; i < 4 * PER_PIECE; i++) inputs[i] = units[gl_LocalInvocationID.x % uint(LANES) * uint(4 * PER_PIECE) + uint(i)];
	addRows(uint(ADDED_BY_MLP), inputs, firstUnit, 0u, last);
}
