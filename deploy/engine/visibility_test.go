//go:build !slim

package engine

import (
	"errors"
	"reflect"
	"testing"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/server/api/visibilityservice/v1"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/persistence/visibility/manager"
	"go.temporal.io/server/common/persistence/visibility/store"
)

func TestVisibilityStoresNothing(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, err := noVisibility{}.NewVisibilityStore(config.CustomDatastoreConfig{}, nil, nil, nil, nil, nil, nil, nil)
	if err != nil || s == nil {
		t.Fatalf("got %v, %v", s, err)
	}
	if s.GetName() == "" || s.GetIndexName() == "" {
		t.Error("no name")
	}

	base := &store.InternalVisibilityRequestBase{NamespaceID: "n", WorkflowID: "w", RunID: "r"}
	for name, err := range map[string]error{
		"started": s.RecordWorkflowExecutionStarted(ctx, &store.InternalRecordWorkflowExecutionStartedRequest{InternalVisibilityRequestBase: base}),
		"upsert":  s.UpsertWorkflowExecution(ctx, &store.InternalUpsertWorkflowExecutionRequest{InternalVisibilityRequestBase: base}),
		"closed":  s.RecordWorkflowExecutionClosed(ctx, &store.InternalRecordWorkflowExecutionClosedRequest{InternalVisibilityRequestBase: base}),
		"delete":  s.DeleteWorkflowExecution(ctx, &manager.VisibilityDeleteWorkflowExecutionRequest{}),
		"add":     s.AddSearchAttributes(ctx, &manager.AddSearchAttributesRequest{}),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}

	list, err := s.ListWorkflowExecutions(ctx, &manager.ListWorkflowExecutionsRequestV2{})
	wantEmpty(t, "list", list, list.Executions, err)
	list, err = s.ListChasmExecutions(ctx, &visibilityservice.ListChasmExecutionsRequest{})
	wantEmpty(t, "list of components", list, list.Executions, err)
	count, err := s.CountWorkflowExecutions(ctx, &manager.CountWorkflowExecutionsRequest{})
	wantEmpty(t, "count", count, count.Groups, err)
	count, err = s.CountChasmExecutions(ctx, &visibilityservice.CountChasmExecutionsRequest{})
	wantEmpty(t, "count of components", count, count.Groups, err)

	got, err := s.GetWorkflowExecution(ctx, &manager.GetWorkflowExecutionRequest{})
	if notFound := new(serviceerror.NotFound); got == nil || !errors.As(err, &notFound) {
		t.Errorf("get: %v, %v", got, err)
	}
	for _, attributes := range []map[string]any{nil, {}, {"a": 1}} {
		got, err := s.ValidateCustomSearchAttributes(attributes)
		if got == nil || len(got) != len(attributes) || err != nil {
			t.Errorf("validate %v: %v, %v", attributes, got, err)
		}
	}
	s.Close()
}

// wantEmpty wants an answer and its list, both empty and neither nil.
func wantEmpty(t *testing.T, name string, answer, list any, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
	if reflect.ValueOf(answer).IsNil() || reflect.ValueOf(list).IsNil() || reflect.ValueOf(list).Len() != 0 {
		t.Errorf("%s: got %+v", name, answer)
	}
	if c, ok := answer.(*store.InternalCountExecutionsResponse); ok && c.Count != 0 {
		t.Errorf("%s: counted %d", name, c.Count)
	}
	if l, ok := answer.(*store.InternalListExecutionsResponse); ok && len(l.NextPageToken) != 0 {
		t.Errorf("%s: there is a next page", name)
	}
}
