//go:build linux && !slim

// Package profile lets a measurement take processor profiles of a program: a
// signal starts one and the next signal ends it. It is linked into programs
// built for a measurement and never into the product. It imports the standard
// library only.
package profile

import (
	"fmt"
	"os"
	"os/signal"
	"runtime/pprof"
	"syscall"
)

// Variable is the environment variable that names the files of the profiles, to
// which their numbers are added, from 1.
const Variable = "SLUSSBENCH_PROFILE"

// Signal starts a profile and ends it.
const Signal = syscall.SIGUSR1

func init() {
	path := os.Getenv(Variable)
	if path == "" {
		return
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, Signal)
	go func() {
		for n := 1; ; n++ {
			if err := one(fmt.Sprintf("%s.%d", path, n), signals); err != nil {
				fmt.Fprintln(os.Stderr, "profile:", err)
			}
		}
	}()
}

// one writes one profile. The file appears under its name when it is complete.
func one(path string, signals <-chan os.Signal) error {
	<-signals
	f, err := os.Create(path + ".part")
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	<-signals
	pprof.StopCPUProfile()
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}
