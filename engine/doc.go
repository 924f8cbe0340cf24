// Package engine runs ruGPT-3 XL and models of its family: token ids in, logits out, and from them text.
//
// The flow, one way:
//
//	checkpoint (named tensors, mapped) → Load → runner (GL or CPU: weights and KV caches on the device)
//	prompt → tokenizer → Model.prefill (what the KV cache lacks of it) → sample → tokenizer → text
//
// Only cancellation travels back, through context. A runner is one device's transformer; everything above it, from
// chunking and rewinding to beam search, is written once and knows no device.
package engine
