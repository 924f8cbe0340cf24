package prepared

import (
	"context"
	"fmt"
	"hash/crc32"
	"os"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/edsrzf/mmap-go"
)

// File is an open prepared file. Its methods may be called from several goroutines, Close from one, after the last use
// of any section.
type File struct {
	layout
	plan Plan
	data mmap.MMap
}

// open maps the file at path if it is what the plan says, every byte of every section compared with its check sum.
// progress is told the bytes compared. The error names the file, and wraps ErrStale, ErrDamaged or one of the file system.
func open(ctx context.Context, path string, plan Plan, progress func(done, total int64)) (*File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close() // the mapping outlives it
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	f := &File{layout: plan.layout(), plan: plan}
	sums, err := plan.readSums(file, f.layout, info.Size())
	if err == nil {
		err = f.verify(ctx, file, sums, progress)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if f.data, err = mmap.Map(file, mmap.RDONLY, 0); err != nil {
		return nil, fmt.Errorf("map %s: %w", path, err)
	}
	return f, nil
}

// verifyStep is how much is read at once: little enough to stay in a core's cache while it is summed.
const verifyStep = 1 << 20

// verify compares all sections with their check sums, on all cores. It reads the file and does not look into a mapping: the
// process grows by no more than its buffers, and a disk that fails is an error and no signal.
func (f *File) verify(ctx context.Context, file *os.File, sums []uint32, progress func(done, total int64)) error {
	var total int64
	for _, s := range f.plan.Sections {
		total += s.Size
	}
	var (
		next, done atomic.Int64
		workers    sync.WaitGroup
		mu         sync.Mutex // of first and of telling progress
		first      error
	)
	tell := func(n int) {
		mu.Lock()
		defer mu.Unlock()
		progress(done.Add(int64(n)), total)
	}
	fail := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		if first == nil {
			first = err
		}
		next.Store(int64(len(sums))) // nothing more to do
	}
	for range min(runtime.GOMAXPROCS(0), len(sums)) {
		workers.Go(func() {
			buffer := make([]byte, verifyStep)
			for i := next.Add(1) - 1; i < int64(len(sums)); i = next.Add(1) - 1 {
				sum, err := f.sum(ctx, file, int(i), buffer, tell)
				if err == nil && sum != sums[i] {
					err = fmt.Errorf("%w: section %q has another check sum", ErrDamaged, f.plan.Sections[i].Name)
				}
				if err != nil {
					fail(err)
					return
				}
			}
		})
	}
	workers.Wait()
	return first
}

// sum is the check sum of section i.
func (f *File) sum(ctx context.Context, file *os.File, i int, buffer []byte, tell func(n int)) (sum uint32, err error) {
	size := f.plan.Sections[i].Size
	for at := int64(0); at < size; {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		part := buffer[:min(int64(len(buffer)), size-at)]
		if _, err := file.ReadAt(part, f.offsets[i]+at); err != nil {
			return 0, cutOff(err)
		}
		sum = crc32.Update(sum, crc32.IEEETable, part)
		at += int64(len(part))
		tell(len(part))
	}
	return sum, nil
}

// Section is the bytes of a section of the plan, mapped and not to be written; it begins at a multiple of a page.
func (f *File) Section(name string) (data []byte, ok bool) {
	i, ok := f.index[name]
	if !ok {
		return nil, false
	}
	end := f.offsets[i] + f.plan.Sections[i].Size
	return f.data[f.offsets[i]:end:end], true
}

// Mapping is the whole file as it is mapped; nothing of a nil File.
func (f *File) Mapping() []byte {
	if f == nil {
		return nil
	}
	return f.data
}

// Close ends the mapping; no section may be used afterwards. A nil File is closed already.
func (f *File) Close() error {
	if f == nil {
		return nil
	}
	return f.data.Unmap()
}
