//go:build soak

package models

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"zachin/app/download"
	"zachin/app/download/hubtest"
)

// diskVariable tells the test program to be a process that downloads onto a small disk of its own, mounted there.
const diskVariable = "ZACHIN_TEST_DISK"

// TestFullDisk lets a real disk fill up during a download, a tmpfs in a name space of the process's own: the error says so, what has
// come is kept, and with room again the download ends as it should.
func TestFullDisk(t *testing.T) {
	if dir := os.Getenv(diskVariable); dir != "" {
		fillDisk(t, dir)
		return
	}
	w := newWorld(t, 16<<20)
	w.fake.Throttle(40 << 20)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), program, "-test.run=^TestFullDisk$", "-test.v")
	c.Env = append(os.Environ(), diskVariable+"="+t.TempDir(), "HF_ENDPOINT="+w.fake.Front.URL)
	c.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	if output, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}

func fillDisk(t *testing.T, dir string) {
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=24m"); err != nil {
		t.Fatal(err)
	}
	ballast := filepath.Join(dir, "ballast")
	fill := sync.OnceFunc(func() {
		err := os.WriteFile(ballast, hubtest.Content(64<<20, 0), 0o644)
		fmt.Println("the disk is filled up:", err)
	})
	s := Open(Config{Root: filepath.Join(dir, "models"), Hub: download.Config{Endpoint: os.Getenv("HF_ENDPOINT")}})
	_, err := s.Download(context.Background(), "acme/tiny", DownloadOptions{Watch: func(p download.Progress) {
		if p.Done > 4<<20 {
			fill()
		}
	}})
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("on a full disk: %v", err)
	}
	if m, err := s.Get("acme/tiny"); err != nil || m.State != Partial || m.Bytes == 0 {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := s.Download(context.Background(), "acme/tiny", DownloadOptions{}); !errors.Is(err, download.ErrNoSpace) && !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("on a disk that is full: %v", err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	done, err := s.Download(context.Background(), "acme/tiny", DownloadOptions{})
	if err != nil || done.Resumed == 0 {
		t.Errorf("with room again: %+v, %v", done, err)
	}
	if report, err := s.Verify(context.Background(), "acme/tiny", nil); err != nil || !report.OK {
		t.Errorf("%+v, %v", report, err)
	}
}
