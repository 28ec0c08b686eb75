package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/interceptor"
	sdklog "go.temporal.io/sdk/log"
	"google.golang.org/protobuf/types/known/durationpb"

	"sluss/workflows/contract"
)

// retention is how long Temporal keeps the history of a process that has ended.
// Cases do not need it: the record outlives it.
const retention = 7 * 24 * time.Hour

// temporalSettings say which Temporal server `sluss api` and `sluss worker` use.
// What is not set here is read where every Temporal client reads it: from the
// environment variables TEMPORAL_…, among them those of TLS and the API key, and
// from Temporal's configuration file.
type temporalSettings struct {
	address, namespace, keyFile string
}

func (s *temporalSettings) flags(fs *flag.FlagSet) {
	fs.StringVar(&s.address, "temporal-address", "", "`address` of a Temporal server, for api and worker (default: TEMPORAL_ADDRESS)")
	fs.StringVar(&s.namespace, "temporal-namespace", "", "`namespace` on the Temporal server (default: TEMPORAL_NAMESPACE, or "+contract.Namespace+")")
	fs.StringVar(&s.keyFile, "temporal-api-key-file", "", "`file` with the API key for the Temporal server (default: TEMPORAL_API_KEY)")
}

// named reports whether a Temporal server is named, here or where every Temporal client
// reads it.
func (s *temporalSettings) named() (bool, error) {
	profile, err := envconfig.LoadClientConfigProfile(envconfig.LoadClientConfigProfileOptions{})
	if err != nil {
		return false, fmt.Errorf("read Temporal's settings: %w", err)
	}
	return cmp.Or(s.address, profile.Address) != "", nil
}

// clientOptions are what a client of the Temporal server needs.
func (s *temporalSettings) clientOptions(log *slog.Logger) (client.Options, error) {
	profile, err := envconfig.LoadClientConfigProfile(envconfig.LoadClientConfigProfileOptions{})
	if err != nil {
		return client.Options{}, fmt.Errorf("read Temporal's settings: %w", err)
	}
	profile.Address = cmp.Or(s.address, profile.Address)
	profile.Namespace = cmp.Or(s.namespace, profile.Namespace, contract.Namespace)
	if s.keyFile != "" {
		key, err := os.ReadFile(s.keyFile)
		if err != nil {
			return client.Options{}, fmt.Errorf("read --temporal-api-key-file: %w", err)
		}
		profile.APIKey = strings.TrimSpace(string(key))
	}
	if profile.Address == "" {
		return client.Options{}, errors.New("no Temporal server is named: set --temporal-address, or let sluss serve run one of its own")
	}
	o, err := profile.ToClientOptions(envconfig.ToClientOptionsRequest{})
	if err != nil {
		return client.Options{}, fmt.Errorf("read Temporal's settings: %w", err)
	}
	o.Logger = sdklog.NewStructuredLogger(quiet(log))
	return o, nil
}

// dial connects to the Temporal server.
func (s *temporalSettings) dial(ctx context.Context, log *slog.Logger, more ...interceptor.ClientInterceptor) (client.Client, string, error) {
	o, err := s.clientOptions(log)
	if err != nil {
		return nil, "", err
	}
	o.Interceptors = more
	c, err := client.DialContext(ctx, o)
	if err != nil {
		return nil, "", fmt.Errorf("connect to the Temporal server at %s: %w", o.HostPort, err)
	}
	return c, o.Namespace, nil
}

// connect is dial, with a namespace that is there.
func (s *temporalSettings) connect(ctx context.Context, log *slog.Logger, more ...interceptor.ClientInterceptor) (client.Client, error) {
	c, namespace, err := s.dial(ctx, log, more...)
	if err != nil {
		return nil, err
	}
	if _, err := describe(ctx, c, namespace); err != nil {
		c.Close()
		var missing *serviceerror.NamespaceNotFound
		if errors.As(err, &missing) {
			return nil, fmt.Errorf("the Temporal server has no namespace %s: make it with sluss temporal setup, or as its administrator", namespace)
		}
		return nil, fmt.Errorf("look for the namespace %s: %w", namespace, err)
	}
	return c, nil
}

func describe(ctx context.Context, c client.Client, namespace string) (*workflowservice.DescribeNamespaceResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, namespaceTime)
	defer cancel()
	return c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
}

// namespaceTime is how long the Temporal server may take to tell of a namespace, and
// to make a new one known to all of its parts.
const namespaceTime = 30 * time.Second

const temporalAbout = `Prepare a Temporal server for sluss api and sluss worker: make the namespace, which keeps
histories for 7 days, unless it is there. In Temporal Cloud make the namespace there instead.

Usage:
  sluss temporal setup [flags]`

func temporalCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var s settings
	rest, err := s.parse("temporal", temporalAbout, args, stderr)
	if err != nil {
		return err
	}
	if len(rest) != 1 || rest[0] != "setup" {
		fmt.Fprintln(stderr, temporalAbout)
		return errUsage
	}
	c, namespace, err := s.temporal.dial(ctx, s.logger(stderr))
	if err != nil {
		return err
	}
	defer c.Close()
	made, err := makeNamespace(ctx, c, namespace)
	switch {
	case err != nil:
		return fmt.Errorf("make the namespace %s: %w", namespace, err)
	case made:
		fmt.Fprintf(stdout, "the namespace %s is made\n", namespace)
	default:
		fmt.Fprintf(stdout, "the namespace %s is there\n", namespace)
	}
	return nil
}

// makeNamespace makes a namespace unless it is there, and returns when every part of
// the server knows it.
func makeNamespace(ctx context.Context, c client.Client, namespace string) (made bool, err error) {
	_, err = describe(ctx, c, namespace)
	var missing *serviceerror.NamespaceNotFound
	if !errors.As(err, &missing) {
		return false, err
	}
	_, err = c.WorkflowService().RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace: namespace, WorkflowExecutionRetentionPeriod: durationpb.New(retention),
		Description: "Sluss: one process for each case",
	})
	var raced *serviceerror.NamespaceAlreadyExists
	if err != nil && !errors.As(err, &raced) {
		return false, err
	}
	return true, awaitNamespace(ctx, c, namespace)
}

// awaitNamespace waits until the server answers for the namespace: it reads its
// namespaces every few seconds.
func awaitNamespace(ctx context.Context, c client.Client, namespace string) error {
	ctx, cancel := context.WithTimeout(ctx, namespaceTime)
	defer cancel()
	for {
		_, err := c.WorkflowService().DescribeTaskQueue(ctx, &workflowservice.DescribeTaskQueueRequest{
			Namespace: namespace, TaskQueue: &taskqueuepb.TaskQueue{Name: contract.TaskQueue}, TaskQueueType: enumspb.TASK_QUEUE_TYPE_WORKFLOW,
		})
		if err == nil {
			return nil
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return err
		}
	}
}
