package contract

import (
	"errors"

	"go.temporal.io/sdk/temporal"

	"sluss/model"
)

// RefusalError turns a refusal by the rules into the error that ends an update:
// its type is the code and its details are the rules.
func RefusalError(r *model.Refusal) error {
	return temporal.NewApplicationErrorWithOptions(string(r.Code), string(r.Code),
		temporal.ApplicationErrorOptions{NonRetryable: true, Details: []any{r.Rules}})
}

// RefusalIn returns the refusal that a case gave, or nil when the error is of
// another kind and nothing is known about the act.
func RefusalIn(err error) *model.Refusal {
	var app *temporal.ApplicationError
	if !errors.As(err, &app) || !app.NonRetryable() || app.Type() == "" {
		return nil
	}
	refused := &model.Refusal{Code: model.Code(app.Type())}
	if app.HasDetails() {
		_ = app.Details(&refused.Rules)
	}
	return refused
}
