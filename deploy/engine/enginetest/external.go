//go:build !slim

package enginetest

import (
	"net"
	"strconv"

	"github.com/google/uuid"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/membership/static"
	sqliteplugin "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/temporal"

	"sluss/deploy/engine"
)

// ExternalOptions are what an external server is told. The zero value of each but Port
// stands for the server's default, or for none.
type ExternalOptions struct {
	// Port is the first of the four that the server listens on.
	Port int
	// Path is the SQLite file in which the server keeps its state, so that the next one
	// goes on from it. It is made when it is missing. Empty means in memory.
	Path string
	// HistoryCountSuggestContinueAsNew, StoreFaults and StoreFaultsSeed are as in
	// engine.Options. A server whose store fails logs that.
	HistoryCountSuggestContinueAsNew int
	StoreFaults                      float64
	StoreFaultsSeed                  int64
}

// External returns a Temporal server as others run one: with the server's own
// settings, without TLS, and without the namespace of the product. It is made to run in
// a process of its own.
func External(o ExternalOptions) (temporal.Server, error) {
	store := &config.SQL{
		PluginName: sqliteplugin.PluginName, DatabaseName: uuid.NewString(), MaxConns: 1, MaxIdleConns: 1,
		ConnectAttributes: map[string]string{"mode": "memory", "cache": "shared"},
	}
	if o.Path != "" {
		store.DatabaseName = o.Path
		store.ConnectAttributes = map[string]string{
			"mode": "rwc", "setup": "true", "journal_mode": "wal", "synchronous": "normal", "busy_timeout": "1000",
		}
	}
	settings := dynamicconfig.StaticClient{
		dynamicconfig.EnableServerVersionCheck.Key(): false, // it would report to a host on the internet
	}
	if o.HistoryCountSuggestContinueAsNew > 0 {
		settings[dynamicconfig.HistoryCountSuggestContinueAsNew.Key()] = o.HistoryCountSuggestContinueAsNew
	}
	const name, host = "active", "127.0.0.1"
	address := func(i int) string { return net.JoinHostPort(host, strconv.Itoa(o.Port+i)) }
	cfg := &config.Config{
		Global: config.Global{Membership: config.Membership{BroadcastAddress: host}},
		Persistence: config.Persistence{
			DefaultStore: "main", VisibilityStore: "main", NumHistoryShards: 4,
			DataStores: map[string]config.DataStore{"main": {SQL: store, FaultInjection: engine.Faults(o.StoreFaults, o.StoreFaultsSeed)}},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10, MasterClusterName: name, CurrentClusterName: name,
			ClusterInformation: map[string]cluster.ClusterInformation{
				name: {Enabled: true, InitialFailoverVersion: 1, RPCAddress: address(0)},
			},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Archival: config.Archival{
			History: config.HistoryArchival{State: config.ArchivalDisabled}, Visibility: config.VisibilityArchival{State: config.ArchivalDisabled},
		},
		NamespaceDefaults: config.NamespaceDefaults{Archival: config.ArchivalNamespaceDefaults{
			History:    config.HistoryArchivalNamespaceDefaults{State: config.ArchivalDisabled},
			Visibility: config.VisibilityArchivalNamespaceDefaults{State: config.ArchivalDisabled},
		}},
		PublicClient: config.PublicClient{HostPort: address(0)},
		Services:     map[string]config.Service{},
	}
	hosts := map[primitives.ServiceName]static.Hosts{}
	for i, service := range []primitives.ServiceName{
		primitives.FrontendService, primitives.HistoryService, primitives.MatchingService, primitives.WorkerService,
	} {
		cfg.Services[string(service)] = config.Service{RPC: config.RPC{GRPCPort: o.Port + i, BindOnIP: host}}
		hosts[service] = static.SingleLocalHost(address(i))
	}
	var logger log.Logger = log.NewNoopLogger()
	if o.StoreFaults > 0 {
		logger = log.NewZapLogger(log.BuildZapLogger(log.Config{Level: "warn"}))
	}
	return temporal.NewServer(
		temporal.WithConfig(cfg),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(hosts),
		temporal.WithLogger(logger),
		temporal.WithDynamicConfigClient(settings),
		temporal.InterruptOn(temporal.InterruptCh()),
	)
}
