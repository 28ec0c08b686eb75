package rulebook

import (
	"slices"
	"strings"
)

// scopeGroup is a group of the field-to-stage map: fields that are changed
// together, and the stages that depend on them.
type scopeGroup struct {
	id     string
	fields []*Field
	stages []scopeRule
}

type scopeRule struct {
	stage  string // "*" for every stage
	except []string
	when   condition
	only   []*Field
}

// scope reads the field-to-stage map. Every field of the intake belongs to one
// group.
func (c *compiler) scope() {
	for _, s := range c.src.Scope {
		g := scopeGroup{id: s.Group.Text, fields: c.scopeFields(s.Group, s.Fields)}
		for _, f := range g.fields {
			if f.Group != "" {
				c.fault(s.Group, f.ID, CodeDuplicate, "the field is already in group %s", f.Group)
			}
			f.Group = g.id
		}
		for _, st := range s.Stages {
			g.stages = append(g.stages, scopeRule{stage: st.Stage.Text, except: st.Except,
				when: c.optional(st.When, "scope "+g.id), only: c.scopeFields(st.Stage, st.Only)})
			if st.Stage.Text != "*" && !c.knownStage(st.Stage.Text) {
				c.fault(st.Stage, g.id, CodeUnknownName, "the stage %q is not declared", st.Stage.Text)
			}
		}
		c.book.scope = append(c.book.scope, g)
	}
	if len(c.src.Scope) == 0 {
		return
	}
	for _, f := range c.book.fields {
		if f.Part == PartIntake && f.Group == "" {
			c.fault(mark{}, f.ID, CodeMissing, "the field is in no group of the field-to-stage map")
		}
	}
}

// knownStage accepts the stages of triage and those that the workflow adds.
func (c *compiler) knownStage(key string) bool {
	added := []string{"adoption", "registrar"}
	return slices.Contains(added, key) ||
		slices.ContainsFunc(c.book.stages, func(s *Stage) bool { return s.Key == key })
}

// scopeFields finds fields by id; "agent.*" and "agreement_*" stand for all
// that begin so.
func (c *compiler) scopeFields(at mark, ids []string) []*Field {
	var out []*Field
	for _, id := range ids {
		found := false
		prefix, many := strings.CutSuffix(id, "*")
		for _, f := range c.book.fields {
			if f.ID == id || many && strings.HasPrefix(f.ID, prefix) {
				out, found = append(out, f), true
			}
		}
		if !found {
			c.fault(at, at.Text, CodeUnknownName, "the field %q is not declared", id)
		}
	}
	return out
}

// Scope gives the part of the intake that a stage depends on: the answers, and
// the defaults in the place of answers, of the groups that the field-to-stage
// map names for it. An approval of the stage holds as long as this does not
// change.
func (b *Book) Scope(stage string, in map[string]any) map[string]any {
	return b.Scopes(in)(stage)
}

// Scopes is Scope for several stages of one intake, which is read once. What it
// returns is not safe for concurrent use.
func (b *Book) Scopes(in map[string]any) func(stage string) map[string]any {
	read := b.readAnswers("", in, true)
	e := b.evaluation("", b.FormOf("", in), read.given, "")
	return func(stage string) map[string]any { return b.scopeOf(stage, e) }
}

func (b *Book) scopeOf(stage string, e *Evaluation) map[string]any {
	out := map[string]any{}
	for _, g := range b.scope {
		for _, r := range g.stages {
			if r.stage != stage && (r.stage != "*" || slices.Contains(r.except, stage)) {
				continue
			}
			if r.when.given() && !e.holds(r.when) {
				continue
			}
			fields := g.fields
			if len(r.only) > 0 {
				fields = r.only
			}
			for _, f := range fields {
				if v := e.form.effective(e, f); v != nil {
					place(out, f.ID, v)
				}
			}
		}
	}
	return out
}
