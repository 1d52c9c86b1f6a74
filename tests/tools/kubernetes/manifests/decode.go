package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"
)

// object is one manifest and what its kind is called.
type object struct {
	metav1.Object
	kind string
}

func (o object) String() string { return o.kind + " " + o.GetName() }

// workload is what Deployment, StatefulSet and DaemonSet have in common.
type workload struct {
	object
	selector *metav1.LabelSelector
	template *corev1.PodTemplateSpec
	replicas *int32
	service  string // of a StatefulSet
}

// release is everything that one rendering holds.
type release struct {
	objects    []object
	workload   workload
	services   map[string]*corev1.Service
	configMaps map[string]*corev1.ConfigMap
	accounts   map[string]bool
	scalers    []*autoscalingv2.HorizontalPodAutoscaler
	budgets    []*policyv1.PodDisruptionBudget
	policies   []*networkingv1.NetworkPolicy
	ingresses  []*networkingv1.Ingress
}

// decode reads all documents strictly: no unknown field, none twice, cases as they are written.
func decode(text []byte) (*release, []string) {
	r := &release{
		services:   map[string]*corev1.Service{},
		configMaps: map[string]*corev1.ConfigMap{},
		accounts:   map[string]bool{},
	}
	var problems []string
	strict := json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme.Scheme, scheme.Scheme,
		json.SerializerOptions{Yaml: true, Strict: true})
	reader := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, []string{err.Error()}
		}
		if isEmpty(document) {
			continue
		}
		decoded, kind, err := strict.Decode(document, nil, nil)
		if err != nil {
			problems = append(problems, fmt.Sprintf("%v: %v", kind, err))
			continue
		}
		if !r.add(decoded, kind.Kind) {
			problems = append(problems, fmt.Sprintf("%v: a kind that this program does not check", kind))
		}
	}
	if len(problems) == 0 && r.workload.template == nil {
		problems = append(problems, "there is no workload")
	}
	return r, problems
}

// isEmpty says whether a document holds comments only, as a template that renders nothing does.
func isEmpty(document []byte) bool {
	for _, line := range bytes.Split(document, []byte("\n")) {
		line = bytes.TrimSpace(line)
		if len(line) > 0 && line[0] != '#' && !bytes.Equal(line, []byte("---")) {
			return false
		}
	}
	return true
}

func (r *release) add(decoded runtime.Object, kind string) bool {
	meta, ok := decoded.(metav1.Object)
	if !ok {
		return false
	}
	it := object{meta, kind}
	r.objects = append(r.objects, it)
	switch o := decoded.(type) {
	case *appsv1.Deployment:
		r.workload = workload{it, o.Spec.Selector, &o.Spec.Template, o.Spec.Replicas, ""}
	case *appsv1.StatefulSet:
		r.workload = workload{it, o.Spec.Selector, &o.Spec.Template, o.Spec.Replicas, o.Spec.ServiceName}
	case *appsv1.DaemonSet:
		r.workload = workload{it, o.Spec.Selector, &o.Spec.Template, nil, ""}
	case *corev1.Service:
		r.services[o.Name] = o
	case *corev1.ConfigMap:
		r.configMaps[o.Name] = o
	case *corev1.ServiceAccount:
		r.accounts[o.Name] = true
	case *autoscalingv2.HorizontalPodAutoscaler:
		r.scalers = append(r.scalers, o)
	case *policyv1.PodDisruptionBudget:
		r.budgets = append(r.budgets, o)
	case *networkingv1.NetworkPolicy:
		r.policies = append(r.policies, o)
	case *networkingv1.Ingress:
		r.ingresses = append(r.ingresses, o)
	default:
		return false
	}
	return true
}

func (r *release) nodeFile() string {
	for _, configMap := range r.configMaps {
		return configMap.Data["config.yaml"]
	}
	return ""
}
