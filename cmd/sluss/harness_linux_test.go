//go:build !slim

package main

import (
	"os/exec"
	"syscall"
)

// dieWithUs makes a process end with the tests, however they end.
func dieWithUs(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
