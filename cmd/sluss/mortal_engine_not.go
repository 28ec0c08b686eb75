//go:build !failpoint && !slim

package main

import inprocess "sluss/deploy/engine"

func mortalEngine(o inprocess.Options) inprocess.Options { return o }
