package engine

import "zachin/glcompute"

// What front ends, which do not see glcompute, need to know of a graphics device.
var (
	// ErrNoCompute is returned by Load where OpenGL was asked for and there is none with compute shaders.
	ErrNoCompute = glcompute.ErrNoCompute
	// ErrDeviceMemory is returned when the graphics memory is full.
	ErrDeviceMemory = glcompute.ErrOutOfMemory
	// ErrDeviceLost is returned when the driver took the device away. The model must be loaded again.
	ErrDeviceLost = glcompute.ErrContextLost
)

// Limits are what a graphics driver allows.
type Limits = glcompute.Limits

// Graphics returns the limits and the extensions of the graphics device that the model runs on; ok is false where it
// runs on the processor.
func (m *Model) Graphics() (limits Limits, extensions []string, ok bool) {
	r, ok := m.run.(*glRunner)
	if !ok {
		return Limits{}, nil, false
	}
	return r.device.Limits(), r.device.Extensions(), true
}
