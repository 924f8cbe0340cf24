// GELU in its tanh form.
float gelu(float v) {
	// tanh's exponentials overflow on some drivers; beyond 10 it is 1 in float32 anyway.
	float t = clamp(0.7978845608028654 * (v + 0.044715 * v * v * v), -10.0, 10.0);
	return 0.5 * v * (1.0 + tanh(t));
}
