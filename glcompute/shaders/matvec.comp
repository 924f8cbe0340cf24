#version 430 core
// A linear layer for one row, on graphics cards: decoding. dots.glsl says how.
//
// STREAM 0: y = epilogue(w · x + bias), as in linear.glsl. STREAM 1: y = w · norm(stream) + what fold has of the bias. STREAM 2:
// w · x is added to the stream, as what attention adds; the bias was added by the step before.
#include "reduce.glsl"
layout(local_size_x = GROUP) in;
#include "params.glsl"
#include "gelu.glsl"
#include "chain.glsl"

#define ROW_LIMIT (FIRST_ROW + COUNT)
#include "dots.glsl"

#if STREAM == 1
#define HIDDEN (IN8 * 8)
#else
#define HIDDEN OUTPUTS
layout(std430, binding = 1) PASSED readonly buffer X { vec4 x[]; };
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
layout(std430, binding = 2) PASSED buffer Y { float y[]; };
#endif
#if STREAM == 1
layout(std430, binding = 5) readonly buffer B { vec4 bias[]; }; // of the step that adds to the stream next
#else
layout(std430, binding = 5) readonly buffer B { float bias[]; };
#endif

#if STREAM != 1
#repeat i OWN
vec4 own@i;
#end
#endif

// prepare brings the input to shared memory; on its way to it the first weights set out.
void prepare(uint row, uint round) {
	uint thread = gl_LocalInvocationID.x;
#repeat i OWN
	uint v@i = thread + uint(@i * GROUP), from@i = min(v@i, uint(FOURS - 1));
#if STREAM == 1
	vec4 gain@i = gainFour(from@i);
#endif
#end
#repeat p LOADS
	fetch@p(row, round);
#end
	awaitLink();
#repeat i OWN
#if STREAM == 1
	own@i = streamFour(uint(X_BEFORE), uint(ADDED_BY_MLP), from@i);
#else
	own@i = x[from@i];
#endif
#end
#if STREAM == 1
	takeMoments();
	if (gl_WorkGroupID.x == 0u) {
		clear(uint(ADDED_BY_ATTENTION));
#repeat i OWN
		if (v@i < uint(FOURS)) {
#if BIAS == 1
			keepFour(uint(X_AFTER), v@i, own@i + bias[v@i]);
#else
			keepFour(uint(X_AFTER), v@i, own@i);
#endif
		}
#end
	}
#repeat i OWN
	own@i *= gain@i;
#end
#endif
#repeat i OWN
	if (v@i < uint(FOURS)) place(v@i, own@i);
#end
#if STREAM == 2
	if (gl_WorkGroupID.x == 0u) clear(uint(ADDED_BY_MLP));
#endif
	placed();
}

// ahead is what output o needs besides its sum, asked for before that is known.
vec2 ahead(uint o) {
#if STREAM == 1
	return folded(o);
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
	y[o] = checked(normed(sum, meanScale, more));
#elif STREAM == 2
	addTo(uint(ADDED_BY_ATTENTION), o, sum);
#elif EPILOGUE == 1
	y[o] = gelu(sum + more.x);
#else
	y[o] = sum + more.x;
#endif
}

// A work group computes SPAN outputs, side by side, so that the weights of each lie in few pages of memory. Its teams share out
// the rounds of these rows, which come out even where whole rows do not.
#define UNITS (SPAN / ROWS * ROUNDS) // rounds of ROWS rows
shared float parts[SPAN * ROUNDS];

void compute() {
	uint thread = gl_LocalInvocationID.x, lane = thread % uint(TEAM), team = thread / uint(TEAM);
	uint first = gl_WorkGroupID.x * uint(SPAN), outputs = min(uint(SPAN), uint(COUNT) - first);
	prepare(uint(FIRST_ROW) + first + team / uint(ROUNDS) * uint(ROWS), team % uint(ROUNDS));
	vec2 more = thread < outputs ? ahead(uint(FIRST_OUTPUT) + first + thread) : vec2(0.0);
	// All teams go round equally often: they meet at barriers where there are no subgroups.
	for (uint from = 0u; from < uint(UNITS); from += uint(TEAMS)) {
		uint unit = from + team, n = unit / uint(ROUNDS) * uint(ROWS), round = unit % uint(ROUNDS), next = unit + uint(TEAMS);
#repeat r ROWS
		sum@r = 0.0;
#end
#repeat p LOADS
		use@p(uint(FIRST_ROW) + first + n, round);
		if (next < uint(UNITS)) fetch@p(uint(FIRST_ROW) + first + next / uint(ROUNDS) * uint(ROWS), next % uint(ROUNDS));
#end
#repeat r ROWS
		float all@r = clusterSum(sum@r, uint(TEAM));
		if (lane == @ru && unit < uint(UNITS)) parts[(n + @ru) * uint(ROUNDS) + round] = all@r;
#end
	}
	barrier();
#if STREAM == 1
	vec2 meanScale = meanAndScale(epsilon);
#else
	vec2 meanScale = vec2(0.0);
#endif
	if (thread >= outputs) return;
	float all = 0.0;
	for (uint i = 0u; i < uint(ROUNDS); i++) all += parts[thread * uint(ROUNDS) + i];
	finish(uint(FIRST_OUTPUT) + first + thread, all, more, meanScale);
}

void main() {
	compute();
	endLink();
}
