package store

import (
	"context"

	"sluss/model"
)

// tell leaves a message about the case for each of the recipients. It leaves with
// the transition or not at all. task is "" for a message about the case itself.
func (r *recorder) tell(kind model.MessageKind, task string, to ...model.Recipient) {
	for _, who := range to {
		r.messages = append(r.messages, outboxRow{
			OrgID: r.c.OrgID, ID: model.NewID(), CaseID: r.c.ID, Seq: r.c.Seq + 1, Kind: kind,
			TaskID: task, Role: who.Role, PersonID: who.PersonID, CreatedAt: r.now,
		})
	}
}

// tellTask is tell for whoever has a task: its person, or everybody with its role.
func (r *recorder) tellTask(kind model.MessageKind, t taskRow, also ...model.Role) {
	whose := model.Recipient{PersonID: t.AssigneeID}
	if t.AssigneeID == "" {
		whose.Role = t.Role
	}
	r.tell(kind, t.ID, whose)
	for _, role := range also {
		r.tell(kind, t.ID, model.Recipient{Role: role})
	}
}

func (r *recorder) sendMessages(ctx context.Context) error {
	return insert(ctx, r.store, r.q, "", r.messages...)
}
