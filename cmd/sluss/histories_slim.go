//go:build slim

package main

import (
	"context"
	"errors"
	"io"
)

func histories(context.Context, []string, io.Writer, io.Writer) error {
	return errors.New("this build has no engine of its own: record histories with a build without the tag slim")
}
