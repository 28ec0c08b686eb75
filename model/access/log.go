package access

import (
	"slices"
	"strings"

	"sluss/model"
)

// ReadsLog reports whether the actor may read the log of every case of the
// organisation (rulebook 10, "Read audit log").
func ReadsLog(a model.Actor) bool {
	return slices.ContainsFunc(a.Roles, func(r model.Role) bool {
		may, reach := Of(ReadLog, r)
		return reach == ReachAll && strings.Contains(may, Read)
	})
}
