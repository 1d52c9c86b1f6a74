{{/* Values that would render, and would not do what they say. */}}
{{- define "slim.refusals" -}}
{{- if .Values.spire.enabled -}}
{{- fail "spire.enabled: SPIRE is not available in this version; a certificate comes from slim.tls.secretName" -}}
{{- end -}}
{{- if and .Values.slim.mesh.enabled (not .Values.slim.overrideConfig) (eq (include "slim.kind" .) "Deployment") (gt (include "slim.maxReplicas" . | int) 1) -}}
{{- fail "slim.deploymentMode: replicas of a Deployment cannot find each other in this version; set it to StatefulSet, or slim.mesh.enabled to false if each of them is to stand alone" -}}
{{- end -}}
{{- with .Values.slim.tls -}}
{{- if and (or .requireClientCertificates .caSecretName) (not .secretName) -}}
{{- fail "slim.tls.secretName: needed with requireClientCertificates and with caSecretName" -}}
{{- end -}}
{{- end -}}
{{- if not (or .Values.slim.overrideConfig .Values.slim.config.services) -}}
{{- fail "slim.config.services: a node needs a service" -}}
{{- end -}}
{{- end }}
