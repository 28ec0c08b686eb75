//go:build !slim

package engine

import (
	"context"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/server/api/visibilityservice/v1"
	"go.temporal.io/server/chasm"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/metrics"
	"go.temporal.io/server/common/namespace"
	"go.temporal.io/server/common/persistence/visibility/manager"
	"go.temporal.io/server/common/persistence/visibility/store"
	"go.temporal.io/server/common/resolver"
	"go.temporal.io/server/common/searchattribute"
)

// visibilityName names the store in the server's configuration and metadata.
const visibilityName = "none"

// noVisibility is a visibility store that stores nothing, and the factory of
// itself. Lists of cases come from the application's database, so what the
// server would keep for its own lists is only work: half of the throughput on
// SQLite. Reads answer as an empty store does, never with nil.
type noVisibility struct{}

var _ store.VisibilityStore = noVisibility{}

func (noVisibility) NewVisibilityStore(
	config.CustomDatastoreConfig,
	searchattribute.Provider,
	searchattribute.MapperProvider,
	namespace.Registry,
	*chasm.Registry,
	resolver.ServiceResolver,
	log.Logger,
	metrics.Handler,
) (store.VisibilityStore, error) {
	return noVisibility{}, nil
}

func (noVisibility) Close()               {}
func (noVisibility) GetName() string      { return visibilityName }
func (noVisibility) GetIndexName() string { return visibilityName }

func (noVisibility) ValidateCustomSearchAttributes(attributes map[string]any) (map[string]any, error) {
	if attributes == nil {
		attributes = map[string]any{}
	}
	return attributes, nil
}

func (noVisibility) RecordWorkflowExecutionStarted(context.Context, *store.InternalRecordWorkflowExecutionStartedRequest) error {
	return nil
}

func (noVisibility) RecordWorkflowExecutionClosed(context.Context, *store.InternalRecordWorkflowExecutionClosedRequest) error {
	return nil
}

func (noVisibility) UpsertWorkflowExecution(context.Context, *store.InternalUpsertWorkflowExecutionRequest) error {
	return nil
}

func (noVisibility) DeleteWorkflowExecution(context.Context, *manager.VisibilityDeleteWorkflowExecutionRequest) error {
	return nil
}

func (noVisibility) ListWorkflowExecutions(context.Context, *manager.ListWorkflowExecutionsRequestV2) (*store.InternalListExecutionsResponse, error) {
	return emptyList(), nil
}

func (noVisibility) CountWorkflowExecutions(context.Context, *manager.CountWorkflowExecutionsRequest) (*store.InternalCountExecutionsResponse, error) {
	return zeroCount(), nil
}

func (noVisibility) GetWorkflowExecution(context.Context, *manager.GetWorkflowExecutionRequest) (*store.InternalGetWorkflowExecutionResponse, error) {
	return &store.InternalGetWorkflowExecutionResponse{}, serviceerror.NewNotFound("the engine keeps no visibility records")
}

func (noVisibility) ListChasmExecutions(context.Context, *visibilityservice.ListChasmExecutionsRequest) (*store.InternalListExecutionsResponse, error) {
	return emptyList(), nil
}

func (noVisibility) CountChasmExecutions(context.Context, *visibilityservice.CountChasmExecutionsRequest) (*store.InternalCountExecutionsResponse, error) {
	return zeroCount(), nil
}

func (noVisibility) AddSearchAttributes(context.Context, *manager.AddSearchAttributesRequest) error {
	return nil
}

func emptyList() *store.InternalListExecutionsResponse {
	return &store.InternalListExecutionsResponse{Executions: []*store.InternalExecutionInfo{}}
}

func zeroCount() *store.InternalCountExecutionsResponse {
	return &store.InternalCountExecutionsResponse{Groups: []store.InternalAggregationGroup{}}
}
