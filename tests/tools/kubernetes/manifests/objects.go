package main

import (
	"fmt"

	"k8s.io/apimachinery/pkg/util/validation"
)

// checkObjects says what an API server would refuse in names, labels and ports.
func (r *release) checkObjects() []string {
	var problems []string
	complain := func(o fmt.Stringer, what, value string, errors []string) {
		for _, text := range errors {
			problems = append(problems, fmt.Sprintf("%s: %s %q: %s", o, what, value, text))
		}
	}
	seen := map[string]bool{}
	for _, o := range r.objects {
		if seen[o.String()] {
			problems = append(problems, o.String()+": is there twice")
		}
		seen[o.String()] = true
		switch o.kind {
		case "Service":
			complain(o, "name", o.GetName(), validation.IsDNS1035Label(o.GetName()))
		case "StatefulSet":
			// Its pods carry a label with this name and a hash of ten letters.
			complain(o, "name", o.GetName(), validation.IsValidLabelValue(o.GetName()+"-0123456789"))
			complain(o, "name", o.GetName(), validation.IsDNS1123Label(o.GetName()))
		default:
			complain(o, "name", o.GetName(), validation.IsDNS1123Subdomain(o.GetName()))
		}
		checkLabels(complain, o, o.GetLabels())
		for key := range o.GetAnnotations() {
			complain(o, "annotation", key, validation.IsQualifiedName(key))
		}
	}
	checkLabels(complain, r.workload, r.workload.template.Labels)
	names := map[string]bool{}
	for _, port := range r.workload.template.Spec.Containers[0].Ports {
		complain(r.workload, "port", port.Name, validation.IsValidPortName(port.Name))
		if names[port.Name] {
			problems = append(problems, fmt.Sprintf("%s: port %q is there twice", r.workload, port.Name))
		}
		names[port.Name] = true
	}
	return problems
}

func checkLabels(complain func(fmt.Stringer, string, string, []string), o fmt.Stringer, labels map[string]string) {
	for key, value := range labels {
		complain(o, "label", key, validation.IsQualifiedName(key))
		complain(o, "label "+key, value, validation.IsValidLabelValue(value))
	}
}
