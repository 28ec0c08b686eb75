//go:build !slim

package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	grpccredentials "google.golang.org/grpc/credentials"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

const (
	readyTimeout = 15 * time.Second
	readyPoll    = 2 * time.Millisecond
)

var errNotServing = errors.New("the frontend does not serve yet")

// waitUntilReady returns when a request has gone through the services to the
// store and back, and the namespace keeps histories as long as wanted.
func (e *Engine) waitUntilReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()

	conn, err := grpc.NewClient(loopback(e.ports[0]),
		grpc.WithTransportCredentials(grpccredentials.NewTLS(e.credentials.client)))
	if err != nil {
		return fmt.Errorf("wait until ready: %w", err)
	}
	defer conn.Close()

	for {
		err := e.probe(ctx, conn)
		if err == nil {
			return nil
		}
		select {
		case <-e.Done():
			return e.Err()
		case <-ctx.Done():
			return fmt.Errorf("wait until ready: %w", err)
		case <-time.After(readyPoll):
		}
	}
}

// probe asks for the frontend's health, for the namespace, which the frontend
// answers, and for a workflow that does not exist, which needs the history
// service to own its shard. A question is asked only when the one before has
// been answered, because the server logs the others as failures.
func (e *Engine) probe(ctx context.Context, conn *grpc.ClientConn) error {
	health, err := healthpb.NewHealthClient(conn).Check(ctx, &healthpb.HealthCheckRequest{
		Service: workflowservice.WorkflowService_ServiceDesc.ServiceName,
	})
	if err != nil {
		return err
	}
	if health.GetStatus() != healthpb.HealthCheckResponse_SERVING {
		return errNotServing
	}

	service := workflowservice.NewWorkflowServiceClient(conn)
	if err := e.setRetention(ctx, service); err != nil {
		return err
	}
	_, err = service.DescribeWorkflowExecution(ctx, &workflowservice.DescribeWorkflowExecutionRequest{
		Namespace: e.options.Namespace,
		Execution: &commonpb.WorkflowExecution{WorkflowId: "ready"},
	})
	if status.Code(err) == codes.NotFound {
		return nil
	}
	return err
}

// setRetention changes the namespace's retention if an earlier start set another.
func (e *Engine) setRetention(ctx context.Context, service workflowservice.WorkflowServiceClient) error {
	described, err := service.DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{
		Namespace: e.options.Namespace,
	})
	if err != nil {
		return err
	}
	wanted := e.options.retention()
	if described.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration() == wanted {
		return nil
	}
	_, err = service.UpdateNamespace(ctx, &workflowservice.UpdateNamespaceRequest{
		Namespace: e.options.Namespace,
		Config:    &namespacepb.NamespaceConfig{WorkflowExecutionRetentionTtl: durationpb.New(wanted)},
	})
	return err
}
