package api

import (
	"context"
	"errors"

	"sluss/api/act"
)

// pointed adds to a refusal for which answers are the reason where they are in
// the body.
func pointed(ctx context.Context, pointer string, err error) error {
	var apart *act.Apart
	if !errors.As(err, &apart) {
		return err
	}
	p := problemOf(ctx, err)
	for _, f := range apart.Problems {
		p.Errors = append(p.Errors, Fault{Pointer: pointer + f.Pointer, Code: f.Code, Message: f.Text.In(languageOf(ctx))})
	}
	return p
}
