//go:build !slim

package engine

import (
	"fmt"
	"net"
	"strconv"
	"time"

	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/temporal"
)

const (
	host        = "127.0.0.1"
	clusterName = "active"

	// stickyCacheSize is the number of workflow runs that the process keeps in
	// memory between their tasks.
	stickyCacheSize = 500

	// Names of the two data stores in the server's configuration.
	mainStore       = "main"
	visibilityStore = "visibility"
)

// services are those that run, each on one port, the frontend first.
var services = []primitives.ServiceName{
	primitives.FrontendService,
	primitives.HistoryService,
	primitives.MatchingService,
}

// serverConfig is the server's static configuration: one node on the loopback
// interface, no metrics, no profiling, no archival, no HTTP.
func serverConfig(store config.DataStore, shards int32, ports []int) *config.Config {
	cfg := &config.Config{
		Global: config.Global{
			Membership: config.Membership{
				MaxJoinDuration:  10 * time.Second,
				BroadcastAddress: host,
			},
		},
		Persistence: config.Persistence{
			DefaultStore:     mainStore,
			VisibilityStore:  visibilityStore,
			NumHistoryShards: shards,
			DataStores: map[string]config.DataStore{
				mainStore: store,
				visibilityStore: {
					CustomDataStoreConfig: &config.CustomDatastoreConfig{
						Name:      visibilityName,
						IndexName: visibilityName,
					},
				},
			},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10,
			MasterClusterName:        clusterName,
			CurrentClusterName:       clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{
				clusterName: {
					Enabled:                true,
					InitialFailoverVersion: 1,
					RPCAddress:             loopback(ports[0]),
				},
			},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services:            map[string]config.Service{},
		Archival: config.Archival{
			History:    config.HistoryArchival{State: config.ArchivalDisabled},
			Visibility: config.VisibilityArchival{State: config.ArchivalDisabled},
		},
		NamespaceDefaults: config.NamespaceDefaults{
			Archival: config.ArchivalNamespaceDefaults{
				History:    config.HistoryArchivalNamespaceDefaults{State: config.ArchivalDisabled},
				Visibility: config.VisibilityArchivalNamespaceDefaults{State: config.ArchivalDisabled},
			},
		},
		PublicClient: config.PublicClient{HostPort: loopback(ports[0])},
	}
	for i, service := range services {
		cfg.Services[string(service)] = config.Service{
			RPC: config.RPC{GRPCPort: ports[i], BindOnIP: host},
		}
	}
	return cfg
}

// serverOptions are the parts that are given to the server as values.
func serverOptions(e *Engine, cfg *config.Config) []temporal.ServerOption {
	names := make([]string, len(services))
	hosts := map[primitives.ServiceName]static.Hosts{
		// Nothing runs there and nobody calls it, but the server insists.
		primitives.WorkerService: {All: []string{loopback(e.ports[0])}},
	}
	for i, service := range services {
		names[i] = string(service)
		hosts[service] = static.SingleLocalHost(loopback(e.ports[i]))
	}
	return []temporal.ServerOption{
		temporal.WithConfig(cfg),
		temporal.ForServices(names),
		temporal.WithStaticHosts(hosts),
		temporal.WithLogger(e.serverLogger()),
		temporal.WithTLSConfigFactory(e.credentials.provider()),
		temporal.WithCustomVisibilityStoreFactory(noVisibility{}),
		temporal.WithDynamicConfigClient(dynamicConfig(e.options)),
	}
}

// dynamicConfig holds the settings in which one process with one user differs
// from the cluster that the server's defaults are made for.
func dynamicConfig(o Options) dynamicconfig.StaticClient {
	c := dynamicconfig.StaticClient{
		// The server would otherwise report to a host on the internet.
		dynamicconfig.EnableServerVersionCheck.Key(): false,

		// A task that is written while the queue is idle waits for the next
		// permitted poll: 50 ms at the default of 20 a second.
		dynamicconfig.TransferProcessorMaxPollRPS.Key(): 2000,

		// The defaults hold every open case in memory.
		dynamicconfig.HistoryCacheHostLevelMaxSize.Key(): 512,
		dynamicconfig.WorkerStickyCacheSize.Key():        stickyCacheSize,

		// The workflow refuses by its own rules; the limit is a fuse.
		dynamicconfig.WorkflowExecutionMaxInFlightUpdates.Key(): 100,

		// After a crash a task that a worker took with it comes back sooner.
		dynamicconfig.DefaultWorkflowTaskTimeout.Key(): 5 * time.Second,

		// The visibility store is empty: nothing may be left to it or read from it.
		dynamicconfig.DisableFetchRelocatableAttributesFromVisibility.Key(): true,
		dynamicconfig.VisibilityProcessorEnableCloseWorkflowCleanup.Key():   false,
		dynamicconfig.BuildIdScavengerEnabled.Key():                         false,
	}
	if o.HistoryCountSuggestContinueAsNew > 0 {
		c[dynamicconfig.HistoryCountSuggestContinueAsNew.Key()] = o.HistoryCountSuggestContinueAsNew
	}
	return c
}

// freePorts returns n free ports of the loopback interface. They are held until
// all are found, so they differ.
func freePorts(n int) ([]int, error) {
	ports := make([]int, n)
	for i := range ports {
		l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		defer l.Close()
		ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	return ports, nil
}

// loopback is the address of a port on the loopback interface.
func loopback(port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }
