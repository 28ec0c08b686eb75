package idp

import (
	"slices"
	"strconv"
	"strings"

	"sluss/model"
)

// values returns the texts of a claim, which is a text or a list of them, by its name
// or by a JSON Pointer (RFC 6901). elsewhere is true when the token says that the claim
// is to be fetched somewhere else (OpenID Connect Core 1.0, section 5.6.2), as Entra
// ID does for whoever is in many groups: nothing is known of it then.
func (c *claims) values(name string) (out []string, elsewhere bool) {
	if name == "" {
		return nil, false
	}
	path := []string{name}
	if strings.HasPrefix(name, "/") {
		path = strings.Split(name[1:], "/")
		for i, part := range path {
			path[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		}
	}
	if _, given := c.all[path[0]]; !given {
		sources, _ := c.all["_claim_names"].(map[string]any)
		_, named := sources[path[0]]
		has, _ := c.all["hasgroups"].(bool)
		return nil, named || has && path[0] == "groups"
	}
	return texts(within(c.all, path)), false
}

// within follows a path through objects and lists.
func within(v any, path []string) any {
	for _, part := range path {
		switch at := v.(type) {
		case map[string]any:
			v = at[part]
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(at) {
				return nil
			}
			v = at[i]
		default:
			return nil
		}
	}
	return v
}

func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, x := range v {
			if s, ok := x.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}

// of returns the roles that the claims come to, sorted, each once. ok is false when
// the provider has left them out.
func (r *RolesConfig) of(c *claims) (roles []model.Role, ok bool) {
	values, elsewhere := c.values(r.Claim)
	roles = slices.Clone(r.Default)
	for _, v := range values {
		roles = append(roles, r.Map[v]...)
	}
	slices.Sort(roles)
	return slices.Compact(roles), !elsewhere
}

// of returns the code of the unit that the claims come to, "" for none.
func (u UnitsConfig) of(c *claims) string {
	values, _ := c.values(u.Claim)
	for _, v := range values {
		if code := u.Map[v]; code != "" {
			return code
		}
	}
	return ""
}
