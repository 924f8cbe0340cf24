package glcompute

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unsafe"

	"github.com/go-gl/gl/v4.3-core/gl"
)

// compile makes the program of a specialisation, once. Thread: GL.
func (d *Device) compile(k Kernel) (*program, error) {
	key := k.String()
	if p, ok := d.programs[key]; ok {
		return p, nil
	}
	source, err := preprocess(shaderFiles, k)
	if err != nil {
		return nil, err
	}
	p, err := d.build(source)
	if err != nil {
		return nil, fmt.Errorf("shader %s: %w", key, err)
	}
	d.programs[key] = p
	return p, nil
}

//go:embed shaders
var shaderFiles embed.FS

// program is a linked compute shader.
type program struct{ id uint32 }

// build takes a program that was kept, or compiles and links. Whatever was made on the way is freed when it fails. Thread: GL.
func (d *Device) build(s source) (*program, error) {
	path := d.keptPath(s)
	if id := d.takeKept(path); id != 0 {
		return &program{id}, nil
	}
	shader := gl.CreateShader(gl.COMPUTE_SHADER)
	defer gl.DeleteShader(shader)
	text, free := gl.Strs(s.text + "\x00")
	defer free()
	gl.ShaderSource(shader, 1, text, nil)
	gl.CompileShader(shader)
	var ok int32
	if gl.GetShaderiv(shader, gl.COMPILE_STATUS, &ok); ok == gl.FALSE {
		return nil, s.explain(infoLog(shader, gl.GetShaderiv, gl.GetShaderInfoLog))
	}
	id := gl.CreateProgram()
	gl.AttachShader(id, shader)
	gl.ProgramParameteri(id, gl.PROGRAM_BINARY_RETRIEVABLE_HINT, gl.TRUE)
	gl.LinkProgram(id)
	if gl.GetProgramiv(id, gl.LINK_STATUS, &ok); ok == gl.FALSE {
		log := infoLog(id, gl.GetProgramiv, gl.GetProgramInfoLog)
		gl.DeleteProgram(id)
		return nil, s.explain(log)
	}
	d.trace("glLinkProgram")
	d.keep(path, id)
	return &program{id}, nil
}

func infoLog(id uint32, number func(uint32, uint32, *int32), get func(uint32, int32, *int32, *uint8)) string {
	var n int32
	number(id, gl.INFO_LOG_LENGTH, &n)
	log := make([]byte, max(n, 1)+1)
	get(id, int32(len(log)), nil, (*uint8)(unsafe.Pointer(&log[0])))
	text, _, _ := strings.Cut(string(log), "\x00")
	return strings.TrimSpace(text)
}

// Programs are kept this long, and are at most so large; those that a driver makes of these shaders have 20 to 100 KB.
const (
	keptFor    = 180 * 24 * time.Hour
	mostBinary = 16 << 20
)

// KeepPrograms makes the device keep the programs that it compiles in a folder, and take them from there: NVIDIA's compiler needs a
// second and a half for those of a token, and its own cache was seen not to be there. A program belongs to a driver's version and a
// shader's text. What cannot be kept, or is damaged, is compiled again, so nothing is reported.
func (d *Device) KeepPrograms(ctx context.Context, dir string) error {
	if entries, err := os.ReadDir(dir); err == nil {
		for _, e := range entries {
			if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > keptFor {
				_ = os.Remove(filepath.Join(dir, e.Name()))
			}
		}
	}
	return d.do(ctx, "", func() error {
		var formats int32
		if gl.GetIntegerv(gl.NUM_PROGRAM_BINARY_FORMATS, &formats); formats > 0 {
			d.kept = dir
		}
		return nil
	})
}

// keptPath is where a program is kept; "" where none are.
func (d *Device) keptPath(s source) string {
	if d.kept == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{d.info.Vendor, d.info.Name, d.info.Version, s.text}, "\x00")))
	return filepath.Join(d.kept, hex.EncodeToString(sum[:16]))
}

// takeKept makes the program that is kept in a file: the SHA-256 of the rest, the number of its format, the driver's bytes. It is 0 where
// there is none, or the driver does not want it any more. Thread: GL.
func (d *Device) takeKept(path string) uint32 {
	info, err := os.Stat(path)
	if err != nil || info.Size() > mostBinary {
		return 0
	}
	file, err := os.ReadFile(path)
	if err != nil || len(file) <= sha256.Size+4 {
		return 0
	}
	rest := file[sha256.Size:]
	if sum := sha256.Sum256(rest); !bytes.Equal(sum[:], file[:sha256.Size]) {
		return 0
	}
	id := gl.CreateProgram()
	gl.ProgramBinary(id, binary.LittleEndian.Uint32(rest), gl.Ptr(rest[4:]), int32(len(rest)-4))
	var ok int32
	if gl.GetProgramiv(id, gl.LINK_STATUS, &ok); ok == gl.FALSE {
		gl.DeleteProgram(id)
		_ = d.takeError("glProgramBinary") // of an unknown format: no matter
		return 0
	}
	return id
}

// keep writes a program to its file. Thread: GL.
func (d *Device) keep(path string, id uint32) {
	var n int32
	if gl.GetProgramiv(id, gl.PROGRAM_BINARY_LENGTH, &n); path == "" || n < 1 || n > mostBinary {
		return
	}
	var format uint32
	rest := make([]byte, 4+n)
	gl.GetProgramBinary(id, n, &n, &format, gl.Ptr(rest[4:]))
	binary.LittleEndian.PutUint32(rest, format)
	sum := sha256.Sum256(rest[:4+n])
	if err := os.MkdirAll(d.kept, 0o700); err != nil {
		return
	}
	// Other processes may be reading or writing the same file.
	f, err := os.CreateTemp(d.kept, "new-*")
	if err != nil {
		return
	}
	_, err = f.Write(append(sum[:], rest[:4+n]...))
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
}
