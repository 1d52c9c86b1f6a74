{{/* Deployment, StatefulSet or DaemonSet. */}}
{{- define "slim.kind" -}}
{{- if .Values.slim.daemonset }}DaemonSet{{ else }}{{ .Values.slim.deploymentMode }}{{ end -}}
{{- end }}

{{- define "slim.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{/* A StatefulSet's name is shorter: its pods have a label that adds a hash to it. */}}
{{- define "slim.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- $length := ternary 52 63 (eq (include "slim.kind" .) "StatefulSet") -}}
{{- default $full .Values.fullnameOverride | trunc $length | trimSuffix "-" -}}
{{- end }}

{{- define "slim.headlessName" -}}
{{ include "slim.fullname" . }}-headless
{{- end }}

{{- define "slim.configName" -}}
{{ include "slim.fullname" . | trunc 56 | trimSuffix "-" }}-config
{{- end }}

{{- define "slim.serviceAccountName" -}}
{{- default (ternary (include "slim.fullname" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name -}}
{{- end }}

{{- define "slim.selectorLabels" -}}
app.kubernetes.io/name: {{ include "slim.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "slim.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "slim.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* Ports as {port, name, nodePort}: {items: [...]}. One port alone, as 0.7 has it, is a list of one. */}}
{{- define "slim.ports" -}}
{{- $items := list -}}
{{- range $kind, $prefix := dict "data" "data-plane" "control" "controller" -}}
{{- $given := index $.Values.slim.service $kind -}}
{{- if kindIs "map" $given }}{{ $given = list $given }}{{ end -}}
{{- range $i, $port := $given -}}
{{- $items = append $items (merge (dict "kind" $kind) $port (dict "name" (printf "%s-%d" $prefix $i))) -}}
{{- end -}}
{{- end -}}
{{- toYaml (dict "items" $items) -}}
{{- end }}

{{/* The data ports alone, in the same form. */}}
{{- define "slim.dataPorts" -}}
{{- $items := list -}}
{{- range (include "slim.ports" . | fromYaml).items -}}
{{- if eq .kind "data" }}{{ $items = append $items . }}{{ end -}}
{{- end -}}
{{- toYaml (dict "items" $items) -}}
{{- end }}
