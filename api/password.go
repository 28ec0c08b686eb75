package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"sluss/api/authn"
	"sluss/model"
	"sluss/model/lang"
)

// passwordBody changes a password. How long one is: authn.MinPassword.
type passwordBody struct {
	Old string `json:"old" validate:"required,max=128" doc:"the password that you have"`
	New string `json:"new" validate:"required,min=15,max=128" doc:"the one that you want"`
}

// Resolve checks the body.
func (b *passwordBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

type passwordInput struct{ Body passwordBody }

func (s *server) passwordRoutes() {
	add(s, route{
		id: "change-password", method: http.MethodPut, path: "/me/password", tag: tagService, status: http.StatusNoContent,
		summary: "Change my password; I am signed out everywhere else",
	}, s.changePassword)
}

var (
	errWrongPassword = refuse("/old", "password", lang.Text{
		SV: "Lösenordet stämmer inte. Skriv det som du har nu.", EN: "This is not your password. Write the one that you have now.",
	})
	errSamePassword = refuse("/new", "password", lang.Text{
		SV: "Välj ett annat lösenord än det du har.", EN: "Choose another password than the one that you have.",
	})
)

// changePassword changes the password of whoever asks. The log says that it was changed,
// or tried, and holds neither of the two.
func (s *server) changePassword(ctx context.Context, in *passwordInput) (*struct{}, error) {
	if in.Body.New == in.Body.Old {
		return nil, errSamePassword
	}
	p, _ := authn.Person(ctx)
	err := s.Passwords.Change(ctx, p, authn.SessionID(ctx), in.Body.Old, in.Body.New)
	switch {
	case err == nil:
		s.Log.LogAttrs(ctx, slog.LevelInfo, "password changed", slog.String("actor_id", p.ID))
		return nil, nil
	case errors.Is(err, authn.ErrWrongPassword):
		s.Log.LogAttrs(ctx, slog.LevelWarn, "password not changed", slog.String("actor_id", p.ID), slog.String("reason", "password"))
		return nil, errWrongPassword
	case errors.Is(err, authn.ErrTooManyTries):
		s.Log.LogAttrs(ctx, slog.LevelWarn, "password not changed", slog.String("actor_id", p.ID), slog.String("reason", "tries"))
		return nil, model.Refuse(codeTooMany)
	}
	return nil, err
}
