// Package observability holds what watches over a running Sluss: the alerts for
// Prometheus. A test holds them to the metrics that the program tells. It imports
// nothing.
package observability
