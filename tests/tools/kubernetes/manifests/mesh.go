package main

import (
	"fmt"
	"net/url"
	"strings"

	"sigs.k8s.io/yaml"
)

// nodeFile has what a mesh is made of, out of config/reference.yaml.
type nodeFile struct {
	Services map[string]struct {
		Peers *struct {
			Discovery struct {
				Peers []struct {
					NodeID   string `json:"node_id"`
					Endpoint string `json:"endpoint"`
				} `json:"peers"`
			} `json:"discovery"`
		} `json:"peers"`
	} `json:"services"`
}

// checkMesh says where the node's file names peers that the workload does not make, or not all of them.
func (r *release) checkMesh(namespace string) []string {
	var file nodeFile
	if err := yaml.Unmarshal([]byte(r.nodeFile()), &file); err != nil {
		return []string{"config.yaml: " + err.Error()}
	}
	var problems []string
	for id, service := range file.Services {
		if service.Peers == nil {
			continue
		}
		if r.workload.kind != "StatefulSet" {
			problems = append(problems, fmt.Sprintf("%s has peers, and a %s gives its pods no names", id, r.workload.kind))
			continue
		}
		listed := map[string]bool{}
		for _, peer := range service.Peers.Discovery.Peers {
			listed[peer.NodeID] = true
			// The name that the headless service gives a pod.
			host := fmt.Sprintf("%s.%s.%s.svc.", peer.NodeID, r.workload.service, namespace)
			endpoint, err := url.Parse(peer.Endpoint)
			if err != nil || !strings.HasPrefix(endpoint.Hostname(), host) {
				problems = append(problems, fmt.Sprintf("%s: %s does not begin with %s", id, peer.Endpoint, host))
			}
		}
		for i := 0; i < r.mostReplicas(); i++ {
			if pod := fmt.Sprintf("%s-%d", r.workload.GetName(), i); !listed[pod] {
				problems = append(problems, fmt.Sprintf("%s: %s is not among the peers", id, pod))
			}
		}
	}
	return problems
}

func (r *release) mostReplicas() int {
	if len(r.scalers) > 0 {
		return int(r.scalers[0].Spec.MaxReplicas)
	}
	return int(*r.workload.replicas)
}
