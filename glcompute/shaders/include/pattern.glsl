// Which keys a query may read. SPARSE == 1: DeepSpeed's fixed pattern (engine/sparse states the rule) of BLOCK tokens, LOCAL blocks a
// window, GLOBAL global blocks a window, PATTERNS patterns. SPARSE == 0: all up to its own.
#if SPARSE == 1
#define WINDOW uint(BLOCK * LOCAL)
#define SEEN uint(BLOCK * GLOBAL) // keys of an earlier window that a query sees

uint globalStart(uint head) { return uint(LOCAL - GLOBAL) * uint(BLOCK) - (head % uint(PATTERNS)) * SEEN; }
#endif

bool allowed(uint head, uint q, uint k) {
#if SPARSE == 1
	return k <= q && (k / WINDOW == q / WINDOW || k % WINDOW - globalStart(head) < SEEN);
#else
	return k <= q;
#endif
}

// The keys to look at for queries from position q on are the global blocks of the windows before that of q, earlyKeys in all, then all
// from ownKeys on. nthKey is the position of the n-th of them.
uint earlyKeys(uint q) {
#if SPARSE == 1
	return q / WINDOW * SEEN;
#else
	return 0u;
#endif
}

uint ownKeys(uint q) {
#if SPARSE == 1
	return q / WINDOW * WINDOW;
#else
	return 0u;
#endif
}

uint nthKey(uint head, uint early, uint own, uint n) {
#if SPARSE == 1
	if (n < early) return n / SEEN * WINDOW + globalStart(head) + n % SEEN;
#endif
	return own + n - early;
}
