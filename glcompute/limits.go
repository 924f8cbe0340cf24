package glcompute

import (
	"slices"
	"strings"

	"github.com/go-gl/gl/v4.3-core/gl"
)

// Info tells what the device is, in the driver's own words.
type Info struct {
	Name    string // GL_RENDERER
	Vendor  string // GL_VENDOR
	Version string // GL_VERSION: the version of OpenGL and of the driver
	GLSL    string // GL_SHADING_LANGUAGE_VERSION
	// Software tells that a rasteriser on the processor stands in for a graphics card.
	Software bool
	Memory   Memory
}

// Memory is a card's memory in bytes; 0 is what its driver does not tell.
type Memory struct {
	Total, Free int64 // Free when the context was made
	// Least tells that there may be more: the card may be one that uses the computer's memory too.
	Least bool
}

// Limits are what a kernel must keep to on this device.
type Limits struct {
	StorageBlock    int64  `json:"storage_block_bytes"` // largest storage buffer binding
	StorageAlign    int    `json:"storage_offset_alignment"`
	StorageBindings int    `json:"storage_bindings"` // per compute shader
	UniformBlock    int    `json:"uniform_block_bytes"`
	UniformAlign    int    `json:"uniform_offset_alignment"`
	SharedMemory    int    `json:"shared_memory_bytes"` // of a work group
	GroupThreads    int    `json:"group_invocations"`
	GroupSize       [3]int `json:"group_size"`
	Groups          [3]int `json:"groups"`
	Subgroup        int    `json:"subgroup_size"`    // 0: none that kernels can use
	NVHalf          bool   `json:"nv_half"`          // arithmetic on 16-bit floats through GL_NV_gpu_shader5
	Processors      int    `json:"processors"`       // 0: the driver does not tell
	Resident        int    `json:"resident_threads"` // threads that all processors hold at once; 0: the driver does not tell
	Overlap         bool   `json:"-"`                // dispatches may begin while the one before ends, in the order of submission; see Chain
	SparsePage      int    `json:"-"`                // of sparse buffers where they are the faster ones, else 0; see NewBuffer
}

// Minima that OpenGL 4.3 promises; a driver that reports less reports nonsense.
const (
	minStorageBlock = 1 << 24
	minGroupThreads = 1024
)

// readInfo asks the current context. Thread: GL.
func readInfo() Info {
	text := func(name uint32) string {
		if s := gl.GetString(name); s != nil {
			return gl.GoStr(s)
		}
		return ""
	}
	info := Info{Name: text(gl.RENDERER), Vendor: text(gl.VENDOR), Version: text(gl.VERSION), GLSL: text(gl.SHADING_LANGUAGE_VERSION)}
	for _, name := range []string{"llvmpipe", "softpipe", "swrast", "software rasterizer", "swiftshader", "gdi generic", "warp"} {
		if strings.Contains(strings.ToLower(info.Name), name) {
			info.Software = true
		}
	}
	return info
}

// readExtensions lists the context's extensions. Thread: GL.
func readExtensions() []string {
	var n int32
	gl.GetIntegerv(gl.NUM_EXTENSIONS, &n)
	names := make([]string, 0, n)
	for i := range uint32(max(n, 0)) {
		if s := gl.GetStringi(gl.EXTENSIONS, i); s != nil {
			names = append(names, gl.GoStr(s))
		}
	}
	return names
}

// readMemory asks the current context for the card's own memory. NVIDIA's driver tells all of it; AMD's and Mesa's for AMD tell
// what is free, of an integrated chip only of the part that is set aside for it. Mesa also has NVIDIA's extension for chips
// of every kind, where its figures mean little. Thread: GL.
func readMemory(info Info, extensions []string) Memory {
	// The first number of any of these is in KiB; ATI's query gives four.
	number := func(name uint32) int64 {
		var kilobytes [4]int32
		gl.GetIntegerv(name, &kilobytes[0])
		return max(0, int64(kilobytes[0])) << 10
	}
	switch {
	case info.Software:
	case strings.HasPrefix(info.Vendor, "NVIDIA") && slices.Contains(extensions, "GL_NVX_gpu_memory_info"):
		return Memory{Total: number(dedicatedMemory), Free: number(currentAvailable)}
	case slices.Contains(extensions, "GL_ATI_meminfo"):
		return Memory{Free: number(bufferFreeMemory), Least: true}
	}
	return Memory{}
}

// Names of GL_NVX_gpu_memory_info and GL_ATI_meminfo.
const (
	dedicatedMemory  = 0x9047
	currentAvailable = 0x9049
	bufferFreeMemory = 0x87FB
)

// readLimits asks the current context. Thread: GL.
func readLimits(info Info, extensions []string) Limits {
	number := func(name uint32) int {
		var v int32
		gl.GetIntegerv(name, &v)
		return int(v)
	}
	triple := func(name uint32) (v [3]int) {
		for i := range v {
			var x int32
			gl.GetIntegeri_v(name, uint32(i), &x)
			v[i] = int(x)
		}
		return v
	}
	var block int64
	gl.GetInteger64v(gl.MAX_SHADER_STORAGE_BLOCK_SIZE, &block)
	l := Limits{
		StorageBlock: block, StorageAlign: number(gl.SHADER_STORAGE_BUFFER_OFFSET_ALIGNMENT), StorageBindings: number(gl.MAX_COMPUTE_SHADER_STORAGE_BLOCKS),
		UniformBlock: number(gl.MAX_UNIFORM_BLOCK_SIZE), UniformAlign: number(gl.UNIFORM_BUFFER_OFFSET_ALIGNMENT),
		SharedMemory: number(gl.MAX_COMPUTE_SHARED_MEMORY_SIZE), GroupThreads: number(gl.MAX_COMPUTE_WORK_GROUP_INVOCATIONS),
		GroupSize: triple(gl.MAX_COMPUTE_WORK_GROUP_SIZE), Groups: triple(gl.MAX_COMPUTE_WORK_GROUP_COUNT),
	}
	l.Overlap = (info.Software || strings.HasPrefix(info.Vendor, "NVIDIA")) && l.StorageBindings > 8
	for _, e := range extensions {
		switch e {
		case "GL_KHR_shader_subgroup":
			l.Subgroup = number(subgroupSize)
			if number(subgroupStages)&gl.COMPUTE_SHADER_BIT == 0 || number(subgroupFeatures)&subgroupShuffle == 0 {
				l.Subgroup = 0
			}
			// Intel's compilers choose another size for each shader; kernels here count on the one that is reported.
			if l.Subgroup < 32 || strings.Contains(strings.ToLower(info.Vendor), "intel") {
				l.Subgroup = 0
			}
		case "GL_NV_gpu_shader5":
			l.NVHalf = true
		case "GL_NV_shader_thread_group":
			l.Processors = number(nvProcessors)
			l.Resident = l.Processors * number(nvWarps) * number(nvWarpSize)
		case "GL_ARB_sparse_buffer":
			if strings.HasPrefix(info.Vendor, "NVIDIA") {
				l.SparsePage = number(gl.SPARSE_BUFFER_PAGE_SIZE_ARB)
			}
		}
	}
	return l
}

// Names of GL_KHR_shader_subgroup, which the 4.3 package does not have.
const (
	subgroupSize     = 0x9532
	subgroupStages   = 0x9533
	subgroupFeatures = 0x9534
	subgroupShuffle  = 0x10
)

// Names of GL_NV_shader_thread_group.
const (
	nvWarpSize   = 0x9339
	nvWarps      = 0x933A // a processor
	nvProcessors = 0x933B
)
