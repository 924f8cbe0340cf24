#version 430 core
// A linear layer for one row, on graphics cards: decoding. Reading the weights is what takes the time, so memory must
// never wait. Every work group keeps the whole input in shared memory. A team of TEAM threads, a subgroup where there are
// any, takes ROWS outputs at a time, LOADS pieces of 16 bytes a thread of each at once, and asks for the next piece as soon
// as one is used: the memory works while sums are added up and stored, and while the input is being prepared.
//
// NORM == 1: the input passes through layer normalisation on its way to shared memory, in every work group again; that
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

#define TEAMS (GROUP / TEAM)
#define FOURS (IN8 * 2)                      // the input's vectors of four
#define OWN ((FOURS + GROUP - 1) / GROUP)    // of which a thread prepares so many
#define PER_PIECE (2 << FORMAT)              // vectors of four in a piece
#define PIECES (FOURS / PER_PIECE)           // in a row
#define STEP (TEAM * LOADS)
#define ROUNDS ((PIECES + STEP - 1) / STEP)
#define PLANE (ROUNDS * STEP)

// Vector k of piece p stands at k · PLANE + p, so that neighbouring threads read neighbouring vectors. Beyond the last piece
// there are zeros.
shared vec4 xs[PER_PIECE * PLANE];
#if FORMAT > 0
shared float xSums[PLANE]; // a minimum needs no more of a piece's inputs than their sum
#endif

uvec4 weights[ROWS][LOADS];
#if FORMAT > 0
uint scaleWords[ROWS][LOADS];
uint blockOf(uint row, uint piece) { return row * uint(IN8 / 4) + piece * uint(FORMAT) / 2u; }
#endif

// fetch asks for piece p of round's pieces of output o's row and of the next ROWS - 1.
void fetch(uint o, uint round, int p) {
	uint piece = min(gl_LocalInvocationID.x % uint(TEAM) + uint(TEAM) * (round * uint(LOADS) + uint(p)), uint(PIECES - 1));
	for (int r = 0; r < ROWS; r++) {
		uint row = firstRow + min(o + uint(r), outputs - 1u);
		weights[r][p] = w[row * uint(PIECES) + piece];
#if FORMAT > 0
		scaleWords[r][p] = scaleWord(blockOf(row, piece));
#endif
	}
}

float squared(vec4 v) { return dot(v, v); }

#if NORM == 1
#if SUBGROUP > 0
#define MOMENTS (GROUP / SUBGROUP)
#else
#define MOMENTS GROUP
#endif
shared vec3 moments[MOMENTS];

// normalise replaces the thread's vectors by their layer normalisation. Parts have a count, a sum and a sum of squares about
// their own mean; Chan, Golub and LeVeque's formula joins them without cancellation.
void normalise(inout vec4 own[OWN], vec4 gains[OWN], vec4 shifts[OWN]) {
	uint thread = gl_LocalInvocationID.x;
	vec3 part = vec3(0.0);
	for (int i = 0; i < OWN; i++)
		if (thread + uint(i * GROUP) < uint(FOURS)) part.xy += vec2(4.0, dot(own[i], vec4(1.0)));
	float mean = part.y / max(part.x, 1.0);
	for (int i = 0; i < OWN; i++)
		if (thread + uint(i * GROUP) < uint(FOURS)) part.z += squared(own[i] - mean);
#if SUBGROUP > 0
	vec2 both = subgroupAdd(part.xy);
	float away = mean - both.y / max(both.x, 1.0);
	float squares = subgroupAdd(part.z + part.x * away * away);
	if (gl_SubgroupInvocationID == 0u) moments[gl_SubgroupID] = vec3(both, squares);
#else
	moments[thread] = part;
#endif
	barrier();
	float sum = 0.0, spread = 0.0;
	for (int i = 0; i < MOMENTS; i++) sum += moments[i].y;
	mean = sum / float(FOURS * 4);
	for (int i = 0; i < MOMENTS; i++) {
		float off = moments[i].y / max(moments[i].x, 1.0) - mean;
		spread += moments[i].z + moments[i].x * off * off;
	}
	float scale = inversesqrt(spread / float(FOURS * 4) + epsilon);
	for (int i = 0; i < OWN; i++) own[i] = (own[i] - mean) * scale * gains[i] + shifts[i];
}
#endif

// prepare brings the input to shared memory; on its way to it the first weights set out.
void prepare(uint o) {
	uint thread = gl_LocalInvocationID.x;
#if PICK == 1
	uint row = picked[0] * uint(FOURS);
#else
	uint row = 0u;
#endif
	vec4 own[OWN];
	for (int i = 0; i < OWN; i++) own[i] = x[row + min(thread + uint(i * GROUP), uint(FOURS - 1))];
#if NORM == 1
	vec4 gains[OWN], shifts[OWN];
	for (int i = 0; i < OWN; i++) {
		gains[i] = gain[min(thread + uint(i * GROUP), uint(FOURS - 1))];
		shifts[i] = shift[min(thread + uint(i * GROUP), uint(FOURS - 1))];
	}
#endif
	for (int p = 0; p < LOADS; p++) fetch(o, 0u, p);
#if NORM == 1
	normalise(own, gains, shifts);
#endif
	for (int i = 0; i < OWN; i++) {
		uint v = thread + uint(i * GROUP);
		if (v < uint(FOURS)) xs[v % uint(PER_PIECE) * uint(PLANE) + v / uint(PER_PIECE)] = own[i];
	}
	for (uint p = uint(PIECES) + thread; p < uint(PLANE); p += GROUP)
		for (int k = 0; k < PER_PIECE; k++) xs[uint(k * PLANE) + p] = vec4(0.0);
	barrier();
#if FORMAT > 0
	for (uint p = thread; p < uint(PLANE); p += GROUP) {
		vec4 sum = vec4(0.0);
		for (int k = 0; k < PER_PIECE; k++) sum += xs[uint(k * PLANE) + p];
		xSums[p] = dot(sum, vec4(1.0));
	}
	barrier();
#endif
}

// use adds piece p of round's pieces to the sums.
void use(inout float sum[ROWS], uint o, uint round, int p) {
	uint at = gl_LocalInvocationID.x % uint(TEAM) + uint(TEAM) * (round * uint(LOADS) + uint(p));
#if FORMAT == 0
	vec4 a = xs[at], b = xs[uint(PLANE) + at];
	for (int r = 0; r < ROWS; r++) sum[r] += dot(lower(weights[r][p]), a) + dot(upper(weights[r][p]), b);
#else
	float dots[ROWS];
	for (int r = 0; r < ROWS; r++) dots[r] = 0.0;
	for (int k = 0; k < 4; k++) {
		vec4 a = xs[uint(k * PLANE) + at];
		for (int r = 0; r < ROWS; r++) dots[r] += dot(number(weights[r][p][k]), a);
	}
#if FORMAT == 2
	for (int k = 0; k < 4; k++) {
		vec4 a = xs[uint((4 + k) * PLANE) + at];
		for (int r = 0; r < ROWS; r++) dots[r] += dot(number(weights[r][p][k] >> 4), a);
	}
#endif
	float inputs = xSums[at];
	for (int r = 0; r < ROWS; r++) {
		vec2 scale = scaleOf(scaleWords[r][p], blockOf(firstRow + min(o + uint(r), outputs - 1u), min(at, uint(PIECES - 1))));
		sum[r] += dots[r] * scale.x + inputs * scale.y;
	}
#endif
}

#if SUBGROUP > 0
float teamSum(float v) { return subgroupAdd(v); }
#else
shared float exchange[GROUP];
float teamSum(float v) {
	uint thread = gl_LocalInvocationID.x, lane = thread % uint(TEAM);
	barrier();
	exchange[thread] = v;
	for (uint n = uint(TEAM / 2); n > 0u; n /= 2u) {
		barrier();
		if (lane < n) exchange[thread] += exchange[thread + n];
	}
	barrier();
	return exchange[thread - lane];
}
#endif

void main() {
	uint lane = gl_LocalInvocationID.x % uint(TEAM), team = gl_LocalInvocationID.x / uint(TEAM);
	uint o = (gl_WorkGroupID.x * uint(TEAMS) + team) * uint(ROWS), stride = gl_NumWorkGroups.x * uint(TEAMS * ROWS);
	prepare(o);
	// All teams go round as often as the first: they meet at barriers where there are no subgroups.
	for (uint first = gl_WorkGroupID.x * uint(TEAMS * ROWS); first < outputs; first += stride) {
		float sum[ROWS], before = 0.0;
		for (int r = 0; r < ROWS; r++) sum[r] = 0.0;
		if (lane < uint(ROWS) && o + lane < outputs) before = base(0u, o + lane);
		for (uint round = 0u; round < uint(ROUNDS); round++)
			for (int p = 0; p < LOADS; p++) {
				use(sum, o, round, p);
				if (round + 1u < uint(ROUNDS)) fetch(o, round + 1u, p);
				else if (first + stride < outputs) fetch(o + stride, 0u, p);
			}
		for (int r = 0; r < ROWS; r++) {
			float all = teamSum(sum[r]);
			if (lane == uint(r) && o + lane < outputs) finish(0u, o + lane, before + all);
		}
		o += stride;
	}
}
