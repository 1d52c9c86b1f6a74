package main

import (
	"strings"
	"testing"
)

const good = `
apiVersion: v1
kind: ConfigMap
metadata: {name: slim-config}
data:
  config.yaml: |
    services:
      slim/0:
        peers:
          discovery:
            peers:
            - {node_id: slim-0, endpoint: "http://slim-0.slim-headless.ns.svc.cluster.local:46357"}
            - {node_id: slim-1, endpoint: "http://slim-1.slim-headless.ns.svc.cluster.local:46357"}
---
# Nothing was rendered here.
---
apiVersion: v1
kind: Service
metadata: {name: slim-headless}
spec:
  clusterIP: None
  selector: {app: slim}
  ports: [{name: data, port: 46357, targetPort: data}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: slim}
spec:
  replicas: 2
  serviceName: slim-headless
  selector: {matchLabels: {app: slim}}
  template:
    metadata: {labels: {app: slim}}
    spec:
      containers:
      - name: slim
        ports: [{name: data, containerPort: 46357}]
        readinessProbe: {tcpSocket: {port: data}}
        volumeMounts: [{name: config, mountPath: /config.yaml}]
      volumes: [{name: config, configMap: {name: slim-config}}]
`

func problems(text string) []string {
	r, found := decode([]byte(text))
	if len(found) > 0 {
		return found
	}
	return append(append(r.checkObjects(), r.checkReferences()...), r.checkMesh("ns")...)
}

func TestWhatFitsIsAccepted(t *testing.T) {
	if found := problems(good); len(found) > 0 {
		t.Fatal(found)
	}
}

func TestEachMistakeIsFound(t *testing.T) {
	for _, mistake := range []struct{ from, to, expected string }{
		{"serviceName:", "servicename:", "unknown field"},
		{"replicas: 2", "replicas: two", "cannot unmarshal"},
		{"kind: Service\n", "kind: Sevice\n", "no kind"},
		{"replicas: 2", "replicas: 2\n  replicas: 3", "already set"},
		{"replicas: 2", "replicas: 3", "slim-2 is not among the peers"},
		{"slim-1.slim-headless.ns", "slim-1.slim.ns", "does not begin with"},
		{"serviceName: slim-headless", "serviceName: slim", "no headless service"},
		{"labels: {app: slim}", "labels: {app: other}", "does not match its pods"},
		{"selector: {app: slim}", "selector: {app: other}", "it selects no pod"},
		{"targetPort: data", "targetPort: control", "no container has the port"},
		{"tcpSocket: {port: data}", "tcpSocket: {port: control}", "a probe asks for"},
		{"configMap: {name: slim-config}", "configMap: {name: slim}", "no config map"},
		{"volumeMounts: [{name: config,", "volumeMounts: [{name: conf,", "no volume"},
		{"name: data, containerPort", "name: data-of-the-plane, containerPort", "no more than 15"},
		{"metadata: {name: slim}", "metadata: {name: Slim}", "lower case"},
	} {
		if !strings.Contains(good, mistake.from) {
			t.Errorf("%q is not in the example", mistake.from)
		}
		found := strings.Join(problems(strings.Replace(good, mistake.from, mistake.to, 1)), "\n")
		if !strings.Contains(found, mistake.expected) {
			t.Errorf("%q: found %q, expected %q", mistake.to, found, mistake.expected)
		}
	}
}
