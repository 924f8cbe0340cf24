// How weights are held: FORMAT 0, halves; 1, Q8, and 2, Q4: bytes or half bytes in blocks of 32 along a row, a weight being
// number · scale + minimum. glcompute's Format states the layout. A piece is the 16 bytes that a thread reads at once, PER_PIECE
// vectors of four weights.

vec4 lower(uvec4 h) { return vec4(unpackHalf2x16(h.x), unpackHalf2x16(h.y)); }
vec4 upper(uvec4 h) { return vec4(unpackHalf2x16(h.z), unpackHalf2x16(h.w)); }

// bytes are the four unsigned numbers of a word.
vec4 bytes(uint v) { return vec4(v & 255u, v >> 8 & 255u, v >> 16 & 255u, v >> 24); }

#if FORMAT == 1
// Signed bytes are read as unsigned ones with 128 added, which the minimum takes back.
vec4 number(uint v) { return bytes(v ^ 0x80808080u); }
uint scaleAt(uint block) { return block / 2u; } // its word among the scales
vec2 scaleOf(uint word, uint block) {
	float scale = unpackHalf2x16(word >> 16u * (block & 1u)).x;
	return vec2(scale, -128.0 * scale);
}
#elif FORMAT == 2
vec4 number(uint v) { return bytes(v & 0x0f0f0f0fu); }
uint scaleAt(uint block) { return block; }
vec2 scaleOf(uint word, uint block) { return unpackHalf2x16(word); }
#endif
