package access

import (
	"slices"
	"time"

	"sluss/model"
)

// StepUp asks whoever takes a final decision, and both who do what takes two persons,
// to have shown who they are a short while ago (OWASP ASVS 5.0.0, 6.8.4 and 7.5.3).
// nil asks for nothing.
type StepUp struct {
	// MaxAge is how long ago that may be.
	MaxAge time.Duration `yaml:"max_age"`
	// ACR are the ways of showing it that are strong enough, in the words of the
	// provider (OpenID Connect Core 1.0, section 2); none means any.
	ACR []string `yaml:"acr"`
	// Roles are those whose decisions and advice are meant. What takes two persons is
	// always meant.
	Roles []model.Role `yaml:"roles"`
}

// Allows reports whether the actor may answer a task of a kind in a role at a time.
// Nobody is asked for more who sends something back, for nothing is final then. A
// second reading and the word of the head are what takes two persons (SOD-05, AD-01).
func (s *StepUp) Allows(a model.Actor, role model.Role, kind model.TaskKind, o model.Outcome, now time.Time) bool {
	if s == nil || o == model.OutcomeReturn {
		return true
	}
	switch kind {
	case model.TaskSecondReading, model.TaskHead:
	case model.TaskDecision, model.TaskAdvice:
		if !slices.Contains(s.Roles, role) {
			return true
		}
	default:
		return true
	}
	return s.Fresh(a, now)
}

// Fresh reports whether the actor may do at a time what takes two persons.
func (s *StepUp) Fresh(a model.Actor, now time.Time) bool {
	if s == nil {
		return true
	}
	fresh := !a.ProvedAt.IsZero() && now.Sub(a.ProvedAt) <= s.MaxAge
	return fresh && (len(s.ACR) == 0 || slices.Contains(s.ACR, a.ACR))
}
