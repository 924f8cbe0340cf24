// Package glcompute runs compute shaders through OpenGL 4.3 or later. It knows no model: it offers buffers of numbers and
// operations on them, and engine arranges those into a transformer.
//
//	Open → Device (own thread, own context) → Buffer, Matrix → List of dispatches → Submit → Read
//
// One goroutine owns the GL context, locked to its thread, and every call goes through Device.do; so a Device is safe
// for use from any goroutine. Work is recorded in a List first, on any goroutine, and submitted in one go.
//
// Every operation (ops_*.go) has a plain-Go twin in glcompute/oracle and a test that compares the two on the device at
// hand. docs/kernels.md lists kernels, variants, bindings and tolerances.
package glcompute
