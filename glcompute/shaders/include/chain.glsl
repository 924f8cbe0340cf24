// Dispatches in a chain: each begins while the one before it ends, with what does not depend on that, and calls awaitLink before it
// reads the rest. Whoever includes this calls endLink after the last thing that it does. Glcompute's Chain says why this cannot hang.
#if CHAINED
#define PASSED coherent // is what links pass on
layout(std430, binding = 8) coherent volatile buffer N { uint ended[]; }; // work groups that gave up; then for each link those that have ended

#define link params[3].x
#define before params[3].y // work groups of the link before; 0 where a barrier stands before this one

void awaitLink() {
	if (gl_LocalInvocationID.x == 0u) {
		uint looks = 0u;
		while (ended[(link - 1u) * uint(STRIDE)] < before && looks < uint(PATIENCE)) looks++;
		if (looks == uint(PATIENCE)) atomicAdd(ended[0], 1u);
	}
	barrier();
	memoryBarrierBuffer();
}

void endLink() {
	memoryBarrierBuffer();
	barrier();
	if (gl_LocalInvocationID.x == 0u) atomicAdd(ended[link * uint(STRIDE)], 1u);
}

// checked is v, or NaN if any work group has given up.
float checked(float v) { return ended[0] > 0u ? uintBitsToFloat(0x7fc00000u) : v; }
#else
#define PASSED
void awaitLink() {}
void endLink() {}
float checked(float v) { return v; }
#endif
