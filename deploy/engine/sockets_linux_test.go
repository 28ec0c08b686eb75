//go:build !slim

package engine_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A process with an engine, a client and a worker listens on three ports of the
// loopback interface and has no other socket that leaves it.
func TestSocketsStayOnLoopback(t *testing.T) {
	t.Parallel()
	process := startChild(t, filepath.Join(t.TempDir(), "engine.db"))
	own := socketInodes(t, process.Process.Pid)

	listening := 0
	for _, table := range []string{"tcp", "tcp6", "udp", "udp6", "raw", "raw6"} {
		for _, s := range sockets(t, process.Process.Pid, table) {
			if !slices.Contains(own, s.inode) {
				continue
			}
			if !s.local.Addr().IsLoopback() || (!s.listens && !s.remote.Addr().IsLoopback()) {
				t.Errorf("%s socket from %s to %s", table, s.local, s.remote)
			}
			if s.listens {
				listening++
			}
		}
	}
	if listening != 3 {
		t.Errorf("the process listens on %d ports, want 3", listening)
	}
}

type socket struct {
	local, remote netip.AddrPort
	listens       bool
	inode         string
}

// socketInodes returns the inodes of the sockets that a process has open.
func socketInodes(t *testing.T, pid int) (inodes []string) {
	t.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil || len(files) == 0 {
		t.Fatalf("open files of the process: %v, %v", files, err)
	}
	for _, file := range files {
		target, _ := os.Readlink(file) // it may be closed by now
		if inode, ok := strings.CutPrefix(target, "socket:["); ok {
			inodes = append(inodes, strings.TrimSuffix(inode, "]"))
		}
	}
	return inodes
}

// sockets reads one of the kernel's tables: number, local and remote address,
// state, and as the tenth column the inode.
func sockets(t *testing.T, pid int, table string) (all []socket) {
	t.Helper()
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, table))
	if os.IsNotExist(err) { // no IPv6
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(content) {
		columns := strings.Fields(string(line))
		if len(columns) < 10 || columns[0] == "sl" {
			continue
		}
		const listen = "0A"
		all = append(all, socket{
			local:   address(t, columns[1]),
			remote:  address(t, columns[2]),
			listens: strings.HasPrefix(table, "tcp") && columns[3] == listen,
			inode:   columns[9],
		})
	}
	return all
}

// address reads an address as the kernel writes it: words of four bytes in the
// order of a little-endian machine, a colon and the port, all hexadecimal.
func address(t *testing.T, s string) netip.AddrPort {
	t.Helper()
	ip, port, _ := strings.Cut(s, ":")
	raw, err := hex.DecodeString(ip)
	if err != nil {
		t.Fatal(err)
	}
	for word := range slices.Chunk(raw, 4) {
		slices.Reverse(word)
	}
	addr, ok := netip.AddrFromSlice(raw)
	number, err := strconv.ParseUint(port, 16, 16)
	if !ok || err != nil {
		t.Fatalf("address %q: %v", s, err)
	}
	return netip.AddrPortFrom(addr.Unmap(), uint16(number))
}
