//go:build !failpoint

package main

import (
	"net/http"

	"go.temporal.io/sdk/worker"
)

func mortalOptions(o worker.Options) worker.Options { return o }

func (a *app) mortalRoutes(*http.ServeMux) {}
