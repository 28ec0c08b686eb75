package main

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"
)

// release is set when a release is built.
var release = "development"

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && release == "development" {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				return release + "+" + s.Value[:12]
			}
		}
	}
	return release
}

func printVersion(_ context.Context, args []string, stdout, stderr io.Writer) error {
	if err := flagsOnly("version", args, stderr); err != nil {
		return err
	}
	_, err := fmt.Fprintln(stdout, "sluss", version())
	return err
}
