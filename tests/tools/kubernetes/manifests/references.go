package main

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// checkReferences says which object refers to something that the release does not hold.
func (r *release) checkReferences() []string {
	var problems []string
	require := func(o fmt.Stringer, holds bool, format string, arguments ...any) {
		if !holds {
			problems = append(problems, o.String()+": "+fmt.Sprintf(format, arguments...))
		}
	}
	w := r.workload
	selects := func(selector *metav1.LabelSelector) bool {
		s, err := metav1.LabelSelectorAsSelector(selector)
		return err == nil && !s.Empty() && s.Matches(labels.Set(w.template.Labels))
	}
	require(w, selects(w.selector), "its selector does not match its pods")
	if w.kind == "StatefulSet" {
		service := r.services[w.service]
		require(w, service != nil && service.Spec.ClusterIP == corev1.ClusterIPNone,
			"serviceName %q is no headless service", w.service)
	}
	account := w.template.Spec.ServiceAccountName
	require(w, len(r.accounts) == 0 || r.accounts[account], "there is no service account %q", account)
	r.checkPod(require)
	for _, service := range r.services {
		o := object{service, "Service"}
		require(o, selects(&metav1.LabelSelector{MatchLabels: service.Spec.Selector}), "it selects no pod")
		for _, port := range service.Spec.Ports {
			require(o, r.hasPort(port.TargetPort), "no container has the port %q", port.TargetPort.String())
		}
	}
	for _, scaler := range r.scalers {
		o := object{scaler, "HorizontalPodAutoscaler"}
		target := scaler.Spec.ScaleTargetRef
		require(o, target.Kind == w.kind && target.Name == w.GetName(), "there is no %s %s", target.Kind, target.Name)
		// An upgrade would set back what the autoscaler has decided.
		require(w, w.replicas == nil, "it has replicas and an autoscaler")
	}
	for _, budget := range r.budgets {
		o := object{budget, "PodDisruptionBudget"}
		require(o, selects(budget.Spec.Selector), "it selects no pod")
		require(o, (budget.Spec.MinAvailable == nil) != (budget.Spec.MaxUnavailable == nil),
			"it needs one of minAvailable and maxUnavailable")
	}
	for _, policy := range r.policies {
		o := object{policy, "NetworkPolicy"}
		require(o, selects(&policy.Spec.PodSelector), "it selects no pod")
		for _, rule := range policy.Spec.Ingress {
			for _, port := range rule.Ports {
				require(o, r.hasPort(*port.Port), "no container has the port %q", port.Port.String())
			}
		}
	}
	for _, ingress := range r.ingresses {
		for _, rule := range ingress.Spec.Rules {
			for _, path := range rule.HTTP.Paths {
				backend := path.Backend.Service
				require(object{ingress, "Ingress"}, r.serves(backend.Name, backend.Port.Name),
					"there is no service %s with a port %q", backend.Name, backend.Port.Name)
			}
		}
	}
	return problems
}

// checkPod looks at volumes and probes.
func (r *release) checkPod(require func(fmt.Stringer, bool, string, ...any)) {
	spec := r.workload.template.Spec
	volumes := map[string]bool{}
	for _, volume := range spec.Volumes {
		require(r.workload, !volumes[volume.Name], "volume %q is there twice", volume.Name)
		volumes[volume.Name] = true
		if volume.ConfigMap != nil {
			require(r.workload, r.configMaps[volume.ConfigMap.Name] != nil,
				"there is no config map %q", volume.ConfigMap.Name)
		}
	}
	container := spec.Containers[0]
	paths := map[string]bool{}
	for _, mount := range container.VolumeMounts {
		require(r.workload, volumes[mount.Name], "there is no volume %q", mount.Name)
		require(r.workload, !paths[mount.MountPath], "two volumes are mounted at %s", mount.MountPath)
		paths[mount.MountPath] = true
	}
	require(r.workload, paths["/config.yaml"], "no file is mounted at /config.yaml")
	for _, probe := range []*corev1.Probe{container.StartupProbe, container.ReadinessProbe, container.LivenessProbe} {
		if probe != nil && probe.TCPSocket != nil {
			require(r.workload, r.hasPort(probe.TCPSocket.Port), "a probe asks for port %q, which is not there",
				probe.TCPSocket.Port.String())
		}
	}
}

func (r *release) hasPort(wanted intstr.IntOrString) bool {
	for _, port := range r.workload.template.Spec.Containers[0].Ports {
		if wanted.Type == intstr.String && port.Name == wanted.StrVal ||
			wanted.Type == intstr.Int && port.ContainerPort == wanted.IntVal {
			return true
		}
	}
	return false
}

func (r *release) serves(service, portName string) bool {
	if r.services[service] == nil {
		return false
	}
	for _, port := range r.services[service].Spec.Ports {
		if port.Name == portName {
			return true
		}
	}
	return false
}
