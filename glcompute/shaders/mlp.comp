#version 430 core
// A layer's MLP for one row, on graphics cards: decoding. A work group computes UNITS of the units between the two matrices
// and at once what these contribute to the result, so that both matrices pass in one dispatch, and nobody waits for anybody.
#include "reduce.glsl"
layout(local_size_x = GROUP) in;
#include "params.glsl"
#include "gelu.glsl"
#include "chain.glsl"

// The first matrix is [INNER, IN8 × 8], the second its transpose's shape, in panels of UNITS columns.
#define ROW_LIMIT INNER
#include "dots.glsl"
#define HIDDEN (IN8 * 8)
#include "stream_read.glsl"
#include "normed.glsl"
#define WIDTH UNITS
#include "columns.glsl"
layout(std430, binding = 5) readonly buffer B { vec4 bias[]; }; // of the second

#define epsilon uintBitsToFloat(params[0].x)
#define PASSES ((UNITS + TEAMS * ROWS - 1) / (TEAMS * ROWS))

shared float units[UNITS];

// prepare brings the normalised stream to shared memory; on its way to it the first weights set out.
void prepare(uint row) {
	uint thread = gl_LocalInvocationID.x;
#repeat i OWN
	uint v@i = thread + uint(@i * GROUP), from@i = min(v@i, uint(FOURS - 1));
	vec4 gain@i = gainFour(from@i);
#end
#repeat p LOADS
	fetch@p(row, 0u);
#end
	awaitLink();
#repeat i OWN
	own@i = streamFour(uint(X_AFTER), uint(ADDED_BY_ATTENTION), from@i);
#end
	takeMoments();
#repeat i OWN
	if (v@i < uint(FOURS)) place(v@i, own@i * gain@i);
#end
	if (gl_WorkGroupID.x == 0u) {
		// The second matrix's bias belongs to no work group in particular.
#repeat i OWN
		if (v@i < uint(FOURS)) keepFour(uint(X_BEFORE), v@i, own@i + bias[v@i]);
#end
	}
	placed();
}

void main() {
	uint lane = gl_LocalInvocationID.x % uint(TEAM), team = gl_LocalInvocationID.x / uint(TEAM);
	uint firstUnit = gl_WorkGroupID.x * uint(UNITS), u = team * uint(ROWS), last = uint(HIDDEN) - 1u;
	prepare(firstUnit + u);
	vec2 meanScale = meanAndScale(epsilon);
	vec2 more = vec2(0.0);
	for (uint step = 0u; step < uint(PASSES * ROUNDS); step++) {
		uint round = step % uint(ROUNDS);
		if (round == 0u) {
#repeat r ROWS
			sum@r = 0.0;
#end
			if (lane < uint(ROWS) && u + lane < uint(UNITS)) more = folded(firstUnit + u + lane);
		}
		uint next = step + 1u, nextRow = firstUnit + (next / uint(ROUNDS) * uint(TEAMS) + team) * uint(ROWS);
#repeat p LOADS
		use@p(firstUnit + u, round);
		if (next < uint(PASSES * ROUNDS)) fetch@p(nextRow, next % uint(ROUNDS));
#end
		// The second matrix sets out while the last units are summed.
		if (next == uint(PASSES * ROUNDS)) fetchRows(gl_WorkGroupID.x, 0u, last);
		if (round + 1u == uint(ROUNDS)) {
#repeat r ROWS
			float all@r = clusterSum(sum@r, uint(TEAM));
			if (lane == @ru && u + lane < uint(UNITS)) units[u + lane] = gelu(normed(all@r, meanScale, more));
#end
			u += uint(TEAMS * ROWS);
		}
	}
	barrier();
	uint unit = gl_LocalInvocationID.x % uint(LANES) * uint(4 * PER_PIECE);
#repeat k PER_PIECE
	input@k = vec4(units[unit + 4u * @ku], units[unit + 4u * @ku + 1u], units[unit + 4u * @ku + 2u], units[unit + 4u * @ku + 3u]);
#end
	addRows(uint(ADDED_BY_MLP), gl_WorkGroupID.x, 0u, last);
	endLink();
}
