{{/* The node's file. The pods' checksum and the config map both ask for it, so whatever is rendered first
meets the refusals before anything else goes wrong. */}}
{{- define "slim.configFile" -}}
{{- include "slim.refusals" . -}}
{{- if .Values.slim.overrideConfig -}}
{{- $given := .Values.slim.overrideConfig -}}
{{- tpl (ternary $given (toYaml $given) (kindIs "string" $given)) . -}}
{{- else -}}
{{- $config := deepCopy .Values.slim.config -}}
{{- $id := keys $config.services | sortAlpha | first -}}
{{- $_ := set $config.services $id (include "slim.service" (dict "root" . "service" (index $config.services $id)) | fromYaml) -}}
{{- tpl (toYaml $config) . -}}
{{- end -}}
{{- end }}

{{/* One service of the file with what was absent from it. `pubsub` is how 0.3 to 0.7 say dataplane. */}}
{{- define "slim.service" -}}
{{- $root := .root -}}
{{- $service := .service | default dict -}}
{{- $_ := set $service "node_id" ($service.node_id | default "${env:SLIM_NODE_ID}") -}}
{{- if not $service.pubsub -}}
{{- $dataplane := $service.dataplane | default dict -}}
{{- $servers := list -}}
{{- range $dataplane.servers | default (include "slim.servers" $root | fromYaml).items -}}
{{- $servers = append $servers (merge . (dict "tls" (include "slim.serverTls" $root | fromYaml))) -}}
{{- end -}}
{{- $_ := set $service "dataplane" (set $dataplane "servers" $servers) -}}
{{- end -}}
{{- $discovery := (($service.peers | default dict).discovery | default dict).type -}}
{{- if eq ($discovery | default "") "kubernetes" }}{{ $service = omit $service "peers" }}{{ end -}}
{{- if and (not $service.peers) (include "slim.meshed" $root) -}}
{{- $_ := set $service "peers" (include "slim.peers" (dict "root" $root "service" $service) | fromYaml) -}}
{{- end -}}
{{- toYaml $service -}}
{{- end }}

{{- define "slim.servers" -}}
items:
{{- range (include "slim.dataPorts" . | fromYaml).items }}
- endpoint: "0.0.0.0:{{ .port }}"
{{- end }}
{{- end }}

{{- define "slim.serverTls" -}}
{{- with .Values.slim.tls -}}
{{- if .secretName -}}
source: {type: file, cert: {{ .mountPath }}/tls.crt, key: {{ .mountPath }}/tls.key}
{{- if .requireClientCertificates }}
client_ca: {type: file, path: {{ .mountPath }}/ca.crt}
{{- end }}
{{- else -}}
insecure: true
{{- end -}}
{{- end -}}
{{- end }}

{{/* Not empty where replicas know each other. */}}
{{- define "slim.meshed" -}}
{{- if and .Values.slim.mesh.enabled (eq (include "slim.kind" .) "StatefulSet") (gt (include "slim.maxReplicas" . | int) 1) }}yes{{ end -}}
{{- end }}

{{- define "slim.maxReplicas" -}}
{{- ternary .Values.autoscaling.maxReplicas .Values.slim.replicaCount .Values.autoscaling.enabled | int -}}
{{- end }}

{{/* All replicas by the names that the headless service gives them; a node passes over itself. */}}
{{- define "slim.peers" -}}
{{- $root := .root -}}
{{- if not (has .service.node_id (list "${env:SLIM_NODE_ID}" "${env:SLIM_SVC_ID}")) -}}
{{- fail "slim.config: replicas of a mesh are told apart by their pods' names; leave node_id out, or set slim.mesh.enabled to false" -}}
{{- end -}}
{{- $name := include "slim.fullname" $root -}}
{{- $domain := printf "%s.%s.svc.%s" (include "slim.headlessName" $root) $root.Release.Namespace $root.Values.slim.mesh.clusterDomain -}}
{{- $port := (first (include "slim.dataPorts" $root | fromYaml).items).port -}}
{{- $plain := true -}}
{{- range (.service.dataplane | default .service.pubsub).servers | first | list }}{{ $plain = .tls.insecure | default false }}{{ end -}}
{{- $tls := ternary (dict "insecure" true) (include "slim.peerTls" $root | fromYaml) $plain -}}
{{- $peers := list -}}
{{- range until (include "slim.maxReplicas" $root | int) -}}
{{- $pod := printf "%s-%d" $name . -}}
{{- $endpoint := printf "%s://%s.%s:%v" (ternary "http" "https" $plain) $pod $domain $port -}}
{{- $peers = append $peers (mustMergeOverwrite (dict "tls" (deepCopy $tls)) (deepCopy $root.Values.slim.mesh.client) (dict "node_id" $pod "endpoint" $endpoint)) -}}
{{- end -}}
{{- toYaml (dict "topology" "full_mesh" "discovery" (dict "type" "static" "peers" $peers)) -}}
{{- end }}

{{- define "slim.peerTls" -}}
{{- with .Values.slim.tls -}}
{{- if .secretName -}}
ca_source: {type: file, path: {{ .mountPath }}/ca.crt}
include_system_ca_certs_pool: false
{{- if .requireClientCertificates }}
source: {type: file, cert: {{ .mountPath }}/tls.crt, key: {{ .mountPath }}/tls.key}
{{- end }}
{{- else -}}
insecure: false
{{- end -}}
{{- end -}}
{{- end }}
