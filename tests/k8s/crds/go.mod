// Modules that carry the published schemas of the custom resources which deploy/k8s uses. Only read, never built.
module sebaya/crds

go 1.26

require (
	github.com/kedacore/keda/v2 v2.21.0
	github.com/mongodb/mongodb-kubernetes-operator v0.9.0
	github.com/prometheus-operator/prometheus-operator v0.85.0
)
