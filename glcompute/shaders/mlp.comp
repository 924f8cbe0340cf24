#version 430 core
// A layer's MLP for one row, on graphics cards: decoding. A work group computes UNITS of the units between the two matrices
// and at once what these contribute to the result, so that both matrices pass in one dispatch, and nobody waits for anybody.
#include "reduce.glsl"
layout(local_size_x = GROUP) in;
#include "params.glsl"
#include "gelu.glsl"

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
	own@i = streamFour(uint(X_AFTER), uint(ADDED_BY_ATTENTION), from@i);
	vec4 gain@i = gainFour(from@i);
#end
#repeat p LOADS
	fetch@p(row, 0u);
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
	for (int pass = 0; pass < PASSES; pass++) {
#repeat r ROWS
		sum@r = 0.0;
#end
		vec2 more = vec2(0.0);
		if (lane < uint(ROWS) && u + lane < uint(UNITS)) more = folded(firstUnit + u + lane);
		for (uint round = 0u; round + 1u < uint(ROUNDS); round++) {
#repeat p LOADS
			use@p(firstUnit + u, round);
			fetch@p(firstUnit + u, round + 1u);
#end
		}
		if (pass + 1 < PASSES) {
#repeat p LOADS
			use@p(firstUnit + u, uint(ROUNDS - 1));
			fetch@p(firstUnit + u + uint(TEAMS * ROWS), 0u);
#end
		} else {
			// The second matrix sets out while the last units are summed.
#repeat p LOADS
			use@p(firstUnit + u, uint(ROUNDS - 1));
#end
			fetchRows(gl_WorkGroupID.x, 0u, last);
		}
#repeat r ROWS
		float all@r = clusterSum(sum@r, uint(TEAM));
		if (lane == @ru && u + lane < uint(UNITS)) units[u + lane] = gelu(normed(all@r, meanScale, more));
#end
		u += uint(TEAMS * ROWS);
	}
	barrier();
	uint unit = gl_LocalInvocationID.x % uint(LANES) * uint(4 * PER_PIECE);
#repeat k PER_PIECE
	input@k = vec4(units[unit + 4u * @ku], units[unit + 4u * @ku + 1u], units[unit + 4u * @ku + 2u], units[unit + 4u * @ku + 3u]);
#end
	addRows(uint(ADDED_BY_MLP), gl_WorkGroupID.x, 0u, last);
}
